"""A delivery costs what is open of its contact: how long that has been a customer does not matter."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from sentinel_cli.domain.facts import row_of
from sentinel_cli.intake import Incoming, record
from sentinel_cli.store.contacts import facts_json
from sentinel_cli.store.database import Database
from tests.builders import RULES, report, store
from tests.conftest import Figures

from .test_intake import READING, app_text, incoming, staff_text, workflow_text

SHORT, LONG = 5, 5_000

PEOPLE = """
insert into contacts (id, key, contact_id, phone, name, settled_before_ts)
values (1, 'id:CTC1', 'CTC1', '+12175550123', 'Lee Example', '2026-11-20T00:00:00.000Z'),
       (2, 'id:CTC2', 'CTC2', '{other}', 'Pat Example', null),
       (3, 'tel:+12175550199', null, '+12175550199', null, '2026-11-20T00:00:00.000Z')
"""
# A wait each hour, long before what is open, each answered at once.
ISSUES = """
insert into issues (id, issue_type, status, contact, contact_id, phone, created_ts, due_ts, first_inbound_ts,
                    last_inbound_ts, resolved_ts, resolved_by, inbound_count)
with recursive nth(n) as (select 1 union all select n + 1 from nth where n < ?1)
select n, 'SMS', 'RESOLVED', 1, 'CTC1', '+12175550123', at, at, at, at, at, 'operator', 1
from (select n, strftime('%Y-%m-%dT%H:%M:%fZ', '2026-10-30', '-' || n || ' hours') as at from nth)
"""
MESSAGES = """
insert into messages (key, contact, provisional, contact_id, phone, channel, direction, author, at_ts, origin, facts,
                      issue_id)
select 'OLD' || id, {contact}, 0, {contact_id}, '{phone}', 'SMS', '{direction}', 'customer', first_inbound_ts, 'api',
       ?1, id
from issues
"""
OCTOBER = report("OLD", -40_000)
FACTS = facts_json(row_of("OLD", OCTOBER).facts)
IN = {"contact": 1, "contact_id": "'CTC1'", "phone": "+12175550123", "direction": "inbound", "other": "+12175550188"}
HISTORIES = {
    "customer only": IN,
    "sharing a number": IN | {"other": "+12175550123"},
    "staff only": IN | {"direction": "outbound"},
    "known by its number": IN | {"contact_id": "null"},
    # Of each body without a contact a sweep has shown GHL's own row.
    "known by a shared number": IN | {"contact_id": "iif(id % 2, 'CTC1', null)", "other": "+12175550123"},
    "a number only": IN | {"contact": 3, "contact_id": "null", "phone": "+12175550199"},
}
DELIVERIES = {
    "workflow's text": incoming(workflow_text(), 10),
    "app's text": incoming(app_text("M3", 8), 10),
    "answer": incoming(staff_text("M4", 9), 10),
    "known number, no contact": incoming(workflow_text(contact_id=None), 10),
    "number only": incoming(workflow_text(contact_id=None, phone="+12175550199"), 10),
    "new name": incoming(workflow_text(full_name="Lee Other"), 10),
    "with another's number": incoming(workflow_text(contact_id="CTC2", phone="+12175550188"), 10),
}


@dataclass
class Steps:
    """How many tens of instructions SQLite has executed."""

    tens: int = 0

    def __call__(self) -> None:
        self.tens += 1


@contextmanager
def counted(db: Database) -> Iterator[Steps]:
    steps = Steps()
    db.raw.set_progress_handler(steps, 10)
    yield steps
    db.raw.set_progress_handler(None, 0)


def steps_of(delivery: Incoming, history: dict[str, Any], length: int) -> int:
    """What it costs SQLite to take the delivery where a contact has so long a settled history."""
    with store() as db:
        db.write(PEOPLE.format(**history))
        db.write(ISSUES, length)
        db.write(MESSAGES.format(**history), FACTS)
        with counted(db) as steps:
            record(db, delivery, RULES, READING)
        assert db.read("select outcome from raw_events")[0][0] in {"opened", "recorded"}
        return steps.tens


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("delivery", DELIVERIES)
def test_a_delivery_of_an_old_customer_costs_what_one_of_a_new_customer_does(
    delivery: str, history: str, figures: Figures
) -> None:
    told, lived = DELIVERIES[delivery], HISTORIES[history]
    short, long = steps_of(told, lived, SHORT), steps_of(told, lived, LONG)
    figures(f"{delivery} after {history}", settled=f"{SHORT}/{LONG}", tens_of_steps=f"{short}/{long}")
    assert long <= 1.5 * short
