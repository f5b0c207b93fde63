"""`python -m wenzhen`."""

from wenzhen.cli import main

main()
