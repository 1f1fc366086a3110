"""The client against the stand-in for GHL on a real port: what one says, the other reads, faults included."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

import pytest
import stamina

from sentinel_cli.domain.model import Direction, Report
from sentinel_cli.errors import GhlRefused, GhlUnavailable, SendOutcomeUnknown
from sentinel_cli.ghl.client import Account, GhlClient
from sentinel_cli.ghl.failures import ScopeMissing
from sentinel_cli.ghl.pacing import Pacer
from sentinel_cli.sandbox.app import sandbox_app
from sentinel_cli.sandbox.faults import Fault, FaultKind, Route
from sentinel_cli.sandbox.server import serve_in_thread
from sentinel_cli.sandbox.world import World

from .rows import NOW

pytestmark = pytest.mark.real

PAT = "CTCpat00000000000001"
LEE = "CTClee00000000000002"
CASEY = "USRcasey000000000001"
HOUR = timedelta(hours=1)
SOON = NOW + timedelta(seconds=1)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[tuple[World, str]]:
    world = World.sample(clock=lambda: NOW)
    with serve_in_thread(sandbox_app(world)) as url:
        yield world, url


@pytest.fixture
def client(
    world: World, sandbox: tuple[World, str], pacer: Pacer, at_once: stamina.RetryingCaller
) -> Iterator[GhlClient]:
    account = Account(token="sandbox-token", location_id="LOCsandbox0000000001", base_url=sandbox[1])
    with GhlClient(account, lambda: NOW, pacer=pacer, retrying=at_once) as client:
        yield client


def swept(client: GhlClient, since: timedelta = 2 * HOUR) -> list[Report]:
    return list(chain.from_iterable(client.sweep(NOW - since, SOON)))


def test_what_happened_is_swept(world: World, client: GhlClient) -> None:
    world.inbound_text(PAT, "Pump is loud", at=NOW - HOUR)
    world.staff_call(PAT, CASEY, at=NOW - HOUR / 2)
    assert [(each.text, each.direction, each.user_id, each.outcome) for each in swept(client)] == [
        ("Pump is loud", Direction.INBOUND, None, "delivered"),
        (None, Direction.OUTBOUND, CASEY, "completed"),
    ]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind=FaultKind.SERVER_ERROR),
        Fault(kind=FaultKind.UNAUTHORIZED),
        Fault(kind=FaultKind.TOO_MANY, retry_after=1),
        Fault(kind=FaultKind.DROP),
        Fault(kind=FaultKind.EMPTY_PAGE, route=Route.EXPORT),
        Fault(kind=FaultKind.FORBIDDEN, route=Route.EXPORT),
    ],
)
def test_nothing_is_lost_by_a_passing_fault(world: World, client: GhlClient, fault: Fault) -> None:
    world.inbound_text(PAT, "Pump is loud", at=NOW - HOUR)
    world.faults.add(fault)
    assert [each.text for each in swept(client)] == ["Pump is loud"]


def test_nothing_is_lost_by_a_silent_cut(world: World, client: GhlClient) -> None:
    for minute in range(400):
        world.inbound_text(PAT, f"text {minute}", at=NOW - 10 * HOUR + minute * timedelta(minutes=1))
    world.faults.add(Fault(kind=FaultKind.SILENT_CUT, rows=300, times=None))
    assert len(swept(client, 11 * HOUR)) == 400


def test_a_conversation_is_read_page_by_page(world: World, client: GhlClient) -> None:
    for second in range(250):
        world.inbound_text(PAT, f"text {second}", at=NOW - HOUR + timedelta(seconds=second))
    [conversation] = client.conversations_of(PAT)
    reports = client.conversation(conversation.conversation_id, NOW - HOUR)
    assert [each.text for each in reports] == [f"text {second}" for second in range(250)]


@pytest.mark.parametrize("route", [Route.MESSAGES, Route.SEARCH])
def test_an_empty_page_does_not_pass_for_an_empty_history(world: World, client: GhlClient, route: Route) -> None:
    world.inbound_text(PAT, "Pump is loud", at=NOW - HOUR)
    world.faults.add(Fault(kind=FaultKind.EMPTY_PAGE, route=route))
    with pytest.raises(GhlUnavailable, match="says there is more"):
        client.texts_sent_to(PAT, NOW - HOUR)


def test_a_sent_text_is_found_again(world: World, client: GhlClient) -> None:
    sent = client.send_text(PAT, None, "Sentinel, morning")
    assert [(each.message_id, each.text) for each in client.texts_sent_to(PAT, NOW)] == [
        (sent.message_id, "Sentinel, morning")
    ]


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.SERVER_ERROR, FaultKind.EMPTY_BODY, FaultKind.HTML])
def test_a_text_whose_fate_is_unknown_was_sent_once_at_most(world: World, client: GhlClient, kind: FaultKind) -> None:
    world.faults.add(Fault(kind=kind, route=Route.SEND, after_effect=True))
    with pytest.raises(SendOutcomeUnknown):
        client.send_text(PAT, None, "Sentinel, morning")
    assert len(client.texts_sent_to(PAT, NOW)) == 1


def test_a_wrong_token_is_refused(sandbox: tuple[World, str], world: World, at_once: stamina.RetryingCaller) -> None:
    account = Account(token="pit-wrong", location_id="LOCsandbox0000000001", base_url=sandbox[1])
    with GhlClient(account, lambda: NOW, retrying=at_once) as client, pytest.raises(GhlRefused, match="401"):
        swept(client)


def test_whose_a_phone_is_is_found_by_the_phone(world: World, client: GhlClient) -> None:
    world.inbound_text(PAT, "Hello")
    world.inbound_text(LEE, "My number is not +19405550141")
    found = client.conversations_with("+19405550141")
    assert [(each.contact_id, each.phone) for each in found] == [(PAT, "+19405550141")]


def test_a_phone_nobody_has_is_nobodys(world: World, client: GhlClient) -> None:
    world.inbound_text(PAT, "Hello")
    assert client.conversations_with("+19405550999") == []


def test_a_text_is_not_looked_for_where_no_conversation_is_known(client: GhlClient) -> None:
    with pytest.raises(GhlUnavailable, match="names no conversation"):
        client.texts_sent_to(PAT, NOW - HOUR)


def test_the_empty_text_that_proves_the_scope_texts_nobody(world: World, client: GhlClient) -> None:
    client.may_send()
    assert world.sent_texts == []


def test_without_the_scope_the_empty_text_is_refused(world: World, client: GhlClient) -> None:
    world.faults.add(Fault(kind=FaultKind.NO_SCOPE, route=Route.SEND, times=2))
    with pytest.raises(ScopeMissing):
        client.may_send()


def test_an_answer_tells_the_time_there_and_what_is_left_of_the_day(world: World, client: GhlClient) -> None:
    client.users()
    assert client.told_at is not None
    assert client.left_today == 199_999


def test_before_any_answer_neither_is_known(client: GhlClient) -> None:
    assert (client.told_at, client.left_today) == (None, None)
