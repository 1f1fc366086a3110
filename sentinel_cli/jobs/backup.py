"""`backup`: a verified copy of the database while others write to it, and the oldest copies gone; knows no schedule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sentinel_cli.clock import Clock
from sentinel_cli.errors import SentinelError
from sentinel_cli.store import backups
from sentinel_cli.store.backup_files import backup_path, backups_in
from sentinel_cli.store.database import Database

from .runner import Run

__all__ = ["JOB", "BackupReport", "backup"]

JOB = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """Where the copy is, its size in bytes, how long it took, and how many older ones went and are there now."""

    path: Path
    size: int
    seconds: float
    removed: int
    kept: int

    @property
    def counts(self) -> Mapping[str, int | float | str]:
        """For the log line."""
        return {
            "file": self.path.name,
            "bytes": self.size,
            "seconds": round(self.seconds, 1),
            "removed": self.removed,
            "kept": self.kept,
        }

    @property
    def problem(self) -> SentinelError | None:
        """A copy that is not whole has raised."""
        return None


def backup(db: Database, run: Run, clock: Clock, *, output: Path | None, keep: int) -> BackupReport:
    """Copy to `output`, else into the rotated folder beside the database. A copy that fails removes none."""
    target = output or backup_path(db.path, run.now)
    backups.write_copy(db, target)
    gone = [] if output else backups.rotate(db.path, keep)
    return BackupReport(
        path=target,
        size=target.stat().st_size,
        seconds=_seconds(run.now, clock()),
        removed=len(gone),
        kept=len(backups_in(db.path)),
    )


def _seconds(begun: datetime, ended: datetime) -> float:
    return (ended - begun).total_seconds()
