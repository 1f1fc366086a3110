"""The clock and the store that settings name; loads nothing of what is done with them."""

from datetime import datetime

from sentinel_cli.clock import Clock, system_clock
from sentinel_cli.settings import Settings
from sentinel_cli.store import schema
from sentinel_cli.store.database import Database, is_file, no_database

__all__ = ["clock_of", "open_store"]


def clock_of(settings: Settings) -> Clock:
    """The clock a command reads: the system's, or the fixed one of a rehearsal (`SENTINEL_NOW`)."""
    fixed = settings.now
    return system_clock if fixed is None else lambda: _fixed(fixed)


def _fixed(at: datetime) -> datetime:
    return at


def open_store(settings: Settings, *, shared: bool = False) -> Database:
    """The database, at this release's schema. Raises StoreProblem when there is none: only `db migrate` makes one."""
    if not is_file(settings.db_path):
        # A mistyped DB_PATH must not lead to a second database.
        raise no_database(settings.db_path, f"DB_PATH in {settings.home / '.env'}")
    database = Database.open(settings.db_path, shared=shared)
    schema.require_current(database)
    return database
