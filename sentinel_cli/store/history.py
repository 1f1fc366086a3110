"""What of a contact is over, as its issues tell: before which instant nothing was open; refuses to judge any message.

Before `facts_from_ts` a contact's messages are not all here. Its issues from before then are kept as they are.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sentinel_cli.domain.instants import instant_text, parse_instant

from .database import Database

__all__ = ["LATE_ELSEWHERE", "facts_from", "part", "quiet_before"]

LATE_ELSEWHERE = """
late = max(late, exists (select 1 from contacts c where c.id = messages.contact and c.facts_from_ts > messages.at_ts))
"""
"""A message from before its contact's facts are whole gives context there; elsewhere it would be judged without its."""


def facts_from(db: Database, contact_id: int) -> datetime | None:
    """Since when the contact's messages are all here; None when they always were."""
    row = db.one("select facts_from_ts from contacts where id = ?", contact_id)
    return parse_instant(row[0]) if row and row[0] else None


def quiet_before(db: Database, contacts: Sequence[int], limit: datetime) -> datetime:
    """The newest instant up to `limit` at which no issue of these contacts was open."""
    quiet = instant_text(limit)
    issues = db.read(
        """
        select first_inbound_ts as first, case status when 'OPEN' then null
               when 'SPAM' then last_inbound_ts else resolved_ts end as over
        from issues where contact in (select value from json_each(?)) and resolved_by is not 'withdrawn'
          and first_inbound_ts < ? order by first_inbound_ts desc
        """,
        json.dumps(contacts),
        quiet,
    )
    # Newest first: an issue that reaches across the limit moves it to its start, where an older one may reach across.
    for issue in issues:
        if issue["first"] < quiet and (issue["over"] is None or issue["over"] > quiet):
            quiet = issue["first"]
    return parse_instant(quiet)


def part(db: Database, gone: int, survivor: int) -> datetime | None:
    """Before `gone` becomes part of `survivor`: the instant before which nothing of both is judged again, if any.

    Settled issues whose messages are not here stay with the row of `gone`, which no derivation touches any more.
    """
    ends = [end for each in (gone, survivor) if (end := facts_from(db, each))]
    if not ends:
        return None
    quiet = quiet_before(db, [gone, survivor], max(ends))
    since = instant_text(quiet)
    db.write(
        f"update messages set {LATE_ELSEWHERE} where contact in (?, ?) and at_ts >= ?",  # noqa: S608 - ours
        gone,
        survivor,
        since,
    )
    db.write(
        """
        update issues set contact = ?1 where contact = ?2 and status <> 'OPEN' and first_inbound_ts >= ?3
        and first_inbound_ts < (select facts_from_ts from contacts where id = ?2)
        """,
        gone,
        survivor,
        since,
    )
    db.write("update contacts set facts_from_ts = ? where id = ?", instant_text(max(ends)), gone)
    db.write("update contacts set facts_from_ts = ? where id = ?", since, survivor)
    return quiet
