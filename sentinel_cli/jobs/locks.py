"""A job runs once at a time: `flock` on a file beside the database, freed by the kernel when the process dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sentinel_cli.clock import Sleep
from sentinel_cli.errors import StoreProblem

__all__ = ["lock_path", "locked"]

_POLL_SECONDS = 0.25


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


def _tried(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
