"""`sentinel db`: the database file itself."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson
from .progress import working
from .session import Session, session_of

if TYPE_CHECKING:
    from sentinel_cli.settings import Settings

__all__ = ["migrate"]


def migrate(
    context: typer.Context,
    new: Annotated[bool, typer.Option("--new", help="Begin anew, although there are backups of a lost one.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the database, or bring it up to this release; safe to repeat.

    It is the file that DB_PATH names; data/sentinel.db under SENTINEL_HOME
    where that is not set. No everyday command makes one, so that receiver
    and cron never work on two different files in silence.

    A database of the service that Sentinel replaces is adopted: stop that
    service first. The file is copied into backups/ beside it; then every
    row is taken over under its id, in one step or not at all.

    Where there are backups of a database that is gone, none is made: an
    empty one would hide who waits. Restore the newest, or say --new.

    For example:
      sentinel db migrate
      sentinel db migrate --dry-run

    Exit codes: 74 the file cannot be made, adopted or backed up, is in use,
    is not Sentinel's, or was lost and has backups.
    """
    from sentinel_cli.store import schema
    from sentinel_cli.store.backup_files import backups_in
    from sentinel_cli.store.database import Database, is_file, no_database

    session = session_of(context)
    settings = session.settings()
    path = settings.db_path
    if is_file(path):
        with Database.look(path) as found:
            if schema.holds_older_service(found):
                _adopt(session, settings, dry_run=dry_run, as_json=as_json)
                return
    elif backups_in(path) and not new:
        raise no_database(path)
    _bring_up(session, settings, dry_run=dry_run, as_json=as_json)


def _bring_up(session: Session, settings: "Settings", *, dry_run: bool, as_json: bool) -> None:
    from sentinel_cli.opening import clock_of
    from sentinel_cli.store import kv, schema
    from sentinel_cli.store.backup_files import backups_in
    from sentinel_cli.store.database import Database

    path = settings.db_path
    is_new = not os.path.exists(path)  # noqa: PTH110 - a path that no file can have is none, without an error
    if dry_run and is_new:
        steps = list(schema.STEPS)
    elif dry_run:
        with Database.look(path) as found, found.copy() as copy:
            steps = schema.migrate(copy)
    else:
        with Database.create(path) as db:
            steps = schema.migrate(db)
            if is_new and backups_in(path):
                # The lost one may have sent today's.
                kv.put_instant(db, kv.LETTERS_FORGOTTEN, clock_of(settings)())
    if as_json:
        session.screen.json({"path": str(path), "created": is_new, "steps": steps, "dry_run": dry_run})
    elif steps:
        done = f"would {'make' if is_new else 'upgrade'}" if dry_run else "made" if is_new else "upgraded"
        session.screen.line(f"{done} {path}: {', '.join(steps)}")
    else:
        session.screen.line(f"{path} is up to date")


def _adopt(session: Session, settings: "Settings", *, dry_run: bool, as_json: bool) -> None:
    from sentinel_cli.settings import unused_names
    from sentinel_cli.wiring import adopted

    from .adoption_screen import fields, lines

    with working(session.screen, "taking the older database over"):
        report, backup = adopted(settings, dry_run=dry_run)
    unused = unused_names(settings)
    if as_json:
        session.screen.json({**fields(report, settings.db_path, backup, unused), "dry_run": dry_run})
        return
    for line in lines(report, settings.db_path, backup, unused):
        session.screen.line(line)
    if dry_run:
        session.screen.note("dry run: nothing was written")
