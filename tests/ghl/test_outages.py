"""GHL's outages over real sockets: each is over within a limit, is told as an outage, and says what to do next."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import stamina

from sentinel_cli.clock import pause
from sentinel_cli.errors import GhlUnavailable, SendOutcomeUnknown
from sentinel_cli.ghl.client import Account
from sentinel_cli.ghl.exchange import Exchange
from sentinel_cli.ghl.pacing import Pacer

from .conftest import Nap
from .rows import LOCATION, TOKEN

pytestmark = pytest.mark.real

Server = Callable[[socket.socket], None]
LIMIT = 0.5
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"


def drips_its_head(line: socket.socket) -> None:
    for byte in HEAD * 10:
        line.sendall(bytes([byte]))
        pause(0.05)


def drips_its_body(line: socket.socket) -> None:
    line.sendall(HEAD)
    for _ in range(500):
        line.sendall(b" ")
        pause(0.05)


def hangs_after_its_head(line: socket.socket) -> None:
    line.sendall(HEAD)
    pause(5)


def says_nothing(line: socket.socket) -> None:
    pause(5)


def is_cut_off_in_its_body(line: socket.socket) -> None:
    line.sendall(HEAD + b'{"users": [')


def hangs_up(line: socket.socket) -> None:
    line.close()


def speaks_no_http(line: socket.socket) -> None:
    line.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")


SERVERS = [
    drips_its_head,
    drips_its_body,
    hangs_after_its_head,
    says_nothing,
    is_cut_off_in_its_body,
    hangs_up,
    speaks_no_http,
]


@contextmanager
def served(server: Server) -> Iterator[int]:
    """The port of something that reads a request and then behaves so."""

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=behave, args=[line], daemon=True).start()

    def behave(line: socket.socket) -> None:
        try:
            with line:
                line.recv(10_000)
                server(line)
        except OSError:
            return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=serve, daemon=True)
        accepting.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join(5)


@contextmanager
def exchange(address: str, attempts: int = 1) -> Iterator[Exchange]:
    account = Account(token=TOKEN, location_id=LOCATION, base_url=address)
    pacer = Pacer(monotonic=time.monotonic, sleep=pause)
    retrying = stamina.RetryingCaller(attempts=attempts, timeout=None, wait_initial=0, wait_max=0, wait_jitter=0)
    asked = Exchange(account, pacer, retrying=retrying, whole=LIMIT)
    try:
        yield asked
    finally:
        asked.close()


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.__name__)
def test_a_read_ends_within_its_limit_as_an_outage(server: Server) -> None:
    with served(server) as port, exchange(f"http://127.0.0.1:{port}") as asked:
        began = time.monotonic()
        with pytest.raises(GhlUnavailable, match=r"^GET /users/: \w+, GoHighLevel did not answer") as caught:
            asked.get("/users/")
    assert (time.monotonic() - began < LIMIT + 4, "the next run tries again" in caught.value.advice) == (True, True)


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.__name__)
def test_a_send_that_meets_it_must_be_looked_for(server: Server) -> None:
    with served(server) as port, exchange(f"http://127.0.0.1:{port}") as asked:
        with pytest.raises(SendOutcomeUnknown, match="may have been sent"):
            asked.post("/conversations/messages", {"message": "hi"})
        assert asked.requests == 1


@pytest.mark.parametrize("address", ["http://ghl.invalid", "https://127.0.0.1:{}"], ids=["no such host", "no TLS"])
def test_a_host_that_cannot_be_reached_is_no_connection(address: str) -> None:
    with served(speaks_no_http) as port, exchange(address.format(port)) as asked:
        with pytest.raises(GhlUnavailable, match="no connection to GoHighLevel") as caught:
            asked.get("/users/")
        assert "check the network and GHL_BASE_URL" in caught.value.advice


def test_a_read_is_tried_again_and_no_more_often_than_that() -> None:
    with served(hangs_up) as port, exchange(f"http://127.0.0.1:{port}", attempts=4) as asked:
        with pytest.raises(GhlUnavailable):
            asked.get("/users/")
        assert asked.requests == 4


def test_after_a_quarter_of_an_hour_of_reading_a_run_leaves_the_rest_to_the_next(nap: Nap) -> None:
    pacer = Pacer(monotonic=nap.monotonic, sleep=nap.sleep)
    nap.now += 899
    pacer.refuse_if_late()
    nap.now += 1
    with pytest.raises(GhlUnavailable, match="too slowly"):
        pacer.refuse_if_late()


def test_no_read_begins_then_and_a_letter_still_goes(nap: Nap) -> None:
    account = Account(token=TOKEN, location_id=LOCATION, base_url="http://127.0.0.1:9")
    asked = Exchange(account, Pacer(monotonic=nap.monotonic, sleep=nap.sleep))
    nap.now += 900
    with pytest.raises(GhlUnavailable, match="too slowly"):
        asked.get("/users/")
    with pytest.raises(GhlUnavailable, match="no connection"):
        asked.post("/conversations/messages", {"message": "hi"})
    asked.close()
    assert asked.requests == 1
