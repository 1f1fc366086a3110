"""A real server in a thread comes up, serves and goes away without a word."""

import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sentinel_cli.sandbox.app import sandbox_app
from sentinel_cli.sandbox.faults import Fault, FaultKind
from sentinel_cli.sandbox.server import serve_in_thread
from sentinel_cli.sandbox.world import World

APP = Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))])


def test_it_serves_any_app_on_a_port_of_its_own():
    with serve_in_thread(APP) as url:
        assert httpx.get(url).text == "here"


def test_it_serves_on_the_port_it_is_told():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with serve_in_thread(APP, port=port) as url:
        assert url == f"http://127.0.0.1:{port}"


def test_nobody_listens_after_it():
    with serve_in_thread(APP) as url:
        pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_no_thread_is_left_after_it():
    before = set(threading.enumerate())
    with serve_in_thread(APP):
        [ours] = set(threading.enumerate()) - before
    assert not ours.is_alive()


def test_a_port_that_is_taken_is_an_error():
    with serve_in_thread(APP) as url, pytest.raises(OSError, match="in use"), serve_in_thread(APP, port=int(url[-5:])):
        pass


def test_an_app_that_does_not_start_is_an_error():
    @asynccontextmanager
    async def broken(_: Starlette) -> AsyncIterator[None]:
        raise RuntimeError("no")
        yield

    with pytest.raises(RuntimeError, match="did not come up"), serve_in_thread(Starlette(lifespan=broken)):
        pass


def test_it_ends_while_a_client_keeps_its_connection():
    with httpx.Client() as client, serve_in_thread(APP) as url:
        assert client.get(url).text == "here"


def test_it_ends_after_a_caller_gave_up_on_a_hanging_request():
    world = World.sample()
    world.faults.add(Fault(kind=FaultKind.HANG))
    with serve_in_thread(sandbox_app(world)) as url, pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{url}/contacts/x", timeout=2)
    assert len(world.requests) == 1


@pytest.fixture
def alone() -> Iterator[str]:
    """The URL of a sandbox in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code = (
        "from sentinel_cli.sandbox.app import sandbox_app; from sentinel_cli.sandbox.server import serve;"
        f"from sentinel_cli.sandbox.world import World; serve(sandbox_app(World.sample()), port={port})"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


@pytest.mark.real
def test_a_process_of_its_own_is_driven_over_http(alone: str):
    with httpx.Client(transport=httpx.HTTPTransport(retries=8), base_url=f"{alone}/_sandbox") as control:
        contact = control.post("/contacts", json={"name": "Al Stone"}).json()["contact"]
        row = control.post("/messages", json={"kind": "inbound_call", "contact_id": contact["id"]}).json()["message"]
    assert row["contactId"] == contact["id"]
