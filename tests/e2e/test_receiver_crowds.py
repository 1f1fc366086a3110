"""Connections that ask too much or too slowly: what they cost is bounded, and GHL's deliveries are still taken.

Each claim is proved with uvicorn's fast parser and with its plain one: they have different limits of their own.
"""

import json
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
import pytest

from sentinel_cli.clock import pause
from tests.conftest import Figures

from .stage import SECRET, Served, migrated, serving, until, within
from .traffic import SETTINGS, marked

pytestmark = pytest.mark.real

# Shorter times, so that nobody waits 20 s for a test.
_QUICK = (
    "import webhook.app as a, webhook.connections as c; a.create_app.__kwdefaults__['answer_within'], c.WITHIN = 1, 2; "
)
_PATIENT = "import webhook.connections as c; c._LAST_REQUEST_WITHIN = 10; "
_PLAIN = "import sys; sys.modules['httptools'] = sys.modules['uvloop'] = None; "
_MAIN = "from sentinel_cli.cli import main; main()"
MANY = 600
HEAD = b"POST /webhook/ghl HTTP/1.1\r\nHost: x\r\nX-NTPP-Secret: " + SECRET.encode() + b"\r\n"


@contextmanager
def served_by(place: Path, program: str) -> Iterator[Served]:
    with serving(migrated(place / "home", SETTINGS), sys.executable, "-c", program + _MAIN) as served:
        yield served


@pytest.fixture(scope="module", params=["", _PLAIN], ids=["fast", "plain"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_by(tmp_path_factory.mktemp("crowd"), request.param) as served:
        yield served


@pytest.fixture(scope="module", params=["", _PLAIN], ids=["fast", "plain"])
def quick(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_by(tmp_path_factory.mktemp("quick"), _QUICK + request.param) as served:
        yield served


@contextmanager
def connections(served: Served, number: int, first: bytes) -> Iterator[list[socket.socket]]:
    """So many connections that begin to say something, and stay."""
    with ExitStack() as stack:
        opened = []
        for _ in range(number):
            opened.append(stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=10)))
            opened[-1].sendall(first)
        yield opened


def heard(connection: socket.socket) -> bytes:
    """All that is said until the other side hangs up."""
    said = b""
    try:
        while piece := connection.recv(4096):
            said += piece
    except ConnectionError:
        pass
    return said


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            pass
    except BlockingIOError:
        return True
    except ConnectionError:
        pass
    return False


def open_of(connections: list[socket.socket]) -> int:
    return sum(map(is_open, connections))


def dripping(served: Served, first: bytes, drop: bytes) -> float:
    """For how many seconds a connection that says a little now and again is borne with, ten at most."""
    began = time.monotonic()
    with connections(served, 1, first) as [connection]:
        while time.monotonic() - began < 10 and is_open(connection):
            try:
                connection.sendall(drop)
            except ConnectionError:
                break
            pause(0.1)
    return time.monotonic() - began


def posted(served: Served, number: int) -> tuple[int, bool]:
    """The status of a delivery, and whether it came in two seconds."""
    answer = served.ghl.post("/webhook/ghl", content=json.dumps(marked(number)))
    return answer.status_code, answer.elapsed.total_seconds() < 2


CROWDS = {
    "silent": b"",
    "within the head": HEAD,
    "within the body": HEAD + b"Content-Length: 1000\r\n\r\n{",
    "without a secret": b"POST /webhook/ghl HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{",
}


@pytest.mark.parametrize("crowd", CROWDS)
def test_deliveries_are_taken_while_many_connections_keep_it_waiting(
    served: Served, crowd: str, figures: Figures
) -> None:
    with connections(served, MANY, CROWDS[crowd]) as opened:
        answers = {posted(served, number) for number in range(20)}
        # Those that the kernel has not handed over yet look open from here.
        within(lambda: open_of(opened) <= 500, 5)
        still = open_of(opened)
    figures(f"crowd {crowd}", connections=MANY, still_open=still, deliveries=20)
    assert answers == {(200, True)}
    assert still <= 500


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b""),
        (HEAD, b"X-A: b\r\n"),
        (b"\r\n", b"\r\n"),
        (b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /h", b"h"),
    ],
)
def test_a_head_that_comes_in_drops_is_not_waited_for(quick: Served, first: bytes, drop: bytes) -> None:
    assert 1 < dripping(quick, first, drop) < 4


