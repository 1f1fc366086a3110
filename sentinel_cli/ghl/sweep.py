"""A walk over the location's messages in slices of time, cut finer where GHL cuts off; knows no HTTP."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from sentinel_cli.domain.model import Report
from sentinel_cli.errors import SentinelError
from sentinel_cli.ghl.fields import wrong
from sentinel_cli.ghl.wire import ExportPage
from sentinel_cli.together import AT_ONCE, together

__all__ = ["Seen", "Sweep"]

# GHL.md 4, observed: a wide range ends its cursor after a few hundred messages, without a word.
SUSPICIOUS = 300
WIDEST = timedelta(days=1)
NARROWEST = timedelta(minutes=1)
# What no later reading of a message can change, by GHL's names.
_LASTING = {"direction": "direction", "contactId": "contact_id", "messageType": "channel", "dateAdded": "at"}


class Seen:
    """The messages of one reading, each once; `len()` says how many."""

    def __init__(self) -> None:
        self._first: dict[str | None, Report] = {}

    def __len__(self) -> int:
        return len(self._first)

    def new(self, reports: Sequence[Report]) -> Sequence[Report]:
        """Those that were not seen yet. Raises GhlShapeUnknown for one that was, and was another message."""
        return [report for report in reports if self._is_new(report)]

    def _is_new(self, report: Report) -> bool:
        first = self._first.get(report.message_id)
        if first is None:
            self._first[report.message_id] = report
            return True
        for theirs, ours in _LASTING.items():
            if getattr(first, ours) != getattr(report, ours):
                raise wrong(f"messages[].{theirs}")
        return False


class Sweep:
    """One walk, oldest slice first, that gives each message once.

    `pages(start, end)` reads one slice, page by page. One that reaches 300 rows is left and read in halves, and so
    is one that ends with fewer rows than its `total` says; down to a minute.
    """

    def __init__(self, pages: Callable[[datetime, datetime], Iterator[ExportPage]]) -> None:
        self._pages = pages
        self._total_is_true = True

    def walk(self, since: datetime, until: datetime) -> Iterator[Sequence[Report]]:
        """The reports of [since, until), oldest slice first, a few slices read and held at a time; no empty page.

        The first is read alone: by it an export is known that answers nothing, or whose `total` is not true.
        """
        days, given = _days(since, until), Seen()
        at_once = 1
        while batch := list(islice(days, at_once)):
            readings = [_Reading(pages=self._pages, total_is_true=self._total_is_true) for _ in batch]
            ends = together(_read, list(zip(readings, batch, strict=True)))
            for reading, broken_off in zip(readings, ends, strict=True):
                yield from filter(None, map(given.new, reading.read))
                if broken_off:
                    raise broken_off
            self._total_is_true = all(reading.total_is_true for reading in readings)
            at_once = AT_ONCE


def _read(task: "tuple[_Reading, tuple[datetime, datetime]]") -> SentinelError | None:
    """Read a slice; what went wrong, after the pages that had come by then."""
    reading, (start, end) = task
    try:
        reading.slice(start, end)
    except SentinelError as error:
        return error
    return None


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One slice, read by itself: what another is told at the same time changes nothing here."""

    pages: Callable[[datetime, datetime], Iterator[ExportPage]]
    total_is_true: bool
    read: list[Sequence[Report]] = field(default_factory=list)
    given: Seen = field(default_factory=Seen)

    def slice(self, start: datetime, end: datetime) -> None:
        came, total = 0, 0
        divisible = end - start > NARROWEST
        for page in self.pages(start, end):
            came += page.rows
            total = max(total, page.total or 0)
            self.read.append(self.given.new(page.reports))
            if came >= SUSPICIOUS and divisible:
                self._halves(start, end)
                return
        if total > came and divisible and self.total_is_true:
            self._checked_halves(start, end)

    def _halves(self, start: datetime, end: datetime) -> None:
        middle = start + (end - start) / 2
        self.slice(start, middle)
        self.slice(middle, end)

    def _checked_halves(self, start: datetime, end: datetime) -> None:
        """The halves; when they show nothing new, `total` counts what is never given, and is not believed again."""
        before = len(self.given)
        self._halves(start, end)
        if len(self.given) == before:
            self.total_is_true = False


def _days(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    start = since
    while start < until:
        end = min(start + WIDEST, until)
        yield start, end
        start = end
