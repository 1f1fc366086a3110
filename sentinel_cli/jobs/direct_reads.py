"""Conversations read directly, contact by contact: slower than the sweep, and complete where its index lags."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sentinel_cli import log
from sentinel_cli.domain.model import Issue, Report
from sentinel_cli.errors import GhlRejected, GhlShapeUnknown, GhlUnavailable, SentinelError
from sentinel_cli.ports import Ghl
from sentinel_cli.together import together

__all__ = ["Reads", "read_directly", "threads_of"]

# A body's real message is at most two hours older than its receipt (DESIGN, "Facts merge").
_MATE_BEFORE = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Contacts' conversations read directly: what they hold, the contacts read whole with how far back, the others.

    `why` is the first error that left one unread; one about the shape of an answer comes before any other.
    """

    reports: Sequence[Report] = ()
    read: Mapping[str, datetime] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    why: SentinelError | None = None

    @property
    def threads(self) -> frozenset[str]:
        """The conversations that held something."""
        return threads_of(self.reports)


def threads_of(reports: Iterable[Report]) -> frozenset[str]:
    """The conversations that these messages stand in; the contact where GHL names none."""
    return frozenset(report.conversation_id or report.contact_id or "" for report in reports)


def read_directly(ghl: Ghl, issues: Iterable[Issue]) -> Reads:
    """Every conversation of these issues' contacts, since before the oldest wait; a contact that fails is `unread`."""
    oldest: dict[str, datetime] = {}
    for issue in issues:
        if issue.contact_id:
            oldest[issue.contact_id] = min(issue.first_at, oldest.get(issue.contact_id, issue.first_at))
    looks = together(lambda each: _conversations(ghl, each[0], each[1] - _MATE_BEFORE), list(oldest.items()))
    found = dict(zip(oldest, looks, strict=True))
    read = {contact_id: reports for contact_id, reports in found.items() if not isinstance(reports, SentinelError)}
    errors = [error for error in found.values() if isinstance(error, SentinelError)]
    return Reads(
        reports=[report for reports in read.values() for report in reports],
        read={contact_id: oldest[contact_id] for contact_id in read},
        unread=frozenset(found.keys() - read.keys()),
        why=min(errors, key=lambda error: not isinstance(error, GhlShapeUnknown), default=None),
    )


def _conversations(ghl: Ghl, contact_id: str, since: datetime) -> Sequence[Report] | SentinelError:
    """All that the contact's conversations hold since then, or why one of them could not be read."""
    try:
        threads = ghl.conversations_of(contact_id)
        return [report for thread in threads for report in ghl.conversation(thread.conversation_id, since)]
    except (GhlRejected, GhlShapeUnknown, GhlUnavailable) as error:
        log.event("request.failed", what="conversation", contact=contact_id, error=type(error).__name__)
        return error
