"""The routes, thin: `/health` and three addresses for webhooks, and nothing else (DESIGN §5)."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sentinel_cli.clock import Clock

from .auth import Proof
from .endpoints import ANSWER_WITHIN, Deliveries, Health, no_such_route
from .recorder import Recorder
from .time_limit import TimeLimit

__all__ = ["create_app"]

_WEBHOOKS = ("/webhook/ghl", "/webhook/ghl/inbound_sms", "/webhook/ghl/unanswered_call")


def create_app(
    recorder: Recorder,
    proofs: Sequence[Proof],
    secrets: Sequence[str],
    clock: Clock,
    *,
    answer_within: float = ANSWER_WITHIN,
) -> ASGIApp:
    """The receiver as an ASGI app, which closes the recorder at its end.

    `secrets` are kept out of store and log; a delivery is answered within `answer_within` seconds.
    """
    limit = TimeLimit(answer_within)
    deliveries = Deliveries(recorder=recorder, proofs=proofs, secrets=secrets, clock=clock, limit=limit)

    async def elsewhere(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - Starlette maps no other error to a status
        return no_such_route(request, error, secrets, deliveries.strangers)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await recorder.close()

    app = Starlette(
        routes=[
            *(Route(path, deliveries, methods=["POST"]) for path in _WEBHOOKS),
            Route("/health", Health(recorder, clock), methods=["GET"]),
        ],
        exception_handlers={404: elsewhere, 405: elsewhere},
        lifespan=lifespan,
    )
    # Nobody promises that GHL follows a redirect; a 404 is at least in its log and in ours.
    app.router.redirect_slashes = False

    async def straight(scope: Scope, receive: Receive, send: Send) -> None:
        # What nearly every request is takes the short way: the framework's would cost as much as all that we do in it.
        is_delivery = scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in _WEBHOOKS
        await (deliveries if is_delivery else app)(scope, receive, send)

    return straight
