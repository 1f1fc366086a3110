"""Every sample body on every route that matters for it, against what it must be read as."""

from datetime import UTC, datetime

import pytest

from sentinel_cli.domain.model import Direction, Origin

from .payload_bodies import RECEIVED, ROUTES, SAMPLES, read, report, sample

IN, OUT = Direction.INBOUND, Direction.OUTBOUND

LEAK = "Can someone call me back about the leak?"

MESSAGES = [
    # sample, route, (channel, direction, kind, outcome, text, duration, reported_missed)
    ("app-inbound-sms-doc-1", "ghl", ("SMS", IN, "TYPE_SMS", "delivered", "This is a test message", None, False)),
    ("app-inbound-call-doc-1", "ghl", ("CALL", IN, "TYPE_CALL", "completed", None, 120, False)),
    ("app-inbound-call-doc-1", "unanswered_call", ("CALL", IN, "TYPE_CALL", "completed", None, 120, False)),
    ("app-inbound-missed-call-guess-1", "ghl", ("CALL", IN, "TYPE_CALL", "no-answer", None, 0, False)),
    ("app-inbound-voicemail-doc-1", "ghl", ("CALL", IN, "TYPE_VOICEMAIL", "voicemail", None, None, False)),
    ("app-outbound-call-doc-1", "ghl", ("CALL", OUT, "TYPE_CALL", "completed", None, 120, False)),
    ("app-outbound-call-voicemail-1", "ghl", ("CALL", OUT, "TYPE_CALL", "voicemail", None, 31, False)),
    ("app-outbound-voicemail-workflow-doc-1", "ghl", ("CALL", OUT, "TYPE_VOICEMAIL", "completed", None, None, False)),
    ("app-outbound-sms-1", "ghl", ("SMS", OUT, "TYPE_SMS", "pending", "On our way, see you at 3.", None, False)),
    ("app-inbound-attachment-1", "ghl", ("SMS", IN, "TYPE_SMS", None, None, None, False)),
    ("app-inbound-email-1", "ghl", ("EMAIL", IN, "TYPE_EMAIL", None, "<p>Hello</p>", None, False)),
    ("workflow-customer-replied-1", "inbound_sms", ("SMS", IN, "TYPE_SMS", None, LEAK, None, False)),
    ("workflow-customer-replied-1", "ghl", ("SMS", IN, "TYPE_SMS", None, LEAK, None, False)),
    ("workflow-customer-replied-1", "unanswered_call", ("CALL", IN, None, None, None, None, True)),
    ("workflow-attachment-only-1", "inbound_sms", ("SMS", IN, "TYPE_SMS", None, None, None, False)),
    ("workflow-unset-values-1", "inbound_sms", ("SMS", IN, "TYPE_SMS", None, "Pump is leaking", None, False)),
    ("workflow-outbound-text-1", "inbound_sms", ("SMS", OUT, "TYPE_SMS", "delivered", "Thanks!", None, False)),
    ("workflow-voicemail-ntpp-1", "unanswered_call", ("CALL", IN, None, None, None, None, True)),
    ("workflow-voicemail-ntpp-1", "ghl", ("CALL", IN, None, None, None, None, True)),
    ("workflow-voicemail-ntpp-1", "inbound_sms", ("CALL", IN, None, None, None, None, True)),
    ("workflow-call-status-missed-1", "unanswered_call", ("CALL", IN, "TYPE_CALL", "no-answer", None, None, True)),
    ("workflow-call-status-missed-1", "ghl", ("CALL", IN, "TYPE_CALL", "no-answer", None, None, True)),
    ("workflow-call-answered-1", "unanswered_call", ("CALL", IN, "TYPE_CALL", "completed", None, None, False)),
    ("workflow-call-answered-1", "ghl", ("CALL", IN, "TYPE_CALL", "completed", None, None, False)),
    ("workflow-call-answered-1", "inbound_sms", ("CALL", IN, "TYPE_CALL", "completed", None, None, False)),
    ("workflow-voicemail-type-1", "ghl", ("CALL", IN, "TYPE_VOICEMAIL", "completed", None, None, False)),
    ("workflow-voicemail-type-1", "unanswered_call", ("CALL", IN, "TYPE_VOICEMAIL", "completed", None, None, True)),
    ("workflow-contact-tag-1", "unanswered_call", ("CALL", IN, None, None, None, None, True)),
    ("workflow-appointment-1", "unanswered_call", ("CALL", IN, None, None, None, None, True)),
    ("workflow-opportunity-1", "unanswered_call", ("CALL", IN, None, None, None, None, True)),
    ("workflow-review-1", "ghl", ("OTHER", IN, "TYPE_REVIEW", None, "Five stars", None, False)),
    ("custom-missed-call-flat-1", "unanswered_call", ("CALL", IN, None, "no-answer", None, None, True)),
    ("custom-text-flat-1", "inbound_sms", ("SMS", IN, None, None, "Is the heater in stock?", None, False)),
]  # fmt: skip

