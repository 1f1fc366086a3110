"""Health: it says yes only when a delivery could be stored."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from starlette.testclient import TestClient

from sentinel_cli.store.database import Database
from webhook.endpoints import Health
from webhook.recorder import Recorder
from webhook.writer import CHECKED_KEY

from .parts import RECEIVED, intake, locked, rows

Started = Callable[..., TestClient]


def test_it_is_ok_when_the_store_took_a_write(client: TestClient, path: Path) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert (CHECKED_KEY, "2026-11-23T15:06:30.000Z") in rows(path, "select key, value from kv_store")


def test_it_asks_for_no_secret(started: Started) -> None:
    assert started().get("/health").status_code == 200


def test_it_is_503_while_the_database_is_locked(client: TestClient, path: Path) -> None:
    with locked(path):
        answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (503, {"ok": False, "reason": "the store cannot be written"})


def test_it_is_503_when_there_is_no_database(client: TestClient, path: Path) -> None:
    path.unlink()
    assert client.get("/health").status_code == 503


def test_it_is_503_when_the_store_is_not_ours(client: TestClient, path: Path) -> None:
    rows(path, "drop table kv_store")
    assert client.get("/health").status_code == 503


def test_it_is_503_when_the_queue_is_full(started: Started) -> None:
    assert started(capacity=0).get("/health").status_code == 503


def statuses(path: Path, *, holds: float) -> list[int]:
    """What three checks in a row are answered: the database free, locked, free again."""

    async def asked() -> list[int]:
        recorder = Recorder(intake(path))
        health = Health(recorder, lambda: RECEIVED, holds=holds)
        before = await health.answer()
        with locked(path):
            during = await health.answer()
        after = await health.answer()
        await recorder.close()
        return [answer.status for answer in (before, during, after)]

    return asyncio.run(asked())


def test_it_recovers_by_itself(path: Path) -> None:
    assert statuses(path, holds=0) == [200, 503, 200]


def test_an_answer_holds_for_a_while_so_that_strangers_cannot_wear_the_disk(path: Path) -> None:
    assert statuses(path, holds=60) == [200, 200, 200]


def test_it_is_503_when_the_store_is_silent(path: Path) -> None:
    async def asked() -> int:
        recorder = Recorder(intake(path, open_store=lambda: Database.open(path, busy_timeout=0.5)))
        with locked(path):
            answer = await Health(recorder, lambda: RECEIVED, within=0.05).answer()
        await recorder.close()
        return answer.status

    assert asyncio.run(asked()) == 503
