# make help lists the targets. Needs Python 3.11 or newer; everything is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo serve test test-fast lint format pictures clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --editable '.[dev,embeddings,train]'
	touch $@

demo: $(VENV)/.ready  ## Install, start everything with sample people, print what to open
	@exec $(BIN)/wenzhen demo

serve: $(VENV)/.ready  ## Run the product with your own .env
	@exec $(BIN)/wenzhen serve

test: $(VENV)/.ready-dev  ## Install what the tests need and run them all
	$(BIN)/python -m pytest

test-fast: $(VENV)/.ready-dev  ## The tests that need neither browser, torch nor patience
	$(BIN)/python -m pytest -m 'not browser and not torch and not slow'

lint: $(VENV)/.ready-dev  ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.ready-dev  ## Let ruff put things in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pictures: $(VENV)/.ready-dev  ## Take the pictures of the docs anew (needs Chromium and a CJK font)
	$(BIN)/python docs/pictures/take.py

clean:  ## Remove what make installed and what the demo wrote
	rm -rf $(VENV) data/demo
