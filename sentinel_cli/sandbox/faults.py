"""Switchable failures, by route and count: what may go wrong on the way to GHL and back; refuses to know HTTP."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .account import Account
from .rows import Row

__all__ = ["Fault", "FaultBoard", "FaultKind", "Route", "Taken", "View"]


class Route(StrEnum):
    """The API's routes by one word; `ANY` is for faults."""

    SEARCH = "search"
    MESSAGES = "messages"
    MESSAGE = "message"
    EXPORT = "export"
    SEND = "send"
    CONTACT = "contact"
    CONTACTS = "contacts"
    LOCATION = "location"
    USERS = "users"
    ANY = "*"


class FaultKind(StrEnum):
    """What goes wrong.

    From `UNAUTHORIZED` to `HANG` the answer itself fails, one such fault per request. The others bend an answer:
    `LATENCY` by `seconds`; `EMPTY_PAGE` shows none of the rows of a page that is not the last; `INDEX_LAG` lets search
    and export see the account as it was `seconds` ago; `LATE_ROWS` hides rows younger than `seconds` from every read;
    `SILENT_CUT` ends an export after `rows` rows; `WHITE_SPACE` squeezes blanks and line ends of a sent text.
    """

    UNAUTHORIZED = "401"
    NO_SCOPE = "scope"
    FORBIDDEN = "403"
    TOO_MANY = "429"
    SERVER_ERROR = "500"
    HTML = "html"
    EMPTY_BODY = "empty_body"
    DROP = "drop"
    HANG = "hang"
    LATENCY = "latency"
    EMPTY_PAGE = "empty_page"
    INDEX_LAG = "index_lag"
    LATE_ROWS = "late_rows"
    SILENT_CUT = "silent_cut"
    WHITE_SPACE = "white_space"


_BENDING = frozenset(list(FaultKind)[list(FaultKind).index(FaultKind.LATENCY) :])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One failure to come; after `skip` others, `times` requests of `route` meet it, None until it is cleared.

    `after_effect` lets the request do its work first (a text goes out, then the connection drops). `seconds` bounds
    a hang too. `status` is that of an HTML or empty answer; `retry_after` (seconds) is a header of 429.
    """

    kind: FaultKind
    route: Route = Route.ANY
    times: int | None = 1
    skip: int = 0
    after_effect: bool = False
    seconds: float = 0
    rows: int = 0
    status: int = 200
    retry_after: int | None = None

    @property
    def bends(self) -> bool:
        """Whether the answer stays a proper one."""
        return self.kind in _BENDING

    def meets(self, route: Route) -> bool:
        """Whether a request of that route meets it."""
        return self.route in {Route.ANY, route}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one request meets: at most one failing answer, and all that bends it."""

    failure: Fault | None = None
    bends: tuple[Fault, ...] = ()

    def has(self, kind: FaultKind) -> bool:
        """Whether a bend of that kind is among them."""
        return any(fault.kind is kind for fault in self.bends)

    def seconds(self, kind: FaultKind) -> float:
        """The longest time that bends of that kind ask for, in seconds."""
        return max((fault.seconds for fault in self.bends if fault.kind is kind), default=0)

    def cut(self) -> int | None:
        """After how many rows an export ends, None where it is complete."""
        return min((fault.rows for fault in self.bends if fault.kind is FaultKind.SILENT_CUT), default=None)

    def view(self, now: datetime) -> "View":
        """What a read at `now` may see."""
        return View(
            now=now,
            index_lag=timedelta(seconds=self.seconds(FaultKind.INDEX_LAG)),
            late=timedelta(seconds=self.seconds(FaultKind.LATE_ROWS)),
            cut=self.cut(),
            empty=self.has(FaultKind.EMPTY_PAGE),
        )


class FaultBoard:
    """The failures to come, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, *faults: Fault) -> None:
        """Put failures at the end of the line."""
        self._waiting.extend(faults)

    def clear(self) -> None:
        """Nothing fails any more."""
        self._waiting.clear()

    def waiting(self) -> tuple[Fault, ...]:
        """What is still to come."""
        return tuple(self._waiting)

    def take(self, route: Route) -> Taken:
        """What this request meets; each is counted down by one."""
        met = [fault for fault in self._waiting if fault.meets(route)]
        spared = [fault for fault in met if fault.skip]
        failure = next((fault for fault in met if not fault.skip and not fault.bends), None)
        bends = tuple(fault for fault in met if not fault.skip and fault.bends)
        spent = {id(fault) for fault in (failure, *bends, *spared) if fault is not None}
        counted = (_counted(fault) if id(fault) in spent else fault for fault in self._waiting)
        self._waiting = [fault for fault in counted if fault.times is None or fault.times > 0]
        return Taken(failure=failure, bends=bends)


def _counted(fault: Fault) -> Fault:
    if fault.skip:
        return replace(fault, skip=fault.skip - 1)
    return fault if fault.times is None else replace(fault, times=fault.times - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one read may see of the account."""

    now: datetime
    index_lag: timedelta = timedelta(0)
    late: timedelta = timedelta(0)
    cut: int | None = None
    empty: bool = False

    def rows(self, account: Account) -> list[Row]:
        """What a direct read shows."""
        return [row for row in account.rows() if self._shows(row)]

    def indexed_rows(self, account: Account) -> list[Row]:
        """What the search index shows; it may be behind."""
        rows = account.rows_as_of(self.now - self.index_lag) if self.index_lag else account.rows()
        return [row for row in rows if self._shows(row)]

    def _shows(self, row: Row) -> bool:
        revealed = row.revealed_at is None or row.revealed_at <= self.now
        return revealed and (not self.late or row.at <= self.now - self.late)
