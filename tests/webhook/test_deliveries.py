"""One delivery over HTTP: what is answered, and what is on disk by then."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from sentinel_cli import log
from sentinel_cli.intake import retry
from sentinel_cli.store.database import Database
from tests.builders import RULES
from tests.domain.payload_bodies import sample
from webhook import endpoints
from webhook.bodies import LIMIT, whole_body
from webhook.replies import Refused

from .parts import BROKEN_READING, READING, SECRET, Bug, locked, rows, workflow_text
from .signing import signed

Started = Callable[..., TestClient]
SMS = "/webhook/ghl/inbound_sms"
HEAD = {"X-NTPP-Secret": SECRET}


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The events of the receiver, as they go to the log."""
    log.configure()
    logging.getLogger("sentinel").addHandler(caplog.handler)
    yield caplog
    logging.getLogger("sentinel").removeHandler(caplog.handler)


def kept(path: Path) -> list[tuple[Any, ...]]:
    return rows(path, "select source, outcome from raw_events order by id")


class TestAnswers:
    def test_a_text_opens_an_issue_that_is_on_disk_when_it_is_answered(self, client: TestClient, path: Path) -> None:
        answer = client.post(SMS, json=workflow_text())
        assert (answer.status_code, answer.json()) == (200, {"received": True, "outcome": "opened", "issue_id": 1})
        assert rows(path, "select id, issue_type, status from issues") == [(1, "SMS", "OPEN")]

    def test_the_delivery_is_received_when_the_clock_says(self, client: TestClient, path: Path) -> None:
        client.post(SMS, json=workflow_text())
        assert rows(path, "select received_ts from raw_events") == [("2026-11-23T15:06:30.000Z",)]

    @pytest.mark.parametrize(
        ("address", "source"),
        [("/webhook/ghl", "ghl"), (SMS, "inbound_sms"), ("/webhook/ghl/unanswered_call", "unanswered_call")],
    )
    def test_the_delivery_keeps_its_route(self, client: TestClient, path: Path, address: str, source: str) -> None:
        client.post(address, json=workflow_text())
        assert [route for route, _ in kept(path)] == [source]

    def test_a_body_of_another_location_is_kept_and_ignored(self, client: TestClient, path: Path) -> None:
        answer = client.post(SMS, json=workflow_text(location={"id": "LOCelsewhere"}))
        assert answer.json() == {"received": True, "outcome": "ignored:other-location", "issue_id": None}
        assert kept(path) == [("inbound_sms", "ignored:other-location")]

    def test_a_form_is_read_like_json(self, client: TestClient) -> None:
        form = {"contact_id": "CTCaaaaaaaaaaaaaaaa4", "message[type]": "2", "message[body]": "Anyone there?"}
        assert client.post(SMS, data=form).json()["outcome"] == "opened"

    def test_a_repeated_webhook_id_is_stored_once(self, client: TestClient, path: Path) -> None:
        event = sample("app-outbound-sms-1")
        client.post("/webhook/ghl", json=event)
        assert client.post("/webhook/ghl", json=event).json() == {
            "received": True,
            "outcome": "duplicate",
            "issue_id": None,
        }
        assert len(kept(path)) == 1

    def test_a_body_nobody_can_read_is_kept_and_answered_400(self, client: TestClient, path: Path) -> None:
        answer = client.post(SMS, content=b'{"contact_id": ')
        assert (answer.status_code, answer.json()["outcome"]) == (400, "undecodable")
        assert rows(path, "select cast(payload as blob) from raw_events") == [(b'{"contact_id": ',)]

    @pytest.mark.parametrize("body", [b"", b"null", b"[1]", b"\xff\xfe\x00", b"[" * 5000, b'"text"', b"{]"])
    def test_whatever_is_no_object_is_undecodable(self, client: TestClient, body: bytes) -> None:
        assert client.post("/webhook/ghl", content=body).status_code == 400


