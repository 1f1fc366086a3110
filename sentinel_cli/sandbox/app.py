"""The stand-in as a Starlette app: each request is logged, failed on purpose, limited, let in, answered."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Path

from .control import control_routes
from .failures import failing, rendered
from .faults import FaultKind, Route, Taken
from .gate import check_agent, check_token
from .replies import Answer, Ask, Refused, bad_request, refused
from .routes_export import export
from .routes_messages import message, messages
from .routes_people import contact, contacts, location, users
from .routes_search import search
from .routes_send import send
from .rows import Seen
from .world import World

__all__ = ["sandbox_app"]

Work = Callable[[World, Ask, Taken], Answer]

_ROUTES: tuple[tuple[Route, str, str, Work], ...] = (
    (Route.SEARCH, "GET", "/conversations/search", lambda w, ask, met: search(w, ask, met.view(w.now()))),
    (Route.EXPORT, "GET", "/conversations/messages/export", lambda w, ask, met: export(w, ask, met.view(w.now()))),
    (Route.SEND, "POST", "/conversations/messages", lambda w, ask, met: send(w, ask, met.has(FaultKind.WHITE_SPACE))),
    (Route.MESSAGE, "GET", "/conversations/messages/{message_id}",
     lambda w, ask, met: message(w, ask, met.view(w.now()))),
    (Route.MESSAGES, "GET", "/conversations/{conversation_id}/messages",
     lambda w, ask, met: messages(w, ask, met.view(w.now()))),
    (Route.CONTACT, "GET", "/contacts/{contact_id}", lambda w, ask, _: contact(w, ask)),
    (Route.CONTACTS, "GET", "/contacts/", lambda w, ask, _: contacts(w, ask)),
    (Route.LOCATION, "GET", "/locations/{location_id}", lambda w, ask, _: location(w, ask)),
    (Route.USERS, "GET", "/users/", lambda w, ask, _: users(w, ask)),
    (Route.USERS, "GET", "/users", lambda w, ask, _: users(w, ask)),
)  # fmt: skip


def sandbox_app(world: World) -> Starlette:
    """An app that answers as GHL would for that account; `/_sandbox/...` drives the account over HTTP."""
    paths = [Path(path, _endpoint(world, route, work), methods=[method]) for route, method, path, work in _ROUTES]
    app = Starlette(
        routes=[*paths, *control_routes(world)],
        exception_handlers={404: _no_such_path, 405: _no_such_path},
    )
    app.router.redirect_slashes = False
    return app


async def _no_such_path(request: Request, _: Exception) -> Response:
    return rendered(refused(404, f"Cannot {request.method} {request.url.path}").answer)


def _endpoint(world: World, route: Route, work: Work) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        ask, readable = await _asked(request)
        met = _met(world, route, ask)
        await asyncio.sleep(met.seconds(FaultKind.LATENCY))
        if met.failure is not None and not met.failure.after_effect:
            response = failing(met.failure)
        else:
            answer = _answer(world, route, ask, lambda: work(world, _read(ask, readable), met))
            response = rendered(answer) if met.failure is None else failing(met.failure)
        response.headers.update(world.rate_limit.headers())
        return response

    return endpoint


async def _asked(request: Request) -> tuple[Ask, bool]:
    raw = await request.body()
    body, readable = _json(raw)
    ask = Ask(
        method=request.method,
        path=request.url.path,
        path_values=request.path_params,
        query=dict(request.query_params),
        headers=dict(request.headers),
        body=body,
    )
    return ask, readable


def _json(raw: bytes) -> tuple[object, bool]:
    try:
        return (json.loads(raw) if raw else None), True
    except ValueError:
        return None, False


def _read(ask: Ask, readable: bool) -> Ask:
    if not readable:
        raise bad_request("Unexpected token in JSON")
    return ask


def _met(world: World, route: Route, ask: Ask) -> Taken:
    with world.lock:
        world.log_request(Seen(method=ask.method, path=ask.path, query=dict(ask.query), body=ask.body))
        return world.faults.take(route)


def _answer(world: World, route: Route, ask: Ask, work: Callable[[], Answer]) -> Answer:
    with world.lock:
        try:
            check_agent(ask)
            if not world.rate_limit.take():
                raise refused(429, "Too Many Requests")
            check_token(ask, world.location, route)
            return work()
        except Refused as refusal:
            return refusal.answer
