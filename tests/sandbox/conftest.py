"""One sandbox on a real port for all tests of the folder; each test gets its account as new."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from sentinel_cli.sandbox.app import sandbox_app
from sentinel_cli.sandbox.server import serve_in_thread
from sentinel_cli.sandbox.world import World

NOON = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
LOCATION = "LOCsandbox0000000001"
PAT = "CTCpat00000000000001"
LEE = "CTClee00000000000002"
CASEY = "USRcasey000000000001"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[tuple[World, str]]:
    world = World.sample(clock=lambda: NOON)
    with serve_in_thread(sandbox_app(world)) as url:
        yield world, url


@pytest.fixture
def url(sandbox: tuple[World, str]) -> str:
    return sandbox[1]


@pytest.fixture
def api(world: World, url: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer sandbox-token", "Version": "2021-07-28", "User-Agent": "sentinel-tests"}
    with httpx.Client(base_url=url, headers=headers, timeout=5) as client:
        yield client


@pytest.fixture
def control(world: World, url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{url}/_sandbox", timeout=5) as client:
        yield client
