"""What is settled is history: no fact that comes later rewrites an issue that was over for 14 days."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel_cli import intake
from sentinel_cli.domain.instants import instant_text, parse_instant
from sentinel_cli.domain.ledger import SETTLED_AFTER
from sentinel_cli.domain.model import Channel, Direction, Report
from sentinel_cli.store.database import Database
from tests.builders import CASEY, RULES, at, report, store

DAY = 24 * 60
DAYS = (0, 2, 2, 3, 20, 21)
CALL: dict[str, Any] = {"channel": Channel.CALL, "kind": "TYPE_CALL", "text": None}
OURS: dict[str, Any] = {"direction": Direction.OUTBOUND, "user_id": CASEY, "source": "app"}
KINDS: list[dict[str, Any]] = [
    {},
    {"text": "Pump is broken"},
    CALL | {"outcome": "no-answer"},
    CALL | {"outcome": "completed", "duration": 200},
    OURS | {"text": "On our way.", "outcome": "delivered"},
    OURS | CALL | {"outcome": "no-answer"},
]


@st.composite
def facts(draw: st.DrawFn) -> list[tuple[float, Report]]:
    """What reaches us, and when: messages of some weeks, some of them late, some of them told by a body as well."""
    told = []
    for n in range(draw(st.integers(3, 20))):
        day = draw(st.sampled_from(DAYS))
        minutes = day * DAY + draw(st.integers(0, 60)) + n / 100
        # Later on staff only try to call: a text then stays open, and the calls beside it are answered and settle.
        kind = draw(st.sampled_from(KINDS if day == 0 else KINDS[:3] + KINDS[-1:]))
        told.append((minutes + draw(st.sampled_from([1, 20, 300])), report(f"M{n}", minutes, **kind)))
        if "user_id" not in kind and draw(st.booleans()):
            received = minutes + draw(st.sampled_from([0.5, 1.5]))
            told.append((received, report(None, received, **kind)))
    return sorted(told, key=lambda item: item[0])


def answered(db: Database) -> dict[int, tuple[str, ...]]:
    """Every answered issue, withdrawn ones left out."""
    rows = db.read("select * from issues where status = 'RESOLVED' and resolved_by <> 'withdrawn'")
    names = ("resolved_ts", "resolved_by", "first_inbound_ts", "due_ts", "inbound_count")
    return {row["id"]: tuple(row[name] for name in names) for row in rows}


@given(facts())
@settings(max_examples=200)
def test_no_later_fact_changes_an_issue_that_was_over_for_14_days(told: list[tuple[float, Report]]) -> None:
    with store() as db:
        for now, fact in told:
            before = answered(db)
            with db.transaction():
                intake.absorb(db, [fact], RULES, at(now), "test")
            over = {id_ for id_, issue in before.items() if at(now) - parse_instant(issue[0]) > SETTLED_AFTER}
            after = answered(db)
            assert {id_: after.get(id_) for id_ in over} == {id_: before[id_] for id_ in over}


def test_a_text_that_still_waits_is_not_hidden_by_the_settled_past_of_whoever_it_turns_out_to_be_from() -> None:
    phone = "+12175550141"
    with store() as db:
        heard_of = [
            (0, report("M1", 0, phone=phone, contact_id="CTC1", text="Do you clean salt cells?")),
            (10, report("M2", 10, contact_id="CTC1", text="We do!", **OURS)),
            (2 * DAY, report(None, 2 * DAY, contact_id=None, phone="+12175550142", text="My pump is leaking")),
            (30 * DAY, report("M3", 30 * DAY, contact_id="CTC1", text="Thanks again")),
            (31 * DAY, report("M4", 31 * DAY, phone="+12175550142", contact_id="CTC1", text="It is me again")),
        ]
        for minutes, fact in heard_of:
            with db.transaction():
                intake.absorb(db, [fact], RULES, at(minutes), "test")
        open_since = db.read("select first_inbound_ts from issues where status = 'OPEN' order by 1")
        assert [row[0] for row in open_since][:1] == [instant_text(at(2 * DAY))]
