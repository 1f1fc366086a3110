"""The older service's values: whatever it wrote is read or told apart from what nobody can read."""

from datetime import UTC, datetime

import pytest

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.model import Channel, IssueStatus
from sentinel_cli.domain.older_values import as_object, channel_meant, instant_meant, status_meant, text_meant


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-11-23T08:00:00-06:00", "2026-11-23T14:00:00.000Z"),
        ("2026-11-23T08:00:00-0600", "2026-11-23T14:00:00.000Z"),
        ("2026-11-23 08:00:00 -06:00", "2026-11-23T14:00:00.000Z"),
        ("2026-11-23 08:00:00-06", "2026-11-23T14:00:00.000Z"),
        ("2026-11-23T14:00:00Z", "2026-11-23T14:00:00.000Z"),
        ("2026-11-23 14:00:00 UTC", "2026-11-23T14:00:00.000Z"),
        ("2026-11-23 14:00:00.123456", "2026-11-23T14:00:00.123Z"),
        ("2026-11-23T08:00:00.987654-06:00", "2026-11-23T14:00:00.987Z"),
        ("2026-11-23T14:00", "2026-11-23T14:00:00.000Z"),
        ("2026-11-23", "2026-11-23T00:00:00.000Z"),
        ('"2026-11-23T14:00:00Z"', "2026-11-23T14:00:00.000Z"),
        # The hour that comes twice when summer time ends: only the offset tells the two apart.
        ("2026-11-01T01:30:00-05:00", "2026-11-01T06:30:00.000Z"),
        ("2026-11-01T01:30:00-06:00", "2026-11-01T07:30:00.000Z"),
        (1795442400, "2026-11-23T14:00:00.000Z"),
        (1795442400.5, "2026-11-23T14:00:00.500Z"),
        (1795442400123, "2026-11-23T14:00:00.123Z"),
        ("1795442400", "2026-11-23T14:00:00.000Z"),
        ("1795442400123", "2026-11-23T14:00:00.123Z"),
    ],
)
def test_an_instant_is_read_in_any_usual_spelling(written: object, instant: str) -> None:
    found = instant_meant(written)
    assert found is not None
    assert instant_text(found) == instant


@pytest.mark.parametrize(
    "written",
    [
        None, "", "  ", "yesterday", "2026-13-45", "0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z", 0, True, b"x",
        "9999-12-31T23:59:59-23:59", float("inf"), [], "23:59", "2026-11-23T25:00:00Z",
    ],
)  # fmt: skip
def test_what_nobody_can_read_is_no_instant(written: object) -> None:
    assert instant_meant(written) is None


def test_an_instant_is_aware_and_utc() -> None:
    assert instant_meant("2026-11-23T08:00:00-06:00") == datetime(2026, 11, 23, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "is_resolved", "meant"),
    [
        ("PENDING", False, (IssueStatus.OPEN, True)),
        ("open", True, (IssueStatus.OPEN, True)),
        (" Resolved ", False, (IssueStatus.RESOLVED, True)),
        ("closed", False, (IssueStatus.RESOLVED, True)),
        ("spam", False, (IssueStatus.SPAM, True)),
        ("ESCALATED", False, (IssueStatus.OPEN, False)),
        ("ESCALATED", True, (IssueStatus.RESOLVED, False)),
        (None, False, (IssueStatus.OPEN, False)),
    ],
)
def test_a_status_nobody_knows_hides_no_customer(word: object, is_resolved: bool, meant: object) -> None:
    assert status_meant(word, is_resolved=is_resolved) == meant


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("SMS", (Channel.SMS, True)),
        ("call", (Channel.CALL, True)),
        ("TYPE_EMAIL", (Channel.EMAIL, True)),
        ("missed_call", (Channel.CALL, True)),
        ("Voicemail", (Channel.CALL, True)),
        ("INBOUND_TEXT", (Channel.SMS, True)),
        ("OTHER", (Channel.SMS, False)),
        ("smoke signal", (Channel.SMS, False)),
        (None, (Channel.SMS, False)),
    ],
)
def test_a_type_nobody_knows_is_taken_for_a_text(word: object, meant: object) -> None:
    assert channel_meant(word) == meant


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (" ", None),
        (" a ", "a"),
        (5, "5"),
        (2175550164.0, "2175550164"),
        (b"\xffa", "\ufffda"),
        ("a\ud83d", "a?"),
    ],
)
def test_a_text_is_what_is_written(value: object, text: str | None) -> None:
    assert text_meant(value) == text


@pytest.mark.parametrize("meta", [None, "", "null", "[1]", "{broken", "5", '"x"', "[" * 100_000])
def test_what_holds_no_object_is_an_empty_one(meta: object) -> None:
    assert as_object(meta) == {}


def test_an_object_is_read_from_text_and_bytes() -> None:
    assert as_object(b'{"a": 1}') == as_object('{"a": 1}') == {"a": 1}
