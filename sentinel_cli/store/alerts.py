"""Which letter told which manager of which issue's breach: one row for each pair, so that nobody is told twice.

A letter that was never sent (owed, expired, withdrawn) has told nothing: its pairs are free for another. Refuses to
know what a breach is. Call the functions that write inside a transaction.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sentinel_cli.domain.instants import instant_text

from .database import Database

__all__ = ["mark_notified", "tell", "told_to"]

# Withdrawn issues are told as their survivor: whoever was told of #42 was told of #41, which #42 turned out to be.
_FAMILY = """
with recursive family(id, now) as (
  select value, value from json_each(?)
  union
  select i.id, f.now from issues i join family f on i.merged_into = f.id where i.resolved_by = 'withdrawn'
)
"""


def told_to(db: Database, contact_id: str, issue_ids: Iterable[int]) -> frozenset[int]:
    """Those of the issues of whose breach this manager was told, or may have been.

    Of what the older service was the one to notify, everybody was told.
    """
    rows = db.read(
        f"""
        {_FAMILY}
        select distinct f.now as id from family f join issues i on i.id = f.id
        where exists (
            select 1 from alerts a left join outbox o on o.letter_key = a.letter_key
            where a.issue_id = f.id and a.contact_id = ?
              and coalesce(o.state, '') not in ('owed', 'expired', 'withdrawn'))
          or i.breach_notified_ts is not null and not exists (select 1 from alerts a where a.issue_id = f.id)
        """,  # noqa: S608 - the words are ours
        json.dumps(sorted(issue_ids)),
        contact_id,
    )
    return frozenset(row["id"] for row in rows)


def tell(db: Database, letter_key: str, contact_id: str, issue_ids: Sequence[int]) -> None:
    """A letter that is still to be sent tells the manager of these breaches and of no others.

    A pair that another letter has told of stays that letter's.
    """
    db.write("delete from alerts where letter_key = ?", letter_key)
    for issue_id in issue_ids:
        db.write(
            """
            insert into alerts (issue_id, contact_id, letter_key) values (?, ?, ?)
            on conflict (issue_id, contact_id) do update set letter_key = excluded.letter_key
            where (select state from outbox where letter_key = alerts.letter_key) not in ('sent', 'refused')
            """,
            issue_id,
            contact_id,
            letter_key,
        )


def mark_notified(db: Database, letter_key: str, at: datetime) -> None:
    """The issues that the letter told of show since when somebody knows."""
    db.write(
        """
        update issues set breach_notified_ts = ?
        where breach_notified_ts is null and id in (select issue_id from alerts where letter_key = ?)
        """,
        instant_text(at),
        letter_key,
    )
