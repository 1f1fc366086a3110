"""What is settled is history: no fact that comes later rewrites an issue that was over for 14 days."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel_cli import intake
from sentinel_cli.domain.instants import parse_instant
from sentinel_cli.domain.ledger import SETTLED_AFTER
from sentinel_cli.domain.model import Channel, Direction, Report
from sentinel_cli.store.database import Database
from tests.builders import CASEY, RULES, at, report, store

DAY = 24 * 60
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
    """What reaches us, and when: messages of sixty days, some of them late, some of them told by a body as well."""
    told = []
    for n in range(draw(st.integers(3, 20))):
        minutes = draw(st.integers(0, 60 * DAY)) + n / 100
        kind = draw(st.sampled_from(KINDS))
        told.append((minutes + draw(st.sampled_from([1, 20, 300])), report(f"M{n}", minutes, **kind)))
        if "user_id" not in kind and draw(st.booleans()):
            received = minutes + draw(st.sampled_from([0.5, 1.5]))
            told.append((received, report(None, received, **kind)))
    return sorted(told, key=lambda item: item[0])


def over(db: Database, now: float) -> dict[int, tuple[object, ...]]:
    """Every issue that was answered more than 14 days ago, with nothing open that is older than its end."""
    waiting = db.read("select min(first_inbound_ts) as since from issues where status = 'OPEN'")[0]["since"]
    rows = db.read("select * from issues where status = 'RESOLVED' and resolved_by <> 'withdrawn'")
    return {
        row["id"]: tuple(row[name] for name in ("first_inbound_ts", "due_ts", "inbound_count", "resolved_ts"))
        for row in rows
        if at(now) - parse_instant(row["resolved_ts"]) > SETTLED_AFTER + timedelta(days=1)
        and (waiting is None or row["resolved_ts"] < waiting)
    }


@given(facts())
@settings(max_examples=60)
def test_no_later_fact_changes_an_issue_that_is_settled(told: list[tuple[float, Report]]) -> None:
    with store() as db:
        settled: dict[int, tuple[object, ...]] = {}
        for now, fact in told:
            with db.transaction():
                intake.absorb(db, [fact], RULES, at(now), "test")
            current = over(db, now)
            assert {id_: values for id_, values in current.items() if id_ in settled} == {
                id_: values for id_, values in settled.items() if id_ in current
            }
            settled = current
