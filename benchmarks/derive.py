"""Derivation: facts become issues; one delivery, one contact, and a whole database anew."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median

from sentinel_cli.domain.ledger import derivation
from sentinel_cli.domain.model import Report
from sentinel_cli.domain.payloads import Arrival, read_delivery
from sentinel_cli.domain.timeline import Timeline
from sentinel_cli.domain.waits import waits
from sentinel_cli.intake import Incoming, absorb, body_of, keep, record
from sentinel_cli.store import books
from sentinel_cli.store.database import Database
from sentinel_cli.store.schema import migrate
from tests.builders import RULES
from tests.e2e.stage import SENTINEL

from .files import FIRST, READING, event, filled
from .report import Table, around, verdict
from .scale import Bench
from .start import home_of

__all__ = ["derive", "watched"]

_LONG, _SHORT = "CTClong", "CTCshort"
_EACH = 200


def derive(bench: Bench) -> Table:
    """Deliveries and messages in a second, on one core."""
    path = bench.folder / "derived.db"
    _with_history(path, bench.scale.timeline)
    table = Table(
        "Derivation",
        "a contact with 50,000 messages costs no more for each delivery than one with 5",
        ["What", "in a second", "beside the row above"],
    )
    with Database.open(path) as db:
        owner = db.one("select id from contacts where contact_id = ?", _LONG)
        assert owner is not None
        book = books.load_history(db, owner["id"], timedelta(hours=2))
        timeline = Timeline(messages=[row.message() for row in book.rows.values()])
        walked = [
            bench.scale.timeline / _seconds(lambda: waits(timeline, RULES.policy)) for _ in range(bench.scale.rounds)
        ]
        table.rows.append([f"messages, of one contact with {bench.scale.timeline:,}: `waits`", around(walked), ""])
        walks = [bench.scale.timeline / _seconds(lambda: derivation(book, RULES)) for _ in range(bench.scale.rounds)]
        table.rows.append(
            [
                f"messages, of one contact with {bench.scale.timeline:,}: `derivation`, from rows to issues",
                around(walks),
                "",
            ]
        )
        deliveries = {_SHORT: list[float](), _LONG: list[float]()}
        for turn in range(bench.scale.rounds):
            for contact, found in deliveries.items():
                found.append(_EACH / _seconds(lambda c=contact, t=turn: _recorded(db, c, t)))  # type: ignore[misc]
        ratio = median(deliveries[_LONG]) / median(deliveries[_SHORT])
        what = f"deliveries/s of a contact with {bench.scale.timeline:,} messages, of one with 5"
        table.verdicts.append(verdict(what, ratio, 0.9, at_least=True))
        table.rows += [
            ["deliveries, contact with 5 messages and these: `intake.record`", around(deliveries[_SHORT]), ""],
            [
                f"deliveries, contact with {bench.scale.timeline:,} and these: `intake.record`",
                around(deliveries[_LONG]),
                f"{ratio:.2f}",
            ],
        ]
        kept = [_EACH / _seconds(lambda t=turn: _kept(db, t)) for turn in range(bench.scale.rounds)]  # type: ignore[misc]
        table.rows.append(["deliveries, 50 to a commit, unread: `intake.keep`", around(kept), ""])
    table.rows.append(_rebuilt(bench))
    table.notes = [f"Each round adds {_EACH} messages to both contacts; every second one answers the one before."]
    return table


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _recorded(db: Database, contact: str, turn: int) -> None:
    """A customer writes one day and is answered the next."""
    at = FIRST + timedelta(days=90 + _EACH * turn)
    for number in range(_EACH):
        name = f"{contact}{turn}-{number}"
        incoming = event(contact, name, at + timedelta(days=number), answer=number % 2 == 1)
        record(db, incoming, RULES, READING)


def _kept(db: Database, turn: int) -> None:
    at = FIRST + timedelta(days=2000 + turn)
    for begin in range(0, _EACH, 50):
        keep(db, [event(f"CTCkept{n}", f"kept{turn}-{n}", at) for n in range(begin, begin + 50)])


def _with_history(path: Path, messages: int) -> None:
    """A contact with so many messages, all answered, and one with five."""
    with Database.create(path) as db:
        migrate(db)
        for contact, count in ((_LONG, messages), (_SHORT, 5)):
            told = [
                _report(event(contact, f"{contact}-{n}", FIRST + timedelta(minutes=n), answer=n % 2 == 1))
                for n in range(count)
            ]
            with db.transaction():
                absorb(db, [report for report in told if report], RULES, FIRST + timedelta(days=80), "sweep:0")


def _report(incoming: Incoming) -> Report | None:
    body = body_of(incoming.payload, None) or {}
    return read_delivery(body, Arrival(route="ghl", received_at=incoming.received_at), READING).report


def _rebuilt(bench: Bench) -> list[str]:
    """`sentinel db rebuild` of a whole database, and the most memory that it held."""
    messages = bench.scale.rebuilt_messages
    environ = home_of(bench.folder / "rebuilt", filled(bench.folder / "rebuilt.db", messages // 2))
    began = time.perf_counter()
    ended, peak = watched([str(SENTINEL), "db", "rebuild"], environ)
    took = time.perf_counter() - began
    if ended.returncode or "0 differences" not in ended.stdout:
        raise SystemExit(f"db rebuild ended with {ended.returncode}: {ended.stdout}")
    label = f"messages, of a database with {messages:,}: `sentinel db rebuild`"
    return [label, f"{messages / took:,.0f}", f"{peak:.0f} MB, {took:.0f} s"]


# Linux counts to a process what the one held that forked it: so that one must be small.
_WATCH = """
import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:])
sys.stderr.write(f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}")
sys.exit(ended.returncode)
"""


def watched(argv: Sequence[str], environ: Mapping[str, str]) -> tuple[subprocess.CompletedProcess[str], float]:
    """A program that has ended, and the most memory that it held, in MB."""
    watch = [sys.executable, "-c", _WATCH, *argv]
    ended = subprocess.run(watch, env=environ, capture_output=True, text=True, check=False)
    return ended, float(ended.stderr.split()[-1])
