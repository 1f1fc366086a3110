"""Ingest: deliveries answered in a second, beside an endpoint that does nothing and one that commits each alone."""

import os
import pstats
import shutil
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import StringIO
from itertools import count
from pathlib import Path
from statistics import median

import httpx

from tests.e2e.stage import ROOT, SECRET, SENTINEL, account, bare, free_port, migrated, running, until

from .files import LOCATION, STAFF
from .floors import COMMIT, GROUP, NOOP
from .load import WRK, Load, put
from .report import Table, around, verdict
from .scale import Bench

__all__ = ["Cell", "Receivers", "ingest", "is_up", "stored"]

_SENTINEL = "Sentinel"
_LABELS = {
    NOOP: "endpoint that does nothing",
    COMMIT: "one commit for each request",
    GROUP: "one commit for what has gathered",
    _SENTINEL: "Sentinel's receiver",
}
_JOB_CONNECTIONS = 16
_NOTES = [
    "Median of the rounds, least and most in brackets; every round has fresh processes and files.",
    "What was answered 200 was counted in the file afterwards: none was missing.",
    (
        "Sentinel's figure is of what is stored and answered: beyond 50, and 10 a second, deliveries are read "
        "afterwards, some hundreds a second (*Growth* has the best case). What comes in three seconds over 64 "
        "connections takes a minute or two."
    ),
    (
        "*jobs at work*: `poll-resolver` against a stand-in and `issues list`, again and again, on the load's core. "
        "That bounds the floor there: what it costs is the difference to Sentinel's own row."
    ),
    (
        "What bounds it over many connections: one core serves both threads. `intake.keep` alone, in *Derivation*, "
        "is a third of what a request costs; an answer that no framework makes saves some of that again."
    ),
    (
        "What bounds it over one: a commit writes 3.7 pages of the log where the floors write 1.7, and each goes "
        "to another thread and back (see what has gathered), so that nobody else waits for the disk."
    ),
]
_numbers = count(1)


@dataclass(frozen=True)
class Cell:
    """One receiver under one load: what came of it, and its resident memory in MB."""

    load: Load
    memory: float


class Receivers:
    """Starts each kind of receiver afresh, alone on one core, with a database of its own; the load has another."""

    def __init__(self, bench: Bench, name: str = "ingest") -> None:
        self._bench = bench
        cores = sorted(os.sched_getaffinity(0))
        self._served_on, self._loaded_on = cores[0], cores[-1]
        settings = {"WEBHOOK_SECRET": SECRET, "GHL_LOCATION_ID": LOCATION, "INTERNAL_USER_IDS": STAFF}
        self._template = migrated(bench.folder / name, settings).home

    def loaded(self, kind: str, connections: int, database: Path | None = None) -> Cell:
        """What came of the load; `database` is what Sentinel's receiver adds to, where it is not an empty one."""
        run = f"R{next(_numbers)}"
        home = self._bench.folder / run
        shutil.copytree(self._template, home, symlinks=True)
        path = database or home / "data" / "sentinel.db"
        before = stored(path) if kind == _SENTINEL else 0
        with self._serving(kind, home, path) as (process, url):
            load = put(url, SECRET, run, connections, self._bench.scale.seconds, self._loaded_on)
            memory = _resident(process.pid)
            process.kill()
            process.wait()
        kept = stored(path if kind == _SENTINEL else home / "floor.db") - before
        shutil.rmtree(home)
        if load.refused or load.failed or (kind != NOOP and kept < load.answered):
            raise SystemExit(f"{kind}: {load}, but {kept} are stored: nothing to compare")
        return Cell(load, memory)

    @contextmanager
    def _serving(self, kind: str, home: Path, path: Path) -> "Iterator[tuple[subprocess.Popen[bytes], str]]":
        port = free_port()
        argv = [sys.executable, "-m", "benchmarks.floors", kind, str(port), str(home / "floor.db")]
        if kind == _SENTINEL:
            argv = [str(SENTINEL), "serve", "--host", "127.0.0.1", "--port", str(port)]
        environ = bare(SENTINEL_HOME=str(home), DB_PATH=str(path), PYTHONPATH=str(ROOT))
        with running(argv, home / "log", environ) as process:
            os.sched_setaffinity(process.pid, {self._served_on})
            until(lambda: is_up(port), 30, f"{kind} answers")
            yield process, f"http://127.0.0.1:{port}/webhook/ghl"

    def profile(self) -> str:
        """Where the thread that answers spends its time, at the most connections."""
        home = self._bench.folder / "profiled"
        shutil.copytree(self._template, home, symlinks=True)
        port, found = free_port(), home / "profile"
        argv = [sys.executable, "-m", "cProfile", "-o", str(found), "-m", "sentinel_cli", "serve", "--port", str(port)]
        with running(argv, home / "log", bare(SENTINEL_HOME=str(home), PYTHONPATH=str(ROOT))):
            until(lambda: is_up(port), 30, "it answers")
            url, most = f"http://127.0.0.1:{port}/webhook/ghl", max(self._bench.scale.connections)
            put(url, SECRET, "P", most, self._bench.scale.seconds, self._loaded_on)
        return _slowest(found)


