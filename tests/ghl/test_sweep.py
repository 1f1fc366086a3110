"""A sweep gives every message once, also where GHL silently cuts off (GHL.md 4)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel_cli.clock import pause
from sentinel_cli.domain.model import Channel, Direction, Origin, Report
from sentinel_cli.errors import GhlShapeUnknown, GhlUnavailable
from sentinel_cli.ghl.sweep import Seen, Sweep
from sentinel_cli.ghl.wire import ExportPage

from .rows import NOW

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
BARE = Report(
    origin=Origin.API,
    seen_at=NOW,
    at=NOW,
    at_is_receipt=False,
    channel=Channel.SMS,
    direction=Direction.INBOUND,
    message_id="m0",
)


def burst(count: int, at: datetime, name: str = "m") -> list[Report]:
    return [replace(BARE, at=at, message_id=f"{name}{number}") for number in range(count)]


class CutExport:
    """An export that shows a slice's first `cap` rows and says nothing of the rest, but perhaps a `total`."""

    def __init__(self, reports: Sequence[Report], *, cap: int = 10_000, phantoms: int | None = None) -> None:
        self.reports, self.cap, self.phantoms = reports, cap, phantoms
        self.asked: list[tuple[datetime, datetime]] = []
        self.pages = 0

    def __call__(self, start: datetime, end: datetime) -> Iterator[ExportPage]:
        self.asked.append((start, end))
        rows = [report for report in self.reports if start <= report.at < end]
        total = None if self.phantoms is None else len(rows) + self.phantoms
        shown = rows[: self.cap]
        for first in range(0, max(len(shown), 1), 100):
            page = shown[first : first + 100]
            self.pages += 1
            yield ExportPage(reports=page, rows=len(page), total=total, next_cursor=None)


def swept(export: CutExport, since: datetime, until: datetime) -> list[Report]:
    return [report for page in Sweep(export).walk(since, until) for report in page]


def test_it_walks_in_slices_of_a_day_oldest_first() -> None:
    export = CutExport([])
    swept(export, NOW - 2.5 * DAY, NOW)
    assert export.asked == [
        (NOW - 2.5 * DAY, NOW - 1.5 * DAY),
        (NOW - 1.5 * DAY, NOW - 0.5 * DAY),
        (NOW - 0.5 * DAY, NOW),
    ]


def test_it_asks_nothing_of_an_empty_range() -> None:
    export = CutExport([])
    swept(export, NOW, NOW)
    assert export.asked == []


def test_it_gives_no_empty_page() -> None:
    assert list(Sweep(CutExport([])).walk(NOW - DAY, NOW)) == []


def test_a_quiet_slice_is_read_once() -> None:
    export = CutExport(burst(299, NOW - MINUTE))
    swept(export, NOW - DAY, NOW)
    assert len(export.asked) == 1


def test_a_slice_that_looks_cut_off_is_read_again_in_halves() -> None:
    export = CutExport(burst(200, NOW - DAY) + burst(200, NOW - MINUTE, "n"), cap=300)
    assert len(swept(export, NOW - DAY, NOW)) == 400
    assert export.asked[1:] == [(NOW - DAY, NOW - DAY / 2), (NOW - DAY / 2, NOW)]


def test_a_slice_that_will_be_halved_is_read_no_further() -> None:
    export = CutExport(burst(299, NOW - DAY) + burst(299, NOW - MINUTE, "n"))
    swept(export, NOW - DAY, NOW)
    assert export.pages == 3 + 3 + 3


def test_a_message_that_was_given_is_not_given_again() -> None:
    reports = swept(CutExport(burst(300, NOW - DAY)), NOW - DAY, NOW)
    assert len(reports) == len({report.message_id for report in reports}) == 300


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("direction", {"direction": Direction.OUTBOUND}),
        ("contactId", {"contact_id": "CTC2"}),
        ("messageType", {"channel": Channel.CALL}),
        ("dateAdded", {"at": NOW - 2 * MINUTE}),
    ],
)
def test_an_id_that_is_given_to_two_messages_is_an_unknown_shape(field: str, changed: dict[str, Any]) -> None:
    with pytest.raises(GhlShapeUnknown) as caught:
        Seen().new([BARE, replace(BARE, **changed)])
    assert caught.value.field == f"messages[].{field}"


def test_a_message_whose_outcome_changed_meanwhile_is_the_same_one() -> None:
    assert Seen().new([BARE, replace(BARE, outcome="delivered")]) == [BARE]


def test_a_slice_of_a_minute_is_not_split() -> None:
    export = CutExport(burst(500, NOW - MINUTE))
    swept(export, NOW - MINUTE, NOW)
    assert len(export.asked) == 1


def test_a_total_that_says_more_splits_a_small_slice() -> None:
    export = CutExport(burst(5, NOW - DAY) + burst(5, NOW - MINUTE, "n"), cap=5, phantoms=0)
    assert len(swept(export, NOW - DAY, NOW)) == 10


def test_a_total_that_counts_what_never_comes_is_soon_ignored() -> None:
    export = CutExport([], phantoms=7)
    swept(export, NOW - 4 * DAY, NOW)
    assert len(export.asked) < 40


@pytest.mark.parametrize("cap", [300, 450])
@settings(max_examples=25, deadline=None)
@given(
    bursts=st.lists(
        st.tuples(st.integers(0, 2 * 24 * 60 - 1), st.integers(1, 300)), max_size=12, unique_by=lambda b: b[0]
    )
)
def test_nothing_is_lost_whatever_the_traffic(cap: int, bursts: list[tuple[int, int]]) -> None:
    reports = [
        report for minute, count in bursts for report in burst(count, NOW - 2 * DAY + minute * MINUTE, f"{minute}-")
    ]
    given_ids = sorted(report.message_id or "" for report in swept(CutExport(reports, cap=cap), NOW - 2 * DAY, NOW))
    assert given_ids == sorted(report.message_id or "" for report in reports)


def test_what_is_learnt_of_one_day_loses_nothing_of_another_that_is_read_at_once() -> None:
    # The fourth day counts what is never given, at once; the third, which is slow, is cut off.
    cut = CutExport(burst(360, NOW - 2.5 * DAY), cap=100, phantoms=0)
    spread = [replace(report, at=report.at + number * MINUTE) for number, report in enumerate(cut.reports)]
    cut.reports = spread
    phantom = CutExport([], phantoms=5)

    def pages(start: datetime, end: datetime) -> Iterator[ExportPage]:
        if NOW - 3 * DAY <= start < NOW - 2 * DAY:
            pause(0.05)
            return cut(start, end)
        return phantom(start, end) if start >= NOW - 2 * DAY else CutExport([])(start, end)

    given = [report for page in Sweep(pages).walk(NOW - 5 * DAY, NOW) for report in page]
    assert len(given) == 360


def test_an_export_that_answers_nothing_is_asked_once() -> None:
    asked = list[datetime]()

    def pages(start: datetime, _: datetime) -> Iterator[ExportPage]:
        asked.append(start)
        raise GhlUnavailable("down")
        yield

    with pytest.raises(GhlUnavailable):
        list(Sweep(pages).walk(NOW - 5 * DAY, NOW))
    assert asked == [NOW - 5 * DAY]
