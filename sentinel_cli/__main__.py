"""`python -m sentinel_cli` is `sentinel`."""

import sys

from sentinel_cli.cli import main

if __name__ == "__main__":
    sys.exit(main())
