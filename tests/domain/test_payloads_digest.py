"""The key of a body that brings none: equal for one message told twice, different for two messages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sentinel_cli.domain.model import Channel, Direction
from sentinel_cli.domain.payloads import digest

from .payload_bodies import RECEIVED, report, sample

TEXT = report(sample("workflow-customer-replied-1"), "inbound_sms")
CALL = report(sample("workflow-call-status-missed-1"), "unanswered_call")
EVENT = report(sample("app-inbound-sms-doc-1"))
KNOWN = report(sample("app-outbound-sms-1"))


@pytest.mark.parametrize(
    ("told", "again"),
    [
        (TEXT, {"at": RECEIVED + timedelta(minutes=9), "seen_at": RECEIVED + timedelta(minutes=9)}),
        (TEXT, {"contact_name": "L. Example", "phone": None, "kind": None, "conversation_id": "CNV1"}),
        (TEXT, {"text": "can someone  call me back about the LEAK?"}),
        (TEXT, {"outcome": "delivered"}),
        (CALL, {"outcome": "busy"}),
        (CALL, {"outcome": None, "kind": None, "duration": 3}),
        (CALL, {"outcome": "completed", "kind": "TYPE_VOICEMAIL"}),
        (EVENT, {"seen_at": RECEIVED + timedelta(hours=1)}),
    ],
)
def test_a_message_told_again_has_the_same_digest(told, again):
    assert digest(replace(told, **again), "contact 1") == digest(told, "contact 1")


@pytest.mark.parametrize(
    ("told", "other"),
    [
        (TEXT, {"text": "Can someone call me back about the heater?"}),
        (TEXT, {"text": None}),
        (TEXT, {"direction": Direction.OUTBOUND}),
        (TEXT, {"direction": None}),
        (TEXT, {"channel": Channel.WHATSAPP}),
        (TEXT, {"message_id": "MSG1"}),
        (CALL, {"outcome": "completed"}),
        (CALL, {"outcome": "answered"}),
        (EVENT, {"at": RECEIVED}),
        (KNOWN, {"outcome": "failed"}),
        (KNOWN, {"message_id": "MSG1"}),
        (KNOWN, {"message_id": None}),
    ],
)
def test_another_message_or_its_news_has_another_digest(told, other):
    assert digest(replace(told, **other), "contact 1") != digest(told, "contact 1")


def test_the_same_words_of_two_contacts_have_two_digests():
    assert digest(TEXT, "contact 1") != digest(TEXT, "contact 2")


def test_a_digest_is_the_same_in_every_release():
    assert digest(TEXT, "contact 1") == "6202e1da893629c3057d815c1a1b281d144ebc13491360f85fde01ce36b28b8e"
