"""What of a contact's older issues goes on, and what is settled, when the older service's database is adopted.

Pure: it is told the issues in our words. The messages of the older service are not there, only its issues.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from .ledger import SETTLED_AFTER
from .model import Channel
from .pairing import REAL_AFTER, REAL_BEFORE

__all__ = ["SPAM_MARGIN", "OlderIssue", "Plan", "plan_of"]

_JUST_AFTER = timedelta(milliseconds=1)
SPAM_MARGIN = REAL_AFTER + _JUST_AFTER
"""How long after its last message the spam of an adopted issue ends: GHL's row may be that much younger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderIssue:
    """An issue of the older service; `over_at` is when it was answered or marked as spam, None while it is open."""

    id: int
    channel: Channel
    first_at: datetime
    last_at: datetime
    over_at: datetime | None
    is_spam: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of a contact's issues.

    Before `floor` all is settled. The issues that `go_on` began after it: their messages are adopted, so that deriving
    again finds them. What is neither stays as it is, for ever. `merged` maps each of several open ones of a type to the
    oldest, which holds their messages.
    """

    floor: datetime
    go_on: frozenset[int]
    merged: Mapping[int, int]


def plan_of(issues: Sequence[OlderIssue], now: datetime, *, has_id: bool) -> Plan:
    """The plan for one contact's issues. Without a GHL id its messages will move to the contact who has one, and a
    floor does not go with them: then all that is not over for 14 days goes on.

    The floor lies just after what was closed last, so that a sweep which shows handled messages opens nothing twice;
    but before an issue that goes on, by as much as its real first message may be older than its receipt.
    """
    opened = min(issue.first_at for issue in issues) - REAL_BEFORE
    floor = min(now, max((issue.over_at + _JUST_AFTER for issue in issues if issue.over_at), default=opened))
    if not has_id:
        floor = min(floor, now - SETTLED_AFTER)
    for issue in sorted(issues, key=lambda issue: issue.first_at, reverse=True):
        if issue.over_at is None or issue.over_at >= floor:
            floor = min(floor, issue.first_at - REAL_BEFORE)
    return Plan(
        floor=floor,
        go_on=frozenset(issue.id for issue in issues if issue.first_at >= floor and _stands_alone(issue, issues)),
        merged=_merged(issue for issue in issues if issue.over_at is None),
    )


def _stands_alone(issue: OlderIssue, issues: Iterable[OlderIssue]) -> bool:
    """Whether its end, done again, ends nothing else: a resolve ends a whole wait, and spam is spam on every channel.

    The older service could close one issue while another of the same customer and type went on.
    """
    return issue.over_at is None or not any(_meet(issue, other) for other in issues if other.id != issue.id)


def _meet(closed: OlderIssue, other: OlderIssue) -> bool:
    alike = closed.channel is other.channel
    if other.first_at > closed.last_at + (SPAM_MARGIN if closed.is_spam else timedelta()):
        return False
    if alike and other.over_at is None:
        return True
    return (alike or closed.is_spam) and other.last_at >= closed.first_at


def _merged(still_open: Iterable[OlderIssue]) -> dict[int, int]:
    ordered = sorted(still_open, key=lambda issue: (issue.channel, issue.first_at, issue.id))
    found: dict[int, int] = {}
    for _, alike in groupby(ordered, key=lambda issue: issue.channel):
        survivor, *others = alike
        found |= {other.id: survivor.id for other in others}
    return found
