"""The script's side of the account."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from sentinel_cli.sandbox.rows import Row
from sentinel_cli.sandbox.world import World

from .conftest import CASEY, LEE, NOON, PAT


@pytest.fixture
def account() -> World:
    return World.sample(clock=lambda: NOON)


def facts(row: Row) -> tuple[str, str, str, str | None, str | None]:
    return row.direction, row.kind, row.status, row.source, row.user_id


def test_a_row_is_now_unless_told(account: World):
    assert account.inbound_text(PAT, "Hi").at == NOON


def test_a_row_is_an_inbound_delivered_text(account: World):
    assert facts(account.inbound_text(PAT, "Hi")) == ("inbound", "TYPE_SMS", "delivered", None, None)


def test_a_missed_call_is_a_no_answer_of_no_length(account: World):
    row = account.inbound_call(PAT)
    assert (*facts(row), row.duration) == ("inbound", "TYPE_CALL", "no-answer", None, None, 0)


def test_a_voicemail_is_a_call_row(account: World):
    assert facts(account.voicemail(PAT)) == ("inbound", "TYPE_CALL", "voicemail", None, None)


def test_a_staff_text_names_its_author(account: World):
    assert facts(account.staff_text(PAT, CASEY, "Hi")) == ("outbound", "TYPE_SMS", "delivered", "app", CASEY)


def test_a_staff_text_may_fail(account: World):
    assert account.staff_text(PAT, CASEY, "Hi", status="failed").status == "failed"


def test_a_staff_call_has_an_unknown_length_unless_told(account: World):
    row = account.staff_call(PAT, CASEY, "voicemail")
    assert (*facts(row), row.duration) == ("outbound", "TYPE_CALL", "voicemail", "app", CASEY, None)


def test_an_automation_is_a_workflows(account: World):
    assert facts(account.automation_text(PAT)) == ("outbound", "TYPE_SMS", "delivered", "workflow", None)


def test_an_activity_is_outbound_and_nobodys(account: World):
    assert facts(account.activity(PAT))[:2] == ("outbound", "TYPE_ACTIVITY_OPPORTUNITY")


def test_a_comment_is_outbound_and_its_users(account: World):
    row = account.internal_comment(PAT, CASEY, "call her back")
    assert facts(row) == ("outbound", "TYPE_INTERNAL_COMMENT", "delivered", "app", CASEY)


def test_a_reaction_has_a_kind_of_its_own(account: World):
    assert account.reaction(PAT, "Liked “On our way”").kind == "TYPE_SMS_REACTION"


def test_a_contacts_texts_share_a_conversation(account: World):
    assert account.inbound_text(PAT, "1").conversation_id == account.staff_text(PAT, CASEY, "2").conversation_id


def test_mail_has_a_conversation_of_its_own(account: World):
    assert account.inbound_text(PAT, "1").conversation_id != account.inbound_email(PAT, "2").conversation_id


def test_a_conversation_of_somebody_else_is_refused(account: World):
    thread = account.add_conversation(LEE)
    with pytest.raises(ValueError, match="is no conversation of"):
        account.inbound_text(PAT, "Hi", conversation_id=thread.conversation_id)


def test_a_contact_nobody_knows_is_refused(account: World):
    with pytest.raises(KeyError, match="CTCnone"):
        account.inbound_text("CTCnone", "Hi")


def test_a_change_is_later_than_the_row(account: World):
    row = account.inbound_call(PAT, "ringing")
    changed = account.update_message(row.message_id, status="completed", duration=75)
    assert (changed.status, changed.duration, changed.updated_at > changed.at) == ("completed", 75, True)


def test_merged_contacts_are_one(account: World):
    row = account.inbound_text(LEE, "Hi")
    account.merge_contacts(LEE, PAT)
    assert account.account.row(row.message_id).contact_id == PAT


def test_the_conversation_moves_with_a_merged_contact(account: World):
    row = account.inbound_text(LEE, "Hi")
    account.merge_contacts(LEE, PAT)
    assert [thread.conversation_id for thread in account.account.conversations_of(PAT)] == [row.conversation_id]


def test_the_clock_stands_where_it_is_held(account: World):
    account.hold_clock(NOON - timedelta(days=1))
    assert account.inbound_text(PAT, "Hi").at == NOON - timedelta(days=1)


def test_the_clock_runs_again_when_it_is_let_go(account: World):
    account.advance(timedelta(hours=1))
    assert account.hold_clock(None) == NOON


def test_the_real_clock_is_aware_utc():
    assert World().now().tzinfo is UTC


def test_reset_brings_the_company_back(account: World):
    account.merge_contacts(LEE, PAT)
    account.inbound_text(PAT, "Hi")
    account.reset()
    assert (LEE in account.account.contacts, account.account.rows()) == (True, [])


def test_ids_tell_nothing_of_their_age(account: World):
    ids = [account.inbound_text(PAT, str(n)).message_id for n in range(20)]
    assert (len(set(ids)), ids == sorted(ids), {len(each) for each in ids}) == (20, False, {20})


def test_ids_are_the_same_in_every_run():
    ids = [World(clock=lambda: datetime(2026, 1, 1, tzinfo=UTC)).add_contact("Al Stone").contact_id for _ in range(2)]
    assert ids[0] == ids[1]


def test_threads_may_write_at_once(account: World):
    threads = [
        Thread(target=lambda: [account.inbound_text(PAT, "Hi") for _ in range(200)], name=f"writer {n}")
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(account.account.rows()), len(account.account.conversations)) == (800, 1)
