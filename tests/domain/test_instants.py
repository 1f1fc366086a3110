"""Instants as text whose order is time order."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel_cli.domain.instants import instant, instant_text, parse_instant

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-6)), timezone(timedelta(hours=5, minutes=45))])
INSTANTS = st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2099, 12, 31), timezones=ZONES)  # noqa: DTZ001


def test_an_instant_is_written_in_24_characters() -> None:
    at = datetime(2026, 11, 23, 8, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=-6)))
    assert instant_text(at) == "2026-11-23T14:00:00.123Z"


@given(INSTANTS, INSTANTS)
def test_the_order_of_the_texts_is_the_order_of_the_instants(one: datetime, other: datetime) -> None:
    assert (instant_text(one) < instant_text(other)) == (instant(one) < instant(other))


@given(INSTANTS)
def test_what_was_written_reads_as_the_same_instant(at: datetime) -> None:
    assert parse_instant(instant_text(at)) == instant(at)


@pytest.mark.parametrize("text", ["2026-11-23T14:00:00Z", " 2026-11-23T08:00:00.000-06:00 ", "2026-11-23T14:00+00:00"])
def test_any_iso_text_with_a_zone_is_read(text: str) -> None:
    assert parse_instant(text) == datetime(2026, 11, 23, 14, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "today", "2026-13-01T00:00:00Z", "2026-11-23T14:00:00"])
def test_what_names_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"zone|isoformat|month"):
        parse_instant(text)


def test_a_time_without_a_zone_is_no_instant() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        instant(datetime(2026, 11, 23))  # noqa: DTZ001
