"""`sentinel`, which is `python -m sentinel_cli` too."""

import gc
import sys

__all__ = ["run"]


def run() -> int:
    """The exit code of what was typed."""
    # Starting makes tens of thousands of objects, and all of them stay: to search them for rubbish as often as Python
    # does by default, and once more at the end, would be a seventh of a short command's time (benchmarks/RESULTS.md).
    gc.set_threshold(50_000)
    from sentinel_cli.cli import main

    try:
        return main()
    finally:
        gc.freeze()


if __name__ == "__main__":
    sys.exit(run())
