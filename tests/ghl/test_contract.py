"""Every request the client makes fits the vendor's OpenAPI (with the differences named in `openapi.py`)."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
import respx

from sentinel_cli.ghl.client import GhlClient

from . import openapi
from .rows import LOCATION, NOW, exported, found, sample, text_row

pytestmark = pytest.mark.skipif(
    not openapi.FOLDER.is_dir(), reason="the vendor's OpenAPI files are not beside this checkout"
)

DAY = timedelta(days=1)
FULL_PAGE = [found(number, 1795438800000 - number) for number in range(20)]
PAGED = {"messages": [text_row(1)], "lastMessageId": "MSG1"}


def ok(body: object) -> httpx.Response:
    return httpx.Response(200, json=body)


def made(ghl: respx.MockRouter) -> list[httpx.Request]:
    return [call.request for call in ghl.calls]


@pytest.fixture
def every_endpoint(ghl: respx.MockRouter) -> respx.MockRouter:
    """Answers everything, with a second page where there can be one."""
    ghl.get("/conversations/messages/export").mock(return_value=ok(exported(text_row(), cursor="c2", total=1)))
    ghl.get("/conversations/search").mock(return_value=ok({"conversations": FULL_PAGE, "total": 20}))
    ghl.get(path__regex=r"^/conversations/[^/]+/messages$").mock(return_value=ok(PAGED))
    ghl.get(path__regex=r"^/contacts/[^/]+$").mock(return_value=ok(sample("contact-1")))
    ghl.get("/contacts/").mock(return_value=ok({"contacts": [], "count": 0}))
    ghl.get("/users/").mock(return_value=ok(sample("users-1")))
    ghl.post("/conversations/messages").mock(return_value=ok(sample("send-message-ok-1")))
    return ghl


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda client: list(client.sweep(NOW - DAY, NOW)), id="sweep"),
        pytest.param(lambda client: client.conversation("CNV1", NOW - DAY), id="conversation"),
        pytest.param(lambda client: client.conversations_of("CTC1"), id="conversations_of"),
        pytest.param(lambda client: client.conversations_with("+12175550123"), id="conversations_with"),
        pytest.param(lambda client: client.contact("CTC1"), id="contact"),
        pytest.param(lambda client: client.contacts_like("lee", 20), id="contacts_like"),
        pytest.param(lambda client: client.users(), id="users"),
        pytest.param(lambda client: client.send_text("CTC1", "CNV1", "hi"), id="send_text"),
        pytest.param(lambda client: client.send_text("CTC1", None, "hi"), id="send_text by contact"),
        pytest.param(lambda client: client.texts_sent_to(FULL_PAGE[0]["contactId"], NOW - DAY), id="texts_sent_to"),
    ],
)
def test_what_the_client_asks_fits_the_vendors_openapi(
    every_endpoint: respx.MockRouter, client: GhlClient, ask: Callable[[GhlClient], object]
) -> None:
    ask(client)
    documents = openapi.documents()
    assert {str(request.url): openapi.misfits(request, documents) for request in made(every_endpoint)} == {
        str(request.url): [] for request in made(every_endpoint)
    }


def test_a_sweep_without_the_export_fits_too(every_endpoint: respx.MockRouter, client: GhlClient) -> None:
    every_endpoint.get("/conversations/messages/export").mock(return_value=httpx.Response(403))
    list(client.sweep(NOW - DAY, NOW))
    documents = openapi.documents()
    assert [misfit for request in made(every_endpoint) for misfit in openapi.misfits(request, documents)] == []


@pytest.mark.parametrize(
    ("request_", "misfit"),
    [
        (httpx.Request("GET", "https://ghl.test/users/"), "missing parameter locationId"),
        (httpx.Request("GET", f"https://ghl.test/users/?locationId={LOCATION}&page=1"), "unknown parameter page"),
        (httpx.Request("GET", f"https://ghl.test/conversations/search?locationId={LOCATION}&sort=up"), "sort: 'up'"),
        (httpx.Request("GET", "https://ghl.test/messages"), "no endpoint GET /messages"),
        (httpx.Request("POST", "https://ghl.test/conversations/messages", json={"type": "SMS"}), "'contactId' is"),
        (httpx.Request("POST", "https://ghl.test/conversations/messages", json={"text": "hi"}), "unknown field text"),
        (httpx.Request("GET", "https://ghl.test/contacts/CTC1"), "unknown Version"),
    ],
)
def test_the_contract_notices_what_does_not_fit(request_: httpx.Request, misfit: str) -> None:
    assert misfit in "\n".join(openapi.misfits(request_, openapi.documents()))
