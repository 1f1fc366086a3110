"""When the next request may go: our own window and what GHL's headers ask; refuses to know what is requested."""

from collections import deque
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from threading import Lock

from sentinel_cli.errors import GhlUnavailable

__all__ = ["PATIENCE", "DailyLimitReached", "Pacer", "RateLimited", "asked_pause"]

# GHL.md 5, the vendor's documented burst limit per location: 100 requests in 10 seconds.
# Ten are left for the runs that go beside it: orders, alerts.
MOST = 90
WITHIN = 10.0
# A letter is leased for 5 minutes: two pauses and three requests of 45 s each must fit well inside.
PATIENCE = 30.0
# The crontab repeats a summary after 10 and 30 minutes, and its check is part of it. At the vendor's limit this is
# time for 9,000 requests.
READING = 900.0


_MUCH_ASKED = "the next run tries again by itself; look for what else asks that much of this location's API"


class RateLimited(GhlUnavailable):
    """GHL asks us to pause; `pause` is in seconds."""

    def __init__(self, message: str, *, pause: float, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.pause = pause


class DailyLimitReached(GhlUnavailable):
    """The location's requests of the day are used up; no retry of today can help."""


class Pacer:
    """Lets at most `most` requests go in any `within` seconds, and none before GHL wants one.

    `monotonic` gives seconds that never go back; `sleep` takes seconds. One pacer serves one location, and one run:
    `reading` seconds after it was made no read begins any more. Several threads may wait: they go one by one.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        most: int = MOST,
        within: float = WITHIN,
        reading: float = READING,
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._within = within
        self._starts: deque[float] = deque(maxlen=most)
        self._one_by_one = Lock()
        self._held_until = 0.0
        self._spent = False
        self._reading_ends_at = monotonic() + reading

    def wait(self) -> None:
        """Return when a request may go. Raises RateLimited when that is too far off, DailyLimitReached for today."""
        with self._one_by_one:
            self._wait()

    def _wait(self) -> None:
        self.refuse_if_spent()
        # Looked at again after each sleep: what another request was answered meanwhile may ask for more.
        while (pause := max(self._held_until, self._window_opens_at()) - self._monotonic()) > 0:
            if pause > PATIENCE:
                raise RateLimited(f"GoHighLevel asks us to pause for {pause:.0f} s", pause=pause, advice=_MUCH_ASKED)
            self._sleep(pause)
            self.refuse_if_spent()
        self._starts.append(self._monotonic())

    def heed(self, headers: Mapping[str, str]) -> None:
        """Remember what an answer's `X-RateLimit-*` headers ask of the next request (GHL.md 5)."""
        if _number(headers.get("X-RateLimit-Daily-Remaining")) == 0:
            self._spent = True
        if _number(headers.get("X-RateLimit-Remaining")) == 0:
            self.hold(asked_pause(headers))

    def hold(self, seconds: float) -> None:
        """Let no request go for `seconds` from now."""
        self._held_until = max(self._held_until, self._monotonic() + seconds)

    def refuse_if_spent(self) -> None:
        """Raise DailyLimitReached when GHL has said that none is left today."""
        if self._spent:
            raise DailyLimitReached(
                "GoHighLevel's daily limit of requests for this location is used up",
                advice="wait until it resets, and look for what else asks that much of this location's API",
            )

    def refuse_if_late(self) -> None:
        """Raise GhlUnavailable when a run has read for so long that the next one had better begin anew."""
        if self._monotonic() >= self._reading_ends_at:
            raise GhlUnavailable(
                "GoHighLevel answers too slowly: the time for reading is over",
                advice="the next run tries again by itself; if it stays so, look at GoHighLevel's status page",
            )

    def _window_opens_at(self) -> float:
        return self._starts[0] + self._within if len(self._starts) == self._starts.maxlen else 0.0


def asked_pause(headers: Mapping[str, str]) -> float:
    """Seconds that an answer asks us to wait: `Retry-After` (RFC 9110, 10.2.3), else the interval header, else 10.

    A `Retry-After` date is measured from the answer's own `Date`, so that neither clock need be right.
    """
    told = headers.get("Retry-After", "").strip()
    if (seconds := _number(told)) is not None:
        return seconds
    if (seconds := _between(headers.get("Date", ""), told)) is not None:
        return seconds
    interval = _number(headers.get("X-RateLimit-Interval-Milliseconds"))
    return WITHIN if interval is None else interval / 1000


def _number(text: str | None) -> float | None:
    text = (text or "").strip()
    return float(text) if text.isascii() and text.isdigit() else None


def _between(start: str, end: str) -> float | None:
    try:
        return max(0.0, (parsedate_to_datetime(end) - parsedate_to_datetime(start)).total_seconds())
    except (ValueError, TypeError):
        return None
