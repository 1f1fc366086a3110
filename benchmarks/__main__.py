"""`python -m benchmarks [NAME ...]`: measure and print; RESULTS.md is written when all were measured."""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sentinel_cli.clock import system_clock

from .derive import derive
from .growth import growth
from .ingest import ingest
from .report import RESULTS, Table, document, machine, show
from .resolver import resolver
from .scale import FULL, TINY, Bench, Scale
from .start import start

__all__ = ["BENCHMARKS", "measured"]

BENCHMARKS: dict[str, Callable[[Bench], Table]] = {
    "ingest": ingest,
    "start": start,
    "resolver": resolver,
    "derive": derive,
    "growth": growth,
}


def measured(names: list[str], scale: Scale, folder: Path) -> list[Table]:
    """The tables of these benchmarks, each shown as soon as it is there."""
    tables = []
    for name in names:
        tables.append(BENCHMARKS[name](Bench(scale, folder)))
        show(tables[-1])
    return tables


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(BENCHMARKS)}; else all")
    parser.add_argument("--tiny", action="store_true", help="so little that the figures mean nothing")
    parser.add_argument("--folder", type=Path, default=Path(), help="on the disk to measure; 7 GB are used for a while")
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=given.folder) as folder:
        tables = measured(given.names or list(BENCHMARKS), TINY if given.tiny else FULL, Path(folder).resolve())
        on = machine(Path(folder))
    if not given.names and not given.tiny:
        minutes = (time.monotonic() - began) / 60
        RESULTS.write_text(document(tables, [f"{system_clock():%Y-%m-%d}, {minutes:.0f} minutes", *on]))


if __name__ == "__main__":
    main()
