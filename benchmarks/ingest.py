"""Ingest: deliveries answered in a second, beside an endpoint that does nothing and one that commits each alone."""

import os
import pstats
import shutil
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
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
from .report import Table, around
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
        "Median of the rounds, least and most in brackets; every round has fresh processes and files.",
        "What was answered 200 was counted in the file afterwards: none was missing.",
        "*jobs at work*: `poll-resolver` against a stand-in and `issues list`, again and again, on the load's core.",
        (
            "What bounds it over many connections: one core serves both threads. What it does more than to gather is "
            "`intake.keep` (see *Derivation*): the body is parsed, and a key, a content type and an outcome are stored."
        ),
        (
            "What bounds it over one: a thread of its own waits for the disk, so that nobody who asks something else "
            "does (see the row of what has gathered), and there is nobody to share with: the parsing, the hand-over, "
            "and three pages of the log where the floors write 1.7."
        ),
    ]
    table.profile = receivers.profile()
    return table


def _row(label: str, connections: int, cells: list[Cell], floors: list[Cell]) -> list[str]:
    def share(of: "Mapping[str, float]") -> str:
        return f"{of['cell'] / of['floor']:.2f}"

    rate, p99, memory = (
        {"cell": median(map(value, cells)), "floor": median(map(value, floors))}
        for value in (lambda c: c.load.rate, lambda c: c.load.p99, lambda c: c.memory)
    )
    return [
        label,
        str(connections),
        around(cell.load.rate for cell in cells),
        share(rate),
        around((cell.load.p50 for cell in cells), 1),
        around((cell.load.p99 for cell in cells), 1),
        share(p99),
        f"{memory['cell']:.0f}",
        share(memory),
    ]


def _beside_a_job(bench: Bench, receivers: Receivers) -> dict[str, list[Cell]]:
    """The same while jobs run one after the other, as often as they can."""
    found = defaultdict[str, list[Cell]](list)
    with account(bench.folder) as ghl:
        ghl.unlimited()
        home = migrated(bench.folder / "jobs", ghl.settings).home
        jobs = "while :; do for job in poll-resolver 'issues list'; do \"$0\" $job >/dev/null 2>&1; done; done"
        with running(["/bin/sh", "-c", jobs, str(SENTINEL)], home / "log", bare(SENTINEL_HOME=str(home))) as looped:
            os.sched_setaffinity(looped.pid, {max(os.sched_getaffinity(0))})
            for _ in range(bench.scale.rounds):
                for kind in (NOOP, _SENTINEL):
                    found[kind].append(receivers.loaded(kind, _JOB_CONNECTIONS))
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
    return "\n".join(line for line in said.getvalue().splitlines()[2:] if line.strip())
