"""Whatever a contact's older issues are: who waited waits on, nobody else does, and deriving again changes nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel_cli import intake
from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.ledger import due
from sentinel_cli.jobs.adoption import adopt
from sentinel_cli.phones import e164
from sentinel_cli.store.adoption import Reading
from sentinel_cli.store.database import Database
from tests.builders import RULES, absorb, at, report
from tests.torture import tries

from .older import SQLALCHEMY, issue

DAY = 24 * 60
PHONE = "+12175550141"


@st.composite
def older_issue(draw: st.DrawFn) -> dict[str, Any]:
    first = draw(st.integers(-20 * DAY, -3) | st.integers(-300, -3))
    last = first + draw(st.sampled_from([0, 0, 1, 30, 200]))
    over = last + draw(st.integers(-60, 3 * DAY) | st.integers(0, 10))
    status = draw(st.sampled_from(["OPEN", "PENDING", "RESOLVED", "RESOLVED", "SPAM"]))
    return {
        "issue_type": draw(st.sampled_from(["SMS", "CALL"])),
        "status": status,
        "contact_id": draw(st.sampled_from(["CTC1", "CTC1", None])),
        "phone": draw(st.sampled_from([PHONE, PHONE, None])),
        "first_inbound_ts": instant_text(at(first)),
        "last_inbound_ts": instant_text(at(min(last, -2))),
        "resolved_ts": instant_text(at(min(over, -1))) if status in {"RESOLVED", "SPAM"} else None,
        "inbound_count": draw(st.integers(0, 4)),
    }


def adopted(older: list[dict[str, Any]]) -> tuple[Database, set[tuple[str, str]]]:
    """A store that has adopted them, and who waited by then: (whose, type)."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(SQLALCHEMY)
    for number, fields in enumerate(older, 1):
        row = issue(number, **fields)
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        connection.execute(f"insert into issues ({names}) values ({marks})", tuple(row.values()))  # noqa: S608
    db = Database(connection, Path("older.db"))
    reading = Reading(
        now=at(0), without_secrets=bytes, e164=e164, due_of=lambda channel, first: due(RULES, channel, first)
    )
    adopt(db, RULES, reading, lambda: None)
    return db, {
        (str(db.read("select contact from issues where id = ?", n)[0][0]), fields["issue_type"])
        for n, fields in enumerate(older, 1)
        if fields["status"] in {"OPEN", "PENDING"}
    }


def waiting(db: Database) -> list[tuple[str, str]]:
    rows = db.read("select contact, issue_type from issues where status = 'OPEN'")
    return sorted((str(row["contact"]), row["issue_type"]) for row in rows)


@pytest.mark.torture
@settings(max_examples=tries(60, 3000))
@given(st.lists(older_issue(), min_size=1, max_size=7))
def test_who_waited_waits_on_and_nobody_else_does(older: list[dict[str, Any]]) -> None:
    db, waited = adopted(older)
    with closing(db.raw):
        assert waiting(db) == sorted(waited)
        assert db.read("select 1 from issues where id > ?", len(older)) == []


@pytest.mark.torture
@settings(max_examples=tries(40, 2000))
@given(st.lists(older_issue(), min_size=1, max_size=7))
def test_deriving_again_changes_nothing(older: list[dict[str, Any]]) -> None:
    db, _ = adopted(older)
    with closing(db.raw), db.transaction():
        contacts = [row["id"] for row in db.read("select id from contacts")]
        assert intake.rederive(db, contacts, RULES, at(0), "again") == []


@pytest.mark.torture
@settings(max_examples=tries(40, 2000))
@given(st.lists(older_issue(), min_size=1, max_size=7))
def test_the_next_text_extends_what_is_open_and_opens_nothing_beside_it(older: list[dict[str, Any]]) -> None:
    db, _ = adopted(older)
    with closing(db.raw):
        absorb(db, report("M1", 10, phone=PHONE), now=at(11))
        absorb(db, report("M2", 12, phone=PHONE), now=at(13))
        owner = db.read("select contact from messages where key = 'M2'")[0][0]
        open_ones = db.read("select id from issues where contact = ? and issue_type = 'SMS' and status = 'OPEN'", owner)
        held = db.read("select distinct issue_id from messages where key in ('M1', 'M2')")
        assert [tuple(row) for row in held] == [tuple(row) for row in open_ones]
