"""One connection to the receiver, within limits of size, time and number; refuses to know what is asked on it.

uvicorn itself waits for a request's head for ever, lets one be of any size, and answers 503 to a crowd, which GHL does
not repeat. Here a request has a limit of time from its first byte to the last of its answer, and where connections
are many, whoever keeps us waiting longest makes room for the next.
"""

import asyncio
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from .replies import refusal

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as _Http
else:
    from uvicorn.protocols.http.auto import AutoHTTPProtocol as _Http

__all__ = ["CONNECTIONS", "HEAD_BYTES", "WITHIN", "Connection"]

CONNECTIONS = 500
"""Below the usual limit of 1024 open files; the recorder's queue is shorter."""

HEAD_BYTES = 32 * 1024
"""What a head may have before it is whole; those seen have 1 KiB."""

WITHIN = 20.0
"""Seconds; each request is answered 8 s after its head at the latest."""

# What is on its way when we are told to stop is still taken.
_LAST_REQUEST_WITHIN = 0.5
# A proxy asks one thing after the other. Requests that wait for their turn take memory, and no limit of time ends them.
_MOST_WAITING = 250
_HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Connection(_Http):
    """A connection of uvicorn's that ends when a request on it has too large a head or takes too long."""

    _watch: asyncio.TimerHandle | None = None
    rests = False
    """Whether its last request is answered, and nothing of the next has come."""
    waits_since = 0.0
    _head_bytes = 0
    _is_last = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Watch from the start; where there are too many, make room, or else tell the newcomer to come back."""
        super().connection_made(transport)
        self._begin()
        self._look()
        if len(self.connections) > CONNECTIONS and not self._has_made_room():
            self.app = _come_back

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is watched any more."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Hand on what belongs to a head within the limit, and what follows it."""
        if self.rests:
            self._begin()
        if self._is_at_work:
            super().data_received(data)
        else:
            self._head_received(data)
        if len(getattr(self, "pipeline", ())) > _MOST_WAITING:
            self.transport.abort()

    def _head_received(self, data: bytes) -> None:
        room, before = HEAD_BYTES - self._head_bytes, self.cycle
        super().data_received(data[:room])
        if self.cycle is before:
            self._head_bytes += len(data)
            if self._head_bytes >= HEAD_BYTES:
                self._refuse()
            return
        if self._is_last:
            super().shutdown()
        if data[room:]:
            super().data_received(data[room:])

    def on_response_complete(self) -> None:
        """The next request has a time of its own."""
        super().on_response_complete()
        self._begin()
        self.rests = not self._is_at_work

    def shutdown(self) -> None:
        """Close, but for a request that is just about to come."""
        if self.rests or self._is_at_work:
            super().shutdown()
        else:
            self._is_last = True
            self.loop.call_later(_LAST_REQUEST_WITHIN, self._give_up)

    @property
    def _is_at_work(self) -> bool:
        """Whether a head has come, and not yet all of its answer has gone."""
        return self.cycle is not None and not self.cycle.response_complete  # type: ignore[redundant-expr]

    @property
    def keeps_us_waiting(self) -> bool:
        """Whether it is the other side's turn: nothing is asked, or the body is not whole."""
        return not self.transport.is_closing() and (not self._is_at_work or self.cycle.more_body)

    def _begin(self) -> None:
        self.rests = False
        self._head_bytes = 0
        self.waits_since = self.loop.time()

    def _look(self) -> None:
        """End what takes too long; else look again when it would. A timer for each request would cost far more."""
        left = WITHIN if self.rests else self.waits_since + WITHIN - self.loop.time()
        if left > 0:
            self._watch = self.loop.call_later(left, self._look)
        else:
            self.transport.abort()

    def _has_made_room(self) -> bool:
        """Whether the other that keeps us waiting longest could be closed."""
        others = [each for each in self.connections if isinstance(each, Connection) and each is not self]
        waiting = [each for each in others if each.keeps_us_waiting]
        if waiting:
            # Whoever has asked nothing yet goes before a proxy's connection that rests between two requests.
            min(waiting, key=lambda each: (each.rests, each.waits_since)).transport.abort()
        return bool(waiting)

    def _give_up(self) -> None:
        if not self._is_at_work:
            self.transport.close()

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_HEAD_TOO_LARGE)
            self.transport.close()


async def _come_back(scope: Scope, receive: Receive, send: Send) -> None:
    await refusal(429, "try again")(scope, receive, send)
