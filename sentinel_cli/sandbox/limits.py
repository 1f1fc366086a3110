"""The rate limit: 100 requests in any 10 seconds, told by headers (GHL.md 5); refuses to know what is asked for."""

import time
from collections import deque
from collections.abc import Callable

__all__ = ["RateLimit"]

_DAILY = 200_000


class RateLimit:
    """Counts requests in a sliding window, the strictest reading of the vendor's words; `maximum` None is off.

    `monotonic` gives seconds; real time, not the account's clock, which a script may hold still.
    """

    def __init__(
        self, maximum: int | None = 100, window: float = 10, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.maximum = maximum
        self._maximum_at_first = maximum
        self.window = window
        self._monotonic = monotonic
        self._taken: deque[float] = deque()
        self._today = 0

    def take(self) -> bool:
        """Whether one more request is allowed now; a refused one does not count."""
        now = self._monotonic()
        while self._taken and self._taken[0] <= now - self.window:
            self._taken.popleft()
        if self.maximum is not None and len(self._taken) >= self.maximum:
            return False
        self._taken.append(now)
        self._today += 1
        return True

    def reset(self) -> None:
        """As it was at first: nobody has asked yet."""
        self.maximum = self._maximum_at_first
        self._taken.clear()
        self._today = 0

    def headers(self) -> dict[str, str]:
        """The headers on every answer; none while the limit is off."""
        if self.maximum is None:
            return {}
        return {
            "X-RateLimit-Limit-Daily": str(_DAILY),
            "X-RateLimit-Daily-Remaining": str(_DAILY - self._today),
            "X-RateLimit-Interval-Milliseconds": str(round(self.window * 1000)),
            "X-RateLimit-Max": str(self.maximum),
            "X-RateLimit-Remaining": str(max(0, self.maximum - len(self._taken))),
        }