def test_a_connection_may_rest_between_two_requests_for_longer(quick: Served) -> None:
    with connections(quick, 1, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n") as [connection]:
        pause(3)
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert heard(connection).count(b"HTTP/1.1 200") == 2


def test_after_a_rest_a_request_has_its_whole_time_and_no_more(quick: Served) -> None:
    with connections(quick, 1, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n") as [connection]:
        pause(1)
        connection.sendall(b"G")
        began = time.monotonic()
        assert heard(connection).count(b"HTTP/1.1 200") == 1
        assert 1.5 < time.monotonic() - began < 5


def test_a_body_that_comes_in_drops_is_told_to_come_again(quick: Served) -> None:
    with connections(quick, 1, HEAD + b"Content-Length: 100\r\n\r\n{") as [connection]:
        began = time.monotonic()
        said = heard(connection)
    assert (said[:13], b"retry-after: 30" in said) == (b"HTTP/1.1 429 ", True)
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("size", [200_000, 3_000_000])
@pytest.mark.parametrize("form", [b"X-A: %s\r\n", b"%s: b\r\n"])
def test_a_head_that_is_too_large_is_refused(served: Served, form: bytes, size: int) -> None:
    with connections(served, 1, HEAD) as [connection]:
        try:
            connection.sendall(form % (b"a" * size) + b"\r\n")
            said = heard(connection)
        except ConnectionError:
            said = b"HTTP/1.1 431"
    # The answer is lost where more was on its way than was read.
    assert said[:12] in {b"HTTP/1.1 431", b""}


@pytest.mark.parametrize("pieces", [1, 33])
def test_a_head_a_little_too_large_is_told_so(served: Served, pieces: int) -> None:
    with connections(served, 1, HEAD) as [connection]:
        for _ in range(pieces):
            connection.sendall(b"X-A: " + b"a" * (33_000 // pieces) + b"\r\n")
            pause(0.01)
        assert heard(connection)[:12] == b"HTTP/1.1 431"


def test_a_long_head_within_the_limit_is_taken(served: Served) -> None:
    answer = served.ghl.post("/webhook/ghl", content=json.dumps(marked(1)), headers={"X-Long": "a" * 30_000})
    assert answer.status_code == 200


def test_an_address_that_is_too_long_is_refused(served: Served) -> None:
    with connections(served, 1, b"GET /" + b"a" * 40_000) as [connection]:
        assert heard(connection)[:12] in {b"HTTP/1.1 431", b""}


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /webhook/ghl HTTP/9.9\r\n\r\n",
        b"POST /webhook/ghl HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /webhook/ghl HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /webhook/ghl HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET \xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\0" * 100,
    ],
)
def test_what_is_no_http_is_refused_and_never_5xx(served: Served, nonsense: bytes) -> None:
    with connections(served, 1, nonsense) as [connection]:
        assert heard(connection)[:10] in {b"HTTP/1.1 4", b""}


def test_many_requests_at_once_on_one_connection_are_all_answered(served: Served) -> None:
    with connections(served, 1, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 200) as [connection]:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert heard(connection).count(b"HTTP/1.1 200") == 201


def test_whoever_asks_faster_than_is_answered_is_cut_off(tmp_path: Path) -> None:
    """The plain parser reads no further than what it answers; the fast one would keep all that is asked."""
    began, is_cut = time.monotonic(), False
    with (
        served_by(tmp_path, "") as served,
        connections(served, 1, b"") as [connection],
        ThreadPoolExecutor() as pool,
    ):
        pool.submit(heard, connection)
        while time.monotonic() - began < 20 and not is_cut:
            try:
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
            except ConnectionError:
                is_cut = True
        connection.close()
        assert is_cut
        assert posted(served, 1) == (200, True)


def test_a_crowd_that_is_all_at_work_is_answered_429(tmp_path: Path) -> None:
    with (
        served_by(tmp_path, "") as served,
        closing(sqlite3.connect(tmp_path / "home" / "data" / "sentinel.db")) as other,
    ):
        pause(1.1)  # a health answer holds for a second
        other.execute("begin immediate")
        with connections(served, 505, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"):
            answer = httpx.post(f"{served.ghl.base_url}/webhook/ghl", json=marked(1), headers=dict(served.ghl.headers))
    assert (answer.status_code, answer.headers.get("retry-after")) == (429, "30")
    assert answer.elapsed.total_seconds() < 2


def is_let_in(served: Served) -> bool:
    try:
        socket.create_connection(("127.0.0.1", served.port), timeout=5).close()
    except ConnectionError:
        return False
    return True


def test_a_request_on_its_way_when_it_is_stopped_is_answered(tmp_path: Path) -> None:
    body = json.dumps(marked(1)).encode()
    with served_by(tmp_path, _PATIENT) as served, connections(served, 1, HEAD) as [connection]:
        pause(0.5)
        served.process.terminate()
        until(lambda: not is_let_in(served), 10, "nobody else is let in")
        connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        assert heard(connection)[:12] == b"HTTP/1.1 200"
        assert served.process.wait(10) == 0
