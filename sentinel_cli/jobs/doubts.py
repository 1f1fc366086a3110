"""What GHL shows, held against what it and the webhooks have told before: a contradiction is no evidence.

Each answer may be well formed and still be wrong as a whole, as when every message is said to be ours. Nothing is
written here; whoever asks leaves everything as it was.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sentinel_cli.domain.closeout import normalised_text
from sentinel_cli.domain.model import Channel, Direction, Report
from sentinel_cli.errors import GhlShapeUnknown, GhlUnavailable
from sentinel_cli.store import checks
from sentinel_cli.store.checks import Told
from sentinel_cli.store.database import Database

__all__ = ["LAG", "doubt", "doubt_directions"]

# A body received so lately may have a mate that GHL does not show yet: its index lags some minutes (GHL.md 4).
LAG = timedelta(minutes=5)
# One or two may have been deleted since, or be late.
_MANY = 3
# How far a body's receipt may lie from its message (DESIGN, "Facts merge").
_BEFORE, _AFTER = timedelta(hours=2), timedelta(minutes=2)


def doubt(db: Database, reports: Sequence[Report], since: datetime, now: datetime) -> None:
    """Raise GhlUnavailable or GhlShapeUnknown for a sweep that cannot be true of [since, now)."""
    until = now - LAG
    if not reports and (before := checks.shown_between(db, since, until)) >= _MANY:
        raise GhlUnavailable(
            f"GHL shows no message where it has shown {before} before",
            advice="the next run asks again; if nobody deleted them, look at GHL_LOCATION_ID and the token's scopes",
        )
    doubt_directions(db, reports)
    inbound = any(report.direction is Direction.INBOUND for report in reports)
    turned = [told for told in checks.told_between(db, since, until) if _is_turned(told, reports)]
    # A text of ours that repeats a customer's which was deleted since looks alike, and answers nothing; a call would.
    if len(turned) >= _MANY or any(told.channel is Channel.CALL or not inbound for told in turned):
        raise _turned(len(turned), "a webhook told of as the customer's")
    if reports and not inbound and (known := checks.customers_between(db, since, until)) >= _MANY:
        raise _turned(known, "we know of as customers'")


def doubt_directions(db: Database, reports: Sequence[Report]) -> None:
    """Raise GhlShapeUnknown when a message that was known by its id has turned round since."""
    said = {report.message_id: report.direction for report in reports if report.channel is not Channel.OTHER}
    known = checks.directions(db, [key for key in said if key])
    turned = sum(said[key] is not direction for key, direction in known.items())
    if turned:
        raise _turned(turned, "were known to go the other way")


def _turned(count: int, what: str) -> GhlShapeUnknown:
    return GhlShapeUnknown(
        f"GoHighLevel answered in a shape we do not know: messages[].direction is strange,"
        f" it turns round {count} that {what}",
        field="messages[].direction",
        advice="look at such a conversation in GoHighLevel; if it is right there, tell the maintainer",
    )


def _is_turned(told: Told, reports: Sequence[Report]) -> bool:
    """Whether GHL shows what the body tells of, but as a message of ours, and none of the customer's beside it."""
    near = [
        report
        for report in reports
        if (report.contact_id, report.channel) == (told.contact_id, told.channel)
        and told.at - _BEFORE <= report.at <= told.at + _AFTER
    ]
    return (
        bool(near)
        and all(report.direction is Direction.OUTBOUND for report in near)
        and any(_is_the_same(told, report) for report in near)
    )


def _is_the_same(told: Told, report: Report) -> bool:
    if told.channel is Channel.CALL:
        return report.user_id is None and (report.source or "app") == "app"
    text = normalised_text(told.text or "")
    return text != "" and text == normalised_text(report.text or "")
