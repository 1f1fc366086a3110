from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from sentinel_cli.store import schema
from sentinel_cli.store.database import Database

from .parts import SECRET, receiver

Post = Callable[..., Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database file of this release."""
    file = tmp_path / "sentinel.db"
    with Database.create(file) as db:
        schema.migrate(db)
    return file


@pytest.fixture
def started(path: Path) -> Iterator[Callable[..., TestClient]]:
    """Starts a receiver on that file, with what a test wants otherwise; ends it after the test."""
    with ExitStack() as stack:
        yield lambda **changes: stack.enter_context(TestClient(receiver(path, **changes)))


@pytest.fixture
def client(started: Callable[..., TestClient]) -> TestClient:
    """A receiver as it usually is; requests show the secret."""
    client = started()
    client.headers["X-NTPP-Secret"] = SECRET
    return client
