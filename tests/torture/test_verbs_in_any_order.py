"""Whatever people do to issues, in whatever order: no issue goes, and deriving again changes nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel_cli import intake
from sentinel_cli.domain.model import Direction
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.store.database import Database
from sentinel_cli.triage import Intent, perform
from tests.builders import CASEY, RULES, at, report, store

from . import tries

OURS = {"direction": Direction.OUTBOUND, "user_id": CASEY, "source": "app", "outcome": "delivered"}
SAID = {"text": {}, "answer": OURS}
PHONES = {"CTC1": "+12175550101", "CTC2": "+12175550102"}
STEPS = st.lists(
    st.tuples(st.sampled_from([*SAID, *ActionKind]), st.sampled_from(list(PHONES)), st.integers(0, 3)),
    min_size=3,
    max_size=25,
)


def say(db: Database, what: str, contact: str, minutes: int) -> None:
    told = report(f"M{minutes}", minutes - 1, contact_id=contact, phone=PHONES[contact], **SAID[what])
    intake.absorb(db, [told], RULES, at(minutes), "test")


def act(db: Database, kind: ActionKind, which: int, minutes: int) -> None:
    intent = Intent(kind=kind, actor="morgan", at=at(minutes), until=at(minutes + 60), note="why", sure=True)
    found = db.read("select id from issues order by id")
    for row in found[which % len(found) :][:1] if found else ():
        perform(db, row["id"], intent, RULES)


def rows(db: Database) -> list[tuple[object, ...]]:
    return [tuple(row) for row in db.read("select * from issues order by id")]


def derived_again(db: Database, minutes: int) -> list[tuple[object, ...]]:
    with db.transaction():
        everyone = {row["id"] for row in db.read("select id from contacts")}
        intake.rederive(db, everyone, RULES, at(minutes), "again")
    return rows(db)


@pytest.mark.torture
@settings(max_examples=tries(100, 2000))
@given(steps=STEPS)
def test_no_order_of_acts_loses_an_issue_or_leaves_anything_to_derive(steps: list[tuple[str, str, int]]) -> None:
    with store() as db:
        known: set[object] = set()
        for minutes, (what, contact, which) in zip(range(10, 1000, 10), steps, strict=False):
            with db.transaction():
                _ = say(db, what, contact, minutes) if what in SAID else act(db, ActionKind(what), which, minutes)
            before, gone = rows(db), known - {row[0] for row in rows(db)}
            assert (gone, derived_again(db, minutes)) == (set(), before)
            known = {row[0] for row in before}