def ingest(bench: Bench) -> Table:
    """Requests a second, latency and memory at each number of connections, receiver by receiver, round by round."""
    receivers, cells = Receivers(bench), defaultdict[tuple[int, str], list[Cell]](list)
    for _ in range(bench.scale.rounds):
        for connections in bench.scale.connections:
            for kind in _LABELS:
                cells[connections, kind].append(receivers.loaded(kind, connections))
    beside = _beside_a_job(bench, receivers)
    table = Table(
        "Ingest",
        "at 64 connections 60 % of the endpoint that does nothing, p99 within 3 times its own, memory within 1.5; "
        "at 1 connection not slower than one commit for each request",
        [
            "Receiver",
            "connections",
            "requests/s",
            "of the floor",
            "p50 ms",
            "p99 ms",
            "p99 / floor",
            "MB",
            "MB / floor",
        ],
    )
    for connections in bench.scale.connections:
        table.rows += [
            _row(label, connections, cells[connections, kind], cells[connections, NOOP])
            for kind, label in _LABELS.items()
        ]
    for kind, found in beside.items():
        table.rows.append(_row(f"{_LABELS[kind]}, jobs at work", _JOB_CONNECTIONS, found, beside[NOOP]))
    table.notes = [
        "Bodies of 1.2 kB, each with ids of its own, from 1,000 customers; `synchronous=FULL`.",
        f"Server and load on a core of their own; load by {'wrk' if WRK else 'a slower generator of our own'}.",
        *_NOTES,
    ]
    fewest, most = min(bench.scale.connections), max(bench.scale.connections)
    ours, floor = cells[most, _SENTINEL], cells[most, NOOP]
    alone = _of(cells[fewest, _SENTINEL], cells[fewest, COMMIT])["rate"]
    shares = _of(ours, floor)
    table.verdicts = [
        verdict(f"requests/s over {most}, of the floor", shares["rate"], 0.6, at_least=True),
        verdict(f"p99 over {most}, of the floor", shares["p99"], 3),
        verdict("memory, of the floor", shares["memory"], 1.5),
        verdict(f"requests/s over {fewest}, of one commit for each", alone, 1, at_least=True),
    ]
    table.profile = receivers.profile()
    return table


def _of(cells: list[Cell], floors: list[Cell]) -> dict[str, float]:
    """Of each figure, its median in the medians of the floor."""
    figures: dict[str, Callable[[Cell], float]] = {
        "rate": lambda cell: cell.load.rate,
        "p99": lambda cell: cell.load.p99,
        "memory": lambda cell: cell.memory,
    }
    return {name: median(map(figure, cells)) / median(map(figure, floors)) for name, figure in figures.items()}


def _row(label: str, connections: int, cells: list[Cell], floors: list[Cell]) -> list[str]:
    shares = _of(cells, floors)
    return [
        label,
        str(connections),
        around(cell.load.rate for cell in cells),
        f"{shares['rate']:.2f}",
        around((cell.load.p50 for cell in cells), 1),
        around((cell.load.p99 for cell in cells), 1),
        f"{shares['p99']:.2f}",
        f"{median(cell.memory for cell in cells):.0f}",
        f"{shares['memory']:.2f}",
    ]


def _beside_a_job(bench: Bench, receivers: Receivers) -> dict[str, list[Cell]]:
    """The same while jobs run one after the other, as often as they can, and what they ask; on the load's core."""
    found, cores = defaultdict[str, list[Cell]](list), os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        with account(bench.folder) as ghl:
            ghl.unlimited()
            home = migrated(bench.folder / "jobs", ghl.settings).home
            jobs = 'while "$0" poll-resolver && "$0" issues list; do :; done'
            with running(["/bin/sh", "-c", jobs, str(SENTINEL)], home / "log", bare(SENTINEL_HOME=str(home))) as looped:
                for _ in range(bench.scale.rounds):
                    for kind in (NOOP, _SENTINEL):
                        found[kind].append(receivers.loaded(kind, _JOB_CONNECTIONS))
                if looped.poll() is not None:
                    raise SystemExit(f"a job failed: {(home / 'log').read_text()[-500:]}")
    finally:
        os.sched_setaffinity(0, cores)
    return found


def is_up(port: int) -> bool:
    """Whether something answers there that it is well."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _resident(pid: int) -> float:
    """MB of memory a process holds."""
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def stored(path: Path) -> int:
    """How many deliveries are in a file."""
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("select coalesce(max(id), 0) from raw_events").fetchone()[0])


def _slowest(found: Path) -> str:
    said = StringIO()
    pstats.Stats(str(found), stream=said).strip_dirs().sort_stats("tottime").print_stats(20)
    caption = "cProfile of the thread that answers, not pinned; run is uvloop, and waiting"
    return "\n".join([caption, *(line for line in said.getvalue().splitlines()[2:] if line.strip())])
