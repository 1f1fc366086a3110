"""`sentinel db`: the database file itself."""

import typer

from .options import AsJson
from .session import session_of

__all__ = ["app"]

app = typer.Typer(name="db", no_args_is_help=True, help="The database file.")


# Without a callback Typer would take a group of one command for the command itself.
@app.callback()
def group() -> None:
    """The database file."""


@app.command("migrate")
def migrate(context: typer.Context, as_json: AsJson = False) -> None:
    """Make the database, or bring it up to this release; safe to repeat.

    It is the file that DB_PATH names; data/sentinel.db under SENTINEL_HOME
    where that is not set. No everyday command makes one, so that receiver
    and cron never work on two different files in silence.

    For example:
      sentinel db migrate

    Exit codes: 74 the file cannot be made, or is not Sentinel's.
    """
    from sentinel_cli.store import schema
    from sentinel_cli.store.database import Database

    session = session_of(context)
    path = session.settings().db_path
    is_new = not path.exists()
    with Database.create(path) as db:
        steps = schema.migrate(db)
    if as_json:
        session.screen.json({"path": str(path), "created": is_new, "steps": steps})
    elif steps:
        session.screen.line(f"{'made' if is_new else 'upgraded'} {path}: {', '.join(steps)}")
    else:
        session.screen.line(f"{path} is up to date")
