"""Real uvicorn on a real port, in a thread for the demo and the tests or alone for rehearsals; knows no app by name."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from .failures import ABORT

__all__ = ["serve", "serve_in_thread"]

_START_SECONDS = 10
# A request that hangs on purpose must not hold up the end.
_END_SECONDS = 1


class _CuttableConnection(H11Protocol):
    """HTTP/1.1 that offers the app a way to cut its connection, which ASGI has not."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, ABORT: transport.abort}


class _Announcing(uvicorn.Server):
    """Sets `ready` when it listens, or has failed to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready.set()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        except SystemExit:
            # uvicorn's word for an app that did not start; in a thread there is nobody to leave.
            self.started = False
        finally:
            self.ready.set()


def _listener(host: str, port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only on sockets that name their protocol; without it an answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


@contextmanager
def serve_in_thread(app: ASGIApp, port: int = 0, host: str = "127.0.0.1") -> Iterator[str]:
    """The base URL of an app that listens while the block runs; port 0 takes a free one.

    Raises OSError where the port is taken, RuntimeError where the app does not start within 10 seconds.
    """
    with _listener(host, port) as listener:
        server = _Announcing(
            uvicorn.Config(
                app,
                http=_CuttableConnection,
                loop="asyncio",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=_END_SECONDS,
            )
        )
        thread = threading.Thread(target=server.run, args=([listener],), name="serve_in_thread", daemon=True)
        thread.start()
        try:
            server.ready.wait(_START_SECONDS)
            if not server.started:
                raise RuntimeError("the server did not come up")
            yield f"http://{host}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def serve(app: ASGIApp, host: str = "127.0.0.1", port: int = 8900) -> None:
    """Listen until a signal ends it; what `sentinel sandbox` runs."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        http=_CuttableConnection,
        log_level="warning",
        timeout_graceful_shutdown=_END_SECONDS,
    )
