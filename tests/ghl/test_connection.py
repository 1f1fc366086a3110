"""The client over real sockets: one kept connection, compressed answers, and a server that hangs up."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stamina

from sentinel_cli.errors import GhlUnavailable, SendOutcomeUnknown
from sentinel_cli.ghl.client import Account, GhlClient
from sentinel_cli.together import AT_ONCE, together

from .rows import LOCATION, NOW, TOKEN, sample

pytestmark = pytest.mark.real


class Answering(BaseHTTPRequestHandler):
    """GHL with users and gzip, which takes a send and hangs up without a word."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, int]]

    def do_GET(self) -> None:
        self.seen.append(("GET", self.client_address[1]))
        body = gzip.compress(json.dumps(sample("users-1")).encode())
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(("POST", self.client_address[1]))
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def seen() -> list[tuple[str, int]]:
    """The method and the client's port of each request that arrived."""
    return []


@pytest.fixture
def server(seen: list[tuple[str, int]]) -> Iterator[ThreadingHTTPServer]:
    handler = type("Handler", (Answering,), {"seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def connect(at_once: stamina.RetryingCaller) -> Callable[[int], GhlClient]:
    def to(port: int) -> GhlClient:
        account = Account(token=TOKEN, location_id=LOCATION, base_url=f"http://127.0.0.1:{port}")
        return GhlClient(account, lambda: NOW, retrying=at_once)

    return to


def test_it_reads_compressed_answers_over_one_connection(
    server: ThreadingHTTPServer, connect: Callable[[int], GhlClient], seen: list[tuple[str, int]]
) -> None:
    with connect(server.server_port) as client:
        client.users()
        client.users()
    assert (len(seen), len(set(seen))) == (2, 1)


def test_several_threads_ask_at_once_over_as_many_connections_and_every_request_counts(
    server: ThreadingHTTPServer, connect: Callable[[int], GhlClient], seen: list[tuple[str, int]]
) -> None:
    with connect(server.server_port) as client:
        together(lambda _: client.users(), range(10 * AT_ONCE))
        assert (client.requests, client.failures) == (10 * AT_ONCE, 0)
    assert (len(seen), len(set(seen)) <= AT_ONCE) == (10 * AT_ONCE, True)


def test_closing_ends_what_is_still_asked(connect: Callable[[int], GhlClient]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor() as pool:
        client = connect(silent.getsockname()[1])
        asked = pool.submit(client.users)
        with silent.accept()[0]:
            client.close()
            assert type(asked.exception(10)) is CancelledError


def test_a_server_that_hangs_up_on_a_send_leaves_it_unknown(
    server: ThreadingHTTPServer, connect: Callable[[int], GhlClient], seen: list[tuple[str, int]]
) -> None:
    with connect(server.server_port) as client, pytest.raises(SendOutcomeUnknown, match="may have been sent"):
        client.send_text("CTC1", None, "hi")
    assert [method for method, _ in seen] == ["POST"]


def test_a_port_that_nobody_listens_on_is_an_outage(connect: Callable[[int], GhlClient]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with connect(unused.getsockname()[1]) as client, pytest.raises(GhlUnavailable, match="no connection"):
            client.send_text("CTC1", None, "hi")
