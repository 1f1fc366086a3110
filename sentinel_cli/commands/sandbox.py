"""`sentinel sandbox`: the stand-in for GHL, for rehearsals on a machine without an account."""

import socket
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.clock import system_clock
from sentinel_cli.errors import UsageProblem

from .session import session_of

if TYPE_CHECKING:
    from sentinel_cli.sandbox.rows import Location

__all__ = ["sandbox"]


def sandbox(
    context: typer.Context,
    port: Annotated[int, typer.Option(metavar="N", min=1, max=65535, help="Where it listens.")] = 8900,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where it listens.")] = "127.0.0.1",
) -> None:
    """Run a stand-in for GHL with a small invented pool company, until Ctrl-C.

    It prints the lines to put into the .env of a rehearsal, and needs no
    settings itself. Nothing leaves the machine.

    For example:
      sentinel sandbox --port 8900

    Exit codes: 2 the port is taken.
    """
    from sentinel_cli.sandbox.app import sandbox_app
    from sentinel_cli.sandbox.sample import MANAGERS
    from sentinel_cli.sandbox.server import serve
    from sentinel_cli.sandbox.world import World

    screen = session_of(context).screen
    _refuse_taken(host, port)
    # Whoever met the last one must not take new messages for its old ones.
    world = World.sample(first_number=int(system_clock().timestamp()))
    for line in _settings_lines(world.location, f"http://{host}:{port}", tuple(MANAGERS)):
        screen.line(line)
    screen.note(f"the sandbox listens on {host}:{port}; Ctrl-C ends it")
    serve(sandbox_app(world), host, port)


def _settings_lines(location: "Location", base_url: str, managers: tuple[str, ...]) -> list[str]:
    return [
        f"GHL_BASE_URL={base_url}",
        f"GHL_TOKEN={location.token}",
        f"GHL_LOCATION_ID={location.location_id}",
        f"MANAGER_CONTACT_IDS={','.join(managers)}",
    ]


def _refuse_taken(host: str, port: int) -> None:
    """Raise UsageProblem where nobody can listen there: uvicorn would only log it, after the lines are printed."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise UsageProblem(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            advice=f"choose another --port or --host; ss -ltnp 'sport = :{port}' shows who holds this one",
        ) from None
