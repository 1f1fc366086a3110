"""Whoever fails too often gets less of our time, and never loses what he proves."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from sentinel_cli import log
from tests.domain.payload_bodies import sample
from webhook.strangers import ALLOWED, Strangers, source_of

from .parts import SECRET, rows, workflow_text
from .signing import signed

Started = Callable[..., TestClient]
SMS = "/webhook/ghl/inbound_sms"
BIG = "x" * 20_000


class Clock:
    """Seconds that pass when a test says so."""

    at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def strangers(clock: Clock) -> Strangers:
    return Strangers(clock, allowed=2, window=60, remembered=3)


class TestCount:
    def test_some_failures_cost_nothing(self, strangers: Strangers) -> None:
        assert [strangers.failed("a"), strangers.failed("a"), strangers.wait("a")] == [True, True, 0]

    def test_one_too_many_costs_the_rest_of_the_window(self, strangers: Strangers, clock: Clock) -> None:
        strangers.failed("a")
        clock.at += 20
        strangers.failed("a")
        strangers.failed("a")
        assert strangers.wait("a") == 41

    def test_the_window_ends(self, strangers: Strangers, clock: Clock) -> None:
        for _ in range(5):
            strangers.failed("a")
        clock.at += 60
        assert (strangers.wait("a"), strangers.failed("a")) == (0, True)

    def test_only_the_first_too_many_is_told(self, strangers: Strangers) -> None:
        assert [strangers.failed("a") for _ in range(5)] == [True, True, True, False, False]

    def test_another_source_is_not_touched(self, strangers: Strangers) -> None:
        for _ in range(5):
            strangers.failed("a")
        assert strangers.wait("b") == 0

    def test_the_table_does_not_grow(self, strangers: Strangers) -> None:
        for number in range(10_000):
            strangers.failed(f"source {number}")
        assert len(strangers) == 3

    def test_asking_remembers_nobody(self, strangers: Strangers) -> None:
        strangers.wait("a")
        assert len(strangers) == 0


@pytest.mark.parametrize(
    ("peer", "forwarded", "source"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("8.8.8.8", ["1.1.1.1"], "8.8.8.8"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["8.8.8.8"], "8.8.8.8"),
        ("172.18.0.3", ["1.1.1.1, 8.8.8.8"], "8.8.8.8"),
        ("172.18.0.3", ["8.8.8.8", "9.9.9.9"], "9.9.9.9"),
        ("172.18.0.3", ["8.8.8.8, nonsense"], "172.18.0.3"),
        ("172.18.0.3", [""], "172.18.0.3"),
        ("::1", ["2600:1f18:1:2:3:4:5:6"], "2600:1f18:1:2::/64"),
        ("2600:1f18:1:2:ffff::1", [], "2600:1f18:1:2::/64"),
        ("::ffff:8.8.8.8", ["1.1.1.1"], "8.8.8.8"),
        ("testclient", ["8.8.8.8"], "testclient"),
        (None, ["8.8.8.8"], ""),
    ],
)
def test_a_source_is_the_peer_or_the_last_hop_a_near_proxy_names(
    peer: str | None, forwarded: list[str], source: str
) -> None:
    headers = [(b"x-forwarded-for", hop.encode()) for hop in forwarded]
    client = (peer, 4711) if peer else None
    assert source_of(HTTPConnection({"type": "http", "client": client, "headers": headers})) == source


class TestReceiver:
    @pytest.fixture
    def flooded(self, started: Started) -> TestClient:
        """A receiver that has just refused its sender once too often."""
        client = started()
        for _ in range(ALLOWED + 1):
            client.post(SMS, json={})
        return client

    def test_one_failure_too_many_is_told_when_to_come_back(self, flooded: TestClient) -> None:
        answer = flooded.post(SMS, json={})
        assert (answer.status_code, answer.json()["reason"]) == (429, "too many refused")
        assert 0 < int(answer.headers["retry-after"]) <= 61

    def test_a_secret_in_the_header_is_admitted_as_ever(self, flooded: TestClient) -> None:
        answer = flooded.post(SMS, json=workflow_text(note=BIG), headers={"X-NTPP-Secret": SECRET})
        assert (answer.status_code, answer.json()["outcome"]) == (200, "opened")

    def test_a_secret_in_the_body_is_admitted_as_ever(self, flooded: TestClient) -> None:
        assert flooded.post(SMS, json=workflow_text(customData={"sentinel_secret": SECRET})).status_code == 200

    def test_a_signature_is_admitted_as_ever(self, flooded: TestClient) -> None:
        assert flooded.post("/webhook/ghl", **signed(sample("app-outbound-sms-1"))).status_code == 200

    def test_a_large_body_that_proves_nothing_in_its_head_is_not_read(self, flooded: TestClient, path: Path) -> None:
        answer = flooded.post(SMS, json=workflow_text(note=BIG, customData={"sentinel_secret": SECRET}))
        assert answer.status_code == 429
        assert rows(path, "select count(*) from raw_events") == [(0,)]

    def test_a_large_body_is_read_of_anybody_else(self, started: Started) -> None:
        body = workflow_text(note=BIG, customData={"sentinel_secret": SECRET})
        assert started().post(SMS, json=body).status_code == 200

    def test_mistyped_addresses_count_too(self, started: Started) -> None:
        client = started()
        for _ in range(ALLOWED + 1):
            client.post("/wp-login.php")
        assert (client.post("/wp-login.php").status_code, client.post(SMS, json={}).status_code) == (404, 429)


class TestLog:
    @pytest.fixture
    def told(self, caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
        log.configure()
        logging.getLogger("sentinel").addHandler(caplog.handler)
        yield caplog
        logging.getLogger("sentinel").removeHandler(caplog.handler)

    @pytest.mark.parametrize("address", [SMS, "/elsewhere"])
    def test_a_flood_does_not_fill_the_log(
        self, started: Started, told: pytest.LogCaptureFixture, address: str
    ) -> None:
        client = started()
        for number in range(3 * ALLOWED):
            client.post(address, content=json.dumps({"try": number}))
        assert len(told.messages) == ALLOWED + 1