class TestAdmission:
    def test_without_a_secret_the_answer_is_401_and_nothing_is_stored(self, started: Started, path: Path) -> None:
        answer = started().post(SMS, json=workflow_text())
        assert (answer.status_code, answer.json()) == (401, {"received": False, "reason": "unauthorized"})
        assert kept(path) == []

    def test_a_body_nobody_can_read_shows_no_secret(self, started: Started, path: Path) -> None:
        assert started().post(SMS, content=f'{{"customData": {{"sentinel_secret": "{SECRET}"').status_code == 401
        assert kept(path) == []

    def test_a_secret_in_custom_data_is_enough(self, started: Started) -> None:
        assert started().post(SMS, json=workflow_text(customData={"sentinel_secret": SECRET})).status_code == 200

    @pytest.mark.parametrize("name", ["customData[sentinel_secret]", "customData.sentinel_secret"])
    def test_a_secret_in_a_form_is_enough(self, started: Started, name: str) -> None:
        assert started().post(SMS, data={"phone": "+12175550123", name: SECRET}).status_code == 200

    @pytest.mark.parametrize(("in_query", "status"), [(False, 401), (True, 200)])
    def test_a_secret_in_the_query_counts_only_where_that_is_allowed(
        self, started: Started, in_query: bool, status: int
    ) -> None:
        answer = started(in_query=in_query).post(SMS, params={"secret": SECRET}, json=workflow_text())
        assert answer.status_code == status


class TestSecrets:
    @pytest.mark.parametrize(
        "body",
        [
            json.dumps(workflow_text(customData={"sentinel_secret": SECRET})),
            json.dumps(workflow_text(customData={"sentinel_secret": SECRET, SECRET: "x"}, note=f"it is {SECRET}!")),
            json.dumps(workflow_text(customData={"sentinel_secret": SECRET})).replace("/", "\\/"),
            f"not json at all: {SECRET}",
        ],
    )
    def test_no_secret_is_stored(self, client: TestClient, path: Path, body: str) -> None:
        client.post(SMS, content=body)
        (payload,) = rows(path, "select cast(payload as blob) from raw_events")[0]
        assert b"shared" not in payload
        assert b"[secret]" in payload

    def test_no_secret_of_a_form_is_stored(self, client: TestClient, path: Path) -> None:
        client.post(SMS, data={"phone": "+12175550123", "customData[sentinel_secret]": SECRET})
        (payload,) = rows(path, "select cast(payload as blob) from raw_events")[0]
        assert payload == urlencode({"phone": "+12175550123", "customData[sentinel_secret]": ""}).encode() + b"[secret]"

    def test_what_is_stored_can_still_be_read(self, client: TestClient, path: Path) -> None:
        client.post(SMS, json=workflow_text(customData={"sentinel_secret": SECRET}))
        (payload,) = rows(path, "select cast(payload as blob) from raw_events")[0]
        assert json.loads(payload)["customData"] == {"sentinel_secret": "[secret]"}

    @pytest.mark.parametrize("before", ["text/plain; secret=", "text/plain; x=" + "y" * 170])
    def test_no_part_of_a_secret_is_stored_of_a_content_type(self, client: TestClient, path: Path, before: str) -> None:
        client.post(SMS, content=b"{}", headers={"Content-Type": before + SECRET})
        (content_type,) = rows(path, "select content_type from raw_events")[0]
        assert SECRET[:8] not in content_type


