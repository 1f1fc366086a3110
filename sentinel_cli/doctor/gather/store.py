"""The database file and what lies beside it, looked at without changing either."""

import os
from collections.abc import Mapping

from sentinel_cli.doctor.judge.store import Owned, StoreSeen, Writer
from sentinel_cli.errors import StoreProblem
from sentinel_cli.settings import Settings
from sentinel_cli.store import health, schema
from sentinel_cli.store.database import Database

from .looking import told_by_receiver

__all__ = ["see_store"]

_CHECKED_WITHIN = 5.0


def see_store(settings: Settings) -> StoreSeen:
    """The file at DB_PATH; its own trouble where it cannot be opened or read."""
    path = settings.db_path
    try:
        with Database.look(path) as db:
            standing, journal = schema.standing(db).value, health.pragma(db, "journal_mode")
            damage = health.damage(db, _CHECKED_WITHIN)
            writers = _writers(settings, told_by_receiver(db) if schema.is_ours(db) else {})
    except StoreProblem as problem:
        return StoreSeen(path=str(path), trouble=problem)
    space = health.space_for(path)
    return StoreSeen(
        path=str(path),
        standing=standing,
        damage=damage,
        journal=journal,
        used=space.used,
        free=space.free,
        unwritable=health.write_problem(path) if standing in {"current", "newer", "behind"} else None,
        files=[
            Owned(name=file.name, is_folder=file.is_folder, uid=file.uid, gid=file.gid, mode=file.mode)
            for file in health.files_beside(path)
        ],
        writers=writers,
    )


def _writers(settings: Settings, told: Mapping[str, object]) -> list[Writer]:
    """Who must write it: cron's jobs, as whoever runs this, and the receiver, as it says itself or as compose will."""
    cron = Writer(name="cron", uid=os.geteuid(), gids=frozenset({os.getegid(), *os.getgroups()}))
    uid, gid = told.get("uid"), told.get("gid")
    receiver = Writer(
        name="receiver",
        uid=uid if isinstance(uid, int) else settings.container_uid,
        gids=frozenset({gid if isinstance(gid, int) else settings.container_gid}),
    )
    return [cron] if cron.uid == receiver.uid else [cron, receiver]
