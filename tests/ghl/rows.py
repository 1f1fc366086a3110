"""Bodies in GHL's shapes: the samples of `tests/payloads/ghl`, and rows made for one test."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LOCATION = "LOCaaaaaaaaaaaaaaaa1"
BASE_URL = "https://ghl.test"
TOKEN = "pit-00000000-0000-4000-8000-00000000feed"
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parent.parent / "payloads" / "ghl"

Json = dict[str, Any]


def sample(name: str) -> Json:
    body: Json = json.loads((SAMPLES / f"rest-{name}.json").read_text(encoding="utf-8"))
    return body


def text_row(number: int = 1, **fields: Any) -> Json:
    """An inbound SMS at 13:00 on the day; `number` makes its id."""
    return {
        "id": f"MSG{number:017d}",
        "locationId": LOCATION,
        "contactId": "CTCaaaaaaaaaaaaaaac1",
        "conversationId": "CNVaaaaaaaaaaaaaaaa1",
        "messageType": "TYPE_SMS",
        "type": 2,
        "direction": "inbound",
        "status": "delivered",
        "dateAdded": "2026-11-23T13:00:00.000Z",
        "body": "Pump is loud",
        "contentType": "text/plain",
        **fields,
    }


def call_row(**fields: Any) -> Json:
    return text_row(messageType="TYPE_CALL", type=1, body="", **fields)


def exported(*rows: Json, cursor: str | None = None, total: int | None = None) -> Json:
    return {"messages": list(rows), "nextCursor": cursor, "total": len(rows) if total is None else total}


def nested(*rows: Json, last: str | None = None, more: bool = False) -> Json:
    return {"messages": {"messages": list(rows), "lastMessageId": last, "nextPage": more}, "traceId": "t"}


def found(number: int, last_message: int | None, **fields: Any) -> Json:
    """A conversation of a search; `last_message` in milliseconds since 1970."""
    return {
        "id": f"CNV{number:017d}",
        "locationId": LOCATION,
        "contactId": f"CTC{number:017d}",
        "contactName": "Lee Example",
        "phone": "(217) 555-0123",
        "lastMessageDate": last_message,
        **fields,
    }
