"""A report of many issues takes seconds, and its cost grows no faster than their number."""

from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest

from sentinel_cli.domain.instants import instant_text
from tests.builders import MONDAY
from tests.cli.installation import ENV, Installation, write_env
from tests.conftest import Figures
from tests.torture import tries

ISSUES = """
insert into issues (issue_type, status, created_ts, first_inbound_ts, due_ts, resolved_ts, last_inbound_ts,
                    inbound_count, resolved_by, answered_by)
values ('SMS', 'RESOLVED', ?1, ?1, ?2, ?3, ?1, 1, 'staff_text', ?4)
"""
MESSAGES = """
insert into messages (key, contact, provisional, channel, direction, author, at_ts, origin, facts, api_seen_ts)
values ('M' || ?1, ?1, 0, 'SMS', 'inbound', 'customer', ?2, 'api', '{}', ?2)
"""
YEAR = timedelta(days=360)


@pytest.mark.torture
def test_a_year_of_many_issues_is_reported_in_seconds(tmp_path: Path, figures: Figures) -> None:
    count = tries(5_000, 100_000)
    write_env(tmp_path, f"{ENV}HOLIDAYS=US-TX\n")
    home = Installation(home=tmp_path)
    with home.make_database() as db, db.transaction():
        db.write_many("insert into contacts (id, key) values (?1, 'id:' || ?1)", [(number,) for number in range(count)])
        begun = [(number, MONDAY - YEAR * number / count) for number in range(count)]
        db.write_many(ISSUES, [_issue(number, at) for number, at in begun])
        db.write_many(MESSAGES, [(number, instant_text(at)) for number, at in begun])
    started = perf_counter()
    total = home.run("report", "--since", "52w", "--json").json["total"]
    seconds = perf_counter() - started
    figures("report of a year", issues=total["issues"], seconds=f"{seconds:.1f}")
    # Ten times what it takes here: a machine may be busy, but no cost may grow with the square of the issues.
    assert (total["issues"], seconds < 5 + count / 2_000) == (count, True)


def _issue(number: int, first_at: datetime) -> tuple[str, ...]:
    """Answered one to four hours later by one of seven people."""
    waited = timedelta(minutes=60 + number % 180)
    began, due, answered = map(instant_text, (first_at, first_at + timedelta(hours=2), first_at + waited))
    return began, due, answered, f"USR{number % 7}"
