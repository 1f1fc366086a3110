"""Lists of issues: which fit, in what order, and how many of them there are; refuses to know how they are shown."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sentinel_cli.domain.hours import BusinessHours
from sentinel_cli.domain.instants import instant_text, parse_instant
from sentinel_cli.domain.issue import Issue
from sentinel_cli.domain.sla import open_clock

from .database import Database, Row
from .issue_rows import issue_of

__all__ = ["Found", "IssueFilter", "Moment", "Order", "Snoozed", "find", "ids_like", "literally"]


class Order(StrEnum):
    """What comes first: the most urgent, the soonest due, who waits longest, the newest issue, the newest message."""

    URGENT = "urgent"
    DUE = "due"
    WAITING = "waiting"
    ID = "id"
    LAST = "last"


class Snoozed(StrEnum):
    """What becomes of snoozed issues."""

    LEFT_OUT = "left out"
    ALONE = "alone"
    TOO = "too"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When the list is of; what began before `escalated_before` and is open is escalated then."""

    now: datetime
    escalated_before: datetime
    hours: BusinessHours


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFilter:
    """Which issues to list; all that is said must hold. `status` None is every status, but withdrawn ones stay out."""

    status: str | None = "OPEN"
    issue_type: str | None = None
    overdue: bool = False
    escalated: bool = False
    auto_reply_only: bool = False
    phone_ends: str | None = None
    contact: str | None = None
    since: datetime | None = None
    due_before: datetime | None = None
    snoozed: Snoozed = Snoozed.LEFT_OUT
    order: Order = Order.URGENT
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The issues that fit, as many as were asked for; of all that fit how many there are, and how many of each sort.

    `left_out` would fit too, but are snoozed. `everybody` says that all who wait were asked for, by no filter.
    """

    issues: Sequence[Issue]
    total: int
    overdue: int
    escalated: int
    snoozed: int
    left_out: int
    everybody: bool


_OVERDUE = "status = 'OPEN' and due_ts < :now"
_ESCALATED = "status = 'OPEN' and first_inbound_ts < :escalated_before"
_SNOOZED = "status = 'OPEN' and snoozed_until_ts > :now"

# Issues of one status, each found by an index; those of closed issues are partial, and found by these very words.
_OPEN = "status = 'OPEN' and coalesce(:status, 'OPEN') = 'OPEN'"
_CLOSED = (
    "status = 'RESOLVED' and status <> 'OPEN' and coalesce(:status, 'RESOLVED') = 'RESOLVED'",
    "status = 'SPAM' and status <> 'OPEN' and coalesce(:status, 'SPAM') = 'SPAM'",
)
# By number they are read from the newest on, whatever their status, until there are enough.
_CLOSED_BY_ID = ("+status <> 'OPEN' and +status = coalesce(:status, status)",)

_CLOSED_AT = "coalesce(resolved_ts, last_inbound_ts)"
_ORDERS = {
    Order.URGENT: f"status = 'OPEN' desc, case status when 'OPEN' then due_ts end, {_CLOSED_AT} desc, id",
    Order.DUE: "due_ts, id",
    Order.ID: "id desc",
    Order.LAST: "last_inbound_ts desc, id desc",
}
# The same of open or of closed ones alone, as an index has it.
_OPEN_ORDERS = {**_ORDERS, Order.URGENT: "due_ts, id"}
_CLOSED_ORDERS = {**_ORDERS, Order.URGENT: f"{_CLOSED_AT} desc, id"}

# Of the numbers that SQLite gives.
_DIGITS = 18
_HIGHEST = 10**_DIGITS - 1


def find(db: Database, wanted: IssueFilter, moment: Moment) -> Found:
    """The issues that fit, in order, and how many there are in all."""
    fits, values = _fits(wanted, moment)
    kept = {Snoozed.LEFT_OUT: f"not coalesce({_SNOOZED}, 0)", Snoozed.ALONE: _SNOOZED, Snoozed.TOO: "1"}
    rows = _rows(db, f"{fits} and {kept[wanted.snoozed]}", values, wanted, moment.hours)
    counted = db.read(
        f"""
        select coalesce(sum(kept), 0) as total, coalesce(sum(not kept), 0) as others,
               coalesce(sum(kept and overdue), 0) as overdue, coalesce(sum(kept and escalated), 0) as escalated,
               coalesce(sum(kept and snoozed), 0) as snoozed
        from (select {kept[wanted.snoozed]} as kept, {_OVERDUE} as overdue, {_ESCALATED} as escalated,
                     coalesce({_SNOOZED}, 0) as snoozed from issues where {_OPEN} and {fits})
        """,  # noqa: S608 - the clauses are ours
        **values,
    )[0]
    return Found(
        issues=[issue_of(row) for row in rows],
        total=counted["total"] + sum(_count(db, f"{closed} and {fits}", values) for closed in _closed(wanted, _CLOSED)),
        overdue=counted["overdue"],
        escalated=counted["escalated"],
        snoozed=counted["snoozed"],
        left_out=counted["others"] if wanted.snoozed is Snoozed.LEFT_OUT else 0,
        everybody=wanted == IssueFilter(order=wanted.order, limit=wanted.limit),
    )


def _closed(wanted: IssueFilter, parts: Sequence[str]) -> Sequence[str]:
    """The parts of the closed issues to look into: none where only open ones can be what is wanted."""
    only_open = wanted.overdue or wanted.escalated or wanted.auto_reply_only or wanted.snoozed is Snoozed.ALONE
    return () if wanted.status == "OPEN" or only_open else parts


def _count(db: Database, where: str, values: Mapping[str, Any]) -> int:
    return int(db.read(f"select count(*) from issues where {where}", **values)[0][0])  # noqa: S608 - ours


def _rows(
    db: Database, fits: str, values: Mapping[str, Any], wanted: IssueFilter, hours: BusinessHours
) -> Sequence[Row]:
    if wanted.order is Order.WAITING:
        ids = json.dumps(_longest(db, [_OPEN, *_closed(wanted, _CLOSED)], fits, values, hours)[: wanted.limit])
        return db.read(
            "select issues.* from json_each(:ids) as nth join issues on issues.id = nth.value order by nth.key", ids=ids
        )
    closed = _closed(wanted, _CLOSED_BY_ID if wanted.order is Order.ID else _CLOSED)
    orders = {_OPEN: _OPEN_ORDERS[wanted.order], **dict.fromkeys(closed, _CLOSED_ORDERS[wanted.order])}
    found = " union all ".join(
        f"select * from (select * from issues where {part} and {fits} order by {order} limit :limit)"  # noqa: S608
        for part, order in orders.items()
    )
    return db.read(f"select * from ({found}) order by {_ORDERS[wanted.order]} limit :limit", **values)  # noqa: S608


def _longest(
    db: Database, parts: Sequence[str], fits: str, values: Mapping[str, Any], hours: BusinessHours
) -> list[int]:
    """The ids of all that fit, the longest wait in business time first, which SQL cannot tell."""
    until = f"case status when 'OPEN' then :now else {_CLOSED_AT} end"
    found = " union all ".join(
        f"select id, first_inbound_ts, {until} as until from issues where {part} and {fits}"  # noqa: S608 - ours
        for part in parts
    )
    rows = db.read(f"select * from ({found})", **values)  # noqa: S608
    waits = [(parse_instant(row["first_inbound_ts"]), parse_instant(row["until"]), int(row["id"])) for row in rows]
    if not waits:
        return []
    clock = open_clock(min(wait[0] for wait in waits), max(wait[1] for wait in waits), hours)
    return [each for _, _, each in sorted(waits, key=lambda wait: (clock(wait[0]) - clock(wait[1]), wait))]


def _fits(wanted: IssueFilter, moment: Moment) -> tuple[str, dict[str, Any]]:
    """The conditions of the filter, and all values that a list names."""
    conditions = {
        "issue_type = :issue_type": wanted.issue_type,
        _OVERDUE: wanted.overdue,
        _ESCALATED: wanted.escalated,
        "status = 'OPEN' and auto_replies > 0": wanted.auto_reply_only,
        "phone like '%' || :phone_ends": wanted.phone_ends,
        "(contact_id = :contact or contact_name like :name escape '!')": wanted.contact,
        "last_inbound_ts >= :since": wanted.since,
        "due_ts < :due_before": wanted.due_before,
    }
    parts = ["resolved_by is not 'withdrawn'", *(condition for condition, value in conditions.items() if value)]
    values = {
        "now": instant_text(moment.now),
        "escalated_before": instant_text(moment.escalated_before),
        "status": wanted.status,
        "issue_type": wanted.issue_type,
        "phone_ends": wanted.phone_ends,
        "contact": wanted.contact,
        "name": f"%{literally(wanted.contact or '')}%",
        "since": wanted.since and instant_text(wanted.since),
        "due_before": wanted.due_before and instant_text(wanted.due_before),
        "limit": wanted.limit,
    }
    return " and ".join(parts), values


def literally(text: str) -> str:
    """The text as a part of a pattern, none of whose characters stands for others."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def ids_like(db: Database, prefix: str, limit: int) -> Sequence[Issue]:
    """Issues whose number begins so, open ones first and the newest of them first: what a shell may complete to."""
    rows = db.read(
        """
        select * from issues
        where status = 'OPEN' and resolved_by is not 'withdrawn' and cast(id as text) like ? || '%'
        order by id desc limit ?
        """,
        prefix,
        limit,
    )
    for low, high in _beginning(prefix):
        rows += db.read(
            """
            select * from issues
            where id between ? and ? and +status <> 'OPEN' and resolved_by is not 'withdrawn' order by id desc limit ?
            """,
            low,
            high,
            limit - len(rows),
        )
    return [issue_of(row) for row in rows]


def _beginning(prefix: str) -> list[tuple[int, int]]:
    """The spans of all numbers that begin so, the highest first: 7 begins 700 to 799, 70 to 79, and 7."""
    if not prefix:
        return [(1, _HIGHEST)]
    if not (prefix.isascii() and prefix.isdecimal()) or prefix.startswith("0"):
        return []
    powers = [10**digits for digits in range(_DIGITS + 1 - len(prefix))]
    return [(int(prefix) * power, (int(prefix) + 1) * power - 1) for power in reversed(powers)]
