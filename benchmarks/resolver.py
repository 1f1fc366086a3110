"""The resolver: requests and seconds for new messages, however many issues are open, beside one request for each."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import httpx

from sentinel_cli.clock import system_clock
from tests.e2e.stage import CASEY, Account, Installation, account, migrated

from .report import Table, around, verdict
from .scale import Bench

__all__ = ["resolver"]

_WINDOW, _ALLOWED = 10.0, 100


@dataclass(frozen=True)
class _Run:
    requests: int
    seconds: float


def resolver(bench: Bench) -> Table:
    """A run of `poll-resolver` after 30 new messages, against a stand-in with GHL's latency and limit."""
    table = Table(
        "Resolver",
        "at most 3 requests for 30 new messages, whatever the number of open issues",
        ["Way", "open issues", "requests", "seconds"],
    )
    polled: list[_Run] = []
    for number in bench.scale.open_issues:
        folder = bench.folder / f"resolver{number}"
        folder.mkdir()
        with account(folder) as ghl:
            home = _begun(ghl, folder, number)
            table.rows.append(
                _row("`poll-resolver --since 7d`, after a week", number, [_measured(bench, ghl, home, "--since", "7d")])
            )
            _named(home)
            runs = [_polled(bench, ghl, home, number, turn) for turn in range(bench.scale.rounds)]
            polled += runs
            table.rows.append(_row("`sentinel poll-resolver`", number, runs))
            other = _one_by_one(bench, ghl, number)
            row = ["one request and one connection for each issue", f"{number:,}"]
            table.rows.append([*row, f"{other.requests:,}", f"{other.seconds:.1f} (computed)"])
    table.notes = [
        f"{bench.scale.new_messages} new messages before each run, half of them answers.",
        f"{bench.scale.latency * 1000:.0f} ms before each answer of the stand-in, {_ALLOWED} requests in 10 s.",
        "After a week 40 names are asked for too, one request each; webhooks bring them otherwise.",
        "None was answered 429. What does not wait for another answer is asked four at once.",
        "The other way, that of the service before, is computed from 20 of its requests.",
    ]
    asked = max(run.requests for run in polled)
    table.verdicts = [verdict(f"requests for {bench.scale.new_messages} new messages", asked, 3)]
    return table


def _row(way: str, number: int, runs: list[_Run]) -> list[str]:
    return [way, f"{number:,}", f"{median(run.requests for run in runs):,.0f}", around((r.seconds for r in runs), 1)]


def _begun(ghl: Account, folder: Path, number: int) -> Installation:
    """An account in which so many customers have written in a week, and an installation that knows none of it."""
    began, apart = system_clock() - timedelta(days=6.9), timedelta(days=6.5) / number
    for each in range(number):
        contact = f"CTCbench{each:012}"
        ghl.joins(f"Customer {each}", None, contact)
        ghl.happens("inbound_text", contact, _at(began + apart * each), text="Is anyone coming?")
    return migrated(folder / "home", ghl.settings)


def _polled(bench: Bench, ghl: Account, home: Installation, number: int, turn: int) -> _Run:
    now = system_clock()
    for each in range(bench.scale.new_messages):
        contact = f"CTCbench{(turn * bench.scale.new_messages + each) % number:012}"
        if each % 2:
            ghl.happens("staff_text", contact, _at(now), user_id=CASEY, text="We are on our way.")
        else:
            ghl.happens("inbound_text", contact, _at(now), text="Hello?")
    return _measured(bench, ghl, home)


def _named(home: Installation) -> None:
    """As by webhooks, which bring names and numbers; without them each run asks for 40."""
    with closing(sqlite3.connect(home.database)) as db, db:
        db.execute("update contacts set name = contact_id, phone = printf('+1214%07d', id)")


def _measured(bench: Bench, ghl: Account, home: Installation, *more: str) -> _Run:
    ghl.control.request("POST", "limit", json={"max": _ALLOWED})
    ghl.fails("latency", seconds=bench.scale.latency)
    before, began = len(ghl.asked_for), time.perf_counter()
    ended = home.sentinel("poll-resolver", *more)
    took = time.perf_counter() - began
    if ended.returncode:
        raise SystemExit(f"poll-resolver ended with {ended.returncode}: {ended.stderr}")
    if failed := _failed(home):
        raise SystemExit(f"of poll-resolver's requests {failed} were not answered well")
    ghl.recovers()
    ghl.unlimited()
    return _Run(len(ghl.asked_for) - before, took)


def _failed(home: Installation) -> int:
    """How many of its requests were answered 429, or with another error."""
    with closing(sqlite3.connect(home.database)) as db:
        [(failed,)] = db.execute("select value from kv_store where key = 'ghl_request_failures:poll-resolver'")
    return int(failed)


def _one_by_one(bench: Bench, ghl: Account, number: int) -> _Run:
    ghl.fails("latency", seconds=bench.scale.latency)
    settings, tried = ghl.settings, min(number, 20)
    head = {"Authorization": f"Bearer {settings['GHL_TOKEN']}", "Version": "2021-04-15"}
    began = time.perf_counter()
    for each in range(tried):
        query = {"locationId": settings["GHL_LOCATION_ID"], "contactId": f"CTCbench{each:012}"}
        answer = httpx.get(
            f"{settings['GHL_BASE_URL']}/conversations/search", params=query, headers=head, trust_env=False
        )
        answer.raise_for_status()
    took = (time.perf_counter() - began) / tried * number
    ghl.recovers()
    return _Run(number, max(took, (number - 1) // _ALLOWED * _WINDOW))


def _at(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
