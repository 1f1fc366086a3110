"""The store locked, read-only, full, or its queue full: 429 and 503 while it lasts, and recovery without a restart."""

import asyncio
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from sentinel_cli.clock import pause
from tests.conftest import Figures
from tests.torture import tries

from .stage import SECRET, SENTINEL, Installation, Served, migrated, serving, until
from .traffic import SETTINGS, Traffic, marked

pytestmark = pytest.mark.real

# Root writes whatever it likes, but not without this one capability; for any other user the call changes nothing.
_LIKE_ANY_USER = "import ctypes, os, sys; ctypes.CDLL(None).prctl(24, 1, 0, 0, 0); os.execv(sys.argv[1], sys.argv[1:])"


@pytest.fixture
def place(tmp_path: Path) -> Installation:
    return migrated(tmp_path / "home", SETTINGS)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another process, this one, holds the write lock."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("begin immediate")
        yield


@contextmanager
def without_space(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """No file of the process may grow, which is what its disk's quota would say."""
    before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    yield
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def read_only(file: Path) -> Iterator[None]:
    """The file was restored by somebody else, and may not be written."""
    restored = file.with_suffix(".restored")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(restored)) as target:
        source.backup(target)
    restored.chmod(0o444)
    restored.replace(file)
    yield
    file.chmod(0o600)


def posted(served: Served, number: int) -> httpx.Response:
    return served.ghl.post("/webhook/ghl", content=json.dumps(marked(number)))


def answered(served: Served, number: int) -> tuple[int, str | None, int]:
    """How a delivery and then a question for its health are answered: status, when to come back, status."""
    delivery = posted(served, number)
    return delivery.status_code, delivery.headers.get("retry-after"), served.ghl.get("/health").status_code


def healthy_again(served: Served) -> None:
    until(lambda: served.ghl.get("/health").status_code == 200, 15, "healthy by itself")


def kept(place: Installation) -> list[str]:
    return [key for (key,) in place.rows("select delivery_key from raw_events order by id")]


@pytest.mark.slow
def test_a_lock_and_a_full_queue_are_429_until_they_are_gone(place: Installation, figures: Figures) -> None:
    async def crowd(url: str) -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=300)
        async with httpx.AsyncClient(base_url=url, headers={"X-NTPP-Secret": SECRET}, limits=limits, timeout=20) as ghl:
            posts = [ghl.post("/webhook/ghl", content=json.dumps(marked(number))) for number in range(250)]
            return await asyncio.gather(ghl.get("/health"), *posts)

    with serving(place) as served:
        pause(1.1)  # a health answer holds for a second
        with locked(place.database):
            health, *answers = asyncio.run(crowd(str(served.ghl.base_url)))
        longest = max(answer.elapsed.total_seconds() for answer in answers)
        at_once = sum(answer.elapsed.total_seconds() < 4 for answer in answers)
        figures("store locked, 250 at once", refused_at_once=at_once, longest=f"{longest:.1f}s")
        assert (health.status_code, {answer.status_code for answer in answers}) == (503, {429})
        assert {answer.headers["retry-after"] for answer in answers} == {"30"}
        assert at_once >= 50
        healthy_again(served)
        assert {posted(served, number).status_code for number in range(250)} == {200}
    assert Counter(kept(place)) == Counter(f"webhook:webhook-{number}" for number in range(250))


def test_a_file_that_may_not_be_written_is_429_until_it_may(place: Installation) -> None:
    with serving(place, sys.executable, "-c", _LIKE_ANY_USER, str(SENTINEL)) as served:
        assert posted(served, 1).status_code == 200
        with read_only(place.database):
            pause(1.1)
            assert answered(served, 2) == (429, "30", 503)
        pause(1.1)
        assert answered(served, 2) == (200, None, 200)
        assert "readonly" in served.log.read_text()
    assert kept(place) == ["webhook:webhook-1", "webhook:webhook-2"]


def test_a_full_disk_is_429_until_there_is_space(place: Installation) -> None:
    with serving(place) as served:
        assert posted(served, 1).status_code == 200
        with without_space(served.process):
            pause(1.1)
            assert {answered(served, number) for number in range(2, 12)} == {(429, "30", 503)}
        pause(1.1)
        assert answered(served, 2) == (200, None, 200)
    assert kept(place) == ["webhook:webhook-1", "webhook:webhook-2"]
    assert place.rows("pragma integrity_check") == [("ok",)]


def may_mount() -> bool:
    """Whether this user may mount a file system of his own."""
    probe = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /mnt"]
    return (
        shutil.which("unshare") is not None
        and os.geteuid() == 0
        and subprocess.run(probe, check=False, capture_output=True).returncode == 0
    )


@pytest.fixture
def on_a_small_disk(tmp_path: Path) -> Iterator[Installation]:
    """An installation whose data is on a disk of one megabyte, its own tables included."""
    data = tmp_path / "home" / "data"
    data.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "none", str(data)], check=True)
    try:
        yield migrated(tmp_path / "home", SETTINGS)
    finally:
        subprocess.run(["umount", "--lazy", str(data)], check=True)


@pytest.mark.skipif(not may_mount(), reason="needs root to mount a small disk; the quota above fails alike")
def test_a_small_disk_is_filled_to_the_brim_and_loses_nothing(on_a_small_disk: Installation, figures: Figures) -> None:
    ballast = on_a_small_disk.database.with_name("ballast")
    with serving(on_a_small_disk) as served:
        taken = [number for number in range(150) if posted(served, number).status_code == 200]
        assert answered(served, 2000)[0] == 429
        figures("disk of 1 MB filled", acknowledged=len(taken), refused=150 - len(taken))
        subprocess.run(["mount", "-o", "remount,size=4m", str(ballast.parent)], check=True)
        healthy_again(served)
        assert answered(served, 2000) == (200, None, 200)
    assert kept(on_a_small_disk) == [f"webhook:webhook-{number}" for number in [*taken, 2000]]
    assert on_a_small_disk.rows("pragma integrity_check") == [("ok",)]


@pytest.mark.torture
@pytest.mark.parametrize("_", range(tries(2, 30)))
def test_stopping_under_load_answers_all_that_it_stores(place: Installation, _: int, figures: Figures) -> None:
    traffic = Traffic()
    with serving(place) as served, traffic.flowing(served.ghl, 16):
        pause(0.4)
        served.process.terminate()
        assert served.process.wait(15) == 0
    unanswered = set(kept(place)) - {f"webhook:webhook-{number}" for number in traffic.acknowledged}
    figures("receiver stopped under load", acknowledged=len(traffic.acknowledged), stored_unanswered=len(unanswered))
    assert (unanswered, set(traffic.statuses) - {0, 200}) == (set(), set())
    assert len(kept(place)) == len(traffic.acknowledged)
