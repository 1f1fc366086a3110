"""The tables of DESIGN §3, a row for each cell: what a customer message is, and what answers a wait."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sentinel_cli.domain.answers import Policy
from sentinel_cli.domain.facts import Row, joined, message_facts
from sentinel_cli.domain.model import Channel, Direction, Message
from tests.builders import (
    CASEY,
    POLICY,
    at,
    call,
    outcomes,
    report,
    robot_text,
    staff_call,
    staff_text,
    text,
    waited,
)

HOUR = 60
DAY = 24 * HOUR
STRANGER = "USRstranger"


def policy(**changes: object) -> Policy:
    return replace(POLICY, **changes)  # type: ignore[arg-type]


def other(minutes: float, kind: str, direction: Direction = Direction.INBOUND, **fields: object) -> Message:
    """A text of another channel, an activity row or a comment."""
    build = text if direction is Direction.INBOUND else staff_text
    channel = {"TYPE_WHATSAPP": Channel.WHATSAPP, "TYPE_EMAIL": Channel.EMAIL}.get(kind, Channel.OTHER)
    return build(minutes, kind=kind, channel=channel, **fields)


# What answers a wait


@pytest.mark.parametrize(
    ("fact", "text_ends", "call_ends"),
    [
        pytest.param(staff_text(5), "staff_text", "staff_text", id="a staff text"),
        pytest.param(staff_text(5, outcome=None), "staff_text", "staff_text", id="a staff text without outcome"),
        pytest.param(staff_text(5, outcome="pending"), "staff_text", "staff_text", id="a staff text on its way"),
        pytest.param(staff_text(5, outcome="read"), "staff_text", "staff_text", id="a staff text that was read"),
        pytest.param(staff_text(5, outcome="failed"), "open", "open", id="a staff text that failed"),
        pytest.param(staff_text(5, outcome="undelivered"), "open", "open", id="a staff text not delivered"),
        pytest.param(staff_text(5, outcome="opt_out"), "open", "open", id="a staff text to one who opted out"),
        pytest.param(staff_text(5, outcome="scheduled"), "open", "open", id="a staff text before its time"),
        pytest.param(staff_text(5, user_id=STRANGER), "open", "open", id="a text of an unlisted user"),
        pytest.param(staff_text(5, user_id=None), "open", "open", id="a text without user"),
        pytest.param(staff_call(5), "staff_call", "staff_call", id="a staff call that connected"),
        pytest.param(staff_call(5, "answered"), "staff_call", "staff_call", id="a staff call that was answered"),
        pytest.param(staff_call(5, "no-answer"), "open", "staff_call_attempt", id="an attempt nobody took"),
        pytest.param(staff_call(5, "busy"), "open", "staff_call_attempt", id="an attempt that was busy"),
        pytest.param(staff_call(5, "ringing"), "open", "staff_call_attempt", id="a staff call that rings"),
        pytest.param(staff_call(5, None), "open", "staff_call_attempt", id="a staff call without outcome"),
        pytest.param(staff_call(5, "voicemail"), "open", "staff_call_attempt", id="a staff call into a voicemail"),
        pytest.param(
            staff_call(5, kind="TYPE_VOICEMAIL"), "open", "staff_call_attempt", id="a person's voicemail row"
        ),
        pytest.param(staff_call(5, "failed"), "open", "open", id="a staff call that failed"),
        pytest.param(staff_call(5, user_id=None), "open", "staff_call_attempt", id="a completed call without user"),
        pytest.param(staff_call(5, user_id=STRANGER), "open", "open", id="a call of an unlisted user"),
        pytest.param(call(5, "completed", duration=60), "call_taken", "call_taken", id="a call that staff took"),
        pytest.param(call(5, "answered", duration=300), "call_taken", "call_taken", id="a call that was answered"),
        pytest.param(call(5, "completed"), "call_taken", "call_taken", id="a taken call of unknown duration"),
        pytest.param(call(5, "completed", duration=59), "open", "open", id="a short completed call"),
        pytest.param(robot_text(5), "open", "open", id="an automation's text"),
        pytest.param(robot_text(5, kind="TYPE_CAMPAIGN_SMS", user_id=CASEY), "open", "open", id="a campaign's text"),
        pytest.param(staff_call(5, source="workflow"), "open", "open", id="an automation's call"),
        pytest.param(
            staff_call(5, kind="TYPE_VOICEMAIL", user_id=None), "open", "open", id="a voicemail dropped by a workflow"
        ),
        pytest.param(other(5, "TYPE_EMAIL", Direction.OUTBOUND), "open", "open", id="an e-mail of staff"),
        pytest.param(
            other(5, "TYPE_WHATSAPP", Direction.OUTBOUND), "staff_text", "staff_text", id="a text of another channel"
        ),
        pytest.param(
            other(5, "TYPE_ACTIVITY_OPPORTUNITY", Direction.OUTBOUND), "open", "open", id="an activity row"
        ),
        pytest.param(other(5, "TYPE_INTERNAL_COMMENT", Direction.OUTBOUND), "open", "open", id="an internal comment"),
    ],
)  # fmt: skip
def test_what_answers_a_wait(fact: Message, text_ends: str, call_ends: str) -> None:
    assert outcomes(text(0), call(1), fact) == [f"SMS 0 {text_ends}", f"CALL 1 {call_ends}"]


@pytest.mark.parametrize("kind", ["TYPE_IVR_CALL", "TYPE_VOICEMAIL"])
def test_a_completed_ivr_or_voicemail_row_answers_nothing(kind: str) -> None:
    assert outcomes(text(0), call(5, "completed", kind=kind, duration=300))[0] == "SMS 0 open"


@pytest.mark.parametrize("source", ["workflow", "campaign", "bulk_actions", "api"])
def test_what_no_person_sent_answers_nothing_although_it_names_a_user(source: str) -> None:
    assert outcomes(text(0), call(1), staff_text(5, source=source)) == ["SMS 0 open", "CALL 1 open"]


def test_missed_call_text_back_never_answers() -> None:
    (wait,) = waited(call(0), robot_text(1))
    assert (wait.answer, wait.automated_replies) == (None, 1)


def test_an_automated_text_that_failed_is_no_automatic_reply() -> None:
    assert waited(call(0), robot_text(1, outcome="failed"))[0].automated_replies == 0


def test_a_call_attempt_answers_no_call_where_the_setting_says_so() -> None:
    assert outcomes(call(0), staff_call(5, "no-answer"), policy=policy(call_attempt_resolves=False)) == ["CALL 0 open"]


def test_a_connected_call_answers_where_attempts_do_not() -> None:
    assert outcomes(call(0), staff_call(5), policy=policy(call_attempt_resolves=False)) == ["CALL 0 staff_call"]


def test_a_minimum_of_0_seconds_trusts_ghl() -> None:
    trusting = policy(answered_call_min=timedelta())
    assert outcomes(text(0), call(5, "completed", duration=0), policy=trusting) == ["SMS 0 call_taken"]


def test_a_pending_staff_text_that_fails_stops_being_an_answer() -> None:
    sent = report("M9", 5, direction=Direction.OUTBOUND, user_id=CASEY, outcome="pending")
    failed = replace(sent, outcome="failed", updated_at=at(6))
    rows = [
        Row(key="M9", provisional=False, facts=joined(*map(message_facts, told))) for told in ([sent], [sent, failed])
    ]
    assert [outcomes(text(0), row.message()) for row in rows] == [["SMS 0 staff_text"], ["SMS 0 open"]]


def test_an_answer_at_the_same_instant_is_not_strictly_later() -> None:
    assert outcomes(text(5), call(5), staff_text(5)) == ["CALL 5 open", "SMS 5 open"]


def test_an_answer_cuts_where_it_stands() -> None:
    assert outcomes(text(0), staff_text(5), text(10)) == ["SMS 0 staff_text", "SMS 10 open"]


def test_a_reply_that_arrives_late_answers_only_what_was_asked_before_it() -> None:
    assert outcomes(text(0), text(10), staff_text(5)) == ["SMS 0 staff_text", "SMS 10 open"]


def test_an_answer_names_its_message_user_instant_and_rule() -> None:
    answer = waited(text(0), staff_text(5))[0].answer
    assert answer is not None
    assert (answer.key, answer.by, answer.at, answer.rule) == (staff_text(5).key, CASEY, at(5), "staff_text")


def test_a_text_of_an_unlisted_user_is_flagged() -> None:
    assert waited(text(0), staff_text(5, user_id=STRANGER))[0].unlisted_user == STRANGER


def test_a_call_that_nobody_listed_made_is_flagged_with_the_newest_user() -> None:
    found = waited(call(0), staff_call(5, user_id=STRANGER), staff_call(6, user_id="USRnewer"))
    assert found[0].unlisted_user == "USRnewer"


def test_an_unlisted_user_who_wrote_after_the_answer_is_no_matter_of_the_wait() -> None:
    assert waited(text(0), staff_text(5), staff_text(6, user_id=STRANGER))[0].unlisted_user is None


# What a customer message is


@pytest.mark.parametrize(
    "outcome",
    ["no-answer", "busy", "canceled", "cancelled", "failed", "voicemail", "missed",
     "ringing", "pending", "in-progress", None, "teleported"],
)  # fmt: skip
def test_a_call_is_missed_unless_its_row_says_that_it_was_taken(outcome: str | None) -> None:
    assert outcomes(call(0, outcome)) == ["CALL 0 open"]


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        pytest.param(call(0, "completed", kind="TYPE_VOICEMAIL", duration=90), ["CALL 0 open"], id="message type 10"),
        pytest.param(call(0, "completed", duration=90), [], id="a call that staff took"),
        pytest.param(call(0, "completed"), [], id="a call that staff took, of unknown duration"),
        pytest.param(call(0, "completed", duration=24), [], id="an unclear call of 24 seconds"),
        pytest.param(
            call(0, "completed", duration=24, reported_missed=True), ["CALL 0 open"], id="24 seconds, told as missed"
        ),
        pytest.param(call(0, "completed", kind="TYPE_IVR_CALL", duration=90), [], id="a completed IVR call"),
        pytest.param(call(0, kind="TYPE_IVR_CALL"), ["CALL 0 open"], id="an IVR call nobody took"),
        pytest.param(text(0), ["SMS 0 open"], id="a text"),
        pytest.param(text(0, None), ["SMS 0 open"], id="a text without text"),
        pytest.param(text(0, "👍", kind="TYPE_SMS_REACTION"), [], id="a reaction by its kind"),
        pytest.param(text(0, "Liked “On our way”"), [], id="a reaction by its form"),
        pytest.param(text(0, "👍 to “On our way”"), [], id="a reaction by emoji"),
        pytest.param(text(0, "Questioned “On our way”"), ["SMS 0 open"], id="Questioned"),
        pytest.param(text(0, "Liked your quote, when can you start?"), ["SMS 0 open"], id="Liked your quote, when"),
        pytest.param(other(0, "TYPE_WHATSAPP"), [], id="another channel that is off"),
        pytest.param(other(0, "TYPE_EMAIL"), [], id="an e-mail"),
        pytest.param(other(0, "TYPE_ACTIVITY_APPOINTMENT"), [], id="an activity row"),
        pytest.param(other(0, "TYPE_INTERNAL_COMMENT"), [], id="an internal comment"),
        *[pytest.param(text(0, word), [], id=word) for word in ("STOP", "stopall", "Unsubscribe", "START", "Unstop.")],
        *[pytest.param(text(0, word), ["SMS 0 open"], id=word) for word in ("CANCEL", "END", "QUIT", "Stop by at 5")],
    ],
)  # fmt: skip
def test_what_opens_a_wait(fact: Message, found: list[str]) -> None:
    assert outcomes(fact) == found


@pytest.mark.parametrize(
    ("before", "said", "found"),
    [
        pytest.param(robot_text(0, "Reply C to confirm"), "C", [], id="C after a reminder"),
        pytest.param(robot_text(0, "Reply C to confirm"), "Confirm!", [], id="Confirm after a reminder"),
        pytest.param(robot_text(0, "Reply C to confirm"), "YES", ["SMS 9 open"], id="YES after a reminder"),
        pytest.param(staff_text(0), "C", ["SMS 9 open"], id="C after a person's text"),
        pytest.param(robot_text(0, outcome="failed"), "C", ["SMS 9 open"], id="C after a reminder that failed"),
        pytest.param(staff_call(0), "C", ["SMS 9 open"], id="C after no text of ours"),
    ],
)
def test_a_reply_to_a_reminder_opens_nothing(before: Message, said: str, found: list[str]) -> None:
    assert outcomes(before, text(9, said)) == found


def test_a_call_between_the_reminder_and_its_reply_changes_nothing() -> None:
    assert outcomes(robot_text(0, "Reply C to confirm"), staff_call(5), text(9, "C")) == []


def test_no_word_is_a_reply_to_a_reminder_where_none_is_set() -> None:
    assert outcomes(robot_text(0), text(9, "C"), policy=policy(auto_reply_words=frozenset())) == ["SMS 9 open"]


@pytest.mark.parametrize(
    ("before", "found"),
    [
        pytest.param([staff_text(0)], [], id="a person's text"),
        pytest.param([staff_text(0, "Is Friday fine?")], [], id="a person's question"),
        pytest.param([staff_call(0)], [], id="a staff call that connected"),
        pytest.param([call(0, "completed", duration=90)], [], id="a call that staff took"),
        pytest.param([robot_text(0, "Your invoice is attached.")], [], id="an automation that asks nothing"),
        pytest.param([robot_text(0, "Shall we book your spring opening?")], ["SMS 9 open"], id="a campaign's question"),
        pytest.param([robot_text(0, "Text back to book")], ["SMS 9 open"], id="an automation that asks in words"),
        pytest.param([robot_text(0, "A question?"), staff_call(5)], [], id="an automation's question, then a call"),
        pytest.param([staff_text(0, outcome="failed")], ["SMS 9 open"], id="a text that failed"),
        pytest.param([staff_call(0, "no-answer")], ["SMS 9 open"], id="an attempt"),
        pytest.param([call(0, "completed", duration=24)], ["SMS 9 open"], id="an unclear call"),
        pytest.param([other(0, "TYPE_EMAIL", Direction.OUTBOUND)], ["SMS 9 open"], id="an e-mail"),
        pytest.param([], ["SMS 9 open"], id="nothing of ours"),
    ],
)
def test_an_acknowledgement_closes_what_our_newest_word_was(before: list[Message], found: list[str]) -> None:
    assert outcomes(*before, text(9, "Sounds good")) == found


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        pytest.param(text(9, "Ok thanks!"), [], id="plain"),
        pytest.param(text(9, "Thanks Casey"), [], id="with the name of a user"),
        pytest.param(text(9, "Ok thanks?"), ["SMS 9 open"], id="with a question mark"),
        pytest.param(text(9, "Thanks but it is still broken"), ["SMS 9 open"], id="with more to say"),
        pytest.param(text(9, "Thanks!", attachments=True), ["SMS 9 open"], id="with a picture"),
        pytest.param(text(96 * HOUR, "Thanks!"), [], id="at the end of the window"),
        pytest.param(text(96 * HOUR + 1, "Thanks!"), [f"SMS {96 * HOUR + 1} open"], id="outside the window"),
    ],
)
def test_an_acknowledgement_is_wholly_one_and_in_time(reply: Message, found: list[str]) -> None:
    assert outcomes(staff_text(0), reply) == found


def test_every_acknowledgement_opens_a_wait_where_the_window_is_off() -> None:
    assert outcomes(staff_text(9), text(9, "Thanks!"), policy=policy(ack_window=timedelta())) == ["SMS 9 open"]


def test_saturday_s_thanks_for_friday_s_answer_opens_nothing() -> None:
    friday, saturday = 4 * DAY + 8 * HOUR, 5 * DAY + 2 * HOUR
    asked, answered, thanked = text(friday), staff_text(friday + 50), text(saturday, "Ok thanks")
    assert outcomes(asked, answered, thanked) == [f"SMS {friday} staff_text"]


def test_an_acknowledgement_extends_a_wait_that_is_open() -> None:
    assert outcomes(staff_text(0), text(5), text(9, "Ok thanks")) == ["SMS 5,9 open"]


def test_the_sla_clock_does_not_restart_when_a_wait_is_extended() -> None:
    (wait,) = waited(text(0), text(30), text(90))
    assert (wait.first.at, wait.last.at) == (at(0), at(90))


def test_a_call_and_a_text_wait_apart() -> None:
    assert outcomes(text(0), call(1), text(2), call(3)) == ["SMS 0,2 open", "CALL 1,3 open"]


def test_a_reaction_does_not_extend_a_wait() -> None:
    assert outcomes(text(0), text(5, "Loved “On our way”")) == ["SMS 0 open"]


def test_messages_of_an_internal_contact_open_nothing() -> None:
    assert outcomes(text(0), call(1), internal=True) == []


# Other channels, and the filter of calls


def test_a_channel_that_is_on_opens_waits_and_any_text_of_staff_answers_them() -> None:
    on = policy(channels=POLICY.channels | {Channel.WHATSAPP})
    assert outcomes(other(0, "TYPE_WHATSAPP"), staff_text(5), policy=on) == ["WHATSAPP 0 staff_text"]


@pytest.mark.parametrize(
    ("fact", "email_ends", "text_ends"),
    [
        pytest.param(other(5, "TYPE_EMAIL", Direction.OUTBOUND), "staff_text", "open", id="an e-mail"),
        pytest.param(other(5, "TYPE_EMAIL", Direction.OUTBOUND, user_id=STRANGER), "open", "open", id="a stranger's"),
        pytest.param(staff_text(5), "staff_text", "staff_text", id="a text"),
        pytest.param(staff_call(5), "staff_call", "staff_call", id="a call"),
    ],
)
def test_an_email_answers_only_emails(fact: Message, email_ends: str, text_ends: str) -> None:
    on = policy(channels=POLICY.channels | {Channel.EMAIL})
    found = outcomes(other(0, "TYPE_EMAIL"), text(1), fact, policy=on)
    assert found == [f"EMAIL 0 {email_ends}", f"SMS 1 {text_ends}"]


def test_calls_open_nothing_where_they_are_off() -> None:
    assert outcomes(call(0), text(1), policy=policy(channels=frozenset({Channel.SMS}))) == ["SMS 1 open"]


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        pytest.param(call(0), [], id="a call whose delivery says nothing"),
        pytest.param(call(0, routed=True), ["CALL 0 open"], id="a call whose delivery says so"),
        pytest.param(text(0), ["SMS 0 open"], id="a text"),
    ],
)
def test_with_a_route_set_only_calls_that_say_so_open_waits(fact: Message, found: list[str]) -> None:
    assert outcomes(fact, policy=policy(calls_need_route=True)) == found


def test_a_call_that_staff_took_answers_whatever_its_route() -> None:
    found = outcomes(text(0), call(5, "completed", duration=90), policy=policy(calls_need_route=True))
    assert found == ["SMS 0 call_taken"]
