"""`sentinel serve`: settings become a receiver on a port; refuses to know how it answers."""

import logging
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.clock import Clock

from .session import session_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from sentinel_cli.settings import Settings

__all__ = ["receiver_of", "serve"]


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 in a container.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
) -> None:
    """Receive GHL's webhooks and store them, until Ctrl-C or SIGTERM.

    Needs WEBHOOK_SECRET, GHL_LOCATION_ID and a database that sentinel db migrate has made.

    For example:
      sentinel serve
      sentinel serve --host 0.0.0.0 --port 8000

    Exit codes: 74 no database, 78 a setting is missing or weak, or the port is taken.
    """
    from sentinel_cli import log
    from sentinel_cli.settings import exposed
    from webhook import server

    session = session_of(context)
    settings = session.settings()
    log.configure(session.screen.err, as_json=settings.log_format == "json")
    if how := exposed(settings.home):
        log.event("settings.exposed", level=logging.WARNING, file=str(settings.home / ".env"), how=how)
    receiver = receiver_of(settings)
    with server.listening(host, port) as listener:
        server.run(receiver, listener)


def receiver_of(settings: "Settings", clock: Clock | None = None) -> "ASGIApp":
    """The receiver these settings describe; `clock` is theirs unless another is given.

    Raises Misconfigured when a secret or the location is missing or weak, StoreProblem when the database is.
    """
    from sentinel_cli.opening import clock_of, open_store
    from sentinel_cli.settings import webhook_secrets
    from sentinel_cli.wiring import reading_policy, rules_of
    from webhook.app import create_app
    from webhook.auth import secret_proofs
    from webhook.recorder import Recorder
    from webhook.signatures import ed25519, signature_proof
    from webhook.writer import Intake

    # Without the location, deliveries of every other one would open issues here.
    settings.require("WEBHOOK_SECRET", "GHL_LOCATION_ID")
    secrets = webhook_secrets(settings)
    open_store(settings).close()
    intake = Intake(
        open_store=partial(open_store, settings),
        rules_of=partial(rules_of, settings),
        reading=reading_policy(settings),
        secrets=secrets,
    )
    return create_app(
        Recorder(intake),
        (
            *secret_proofs(secrets, in_query=settings.allow_query_secret),
            signature_proof(settings.webhook_public_keys, ed25519()),
        ),
        (*secrets, settings.ghl_token),
        clock or clock_of(settings),
    )
