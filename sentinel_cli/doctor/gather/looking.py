"""The database opened to be looked at: read only, and only one that Sentinel's migrations made."""

from sentinel_cli.errors import StoreProblem
from sentinel_cli.settings import Settings
from sentinel_cli.store import schema
from sentinel_cli.store.database import Database

__all__ = ["look"]


def look(settings: Settings) -> Database:
    """The database at DB_PATH, to be closed by the caller. Raises StoreProblem where there is none of ours."""
    db = Database.look(settings.db_path)
    try:
        if schema.is_ours(db):
            return db
    except StoreProblem:
        db.close()
        raise
    db.close()
    raise StoreProblem(f"{settings.db_path} has no Sentinel tables", advice="run sentinel db migrate")