class TestReplay:
    EVENT = sample("app-outbound-sms-1")

    def test_another_body_under_the_same_webhook_id_changes_nothing(self, client: TestClient, path: Path) -> None:
        client.post("/webhook/ghl", json=self.EVENT)
        before = rows(path, "select * from raw_events"), rows(path, "select * from messages")
        forged = {**self.EVENT, "type": "InboundMessage", "direction": "inbound", "body": "Hello?", "messageId": "MSGx"}
        assert client.post("/webhook/ghl", json=forged).json()["outcome"] == "duplicate"
        assert (rows(path, "select * from raw_events"), rows(path, "select * from messages")) == before

    @pytest.mark.parametrize("address", ["/webhook/ghl", SMS, "/webhook/ghl/unanswered_call"])
    def test_it_is_the_same_on_every_route(self, client: TestClient, path: Path, address: str) -> None:
        client.post("/webhook/ghl", json=self.EVENT)
        assert client.post(address, json=self.EVENT).json()["outcome"] == "duplicate"

    @pytest.mark.parametrize("of", [str.upper, str.lower, "  {}\n".format])
    def test_an_id_is_the_same_in_every_spelling(
        self, client: TestClient, path: Path, of: Callable[[str], str]
    ) -> None:
        client.post("/webhook/ghl", json=self.EVENT)
        again = {**self.EVENT, "webhookId": of(self.EVENT["webhookId"])}
        assert client.post("/webhook/ghl", json=again).json()["outcome"] == "duplicate"

    def test_another_id_is_another_delivery(self, client: TestClient, path: Path) -> None:
        client.post("/webhook/ghl", json=self.EVENT)
        client.post("/webhook/ghl", json={**self.EVENT, "webhookId": "7b1f0e4c-9999-4000-8000-000000000000"})
        assert len(kept(path)) == 2

    def test_a_signed_delivery_is_taken_once(self, started: Started, path: Path) -> None:
        client = started()
        outcomes = [client.post("/webhook/ghl", **signed(self.EVENT)).json()["outcome"] for _ in range(3)]
        assert outcomes == ["recorded", "duplicate", "duplicate"]

    def test_it_is_known_after_a_restart(self, started: Started, path: Path) -> None:
        started().post("/webhook/ghl", **signed(self.EVENT))
        assert started().post("/webhook/ghl", **signed(self.EVENT)).json()["outcome"] == "duplicate"

    def test_a_signature_of_a_stranger_s_app_is_about_his_location(self, started: Started, path: Path) -> None:
        theirs = {**self.EVENT, "locationId": "LOCelsewhere"}
        assert started().post("/webhook/ghl", **signed(theirs)).json()["outcome"] == "ignored:other-location"
        assert rows(path, "select count(*) from messages") == [(0,)]


class TestDepth:
    @staticmethod
    def nested(levels: int, inner: str = "1") -> bytes:
        return ('{"x":' * levels + inner + "}" * levels).encode()

    def test_64_levels_are_read(self, client: TestClient) -> None:
        assert client.post(SMS, content=self.nested(64)).json()["outcome"] == "ignored:no-contact"

    @pytest.mark.parametrize("levels", [65, 900, 2000, 40_000])
    def test_more_are_kept_and_answered_400(self, client: TestClient, path: Path, levels: int) -> None:
        answer = client.post(SMS, content=self.nested(levels))
        assert (answer.status_code, answer.json()["outcome"]) == (400, "undecodable")
        assert rows(path, "select length(payload) from raw_events") == [(len(self.nested(levels)),)]

    @pytest.mark.parametrize("levels", [65, 900, 40_000])
    def test_lists_count_like_objects(self, client: TestClient, levels: int) -> None:
        body = b'{"x":' + b"[" * levels + b"]" * levels + b"}"
        assert client.post(SMS, content=body).status_code == 400

    def test_of_two_content_types_the_first_is_proved_and_stored(self, started: Started, path: Path) -> None:
        told = {
            "contact_id": "CTC1",
            "message[type]": "2",
            "message[body]": "Hi",
            "customData[sentinel_secret]": SECRET,
        }
        kinds = [("content-type", "application/x-www-form-urlencoded"), ("content-type", "text/plain")]
        answer = started().post(SMS, content=urlencode(told), headers=kinds)
        assert (answer.status_code, answer.json()["outcome"]) == (200, "opened")
        assert rows(path, "select content_type from raw_events") == [("application/x-www-form-urlencoded",)]

    def test_json_within_a_form_counts_too(self, client: TestClient) -> None:
        assert client.post(SMS, data={"message": self.nested(900).decode()}).status_code == 400

    def test_wide_is_not_deep(self, client: TestClient) -> None:
        assert client.post(SMS, content=b'{"x":[' + b",".join([b"[]"] * 60_000) + b"]}").status_code == 200

    def test_a_deep_body_shows_no_secret(self, started: Started) -> None:
        deep = f'{{"customData":{{"sentinel_secret":"{SECRET}"}},"x":{self.nested(70).decode()}}}'
        assert started().post(SMS, content=deep).status_code == 401

    def test_a_deep_body_is_proved_by_no_signature(self, started: Started) -> None:
        event: dict[str, Any] = {**sample("app-outbound-sms-1"), "x": json.loads(self.nested(70))}
        assert started().post("/webhook/ghl", **signed(event)).status_code == 401


