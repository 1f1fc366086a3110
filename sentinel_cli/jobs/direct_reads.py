"""Conversations read directly, contact by contact: slower than the sweep, and complete where its index lags."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sentinel_cli import log
from sentinel_cli.domain.ledger import Issue
from sentinel_cli.domain.model import Report
from sentinel_cli.errors import GhlRejected, GhlShapeUnknown, GhlUnavailable
from sentinel_cli.ports import Ghl

__all__ = ["Reads", "read_directly", "threads_of"]

# A body's real message is at most two hours older than its receipt (DESIGN, "Facts merge").
_MATE_BEFORE = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Contacts' conversations read directly: what they hold, the contacts read whole with how far back, the others."""

    reports: Sequence[Report] = ()
    read: Mapping[str, datetime] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()

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
    found: dict[str, Sequence[Report] | None] = {
        contact_id: _conversations(ghl, contact_id, since - _MATE_BEFORE) for contact_id, since in oldest.items()
    }
    return Reads(
        reports=[report for reports in found.values() for report in reports or ()],
        read={contact_id: oldest[contact_id] for contact_id, reports in found.items() if reports is not None},
        unread=frozenset(contact_id for contact_id, reports in found.items() if reports is None),
    )


def _conversations(ghl: Ghl, contact_id: str, since: datetime) -> Sequence[Report] | None:
    """All that the contact's conversations hold since then; None when one of them could not be read."""
    try:
        threads = ghl.conversations_of(contact_id)
        return [report for thread in threads for report in ghl.conversation(thread.conversation_id, since)]
    except (GhlRejected, GhlShapeUnknown, GhlUnavailable) as error:
        log.event("request.failed", what="conversation", contact=contact_id, error=type(error).__name__)
        return None
