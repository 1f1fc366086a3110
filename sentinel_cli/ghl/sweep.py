"""A walk over the location's messages in slices of time, cut finer where GHL cuts off; knows no HTTP."""

from collections.abc import Callable, Iterator, Sequence
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
        for field, name in _LASTING.items():
            if getattr(first, name) != getattr(report, name):
                raise wrong(f"messages[].{field}")
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
        """The reports of [since, until), oldest slice first, a few slices read and held at a time; no empty page."""
        days, given = _days(since, until), Seen()
        while batch := list(islice(days, AT_ONCE)):
            for pages, broken_off in together(self._read, batch):
                yield from filter(None, map(given.new, pages))
                if broken_off:
                    raise broken_off

    def _read(self, day: tuple[datetime, datetime]) -> tuple[Sequence[Sequence[Report]], SentinelError | None]:
        """The pages of a slice, and what went wrong after them."""
        pages: list[Sequence[Report]] = []
        try:
            pages.extend(self._slice(*day, Seen()))
        except SentinelError as error:
            return pages, error
        return pages, None

    def _slice(self, start: datetime, end: datetime, given: Seen) -> Iterator[Sequence[Report]]:
        came, total = 0, 0
        divisible = end - start > NARROWEST
        for page in self._pages(start, end):
            came += page.rows
            total = max(total, page.total or 0)
            yield given.new(page.reports)
            if came >= SUSPICIOUS and divisible:
                yield from self._halves(start, end, given)
                return
        if total > came and divisible and self._total_is_true:
            yield from self._checked_halves(start, end, given)

    def _halves(self, start: datetime, end: datetime, given: Seen) -> Iterator[Sequence[Report]]:
        middle = start + (end - start) / 2
        yield from self._slice(start, middle, given)
        yield from self._slice(middle, end, given)

    def _checked_halves(self, start: datetime, end: datetime, given: Seen) -> Iterator[Sequence[Report]]:
        """The halves; when they show nothing new, `total` counts what is never given, and is not believed again."""
        before = len(given)
        yield from self._halves(start, end, given)
        if len(given) == before:
            self._total_is_true = False


def _days(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    start = since
    while start < until:
        end = min(start + WIDEST, until)
        yield start, end
        start = end
