"""Health: it says yes only when a delivery could be stored."""

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from webhook.app import create_app
from webhook.endpoints import Health
from webhook.recorder import CHECKED_KEY, Recorder

from .parts import RECEIVED, intake, locked, receiver, rows

Started = Callable[..., TestClient]


def test_it_is_ok_when_the_store_took_a_write(client: TestClient, path: Path) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert rows(path, "select key, value from kv_store") == [(CHECKED_KEY, "2026-11-23T15:06:30.000Z")]


def test_it_asks_for_no_secret(started: Started) -> None:
    assert started().get("/health").status_code == 200


def test_it_is_503_while_the_database_is_locked(client: TestClient, path: Path) -> None:
    with locked(path):
        answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (503, {"ok": False, "reason": "the store cannot be written"})


def test_it_is_503_when_there_is_no_database(client: TestClient, path: Path) -> None:
    path.unlink()
    assert client.get("/health").status_code == 503


def test_it_is_503_when_the_queue_is_full(started: Started) -> None:
    assert started(capacity=0).get("/health").status_code == 503


@pytest.fixture
def impatient(path: Path) -> TestClient:
    """A receiver that asks its store at every check."""
    app = receiver(path)
    app.router.routes = [route for route in app.router.routes if getattr(route, "path", "") != "/health"]
    app.add_route("/health", Health(Recorder(intake(path)), lambda: RECEIVED, holds=0).answer)
    return TestClient(app)
