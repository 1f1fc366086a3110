"""How hard the tests try: briefly in `make check`, at length in `make torture`."""

import os

__all__ = ["FIGURE", "tries"]

FIGURE = "figure"
_IS_LONG = os.environ.get("SENTINEL_TORTURE") == "1"  # noqa: TID251 - the tests' own switch


def tries(short: int, long: int) -> int:
    """How often to try: `short` times in every run of the tests, `long` times in `make torture`."""
    return long if _IS_LONG else short
