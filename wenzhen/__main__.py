"""`python -m wenzhen`."""

from wenzhen.cli import main

# A spawned engine process imports this module once more, under another name.
if __name__ == "__main__":
    main()