class TestLimit:
    def test_a_body_of_256_kib_is_taken(self, client: TestClient) -> None:
        assert client.post(SMS, content=b"x" * LIMIT).status_code == 400

    def test_a_larger_one_is_answered_413_and_not_stored(self, client: TestClient, path: Path) -> None:
        answer = client.post(SMS, content=b"x" * (LIMIT + 1))
        assert (answer.status_code, answer.json()) == (413, {"received": False, "reason": "too large"})
        assert kept(path) == []

    def test_one_that_does_not_say_its_length_is_cut_off_all_the_same(self, client: TestClient) -> None:
        pieces = iter([b"x" * 65536] * 5)
        assert client.post(SMS, content=pieces).status_code == 413

    def test_one_that_breaks_off_is_refused(self) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        with pytest.raises(Refused, match="cut off"):
            asyncio.run(whole_body(Request({"type": "http", "method": "POST", "headers": []}, receive)))

    def test_strangers_are_limited_too(self, started: Started) -> None:
        assert started().post(SMS, content=b"x" * (LIMIT + 1)).status_code == 413


class TestTrouble:
    def test_a_body_that_took_too_long_is_to_come_again(
        self, client: TestClient, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(endpoints, "BODY_WITHIN", -1)
        answer = client.post(SMS, json=workflow_text())
        assert (answer.status_code, answer.headers["retry-after"], kept(path)) == (429, "30", [])

    def test_no_error_outlives_its_request(self) -> None:
        # One that is raised again and again holds the frames of every request that it ended.
        assert [name for name, value in vars(endpoints).items() if isinstance(value, BaseException)] == []

    def test_a_locked_database_is_answered_429_with_a_time_to_come_back(self, client: TestClient, path: Path) -> None:
        with locked(path):
            answer = client.post(SMS, json=workflow_text())
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
        assert answer.json() == {"received": False, "reason": "try again"}

    def test_the_same_delivery_is_taken_once_the_lock_is_gone(self, client: TestClient, path: Path) -> None:
        with locked(path):
            client.post(SMS, json=workflow_text())
        assert client.post(SMS, json=workflow_text()).json()["outcome"] == "opened"
        assert len(kept(path)) == 1

    def test_a_database_that_went_away_is_answered_429_until_it_is_back(self, client: TestClient, path: Path) -> None:
        client.post(SMS, json=workflow_text())
        path.rename(path.with_suffix(".away"))
        assert client.post(SMS, json=workflow_text()).status_code == 429
        path.with_suffix(".away").rename(path)
        assert client.post(SMS, json=workflow_text()).status_code == 200

    def test_a_full_queue_is_answered_429(self, started: Started) -> None:
        assert started(capacity=0).post(SMS, json=workflow_text(), headers=HEAD).status_code == 429

    def test_a_store_that_does_not_answer_is_answered_429_in_time(self, started: Started, path: Path) -> None:
        slow = started(answer_within=0.1, open_store=lambda: Database.open(path, busy_timeout=1))
        with locked(path):
            answer = slow.post(SMS, json=workflow_text(), headers=HEAD)
        assert answer.status_code == 429

    def test_a_bug_before_anything_is_stored_is_answered_429(
        self, started: Started, told: pytest.LogCaptureFixture
    ) -> None:
        def broken_rules(_: object) -> None:
            raise Bug("Lee Example wrote: hello")

        assert started(rules_of=broken_rules).post(SMS, json=workflow_text(), headers=HEAD).status_code == 429
        assert "request.failed run=- route=inbound_sms error=Bug at=test_deliveries.py:" in told.text

    def test_a_bug_does_not_tell_the_log_what_the_customer_wrote(
        self, started: Started, told: pytest.LogCaptureFixture
    ) -> None:
        def broken_rules(_: object) -> None:
            raise Bug("Lee Example wrote: hello")

        started(rules_of=broken_rules).post(SMS, json=workflow_text(), headers=HEAD)
        assert "Lee" not in told.text

    def test_a_body_that_breaks_our_reading_is_kept(self, started: Started, path: Path) -> None:
        answer = started(reading=BROKEN_READING).post(SMS, json=workflow_text(), headers=HEAD)
        assert (answer.status_code, answer.json()["outcome"]) == (200, "error:Bug")
        assert kept(path) == [("inbound_sms", "error:Bug")]

    def test_it_opens_its_issue_when_it_is_tried_again(self, started: Started, path: Path) -> None:
        started(reading=BROKEN_READING).post(SMS, json=workflow_text(), headers=HEAD)
        with Database.open(path) as db:
            assert retry(db, RULES, READING) == (1, 0)
        assert kept(path) == [("inbound_sms", "opened")]
        assert rows(path, "select status from issues") == [("OPEN",)]


class TestElsewhere:
    @pytest.mark.parametrize(
        ("method", "address", "status"),
        [
            ("GET", "/", 404),
            ("POST", "/webhook", 404),
            ("POST", SMS + "/", 404),
            ("POST", "/webhook/ghl/other", 404),
            ("POST", "/jobs/poll", 404),
            ("GET", "/docs", 404),
            ("GET", SMS, 405),
            ("PUT", SMS, 405),
            ("POST", "/health", 405),
        ],
    )
    def test_there_is_nothing_else(self, client: TestClient, method: str, address: str, status: int) -> None:
        answer = client.request(method, address, follow_redirects=False)
        assert (answer.status_code, answer.json()["received"]) == (status, False)

    def test_a_refused_method_says_which_one_is_right(self, client: TestClient) -> None:
        assert client.get(SMS).headers["allow"] == "POST"

    def test_a_mistyped_address_is_told_without_query_and_secret(
        self, client: TestClient, told: pytest.LogCaptureFixture
    ) -> None:
        client.post(f"/webhook/sms/{SECRET}?phone=2175550123")
        assert 'request.failed run=- status=404 method=POST path="/webhook/sms/[secret]"' in told.text
        assert "217555" not in told.text

    @pytest.mark.parametrize(
        ("typed", "told_as"),
        [
            ("/webhok/ghl/inbound-sms", "/webhok/ghl/inbound-sms"),
            ("/webhook/ghl/unanswered_calls/", "/webhook/ghl/unanswered_calls/"),
            ("/webhook/ghl/+12175550123", "/webhook/ghl/***"),
            ("/webhook/(217)%20555-0123", "/webhook/***"),
            ("/webhook/pat-ellison/sms", "/webhook/***/sms"),
        ],
    )
    def test_of_a_mistyped_address_only_words_of_ours_are_told(
        self, client: TestClient, told: pytest.LogCaptureFixture, typed: str, told_as: str
    ) -> None:
        client.post(typed)
        assert told.text.rstrip().endswith(f"path={told_as}")


class TestLog:
    def test_each_delivery_is_one_line(self, client: TestClient, told: pytest.LogCaptureFixture) -> None:
        client.post(SMS, json=workflow_text())
        assert "delivery.recorded run=- delivery=1 outcome=opened issue=1 route=inbound_sms" in told.messages

    def test_a_refused_one_is_told_without_what_it_showed(
        self, started: Started, told: pytest.LogCaptureFixture
    ) -> None:
        started().post(SMS, json=workflow_text(), headers={"X-NTPP-Secret": "guess-guess-guess"})
        assert "delivery.refused run=- route=inbound_sms status=401 reason=unauthorized" in told.messages

    def test_one_that_was_not_stored_says_why(
        self, client: TestClient, path: Path, told: pytest.LogCaptureFixture
    ) -> None:
        with locked(path):
            client.post(SMS, json=workflow_text())
        assert "database is locked" in told.text

    def test_no_customer_is_in_the_log(self, client: TestClient, told: pytest.LogCaptureFixture) -> None:
        client.post(SMS, json=workflow_text("Please ring me"), params={"secret": SECRET, "q": "Lee"})
        assert not {word for word in ("Lee", "2175550123", "ring", "shared") if word in told.text}
