"""The way to GHL, on which the Nth request fails: before its effect or after it, once or from then on."""

from dataclasses import dataclass, field
from enum import StrEnum

import httpx

from tests.fakes import Crash

__all__ = ["Trouble", "Wire"]

_PAGE = "<!DOCTYPE html><html><body>Bad gateway</body></html>"


class Trouble(StrEnum):
    """What the Nth request meets; those with `after` in their name have had their effect."""

    NO_CONNECTION = "no connection"
    TIME_OUT = "time-out"
    TIME_OUT_AFTER = "time-out after the effect"
    ERROR = "500"
    ERROR_AFTER = "500 after the effect"
    TOO_MANY = "429"
    REFUSED = "401"
    HTML = "a page of HTML"
    HTML_AFTER = "a page of HTML after the effect"
    DOWN = "no connection from then on"
    REVOKED = "401 from then on"
    DIES = "the process dies"
    DIES_AFTER = "the process dies after the effect"

    @property
    def lasts(self) -> bool:
        """Whether all later requests of that run meet it too."""
        return self in {Trouble.DOWN, Trouble.REVOKED, Trouble.DIES, Trouble.DIES_AFTER}

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What comes back; raises where nothing does."""
        match self:
            case Trouble.NO_CONNECTION | Trouble.DOWN:
                raise httpx.ConnectError("refused", request=request)
            case Trouble.TIME_OUT | Trouble.TIME_OUT_AFTER:
                raise httpx.ReadTimeout("timed out", request=request)
            case Trouble.DIES | Trouble.DIES_AFTER:
                raise Crash
            case Trouble.HTML | Trouble.HTML_AFTER:
                return httpx.Response(200, text=_PAGE)
            case Trouble.TOO_MANY:
                return httpx.Response(429, json={"message": "Too Many Requests"}, headers={"Retry-After": "0"})
            case Trouble.REFUSED | Trouble.REVOKED:
                return httpx.Response(401, json={"message": "Invalid Private Integration token"})
        return httpx.Response(500, json={"message": "Internal server error"})


@dataclass
class Wire(httpx.AsyncBaseTransport):
    """Real HTTP, but for the request of that number (none where it is 0)."""

    fails_at: int = 0
    trouble: Trouble = Trouble.TIME_OUT
    count: int = 0
    real: httpx.AsyncHTTPTransport = field(default_factory=lambda: httpx.AsyncHTTPTransport(verify=False))

    @property
    def was_reached(self) -> bool:
        return 0 < self.fails_at <= self.count

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.count += 1
        if self.count != self.fails_at and not (self.was_reached and self.trouble.lasts):
            return await self.real.handle_async_request(request)
        if "after" in self.trouble:
            await (await self.real.handle_async_request(request)).aread()
        return self.trouble.answer(request)

    async def aclose(self) -> None:
        await self.real.aclose()
