"""The database opened to be looked at: read only, and only one that Sentinel's migrations made."""

import json
from collections.abc import Mapping

from sentinel_cli.errors import StoreProblem
from sentinel_cli.settings import Settings
from sentinel_cli.store import kv, schema
from sentinel_cli.store.database import Database
from webhook.writer import RECEIVER_KEY

__all__ = ["look", "told_by_receiver"]


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


def told_by_receiver(db: Database) -> Mapping[str, object]:
    """What the receiver has noted of itself in this database; nothing where it never did, or somebody edited it."""
    try:
        told = json.loads(kv.get(db, RECEIVER_KEY) or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
