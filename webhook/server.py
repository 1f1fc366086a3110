"""uvicorn on a port, until a signal ends it and what was accepted is stored; knows no route."""

import logging
import signal
import socket
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from sentinel_cli.errors import Misconfigured
from sentinel_cli.log import event

from .connections import HEAD_BYTES, Connection

__all__ = ["listening", "run"]

# Caddy keeps an idle connection for 2 minutes: it must be the one that closes, else a webhook meets a closed door.
_KEEP_ALIVE_SECONDS = 130
# Every request is answered within 8 s; docker waits 10 before it kills.
_LAST_ANSWERS_SECONDS = 9
# Ours is smaller and answered 431; this only keeps h11 from being the first to refuse.
_H11_HEAD_BYTES = 2 * HEAD_BYTES


class _Server(uvicorn.Server):
    """Ends as a process that did what it was told."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature is uvicorn's
        # uvicorn's own raises the signal again at the end, and a clean stop would look like a death.
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. Raises Misconfigured when it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise Misconfigured(
            [f"cannot listen on {host} port {port}: {error.strerror or error}"],
            advice=f"ss -ltnp 'sport = :{port}' shows who holds the port; --host and --port choose another",
        ) from None


def run(app: ASGIApp, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; then answer what was accepted, and end."""
    _log_like_us()
    host, port = listener.getsockname()[:2]
    server = _Server(
        uvicorn.Config(
            app,
            http=Connection,
            lifespan="on",
            ws="none",
            log_config=None,
            log_level="error",  # a warning for each request that is no HTTP would let strangers fill the disk
            access_log=False,  # it would show query strings; each delivery is an event of ours
            proxy_headers=False,
            server_header=False,
            limit_concurrency=None,  # its answer would be 503, which GHL does not repeat
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
            h11_max_incomplete_event_size=_H11_HEAD_BYTES,
        )
    )
    event("receiver.started", host=host, port=port)
    server.run(sockets=[listener])
    event("receiver.stopped")


def _log_like_us() -> None:
    """What uvicorn has to say is one line among ours."""
    theirs = logging.getLogger("uvicorn")
    theirs.handlers = list(logging.getLogger("sentinel").handlers)
    theirs.propagate = False