IGNORED = [
    ("app-contact-create-1", "ghl", "ContactCreate"),
    ("app-contact-create-1", "unanswered_call", "ContactCreate"),
    ("app-install-1", "ghl", "INSTALL"),
    ("app-install-1", "inbound_sms", "INSTALL"),
    ("app-provider-outbound-1", "ghl", "ProviderOutboundMessage"),
    ("app-other-location-1", "ghl", "other-location"),
    ("workflow-other-location-1", "inbound_sms", "other-location"),
    ("workflow-contact-tag-1", "ghl", "no-message"),
    ("workflow-contact-tag-1", "inbound_sms", "no-message"),
    ("workflow-appointment-1", "ghl", "no-message"),
    ("workflow-appointment-1", "inbound_sms", "no-message"),
    ("workflow-opportunity-1", "ghl", "no-message"),
    ("custom-missed-call-flat-1", "ghl", "no-message"),
    ("custom-text-flat-1", "ghl", "no-message"),
]

PEOPLE = [
    # sample, contact id, phone, name
    ("app-inbound-sms-doc-1", "CTCaaaaaaaaaaaaaaac1", "+15551234567", None),
    ("app-outbound-call-doc-1", "CTCaaaaaaaaaaaaaaac1", "+15551234567", None),
    ("app-inbound-attachment-1", "CTCaaaaaaaaaaaaaaac1", None, None),
    ("app-inbound-email-1", "CTCaaaaaaaaaaaaaaac1", None, None),
    ("workflow-customer-replied-1", "CTCaaaaaaaaaaaaaaaa4", "+12175550123", "Lee Example"),
    ("workflow-contact-tag-1", "CTCaaaaaaaaaaaaaaaa1", None, "Dana Example"),
    ("workflow-appointment-1", "CTCaaaaaaaaaaaaaaaa3", "+201225550199", "Sami Example"),
    ("workflow-opportunity-1", "CTCaaaaaaaaaaaaaaaa6", "+12175550166", "Kim Example"),
    ("workflow-voicemail-ntpp-1", "CTCaaaaaaaaaaaaaaaa8", "+12175550188", "Jo Example"),
    ("workflow-unset-values-1", "CTCaaaaaaaaaaaaaaaa5", "+12175550164", "Ana"),
    ("custom-missed-call-flat-1", "CTCaaaaaaaaaaaaaaaa7", "+12175550177", "Pat Example"),
    ("custom-text-flat-1", None, "+12175550123", None),
]


@pytest.mark.parametrize(("name", "route", "expected"), MESSAGES)
def test_a_sample_is_read_as_its_message(name, route, expected):
    told = report(sample(name), route)
    facts = (told.channel, told.direction, told.kind, told.outcome, told.text, told.duration, told.reported_missed)
    assert facts == expected


@pytest.mark.parametrize(("name", "route", "reason"), IGNORED)
def test_a_sample_that_is_no_message_is_ignored_for_a_reason(name, route, reason):
    found = read(sample(name), route)
    assert (found.report, found.ignored) == (None, reason)


@pytest.mark.parametrize(("name", "contact_id", "phone", "contact_name"), PEOPLE)
def test_a_sample_names_its_customer(name, contact_id, phone, contact_name):
    found = read(sample(name), "unanswered_call")
    assert (found.contact_id, found.phone, found.contact_name) == (contact_id, phone, contact_name)


def test_every_sample_is_in_the_tables():
    assert {row[0] for row in (*MESSAGES, *IGNORED)} == set(SAMPLES)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_reading_is_either_a_report_or_ignored(name, route):
    found = read(sample(name), route)
    assert (found.report is None) is (found.ignored is not None)


def test_an_app_event_carries_its_own_instant_and_ids():
    told = report(sample("app-outbound-sms-1"))
    assert (told.at, told.at_is_receipt) == (datetime(2026, 11, 23, 15, 0, tzinfo=UTC), False)
    assert (told.message_id, told.conversation_id) == ("MSGaaaaaaaaaaaaaaaa7", "CNVaaaaaaaaaaaaaaaa1")
    assert (told.user_id, told.source) == ("USRaaaaaaaaaaaaaaaa1", "app")


def test_a_workflow_body_has_only_its_receipt_and_no_ids():
    told = report(sample("workflow-customer-replied-1"), "inbound_sms")
    assert (told.at, told.at_is_receipt) == (RECEIVED, True)
    assert (told.message_id, told.conversation_id, told.user_id) == (None, None, None)


def test_every_report_is_a_delivery_seen_at_its_receipt():
    told = report(sample("app-inbound-sms-doc-1"))
    assert (told.origin, told.seen_at) == (Origin.DELIVERY, RECEIVED)


def test_an_app_event_has_the_webhook_id_of_its_envelope():
    assert read(sample("app-outbound-sms-1")).webhook_id == "7b1f0e4c-0000-4000-8000-00000000000a"


@pytest.mark.parametrize("name", ["app-contact-create-1", "app-other-location-1"])
def test_an_ignored_app_event_keeps_its_webhook_id(name):
    assert read(sample(name)).webhook_id == "7b1f0e4c-0000-4000-8000-00000000000a"
