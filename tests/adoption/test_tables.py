"""Whatever the older service's tables look like: every row and id is there afterwards, and the rest is untouched."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.cli.installation import Installation

from .older import BARE, BY_HAND, DDL, SQLALCHEMY, event, issue, older, rows

SECRET = "s3cret-9wQ4mVx2LrT7"
BARE_ISSUE = {"ID": 7, "Issue_Type": "call", "Status": "pending", "Phone": "(217) 555-0164", "Created_TS": 1795442400}


def migrated(home: Installation, *typed: str, **environ: str) -> Any:
    ran = home.run("db", "migrate", "--json", *typed, **environ)
    assert ran.code == 0, ran.err
    return ran.json


@pytest.mark.parametrize("wal", [False, True])
@pytest.mark.parametrize("ddl", DDL.values(), ids=DDL)
def test_a_database_without_rows_is_adopted(home: Installation, ddl: str, wal: bool) -> None:
    older(home.db_path, ddl, wal=wal)
    told = migrated(home)
    assert (told["adopted"], told["issues"], told["deliveries"]) == (True, 0, 0)


@pytest.mark.parametrize("ddl", [SQLALCHEMY, BY_HAND], ids=["sqlalchemy", "by hand"])
def test_ids_stay_with_their_gaps(home: Installation, ddl: str) -> None:
    older(home.db_path, ddl, issues=[issue(4), issue(90, contact_id="CTC2")], raw_events=[event(3), event(17)])
    migrated(home)
    assert rows(home.db_path, "select 'i', id from issues union select 'r', id from raw_events order by 1, 2") == [
        ("i", 4),
        ("i", 90),
        ("r", 3),
        ("r", 17),
    ]


def test_new_ids_go_on_after_the_largest_that_was_ever_given(home: Installation) -> None:
    older(home.db_path, BY_HAND, issues=[issue(4), issue(5000)])
    with closing(sqlite3.connect(home.db_path)) as db, db:
        db.execute("delete from issues where id = 5000")
    migrated(home)
    assert rows(home.db_path, "select seq from sqlite_sequence where name = 'issues'") == [(5000,)]


def test_tables_without_types_and_keys_are_read_too(home: Installation) -> None:
    older(
        home.db_path,
        BARE,
        Raw_Events=[{"received_at": "2026-11-23 14:00:00", "route": "unanswered_call", "body": "{}"}],
        Issues=[BARE_ISSUE],
        kv_store=[{"k": "color", "v": "blue"}],
        spam_phones=[{"number": "217-555-0165"}],
    )
    migrated(home)
    assert rows(home.db_path, "select id, issue_type, status, phone, created_ts, first_inbound_ts from issues") == [
        (7, "CALL", "OPEN", "+12175550164", "2026-11-23T14:00:00.000Z", "2026-11-23T14:00:00.000Z")
    ]
    assert rows(home.db_path, "select source, payload, outcome from raw_events") == [
        ("unanswered_call", "{}", "adopted")
    ]
    assert rows(home.db_path, "select phone, since_ts from spam_phones") == [
        ("+12175550165", "2026-11-23T16:00:00.000Z")
    ]
    assert rows(home.db_path, "select value from kv_store where key = 'color'") == [("blue",)]


TWO_TABLES = "create table raw_events (id integer); create table issues (id integer);"


def test_two_tables_are_enough(home: Installation) -> None:
    older(home.db_path, TWO_TABLES, issues=[{"id": 4}])
    told = migrated(home)
    assert (told["issues"], told["spam_numbers"], told["keys"]) == (1, 0, 1)


def test_a_table_that_nobody_understands_is_kept(home: Installation) -> None:
    ddl = f"{TWO_TABLES} create table spam_phones (reason text); create table kv_store (updated_ts text)"
    older(home.db_path, ddl, spam_phones=[{"reason": "SEO"}], kv_store=[{"updated_ts": "x"}])
    assert migrated(home)["tables_renamed"] == ["older_kv_store", "older_spam_phones"]
    assert rows(home.db_path, "select * from older_spam_phones, older_kv_store") == [("SEO", "x")]


def test_columns_we_do_not_know_are_kept(home: Installation) -> None:
    older(home.db_path, BY_HAND, issues=[issue(4, priority=3, recorded_ts="what they meant by it")])
    migrated(home)
    assert rows(home.db_path, "select priority, older_recorded_ts from issues") == [(3, "what they meant by it")]


def test_other_tables_stay_as_they_are(home: Installation) -> None:
    state = {"conversation_id": "CNVpat", "state": '{"seen": 1}'}
    gate = {"conversation_id": "CNVpat", "issue_id": 4, "verdict": "customer"}
    older(home.db_path, issues=[issue(4)], conversation_state=[state], conversation_ai_gate=[gate])
    migrated(home)
    assert rows(home.db_path, "select * from conversation_state") == [("CNVpat", '{"seen": 1}')]
    assert rows(home.db_path, "select * from conversation_ai_gate") == [("CNVpat", 4, "customer")]
    assert rows(home.db_path, "pragma foreign_key_check") == []


def test_views_and_triggers_of_other_tables_go_on_working(home: Installation) -> None:
    older(home.db_path, BY_HAND, issues=[issue(4, priority=3)])
    migrated(home)
    with closing(sqlite3.connect(home.db_path)) as db, db:
        assert db.execute("select * from open_issues").fetchall() == [(4, "+19405550141", 3)]
        db.execute("insert into audit values ('x')")
        db.execute("update issues set priority = 4")
        assert db.execute("select * from audit").fetchall() == [("x",)]


def test_a_table_called_like_one_of_ours_gives_way(home: Installation) -> None:
    older(home.db_path, BY_HAND, contacts=[{"id": 1, "nick": "Patty"}])
    assert migrated(home)["tables_renamed"] == ["older_contacts"]
    assert rows(home.db_path, "select * from older_contacts") == [(1, "Patty")]


def test_a_view_called_like_a_table_of_ours_is_refused(home: Installation) -> None:
    older(home.db_path, f"{SQLALCHEMY}; create view messages as select 1")
    ran = home.run("db", "migrate")
    assert (ran.code, "drop view messages" in ran.err) == (74, True)


@pytest.mark.parametrize("id_", ["ISS-1", None, 1.5, b"1"])
def test_an_id_that_is_no_number_is_refused(home: Installation, id_: object) -> None:
    older(home.db_path, BARE, Issues=[{**BARE_ISSUE, "ID": id_}])
    ran = home.run("db", "migrate")
    assert (ran.code, "no whole number" in ran.err) == (74, True)


@pytest.mark.parametrize("id_", ["12", 12.0])
def test_an_id_that_is_written_otherwise_stays_that_number(home: Installation, id_: object) -> None:
    older(home.db_path, BARE, Issues=[{**BARE_ISSUE, "ID": id_}])
    migrated(home)
    assert rows(home.db_path, "select id from issues") == [(12,)]


def test_deliveries_without_numbers_are_numbered_in_their_order(home: Installation) -> None:
    ddl = SQLALCHEMY.replace("id INTEGER NOT NULL, received_ts", "id VARCHAR NOT NULL, received_ts")
    older(home.db_path, ddl, raw_events=[{**event(0), "id": "f00d"}, {**event(0), "id": "beef"}])
    migrated(home)
    assert rows(home.db_path, "select id, older_id from raw_events") == [(1, "f00d"), (2, "beef")]


def test_one_id_twice_is_refused(home: Installation) -> None:
    older(home.db_path, BARE, Issues=[BARE_ISSUE, BARE_ISSUE])
    ran = home.run("db", "migrate")
    assert (ran.code, "cannot be adopted as it is" in ran.err) == (74, True)


def test_secrets_that_the_older_service_kept_are_taken_out(home: Installation) -> None:
    kept = {**event(1, customData={"webhookSecret": SECRET}), "headers": f"?secret={SECRET}"}
    older(home.db_path, BY_HAND, raw_events=[kept, {"id": 2, "payload": f"\x00{SECRET}".encode()}])
    migrated(home, WEBHOOK_SECRET=SECRET)
    assert rows(home.db_path, "select payload, headers from raw_events") == [
        (json.dumps({"customData": {"webhookSecret": "[secret]"}}), "?secret=[secret]"),
        (b"\x00[secret]", None),
    ]


def test_text_that_is_no_utf8_is_kept_as_bytes(home: Installation) -> None:
    older(home.db_path, raw_events=[event(1)], issues=[issue(4)])
    with closing(sqlite3.connect(home.db_path)) as db, db:
        db.execute("update raw_events set payload = cast(x'7bff7d' as text)")
        db.execute("update issues set contact_name = cast(x'50ff' as text)")
    migrated(home)
    assert rows(home.db_path, "select payload from raw_events") == [(b"{\xff}",)]
    assert rows(home.db_path, "select contact_name from issues") == [("P\ufffd",)]


def test_numbers_of_spam_need_no_id(home: Installation) -> None:
    ddl = SQLALCHEMY.replace("PRIMARY KEY (phone))", "PRIMARY KEY (phone)) without rowid")
    older(home.db_path, ddl, spam_phones=[{"phone": "9405550199"}, {"phone": "9405550198"}])
    assert migrated(home)["spam_numbers"] == 2


def test_no_secret_is_left_in_the_file(home: Installation) -> None:
    older(home.db_path, raw_events=[event(n, secret=SECRET, more="x" * 3000) for n in range(1, 50)])
    migrated(home, WEBHOOK_SECRET=SECRET)
    left = [path for path in home.db_path.parent.iterdir() if path.is_file()]
    assert SECRET.encode() not in b"".join(path.read_bytes() for path in left)


def test_no_delivery_of_the_older_service_is_read_again(home: Installation) -> None:
    older(home.db_path, raw_events=[event(1, contact_id="CTCpat00000000000001", message={"type": 2, "body": "Hi"})])
    migrated(home)
    shown = home.run("deliveries", "list", "--json").json["items"]
    assert [(each["id"], each["outcome"]) for each in shown] == [(1, "adopted")]
    assert home.run("deliveries", "show", "1").code == 0


def test_naive_receipts_are_utc_and_unreadable_ones_have_that_of_the_one_before(home: Installation) -> None:
    received = ["2026-11-23 14:05:01.123456", "soon", "2999-01-01", "2026-11-23T09:00:00-06:00"]
    older(home.db_path, raw_events=[event(n, at) for n, at in enumerate(received, 1)])
    told = migrated(home)
    assert rows(home.db_path, "select received_ts, older_received_ts from raw_events") == [
        ("2026-11-23T14:05:01.123Z", "2026-11-23 14:05:01.123456"),
        ("2026-11-23T14:05:01.123Z", "soon"),
        ("2026-11-23T14:05:01.123Z", "2999-01-01"),
        ("2026-11-23T15:00:00.000Z", "2026-11-23T09:00:00-06:00"),
    ]
    assert told["unread"] == {"raw_events.received_ts": 2}


def test_the_first_delivery_has_the_next_readable_receipt(home: Installation) -> None:
    older(home.db_path, raw_events=[event(1, ""), event(2)])
    migrated(home)
    assert rows(home.db_path, "select received_ts from raw_events where id = 1") == [("2026-11-23T14:05:01.123Z",)]


@pytest.mark.parametrize("value", ["2026-11-20T15:00:00-06:00", '"2026-11-20T21:00:00Z"', 1795208400])
def test_the_last_summary_is_remembered(home: Installation, value: object) -> None:
    older(home.db_path, kv_store=[{"key": "last_summary_ts", "value": value}])
    migrated(home)
    assert home.run("kv", "show", "last_summary_ts").out == "2026-11-20T21:00:00.000Z\n"


def test_keys_that_mean_something_else_here_step_aside(home: Installation) -> None:
    kept = {"resolver_watermark_ts": "yesterday", "last_summary_ts": "never", "x": None, "last_run": "7"}
    older(home.db_path, kv_store=[{"key": key, "value": value} for key, value in kept.items()])
    assert sorted(migrated(home)["keys_renamed"]) == ["older_last_summary_ts", "older_resolver_watermark_ts"]
    assert rows(home.db_path, "select key, value from kv_store where key <> 'adopted_ts' order by key") == [
        ("last_run", "7"),
        ("older_last_summary_ts", "never"),
        ("older_resolver_watermark_ts", "yesterday"),
        ("x", None),
    ]
    assert home.run("kv", "show").code == 0


def test_the_runbook_s_queries_work_verbatim(home: Installation) -> None:
    older(home.db_path, issues=[issue(4, status="PENDING")], kv_store=[{"key": "a", "value": "b"}])
    migrated(home)
    listed = rows(home.db_path, "select id, issue_type, status from issues order by id desc limit 20;")
    waiting = rows(home.db_path, "select id, issue_type, phone, due_ts from issues where status='OPEN';")
    assert (listed, waiting) == ([(4, "SMS", "OPEN")], [(4, "SMS", "+19405550141", "2026-11-23T16:05:00.000Z")])
    assert rows(home.db_path, "select * from kv_store;")[0][:2] == ("a", "b")
