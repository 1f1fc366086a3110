"""How backups are named and where they lie; refuses to know what is in them."""

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import chain, count
from pathlib import Path

__all__ = ["backup_path", "backups_in", "free_name", "stamp"]


def stamp(at: datetime) -> str:
    """An instant as it stands in the name of a file; text order is time order."""
    return f"{at:%Y%m%dT%H%M%SZ}"


def backup_path(database: Path, at: datetime) -> Path:
    """Where a backup of that instant goes: `backups/sentinel-20261125T140000Z.db` beside the database."""
    return database.parent / "backups" / f"{database.stem}-{stamp(at)}.db"


def backups_in(database: Path) -> Sequence[Path]:
    """The backups of the database that bear our own form of name, oldest first."""
    ours = re.compile(rf"{re.escape(database.stem)}-\d{{8}}T\d{{6}}Z\.db")
    folder = database.parent / "backups"
    return sorted(path for path in folder.glob("*.db") if ours.fullmatch(path.name))


def free_name(folder: Path, stem: str) -> Path:
    """`stem`.db in the folder, or with a number where that is taken."""
    names = chain([stem], (f"{stem}-{number}" for number in count(2)))
    return next(path for name in names if not (path := folder / f"{name}.db").exists())
