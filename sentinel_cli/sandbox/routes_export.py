"""GET /conversations/messages/export: the location's messages, flat, from a snapshot held by a cursor (GHL.md 4)."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime

from .faults import View
from .gate import check_location
from .reading import choice, export_date, number
from .replies import Answer, Ask, bad_request, trace_id, unprocessable
from .rows import Row
from .shapes import exported_row, millis
from .world import World

__all__ = ["export"]

# Whether `Call` holds IVR calls and type 10 is unknown; leaving them out is the reading that hides most.
_CHANNELS = {
    "Call": "TYPE_CALL",
    "SMS": "TYPE_SMS",
    "Email": "TYPE_EMAIL",
    "WhatsApp": "TYPE_WHATSAPP",
    "Instagram": "TYPE_INSTAGRAM",
    "Facebook": "TYPE_FACEBOOK",
}
_SNAPSHOTS_KEPT = 50


def export(world: World, ask: Ask, view: View) -> Answer:
    """A page; the first one freezes what the whole walk will show, as the vendor's point-in-time cursor does."""
    check_location(ask, world.location)
    limit = _limit(ask)
    if ask.query.get("cursor"):
        pit_id, last_id = _read_cursor(ask.query["cursor"])
    else:
        pit_id, last_id = _snapshot(world, _matching(world, ask, view)), None
    rows = _held(world, pit_id)
    start = _place_after(rows, last_id)
    page = [] if view.empty else rows[start : start + limit]
    reached = start + len(page)
    cursor = _cursor(pit_id, rows[reached - 1] if reached else None) if reached < len(rows) else None
    shown = [exported_row(row, world.location.location_id) for row in page]
    return Answer(body={"messages": shown, "nextCursor": cursor, "total": len(rows), "traceId": trace_id()})


def _limit(ask: Ask) -> int:
    limit = number(ask.query, "limit")
    if limit is None:
        return 100
    if limit < 10:
        raise unprocessable("limit must not be less than 10")
    if limit > 500:
        raise unprocessable("limit must not be greater than 500")
    return limit


def _matching(world: World, ask: Ask, view: View) -> tuple[Row, ...]:
    by_update = choice(ask.query, "sortBy", ("createdAt", "updatedAt"), "createdAt") == "updatedAt"
    descending = choice(ask.query, "sortOrder", ("asc", "desc"), "desc") == "desc"
    channel = choice(ask.query, "channel", tuple(_CHANNELS))
    start, end = export_date(ask.query, "startDate"), export_date(ask.query, "endDate")
    rows = [
        row
        for row in view.indexed_rows(world.account)
        if _of_channel(row, channel) and _of_thread(row, ask) and _within(_dated(row, world), start, end)
    ]
    rows.sort(key=lambda row: (row.updated_at if by_update else row.at, row.message_id), reverse=descending)
    return tuple(rows[: view.cut])


def _of_channel(row: Row, channel: str | None) -> bool:
    return row.kind != "TYPE_EMAIL" if channel is None else row.kind == _CHANNELS[channel]


def _of_thread(row: Row, ask: Ask) -> bool:
    ids = {"conversationId": row.conversation_id, "contactId": row.contact_id}
    return all(ask.query.get(name, value) == value for name, value in ids.items())


def _dated(row: Row, world: World) -> datetime:
    return row.at if world.export_dates == "created" else row.updated_at


def _within(at: datetime, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or at >= start) and (end is None or at <= end)


def _snapshot(world: World, rows: tuple[Row, ...]) -> str:
    pit_id = world.new_id("PIT")
    world.snapshots[pit_id] = rows
    for old in list(world.snapshots)[:-_SNAPSHOTS_KEPT]:
        del world.snapshots[old]
    return pit_id


def _held(world: World, pit_id: str) -> tuple[Row, ...]:
    if pit_id not in world.snapshots:
        raise bad_request("Invalid cursor")
    return world.snapshots[pit_id]


def _cursor(pit_id: str, last: Row | None) -> str:
    sort, last_id = ([millis(last.at)], last.message_id) if last else ([], None)
    return base64.b64encode(json.dumps({"pitId": pit_id, "lastSort": sort, "lastId": last_id}).encode()).decode()


def _read_cursor(text: str) -> tuple[str, str | None]:
    try:
        value = json.loads(base64.b64decode(text, validate=True))
        return value["pitId"], value["lastId"]
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise bad_request("Invalid cursor") from None


def _place_after(rows: Sequence[Row], last_id: str | None) -> int:
    if last_id is None:
        return 0
    places = [place for place, row in enumerate(rows, 1) if row.message_id == last_id]
    if not places:
        raise bad_request("Invalid cursor")
    return places[0]
