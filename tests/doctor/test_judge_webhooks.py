"""What the checklist says of the deliveries."""

from datetime import timedelta
from typing import Any

import pytest

from sentinel_cli.doctor.judge.webhooks import WebhooksSeen, judge_webhooks

from .said import judged, unmended, verdicts

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def seen(**changes: Any) -> WebhooksSeen:
    healthy = {
        "days": 7,
        "deliveries": 40,
        "age": 12 * MINUTE,
        "silent_for": 12 * MINUTE,
        "unseen_since": 0,
        "messages": 30,
        "missed": 0,
    }
    return WebhooksSeen(**(healthy | changes))


def test_traffic_as_it_should_be_is_all_ok() -> None:
    assert {verdict for _, verdict in verdicts(judge_webhooks(seen(unrouted=0)))} == {"ok"}


@pytest.mark.parametrize(
    ("changes", "check", "verdict"),
    [
        ({"age": None, "deliveries": 0}, "last delivery", "problem"),
        ({"silent_for": 2 * HOUR + MINUTE, "unseen_since": 3}, "last delivery", "problem"),
        ({"silent_for": 2 * HOUR, "unseen_since": 3}, "last delivery", "ok"),
        ({"silent_for": 9 * HOUR, "unseen_since": 2}, "last delivery", "ok"),
        ({"silent_for": 18 * HOUR}, "last delivery", "ok"),
        ({"silent_for": 18 * HOUR + MINUTE}, "last delivery", "warning"),
        ({"age": 60 * HOUR, "silent_for": timedelta()}, "last delivery", "ok"),
        ({"missed": 1}, "customer messages", "warning"),
        ({"messages": 0}, "customer messages", "ok"),
        ({"broken": 1}, "readable", "problem"),
        ({"undecodable": 1}, "readable", "warning"),
        ({"short_calls": 2}, "short calls", "warning"),
        ({"unrouted": 1}, "call route", "warning"),
    ],
)
def test_each_trouble_has_its_line(changes: dict[str, Any], check: str, verdict: str) -> None:
    findings = judge_webhooks(seen(**changes))
    assert judged(findings, check) == (verdict, 75 if verdict == "problem" else 0)
    assert unmended(findings) == []


def test_without_a_call_route_nothing_is_said_of_it() -> None:
    assert "call route" not in dict(verdicts(judge_webhooks(seen())))
