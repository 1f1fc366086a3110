"""A lock is held by one process at a time, and by none that is dead."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sentinel_cli.errors import StoreProblem
from sentinel_cli.jobs.locks import lock_path, locked

HOLDER = """
import sys
from pathlib import Path
from sentinel_cli.jobs.locks import locked
with locked(Path(sys.argv[1]), wait_seconds=0, sleep=None) as held:
    print(held, flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the lock until it is told to end, or killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        try:
            yield process
        finally:
            process.kill()


class Naps:
    """A sleep that takes no time; `wakes` is called at each."""

    def __init__(self, wakes: Callable[[int], None] = lambda _: None) -> None:
        self.seconds: list[float] = []
        self.wakes = wakes

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.wakes(len(self.seconds))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return lock_path(tmp_path / "sentinel.db", "poll-resolver")


def test_it_lies_beside_the_database_by_the_name_of_the_job() -> None:
    assert lock_path(Path("data/sentinel.db"), "poll-resolver") == Path("data/sentinel.db.poll-resolver.lock")


def test_a_free_lock_is_had_at_once(path: Path) -> None:
    naps = Naps()
    with locked(path, wait_seconds=180, sleep=naps) as held:
        assert (held, naps.seconds) == (True, [])


def test_it_is_free_again_afterwards(path: Path) -> None:
    with locked(path, wait_seconds=0, sleep=Naps()):
        pass
    with locked(path, wait_seconds=0, sleep=Naps()) as held:
        assert held


def test_it_is_free_again_after_an_error(path: Path) -> None:
    with pytest.raises(LookupError), locked(path, wait_seconds=0, sleep=Naps()):
        raise LookupError
    with locked(path, wait_seconds=0, sleep=Naps()) as held:
        assert held


def test_the_jobs_do_not_lock_each_other_out(path: Path) -> None:
    other = path.with_name("sentinel.db.send-summary.lock")
    with locked(path, wait_seconds=0, sleep=Naps()), locked(other, wait_seconds=0, sleep=Naps()) as held:
        assert held


@pytest.mark.real
def test_what_another_process_holds_is_not_had(path: Path) -> None:
    with holder(path), locked(path, wait_seconds=0, sleep=Naps()) as held:
        assert not held


@pytest.mark.real
def test_it_is_waited_for_no_longer_than_told(path: Path) -> None:
    naps = Naps()
    with holder(path), locked(path, wait_seconds=180, sleep=naps) as held:
        assert (held, sum(naps.seconds)) == (False, 180)


@pytest.mark.real
def test_one_that_comes_free_meanwhile_is_had(path: Path) -> None:
    with holder(path) as process:
        naps = Naps(lambda nap: _end(process) if nap == 4 else None)
        with locked(path, wait_seconds=180, sleep=naps) as held:
            assert (held, len(naps.seconds)) == (True, 4)


@pytest.mark.real
def test_a_killed_process_leaves_it_free(path: Path) -> None:
    with holder(path) as process:
        process.kill()
        process.wait()
        with locked(path, wait_seconds=0, sleep=Naps()) as held:
            assert held


def test_a_lock_that_cannot_be_made_is_a_problem_of_the_store(path: Path) -> None:
    nowhere = path.parent / "missing" / path.name
    with pytest.raises(StoreProblem, match="cannot open"), locked(nowhere, wait_seconds=0, sleep=Naps()):
        pass


def _end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait()
