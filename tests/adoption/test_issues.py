"""The older service's issues: each is an issue of ours, whatever its columns hold."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.installation import Installation

from .older import BARE, BY_HAND, issue, older, rows

PAT, LEE = "CTCpat00000000000001", "CTClee00000000000005"
NOON_SUNDAY = "2026-11-22T12:00:00-06:00"


def adopted(home: Installation, *issues: dict[str, Any], **tables: Any) -> Path:
    older(home.db_path, issues=issues, **tables)
    ran = home.run("db", "migrate")
    assert ran.code == 0, ran.err
    return home.db_path


def closed(id_: int, at: str = NOON_SUNDAY, **fields: Any) -> dict[str, Any]:
    told = {"status": "RESOLVED", "resolved_ts": at, "first_inbound_ts": "2026-11-22T11:00:00-06:00"}
    return issue(id_, **{**told, **fields})


@pytest.mark.parametrize(
    ("written", "status"),
    [("PENDING", "OPEN"), ("open", "OPEN"), ("Resolved", "RESOLVED"), ("SPAM", "SPAM"), ("ODD", "OPEN")],
)
def test_statuses_are_ours(home: Installation, written: str, status: str) -> None:
    path = adopted(home, issue(4, status=written))
    assert rows(path, "select status from issues") == [(status,)]


def test_instants_are_ours(home: Installation) -> None:
    path = adopted(home, closed(4, breach_notified_ts="2026-11-22T11:30:00.5-0600"))
    columns = "created_ts, first_inbound_ts, last_inbound_ts, due_ts, resolved_ts, recorded_ts, breach_notified_ts"
    assert rows(path, f"select {columns} from issues") == [  # noqa: S608
        (
            "2026-11-22T17:00:00.000Z",
            "2026-11-22T17:00:00.000Z",
            "2026-11-22T17:00:00.000Z",
            "2026-11-23T16:05:00.000Z",
            "2026-11-22T18:00:00.000Z",
            "2026-11-22T18:00:00.000Z",
            "2026-11-22T17:30:00.500Z",
        )
    ]


def test_text_order_is_time_order_across_the_night_the_clocks_go_back(home: Installation) -> None:
    nights = ["2026-11-01T01:50:00-05:00", "2026-11-01T01:10:00-06:00", "2026-11-01 07:00:00"]
    path = adopted(
        home, *(closed(n, resolved_ts=None, contact_id=f"C{n}", first_inbound_ts=at) for n, at in enumerate(nights, 1))
    )
    assert rows(path, "select id from issues order by first_inbound_ts") == [(1,), (3,), (2,)]


def test_a_phone_is_dialable_and_stays_readable_as_it_was(home: Installation) -> None:
    path = adopted(home, issue(4, phone="(217) 555-0164", meta='{"a": 1}'))
    assert rows(path, "select phone, meta from issues") == [
        ("+12175550164", '{"a": 1, "older_phone": "(217) 555-0164"}')
    ]


@pytest.mark.parametrize("meta", [None, "", "null", "[1, 2]", "{broken", '{"notes": "x"}', b"\xff"])
def test_meta_that_needs_nothing_is_as_it_was(home: Installation, meta: object) -> None:
    assert rows(adopted(home, issue(4, meta=meta)), "select meta from issues") == [(meta,)]


def test_meta_that_is_no_object_is_kept_beside_what_must_be_added(home: Installation) -> None:
    path = adopted(home, issue(4, phone="unknown", meta="{broken"))
    assert json.loads(rows(path, "select meta from issues")[0][0]) == {
        "older_meta": "{broken",
        "older_phone": "unknown",
    }


def test_a_name_may_stand_in_meta(home: Installation) -> None:
    path = adopted(home, issue(4, contact_name=None, meta='{"contact_name": "Pat \U0001f3ca\\u0000"}'))
    assert rows(path, "select contact_name from issues") == [("Pat \U0001f3ca\x00",)]


def test_half_a_character_is_no_hindrance(home: Installation) -> None:
    meta = '{"contact_name": "Pat \\ud83d", "notes": "half \\ud83d"}'
    path = adopted(home, issue(4, contact_name=None, phone="9405550141", meta=meta))
    assert rows(path, "select contact_name, json_extract(meta, '$.older_phone') from issues") == [
        ("Pat ?", "9405550141")
    ]
    assert home.run("issues", "show", "4").code == 0


@pytest.mark.parametrize("phone", [9405550141, 9405550141.0, "tel:+1-940-555-0141", "940.555.0141 "])
def test_a_phone_may_be_a_number(home: Installation, phone: object) -> None:
    older(home.db_path, BARE, Issues=[{"ID": 4, "Issue_Type": "SMS", "Status": "OPEN", "Phone": phone}])
    home.run("db", "migrate")
    assert rows(home.db_path, "select phone from issues") == [("+19405550141",)]


def test_a_number_withheld_belongs_to_nobody_else(home: Installation) -> None:
    path = adopted(home, *(issue(n, contact_id=None, phone="anonymous") for n in (4, 5)))
    assert rows(path, "select key from contacts order by id") == [("own:adopted:4",), ("own:adopted:5",)]
    assert (
        rows(path, "select status, phone, json_extract(meta, '$.older_phone') from issues")
        == [("OPEN", None, "anonymous")] * 2
    )


def test_every_column_may_be_empty(home: Installation) -> None:
    older(home.db_path, BY_HAND, issues=[{"id": 4, "status": None, "issue_type": None}])
    assert home.run("db", "migrate").code == 0
    shown = home.run("issues", "show", "4", "--json").json
    assert (shown["status"], shown["issue_type"], shown["first_inbound_ts"]) == (
        "OPEN",
        "SMS",
        "2026-11-23T16:00:00.000Z",
    )


def test_what_cannot_be_read_is_in_the_issue_s_log(home: Installation) -> None:
    path = adopted(home, closed(4, "a while ago", first_inbound_ts="2999-01-01", created_ts=NOON_SUNDAY))
    assert json.loads(rows(path, "select evidence from issue_log")[0][0]) == {
        "first_inbound_ts": "2999-01-01",
        "last_inbound_ts": "2999-01-01",
        "resolved_ts": "a while ago",
    }
    assert rows(path, "select first_inbound_ts, resolved_ts from issues") == [("2026-11-22T18:00:00.000Z",) * 2]


def test_the_log_keeps_what_the_older_service_said_of_what_goes_on(home: Installation) -> None:
    path = adopted(home, issue(4, status="PENDING", due_ts="2026-11-23T09:05:00-06:00", inbound_count=3))
    assert rows(path, "select event, cause, evidence from issue_log") == [
        (
            "adopted",
            "adoption",
            json.dumps(
                {"status": "PENDING", "due_ts": "2026-11-23T15:05:00.000Z", "inbound_count": 3, "outbound_count": 0}
            ),
        )
    ]


def test_no_whole_phone_is_in_a_log(home: Installation) -> None:
    path = adopted(home, issue(4, phone="(940) 555-0141"))
    assert "555" not in rows(path, "select group_concat(evidence) from issue_log")[0][0]


def test_an_unknown_type_counts_as_a_text_and_is_said(home: Installation) -> None:
    older(home.db_path, issues=[issue(4, issue_type="FAX")])
    told = home.run("db", "migrate").out
    assert "issues of an unknown type: 1; they count as SMS, and their log names the type" in told
    assert rows(home.db_path, "select issue_type from issues") == [("SMS",)]


def test_of_two_open_ones_the_oldest_survives_with_the_notes_and_messages_of_both(home: Installation) -> None:
    later = {"first_inbound_ts": "2026-11-23T09:00:00-06:00", "contact_id": None, "phone": "940.555.0141"}
    path = adopted(home, issue(9, **later, meta='{"notes": ["gate 4471"]}'), issue(12, meta='{"notes": "dog"}'))
    assert rows(path, "select id, status, resolved_by, merged_into, inbound_count, last_inbound_ts from issues") == [
        (9, "RESOLVED", "withdrawn", 12, 1, "2026-11-23T15:00:00.000Z"),
        (12, "OPEN", None, None, 2, "2026-11-23T15:00:00.000Z"),
    ]
    assert rows(path, "select distinct issue_id from messages") == [(12,)]
    notes = home.run("issues", "show", "12", "--json").json["notes"]
    assert [note["text"] for note in notes] == ["dog", "gate 4471"]


def test_one_type_each_may_be_open(home: Installation) -> None:
    path = adopted(home, issue(4), issue(5, issue_type="CALL"))
    assert rows(path, "select status from issues") == [("OPEN",), ("OPEN",)]


def test_a_number_that_two_contacts_have_is_who_wrote_last_s(home: Installation) -> None:
    path = adopted(
        home,
        closed(1, contact_id=LEE, first_inbound_ts="2026-11-22T11:30:00-06:00"),
        closed(2, contact_id=PAT, first_inbound_ts="2026-11-22T11:00:00-06:00"),
        issue(3, contact_id=None),
    )
    assert rows(path, "select c.key from issues i join contacts c on c.id = i.contact where i.id = 3") == [
        (f"id:{LEE}",)
    ]


def test_a_closed_issue_is_settled(home: Installation) -> None:
    path = adopted(home, closed(4))
    assert rows(path, "select settled_before_ts, facts_from_ts from contacts") == [("2026-11-22T18:00:00.001Z",) * 2]
    assert rows(path, "select resolved_by from issues where not exists (select 1 from messages)") == [("adopted",)]


def test_a_closed_issue_is_shown_as_adopted(home: Installation) -> None:
    adopted(home, closed(4))
    assert "answered:      Sun 12pm (adopted)" in home.run("issues", "show", "4").lines


def test_deriving_again_changes_nothing(home: Installation) -> None:
    path = adopted(
        home,
        issue(4, first_inbound_ts="2026-11-20T09:00:00-06:00", inbound_count=3),
        closed(5, issue_type="CALL"),
        closed(6, status="SPAM", issue_type="CALL", first_inbound_ts="2026-11-21T09:00:00-06:00"),
        issue(7, contact_id=None, phone="+12175550164"),
        closed(8, contact_id=None, phone="+12175550164", issue_type="CALL"),
    )
    assert rows(path, "select event from issue_log where event <> 'adopted'") == []
    assert rows(path, "select id, status, resolved_by, inbound_count from issues") == [
        (4, "OPEN", None, 3),
        (5, "RESOLVED", "resolve", 1),
        (6, "SPAM", None, 1),
        (7, "OPEN", None, 1),
        (8, "RESOLVED", "resolve", 1),
    ]


def test_a_number_of_spam_with_an_open_issue_hides_nobody(home: Installation) -> None:
    older(home.db_path, issues=[issue(4)], spam_phones=[{"phone": "940-555-0141", "created_ts": "2026-11-01"}])
    told = home.run("db", "migrate", "--json").json
    assert (told["spam_open"], rows(home.db_path, "select status from issues")) == (1, [("OPEN",)])
    assert rows(home.db_path, "select phone, since_ts from spam_phones") == [
        ("+19405550141", "2026-11-23T16:00:00.000Z")
    ]


@pytest.mark.parametrize(
    ("own", "since"), [("2026-11-01", "2026-11-01T00:00:00.000Z"), (None, "2026-11-22T17:00:00.000Z")]
)
def test_a_number_is_spam_from_its_own_instant_or_its_oldest_issue_on(
    home: Installation, own: str | None, since: str
) -> None:
    spam = [{"phone": "(940) 555-0141", "created_ts": own, "reason": "SEO"}]
    path = adopted(home, closed(4, status="SPAM"), spam_phones=spam)
    assert rows(path, "select phone, since_ts, reason from spam_phones") == [("+19405550141", since, "SEO")]


def test_an_open_issue_that_the_settings_leave_out_is_closed_and_named(home: Installation) -> None:
    older(home.db_path, issues=[issue(4), issue(5, contact_id=LEE)])
    told = home.run("db", "migrate", INTERNAL_CONTACT_IDS=PAT).out
    assert "withdrawn, since CHANNELS, INTERNAL_CONTACT_IDS or spam leave them out: #4" in told


def test_due_times_go_by_the_settings_here(home: Installation) -> None:
    older(home.db_path, issues=[issue(4)])
    told = home.run("db", "migrate", "--json", SMS_SLA_HOURS="1").json
    assert (told["due_changed"], rows(home.db_path, "select due_ts from issues")) == (
        1,
        [("2026-11-23T15:05:00.000Z",)],
    )


def test_a_missed_call_counts_where_only_routed_ones_do(home: Installation) -> None:
    older(home.db_path, issues=[issue(4, issue_type="CALL")])
    home.run("db", "migrate", CALL_ROUTE_FIELD="voicemail_route", CALL_ROUTE_VALUE="tech_sentinel")
    assert rows(home.db_path, "select status from issues") == [("OPEN",)]


NOTES = [{"text": "Casey called, ring 940 555 0199", "at": "2026-11-23T09:00:00-06:00", "by": "Casey"}, "dog bites"]


def test_notes_are_shown_in_a_pipe(home: Installation) -> None:
    adopted(home, issue(4, meta=json.dumps({"notes": NOTES})))
    shown = home.run("issues", "show", "4").out
    section = shown.partition("\nNotes\n")[2].partition("\n\n")[0]
    assert section.splitlines() == [
        "when       who    note",
        "today 9am  Casey  Casey called, ring ***0199",
        "                  dog bites",
    ]


def test_notes_are_shown_on_a_terminal(home: Installation) -> None:
    adopted(home, issue(4, meta=json.dumps({"notes": NOTES})))
    assert "dog bites" in home.run("issues", "show", "4", width=80).out


def test_notes_are_given_to_programs(home: Installation) -> None:
    adopted(home, issue(4, meta=json.dumps({"notes": NOTES})))
    assert home.run("issues", "show", "4", "--json").json["notes"] == [
        {"text": "Casey called, ring 940 555 0199", "at": "2026-11-23T09:00:00-06:00", "by": "Casey"},
        {"text": "dog bites", "at": None, "by": None},
    ]
