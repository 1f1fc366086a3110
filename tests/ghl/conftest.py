from collections.abc import Iterator

import httpx
import pytest
import respx
import stamina

from sentinel_cli.ghl.client import Account, GhlClient
from sentinel_cli.ghl.pacing import Pacer

from .rows import BASE_URL, LOCATION, NOW, TOKEN


class Nap:
    """A monotonic clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.naps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@pytest.fixture
def nap() -> Nap:
    return Nap()


@pytest.fixture
def pacer(nap: Nap) -> Pacer:
    return Pacer(monotonic=nap.monotonic, sleep=nap.sleep)


@pytest.fixture
def ghl() -> respx.MockRouter:
    return respx.MockRouter(base_url=BASE_URL, assert_all_called=False)


@pytest.fixture
def account() -> Account:
    return Account(token=TOKEN, location_id=LOCATION, base_url=BASE_URL)


@pytest.fixture
def at_once() -> stamina.RetryingCaller:
    """Four attempts as in production, without a pause between them."""
    return stamina.RetryingCaller(attempts=4, timeout=None, wait_initial=0, wait_max=0, wait_jitter=0)


@pytest.fixture
def client(
    ghl: respx.MockRouter, account: Account, pacer: Pacer, at_once: stamina.RetryingCaller
) -> Iterator[GhlClient]:
    transport = httpx.MockTransport(ghl.handler)
    with GhlClient(account, lambda: NOW, pacer=pacer, retrying=at_once, transport=transport) as client:
        yield client
