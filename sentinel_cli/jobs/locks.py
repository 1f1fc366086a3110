"""A job runs once at a time: `flock` on a file beside the database, freed by the kernel when the process dies."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sentinel_cli.clock import Sleep
from sentinel_cli.errors import Incomplete, StoreProblem

__all__ = ["all_locked", "lock_path", "locked"]

_POLL_SECONDS = 0.25
_PATIENCE = 10.0
# A job that has never run yet has no lock file to be found by.
_JOBS = frozenset({"backup", "poll-resolver", "prune", "run-orders", "send-alerts", "send-summary"})


def lock_path(database: Path, job: str) -> Path:
    """The lock file of a job, shared by every process that uses this database, in containers too."""
    return database.with_name(f"{database.name}.{job}.lock")


@contextmanager
def locked(path: Path, *, wait_seconds: float, sleep: Sleep) -> Iterator[bool]:
    """Whether the lock was had; waits up to `wait_seconds` for it."""
    try:
        file = path.open("a")
    except OSError as error:
        raise StoreProblem(f"cannot open {path}: {error.strerror}", advice="look at the folder's owner") from None
    with file:
        held = _tried(file.fileno())
        waited = 0.0
        while not held and waited < wait_seconds:
            sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
            held = _tried(file.fileno())
        yield held


@contextmanager
def all_locked(database: Path, sleep: Sleep) -> Iterator[None]:
    """No job of this database is at work, and none begins. Raises Incomplete when one does not end in time."""
    _made(database.parent)
    found = {path.name for path in database.parent.glob(f"{database.name}.*.lock")}
    with ExitStack() as held:
        for name in sorted(found | {lock_path(database, job).name for job in _JOBS}):
            if not held.enter_context(locked(database.with_name(name), wait_seconds=_PATIENCE, sleep=sleep)):
                job = name.removeprefix(f"{database.name}.").removesuffix(".lock")
                raise Incomplete(f"{job} is at work", advice="wait until it has ended, then try again")
        yield


def _made(folder: Path) -> None:
    """A restore may be the first thing that happens on a new machine."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreProblem(f"cannot make {folder}: {error.strerror}", advice="look at DB_PATH") from None


def _tried(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
