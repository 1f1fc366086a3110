"""Growth: the same work on small files and on large ones."""

import time
from datetime import timedelta
from pathlib import Path

from sentinel_cli.intake import record
from sentinel_cli.store.database import Database
from tests.builders import RULES
from tests.e2e.stage import SENTINEL

from .files import FIRST, READING, event, filled
from .ingest import Receivers
from .report import Table, around
from .scale import Bench
from .start import home_of, milliseconds

__all__ = ["growth"]

_EACH = 200


def growth(bench: Bench) -> Table:
    """Ingest, reading and lists at each number of issues, in turn."""
    sizes = [size for size in bench.scale.issues if size > min(bench.scale.issues)]
    files = {size: _file(bench, size) for size in sizes}
    weights = {size: path.stat().st_size / 1e6 for size, path in files.items()}
    receivers, most = Receivers(bench, "growth"), max(bench.scale.connections)
    found: dict[tuple[int, str], list[float]] = {}
    for turn in range(bench.scale.rounds):
        for size, path in files.items():
            environ = home_of(bench.folder / f"home{size}", path)
            rates = {
                "read": _EACH / _recorded(path, turn),
                "list": milliseconds([str(SENTINEL), "issues", "list", "--json"], environ),
                "all": milliseconds([str(SENTINEL), "issues", "list", "--status", "all", "--json"], environ),
                "glance": milliseconds([str(SENTINEL)], environ),
                "stored": receivers.loaded("Sentinel", most, path).load.rate,
            }
            for name, rate in rates.items():
                found.setdefault((size, name), []).append(rate)
    return Table(
        "Growth",
        "flat, or explained",
        [
            "Issues",
            "file",
            f"deliveries/s over {most} connections",
            "deliveries/s read",
            "`issues list --json` ms",
            "`--status all` ms",
            "`sentinel` ms",
        ],
        [
            [
                f"{size:,}",
                f"{weights[size]:,.0f} MB",
                *(around(found[size, name]) for name in ("stored", "read", "list", "all", "glance")),
            ]
            for size in sizes
        ],
        [
            "`--status all` counts what it leaves out, and so its time grows with the issues.",
            f"Each round opens {_EACH} issues, which the lists show: more than in the table of starts.",
            "What is stored and not read by a receiver that was killed stays in the file for the next round.",
        ],
    )


def _file(bench: Bench, size: int) -> Path:
    path = bench.folder / f"issues{size}.db"
    return path if path.exists() else filled(path, size)


def _recorded(path: Path, turn: int) -> float:
    """Seconds for deliveries of customers who are new, one after the other."""
    at = FIRST + timedelta(days=90 + turn)
    with Database.open(path) as db:
        began = time.perf_counter()
        for number in range(_EACH):
            record(db, event(f"CTCnew{turn}-{number}", f"new{turn}-{number}", at), RULES, READING)
        return time.perf_counter() - began
