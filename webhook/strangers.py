"""Sources whose requests were refused lately, and how often; refuses to know what a request must show.

GHL has no addresses of its own, and whoever has an account can make it post here: so a source that failed is never shut
out. Until its window is over it only gets less of our time, and the log is spared (endpoints.py).
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import HTTPConnection

__all__ = ["Strangers", "source_of"]

ALLOWED = 60
WINDOW_SECONDS = 60.0
# Whoever has more addresses than this is not slowed down by counting them; the table must not grow.
REMEMBERED = 1024


class Strangers:
    """A count of refusals for each source, from its first one on until the window is over."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        *,
        allowed: int = ALLOWED,
        window: float = WINDOW_SECONDS,
        remembered: int = REMEMBERED,
    ) -> None:
        self._now = now
        self._allowed = allowed
        self._window = window
        self._remembered = remembered
        self._failures: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._failures)

    def failed(self, source: str) -> bool:
        """Count a refusal; whether it is worth a line in the log: the first too many is the last that is."""
        since, failures = self._since(source)
        self._failures[source] = since, failures + 1
        if len(self._failures) > self._remembered:
            self._failures.popitem(last=False)
        return failures <= self._allowed

    def wait(self, source: str) -> int:
        """Seconds until the source has our whole attention again; 0: it has."""
        since, failures = self._since(source)
        return int(since + self._window - self._now()) + 1 if failures > self._allowed else 0

    def _since(self, source: str) -> tuple[float, int]:
        since, failures = self._failures.get(source, (self._now(), 0))
        if self._now() - since < self._window:
            return since, failures
        del self._failures[source]
        return self._now(), 0


def source_of(request: HTTPConnection) -> str:
    """The address a request came from, an IPv6 one as its /64; behind a proxy of our own network, what that says.

    Only the last hop is the proxy's word, whatever stands before it is the client's.
    """
    peer = request.client.host if request.client else ""
    hops = ",".join(request.headers.getlist("x-forwarded-for"))
    return _network(hops.rpartition(",")[2].strip()) or peer if _is_near(peer) else _network(peer) or peer


@lru_cache(maxsize=REMEMBERED)
def _is_near(peer: str) -> bool:
    try:
        return ip_address(peer).is_private
    except ValueError:
        return False


@lru_cache(maxsize=REMEMBERED)
def _network(address: str) -> str:
    try:
        ip = ip_address(address)
    except ValueError:
        return ""
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or ip_network((int(ip), 64), strict=False))
    return str(ip)
