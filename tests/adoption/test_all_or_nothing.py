"""A failure half-way leaves the older file as it was, and the next `db migrate` completes."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from sentinel_cli.domain.ledger import due
from sentinel_cli.jobs.adoption import adopt
from sentinel_cli.phones import e164
from sentinel_cli.store.adoption import Reading
from sentinel_cli.store.database import Database
from tests.builders import RULES, at
from tests.cli.installation import Installation
from tests.conftest import Figures
from tests.torture import tries

from .older import BY_HAND, event, everything, issue, older

KILLED = """
import os, signal, sys
from pathlib import Path
from sentinel_cli.store.database import Database
from tests.adoption.test_all_or_nothing import adopted

with Database.open(Path(sys.argv[1])) as db:
    steps = iter(range(int(sys.argv[2])))
    die = lambda: os.kill(os.getpid(), signal.SIGKILL)
    db.raw.set_trace_callback(lambda _: die() if next(steps, None) is None else None)
    adopted(db)
"""


@pytest.fixture
def busy(home: Installation) -> Installation:
    """A file with a bit of everything."""
    closed = {"status": "RESOLVED", "resolved_ts": "2026-11-22T12:00:00-06:00"}
    older(
        home.db_path,
        BY_HAND,
        issues=[
            issue(4, status="PENDING"),
            issue(5, contact_id=None),
            issue(6, contact_id="CTCb", phone="1", **closed),
            issue(9, contact_id="CTCc", issue_type="CALL"),
            issue(10, contact_id="CTCc", first_inbound_ts="2026-11-23T09:00:00-06:00", **closed),
        ],
        raw_events=[event(3), event(7)],
        spam_phones=[{"phone": "9405550199"}],
        kv_store=[{"key": "last_summary_ts", "value": "2026-11-20T15:00:00-06:00"}],
        contacts=[{"id": 1, "nick": "Patty"}],
    )
    return home


def adopted(db: Database) -> None:
    reading = Reading(
        now=at(120), without_secrets=bytes, e164=e164, due_of=lambda channel, first: due(RULES, channel, first)
    )
    adopt(db, RULES, reading, lambda: None)


def interrupted_at(path: Path, instruction: int) -> bool:
    """Whether the adoption was broken off after so many times fifty of SQLite's instructions."""
    ticks = count()
    with Database.open(path) as db:
        db.raw.set_progress_handler(lambda: next(ticks) == instruction, 50)
        try:
            adopted(db)
        except sqlite3.OperationalError:
            return True
    return False


@pytest.mark.torture
def test_wherever_it_is_broken_off_nothing_is_changed(busy: Installation, tmp_path: Path, figures: Figures) -> None:
    before, copy = everything(busy.db_path), tmp_path / "copy.db"
    shutil.copy(busy.db_path, copy)
    step, broken = tries(6, 1), 0
    while interrupted_at(copy, broken * step):
        broken += 1
        assert everything(copy) == before
    assert broken > 20
    assert len(everything(copy)) > len(before)
    figures("adoption broken off", times=broken, changed=0)


@pytest.mark.torture
@pytest.mark.real
def test_wherever_it_is_killed_the_next_run_completes(busy: Installation, tmp_path: Path, figures: Figures) -> None:
    before, copy, killed = everything(busy.db_path), tmp_path / "copy.db", 0
    shutil.copy(busy.db_path, copy)
    for statement in range(4, 1000, tries(30, 3)):
        argv = [sys.executable, "-c", KILLED, str(copy), str(statement)]
        ran = subprocess.run(argv, check=False, cwd=Path(__file__).parents[2], capture_output=True)
        if ran.returncode != -signal.SIGKILL:
            assert ran.returncode == 0, ran.stderr
            break
        killed += 1
        assert everything(copy) == before
    copy.replace(busy.db_path)
    assert killed > 3
    assert busy.run("db", "migrate").out.endswith("is up to date\n")
    figures("adoption killed", times=killed, changed=0)
