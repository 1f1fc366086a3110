"""Store: is the database there, whole, ours, and can everybody who must write it do so."""

from collections.abc import Sequence
from dataclasses import dataclass

from sentinel_cli.doctor.findings import Finding, Lines, Pillar, size
from sentinel_cli.errors import SentinelError, StoreProblem

__all__ = ["Owned", "StoreSeen", "Writer", "judge_store"]

_LINES = Lines(Pillar.STORE, StoreProblem.exit_code)
# A backup is a whole copy, and a checkpoint needs room beside it.
_LEAST_FREE = 100_000_000
_SHORT_FREE = 500_000_000
_COPIES = 3
_STANDINGS = {
    "behind": ("its schema is of an older release", "sentinel db migrate"),
    "older service": ("it is the database of the service before Sentinel", "sentinel db migrate adopts it in place"),
    "empty": ("it holds no table", "sentinel db migrate"),
    "foreign": ("it is another program's database", "look at DB_PATH"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Somebody who has to write the store, as the kernel knows them."""

    name: str
    uid: int
    gids: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A file or folder of the store: whose it is, and its mode."""

    name: str
    is_folder: bool
    uid: int
    gid: int
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSeen:
    """`trouble` is why the file could not be looked at; all else is unknown then.

    `damage` is what SQLite's check found, None when the file is too large to be checked in time. `unwritable` is why
    a write by this user failed.
    """

    path: str
    trouble: SentinelError | None = None
    standing: str = "current"
    damage: str | None = ""
    journal: str = "wal"
    used: int = 0
    free: int = 10_000_000_000
    unwritable: SentinelError | None = None
    files: Sequence[Owned] = ()
    writers: Sequence[Writer] = ()


def judge_store(seen: StoreSeen) -> list[Finding]:
    """The lines about the database file."""
    if seen.trouble:
        return [_LINES.failed("database", seen.trouble)]
    found = [_schema(seen), _integrity(seen), _journal(seen), _disk(seen), _write(seen)]
    return found + [_owners(seen, writer) for writer in seen.writers]


def _schema(seen: StoreSeen) -> Finding:
    if seen.standing in _STANDINGS:
        what, fix = _STANDINGS[seen.standing]
        return _LINES.problem("database", f"{seen.path}: {what}", fix)
    newer = ", made by a newer release" if seen.standing == "newer" else ""
    return _LINES.ok("database", f"{seen.path}, {size(seen.used)}{newer}")


def _integrity(seen: StoreSeen) -> Finding:
    if seen.damage:
        fix = "sentinel db restore FILE puts a backup in its place and keeps it; ls -lt data/backups shows them"
        return _LINES.problem("integrity", f"SQLite finds it damaged: {seen.damage[:120]}", fix)
    if seen.damage is None:
        fix = f"sqlite3 {seen.path} 'pragma quick_check' takes as long as it needs"
        return _LINES.skipped("integrity", "too large to be checked in a few seconds", fix)
    return _LINES.ok("integrity", "SQLite's quick check finds nothing")


def _journal(seen: StoreSeen) -> Finding:
    if seen.journal == "wal":
        return _LINES.ok("journal", "write-ahead log")
    fix = "sentinel db migrate; if it stays so, the file lies on a network disk: move it to a local one"
    return _LINES.problem("journal", f"{seen.journal} instead of a write-ahead log: readers wait for the receiver", fix)


def _disk(seen: StoreSeen) -> Finding:
    said = f"{size(seen.free)} free, the database takes {size(seen.used)}"
    fix = "sentinel prune --dry-run says what can go; docker system prune and a larger disk help as well"
    if seen.free < max(_LEAST_FREE, seen.used):
        return _LINES.problem("free disk", said, fix)
    if seen.free < max(_SHORT_FREE, _COPIES * seen.used):
        return _LINES.warning("free disk", said, fix)
    return _LINES.ok("free disk", said)


def _write(seen: StoreSeen) -> Finding:
    if seen.unwritable:
        return _LINES.failed("write", seen.unwritable)
    return _LINES.ok("write", "this user can write it")


def _owners(seen: StoreSeen, writer: Writer) -> Finding:
    """Whether the writer may write every file there is; a lock left by root stops a job as surely as the database."""
    check = f"owner, {writer.name}"
    closed = [file for file in seen.files if not _may_write(writer, file)]
    if not closed:
        return _LINES.ok(check, f"uid {writer.uid} may write folder, database and locks")
    names = ", ".join(f"{file.name} (uid {file.uid}, mode {file.mode:o})" for file in closed[:3])
    more = f" and {len(closed) - 3} more" if len(closed) > 3 else ""
    folder = seen.path.rpartition("/")[0]
    gid = min(writer.gids, default=writer.uid)
    fix = f"sudo chown -R {writer.uid}:{gid} {folder}, or SENTINEL_UID in .env where the receiver's user is another"
    return _LINES.problem(check, f"uid {writer.uid} may not write {names}{more}", fix)


def _may_write(writer: Writer, file: Owned) -> bool:
    if writer.uid == 0:
        return True
    needed = 0o3 if file.is_folder else 0o6
    if writer.uid == file.uid:
        return file.mode >> 6 & needed == needed
    shift = 3 if file.gid in writer.gids else 0
    return file.mode >> shift & needed == needed
