"""The sample bodies and a reader for them, shared by the tests of payload reading."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sentinel_cli.domain.model import Report
from sentinel_cli.domain.payloads import Arrival, Reading, ReadingPolicy, read_delivery

FOLDER = Path(__file__).parent.parent / "payloads" / "webhook"
SAMPLES = sorted(path.stem for path in FOLDER.glob("*.json"))
ROUTES = ("ghl", "inbound_sms", "unanswered_call")
RECEIVED = datetime(2026, 11, 23, 15, 6, 30, tzinfo=UTC)


def sample(name: str, /, **changes: object) -> dict[str, Any]:
    """A sample body with some root fields changed."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8")) | changes


def dialable(text: str) -> str | None:
    """E.164 of a US number, the way the parser at the edge answers."""
    digits = "".join(character for character in text if character.isdigit())
    if text.startswith("+"):
        return f"+{digits}" if len(digits) > 10 else None
    return f"+1{digits}" if len(digits) == 10 else None


POLICY = ReadingPolicy(location_id="LOCaaaaaaaaaaaaaaaa1", e164=dialable)
ROUTED = ReadingPolicy(
    location_id="LOCaaaaaaaaaaaaaaaa1",
    e164=dialable,
    call_route_field="voicemail_route",
    call_route_value="tech_sentinel",
)


def read(body: dict[str, Any], route: str = "ghl", policy: ReadingPolicy = POLICY) -> Reading:
    return read_delivery(body, Arrival(route=route, received_at=RECEIVED), policy)


def report(body: dict[str, Any], route: str = "ghl", policy: ReadingPolicy = POLICY) -> Report:
    """The report of a body; fails where it is ignored."""
    found = read(body, route, policy)
    assert found.report is not None, found.ignored
    return found.report
