"""Numbers that a shell may complete to: those that begin as was typed, open ones first, the newest of them first."""

from collections.abc import Iterator

import pytest

from sentinel_cli.store.database import Database
from sentinel_cli.store.issue_lists import ids_like
from tests.builders import store

NUMBERS = """
insert into issues (id, issue_type, status, created_ts, due_ts, first_inbound_ts, last_inbound_ts, resolved_by)
with recursive nth(n) as (select 1 union all select n + 1 from nth where n < 130)
select n, 'SMS', case when n in (7, 12, 71) then 'OPEN' when n % 2 then 'RESOLVED' else 'SPAM' end, at, at, at, at,
       case when n = 125 then 'withdrawn' when n not in (7, 12, 71) then 'operator' end
from nth, (select '2026-11-23T14:00:00.000Z' as at)
"""


@pytest.fixture(scope="module")
def db() -> Iterator[Database]:
    with store() as db:
        db.write(NUMBERS)
        yield db


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", [71, 12, 7, 130, 129, 128]),
        ("7", [71, 7, 79, 78, 77, 76]),
        ("12", [12, 129, 128, 127, 126, 124]),
        ("2", [29, 28, 27, 26, 25, 24]),
        ("125", []),
        ("13", [130, 13]),
        ("131", []),
        ("0", []),
        ("x", []),
        ("-1", []),
        ("1" * 40, []),
    ],
)
def test_what_begins_as_was_typed_is_offered(db: Database, typed: str, offered: list[int]) -> None:
    assert [issue.id for issue in ids_like(db, typed, 6)] == offered
