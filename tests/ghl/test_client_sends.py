"""A text goes out by the exact contract, at most once, and an unknown outcome is said (DESIGN, send-summary)."""

import json

import httpx
import pytest
import respx

from sentinel_cli.errors import GhlRefused, GhlRejected, GhlShapeUnknown, GhlUnavailable, SendOutcomeUnknown
from sentinel_cli.ghl.client import GhlClient
from sentinel_cli.ghl.failures import ScopeMissing
from sentinel_cli.ports import Sent

from .conftest import Nap
from .rows import sample

SEND = "/conversations/messages"
TEXT = "Sentinel, morning, Mon Nov 23\nOverdue calls 1:"
SENT = Sent(message_id="MSGaaaaaaaaaaaaaac1", conversation_id="CNVaaaaaaaaaaaaaaaa1")
LIMITED = httpx.Response(429, headers={"Retry-After": "3"})
INVALID_TOKEN = httpx.Response(401, json=sample("error-401-pit-1"))


@pytest.fixture
def accepted() -> httpx.Response:
    return httpx.Response(201, json=sample("send-message-ok-1"))


def test_it_sends_exactly_the_contract(ghl: respx.MockRouter, client: GhlClient, accepted: httpx.Response) -> None:
    route = ghl.post(SEND).mock(return_value=accepted)
    client.send_text("CTC1", "CNV1", TEXT)
    assert json.loads(route.calls.last.request.content) == {
        "type": "SMS",
        "message": TEXT,
        "conversationId": "CNV1",
        "contactId": "CTC1",
    }


def test_it_sends_by_contact_alone_where_there_is_no_conversation(
    ghl: respx.MockRouter, client: GhlClient, accepted: httpx.Response
) -> None:
    route = ghl.post(SEND).mock(return_value=accepted)
    client.send_text("CTC1", None, TEXT)
    assert json.loads(route.calls.last.request.content) == {"type": "SMS", "message": TEXT, "contactId": "CTC1"}


@pytest.mark.parametrize("status", [200, 201])
def test_an_acceptance_names_the_message(ghl: respx.MockRouter, client: GhlClient, status: int) -> None:
    ghl.post(SEND).mock(return_value=httpx.Response(status, json=sample("send-message-ok-1")))
    assert client.send_text("CTC1", "CNV1", TEXT) == SENT


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.RemoteProtocolError("closed"),
        httpx.Response(408),
        httpx.Response(500),
        httpx.Response(502, text="<html>"),
        httpx.Response(201),
        httpx.Response(200, text="OK"),
        httpx.Response(200, json={}),
        httpx.Response(200, json=["MSG1"]),
        httpx.Response(200, json={"messageId": ""}),
    ],
)
def test_an_unknown_outcome_is_said_and_never_tried_again(
    ghl: respx.MockRouter, client: GhlClient, trouble: httpx.Response | Exception
) -> None:
    route = ghl.post(SEND).mock(side_effect=[trouble])
    with pytest.raises(SendOutcomeUnknown, match="POST /conversations/messages"):
        client.send_text("CTC1", "CNV1", TEXT)
    assert route.call_count == 1


@pytest.mark.parametrize(
    "trouble", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("busy")]
)
def test_what_never_reached_ghl_is_an_outage(ghl: respx.MockRouter, client: GhlClient, trouble: Exception) -> None:
    ghl.post(SEND).mock(side_effect=trouble)
    with pytest.raises(GhlUnavailable, match="no connection"):
        client.send_text("CTC1", "CNV1", TEXT)


@pytest.mark.parametrize("trouble", [LIMITED, INVALID_TOKEN])
def test_an_answer_that_sent_nothing_is_followed_by_one_more_try(
    ghl: respx.MockRouter, client: GhlClient, accepted: httpx.Response, trouble: httpx.Response
) -> None:
    ghl.post(SEND).mock(side_effect=[trouble, accepted])
    assert client.send_text("CTC1", "CNV1", TEXT) == SENT


def test_it_waits_as_long_as_the_429_asks(
    ghl: respx.MockRouter, client: GhlClient, accepted: httpx.Response, nap: Nap
) -> None:
    ghl.post(SEND).mock(side_effect=[LIMITED, accepted])
    client.send_text("CTC1", "CNV1", TEXT)
    assert nap.naps == [3.0]


@pytest.mark.parametrize(
    ("troubles", "error"),
    [
        ([LIMITED, LIMITED], GhlUnavailable),
        ([INVALID_TOKEN, INVALID_TOKEN], GhlRefused),
        ([LIMITED, INVALID_TOKEN], GhlRefused),
    ],
)
def test_it_tries_twice_at_most(
    ghl: respx.MockRouter, client: GhlClient, troubles: list[httpx.Response], error: type[Exception]
) -> None:
    route = ghl.post(SEND).mock(side_effect=troubles)
    with pytest.raises(error):
        client.send_text("CTC1", "CNV1", TEXT)
    assert route.call_count == 2


def test_a_time_out_of_the_second_try_is_unknown(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.post(SEND).mock(side_effect=[LIMITED, httpx.ReadTimeout("slow")])
    with pytest.raises(SendOutcomeUnknown):
        client.send_text("CTC1", "CNV1", TEXT)


def test_dnd_is_final_and_says_so(ghl: respx.MockRouter, client: GhlClient) -> None:
    ghl.post(SEND).mock(return_value=httpx.Response(400, json=sample("error-400-dnd-1")))
    with pytest.raises(GhlRejected, match="DND is active for SMS") as caught:
        client.send_text("CTC1", "CNV1", TEXT)
    assert (caught.value.status, client.requests) == (400, 1)


@pytest.mark.parametrize("said", [TEXT, "CTC1", "CNV1", "+12175550123"])
def test_an_error_repeats_neither_text_nor_ids_nor_phone(ghl: respx.MockRouter, client: GhlClient, said: str) -> None:
    ghl.post(SEND).mock(return_value=httpx.Response(422, json={"message": [f"wrong: {said}"]}))
    with pytest.raises(GhlRejected, match=r"422 wrong: \*\*\*$"):
        client.send_text("CTC1", "CNV1", TEXT)


class TestMaySend:
    def test_it_asks_with_a_text_that_names_nobody_and_says_nothing(
        self, ghl: respx.MockRouter, client: GhlClient
    ) -> None:
        route = ghl.post(SEND).mock(return_value=httpx.Response(422, json={"message": ["contactId must be a string"]}))
        client.may_send()
        assert json.loads(route.calls.last.request.content) == {"type": "SMS"}

    def test_a_missing_scope_is_raised(self, ghl: respx.MockRouter, client: GhlClient) -> None:
        words = {"message": "The token is not authorized for this scope."}
        ghl.post(SEND).mock(return_value=httpx.Response(401, json=words))
        with pytest.raises(ScopeMissing):
            client.may_send()

    @pytest.mark.parametrize(("status", "error"), [(404, GhlRejected), (200, GhlShapeUnknown)])
    def test_any_other_answer_is_no_permission(
        self, ghl: respx.MockRouter, client: GhlClient, status: int, error: type[Exception]
    ) -> None:
        ghl.post(SEND).mock(return_value=httpx.Response(status, json={}))
        with pytest.raises(error):
            client.may_send()
