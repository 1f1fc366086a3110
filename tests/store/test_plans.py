"""What jobs, lists and the receiver ask of the store is found by an index, however much there has been."""

from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path

import pytest

from sentinel_cli import intake
from sentinel_cli.store import schema
from sentinel_cli.store.database import Database
from sentinel_cli.store.issue_lists import ids_like
from tests.builders import RULES, at, store
from tests.cli.installation import PAT, Installation, furnish, write_env
from tests.conftest import Figures
from tests.fakes import FakeClock, FakeGhl
from tests.jobs.conftest import Company
from tests.torture.days import Story
from tests.torture.test_nth_statement_of_a_delivery import DELIVERIES
from tests.torture.test_nth_statement_of_a_job import STORIES, a_morning

from .plans import Statement, indexes, overheard, scans
from .test_intake import READING

GROWING = {"messages", "raw_events", "issues", "contacts", "actions", "issue_log"}
"""The others stay small: some letters and runs a day, a few users, numbers and watermarks."""

EXCEPTIONS = {
    "select received_ts from raw_events order by id desc limit 1": "the newest alone",
    "select * from raw_events order by id desc limit ?": "the newest, as many as are shown",
    "*issues where +status <> 'OPEN'*order by id desc limit :limit)) order by id desc limit :limit": (
        "the newest, as many as are shown; where few fit it reads on"
    ),
    "select id, contact_id from contacts where name like *": "a part of a name is in no index: 0.3 s a million",
    "select count(*) from raw_events": "SQLite counts pages of the smallest index, and reads no entry: 5 ms a million",
    "*from (select outcome, count(*) as deliveries from raw_events group by outcome)*": (
        "metrics count all there ever were, by an index without the rows: 0.1 s a million"
    ),
    "select status, issue_type, count(*) from issues where resolved_by is not 'withdrawn' group by*": (
        "metrics count all there ever were, by an index without the rows: 0.1 s a million"
    ),
}
"""Statements that may read the whole of a table or an index, and why."""

UNUSED = {
    "messages_ours": "of contacts with a settled past: test_long_history",
    "raw_events_to_retry": "the previous release's, which must run after a rollback",
}
"""Indexes that nothing of this uses, and why there are such."""

SORTS = [("--sort", each) for each in ("urgent", "due", "waiting", "id", "last")]
FILTERS = [
    (), ("--type", "sms"), ("--phone", "0147"), ("--phone", "+19405550147"), ("--contact", "Pat"), ("--contact", PAT),
    ("--since", "2d"), ("--due-before", "2h"),
]  # fmt: skip
OF_OPEN = [("--overdue",), ("--escalated",), ("--auto-reply-only",), ("--snoozed",)]
LISTS = [
    *product([("--status", each) for each in ("open", "resolved", "spam", "all")], SORTS, FILTERS),
    *product([("--status", each) for each in ("open", "all")], SORTS, OF_OPEN),
]
LOOKS = [
    (), ("--json",), ("issues", "show", "1"), ("issues", "show", "5", "--json"), ("issues", "explain", "1"),
    ("issues", "explain", "5"), ("deliveries", "list"), ("deliveries", "list", "--outcome", "error"),
    ("deliveries", "list", "--outcome", "Ignored"), ("deliveries", "show", "1"), ("jobs", "list"),
    ("jobs", "list", "--failed"), ("jobs", "list", "--since", "2d"), ("kv", "show"), ("kv", "show", "last_summary_ts"),
    ("metrics",),
]  # fmt: skip
SEARCHES = [
    ("deliveries", "list", *kept, *outcome)
    for kept in (("--phone", "0147"), ("--phone", "+19405550147"), ("--contact", "Pat"), ("--contact", PAT))
    for outcome in ((), ("--outcome", "opened"))
]
VERBS = [
    ("issues", "note", "1", "Gate is open"), ("issues", "snooze", "1", "--for", "2h"), ("issues", "resolve", "1"),
    ("issues", "reopen", "1"), ("issues", "spam", "2"), ("issues", "unspam", "2"),
]  # fmt: skip


PASTS = (5, 5_000)
PAST = """
insert into contacts (id, key, contact_id, name, phone, settled_before_ts)
with recursive nth(n) as (select 1 where ?1 union all select n + 1 from nth where n < ?1)
select 1000 + n, 'id:OLD' || n, 'OLD' || n, 'Pat Past', '+1940' || (6000000 + n), '2026-10-20T00:00:00.000Z' from nth;
insert into raw_events (received_ts, source, payload, outcome, contact_id)
select strftime('%Y-%m-%dT%H:%M:%fZ', '2026-10-01', '-' || id || ' minutes'), 'inbound_sms', '{}', 'opened', contact_id
from contacts where id > 1000;
insert into issues (issue_type, status, contact, contact_id, contact_name, phone, created_ts, due_ts, first_inbound_ts,
                    last_inbound_ts, resolved_ts, recorded_ts, resolved_by, answered_by, inbound_count)
select 'SMS', 'RESOLVED', c.id, c.contact_id, name, phone, at, at, at, at, at, at, 'staff_text', 'USRcasey', 1
from contacts c join (select contact_id, received_ts as at from raw_events) using (contact_id) where c.id > 1000;
insert into messages (key, contact, provisional, contact_id, phone, channel, direction, author, at_ts, origin, facts,
                      issue_id, api_seen_ts)
select 'OLD' || id, contact, 0, contact_id, phone, 'SMS', 'inbound', 'customer', created_ts, 'api', '{}', id, created_ts
from issues where contact > 1000
"""


def past(db: Database, length: int) -> None:
    """So many customers of long ago, each of whom wrote once and was answered."""
    for statement in PAST.split(";\n"):
        db.write(statement, *([length] if "?1" in statement else []))


def made(home: Path, length: int = 0) -> Path:
    """A database after so long a past."""
    with Database.create(home / "sentinel.db") as db:
        schema.migrate(db)
        past(db, length)
    return db.path


def jobs(place: Path, story: Story) -> None:
    """A day of a job, with a receiver that hears of some of it."""
    with Database.open(place) as db:
        clock = FakeClock(at(0))
        company = a_morning(Company(db=db, clock=clock, ghl=FakeGhl(clock)))
        assert {step(company) for step in (*story.before, story.failing, *story.after)} <= {0, 75}


def receiver(place: Path) -> None:
    """Every kind of delivery: alone, and in a crowd."""
    with Database.open(place) as db:
        for told, reading in DELIVERIES.values():
            intake.record(db, told, RULES, reading)
        intake.keep(db, [told for told, _ in DELIVERIES.values()])
        assert intake.read_waiting(db, RULES, READING)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> list[Statement]:
    """What is executed by all jobs, all lists, all verbs and the receiver."""
    home = tmp_path_factory.mktemp("home")
    write_env(home)
    operator = Installation(home=home)
    furnish(operator)
    with pytest.MonkeyPatch.context() as monkeypatch, overheard(monkeypatch) as heard:
        for story in STORIES.values():
            jobs(made(tmp_path_factory.mktemp("job")), story)
        receiver(made(tmp_path_factory.mktemp("receiver")))
        lists = [("issues", "list", *status, *order, *kept) for status, order, kept in LISTS]
        codes = {argv: operator.run(*argv, width=200).code for argv in (*lists, *LOOKS, *SEARCHES, *VERBS)}
        assert [argv for argv, code in codes.items() if code] == []
        with Database.look(operator.db_path) as db:
            assert [len(ids_like(db, typed, 3)) for typed in ("", "7")] == [3, 1]
    return heard.statements


def exceptions(sql: str) -> set[str]:
    return {each for each in EXCEPTIONS if fnmatchcase(sql, each)}


def test_no_job_list_or_delivery_reads_a_growing_table_whole(everything: list[Statement]) -> None:
    whole = {(table, sql) for table, sql in scans(everything) if table in GROWING}
    assert {(table, sql) for table, sql in whole if not exceptions(sql)} == set()


def test_every_exception_is_one(everything: list[Statement]) -> None:
    whole = {sql for table, sql in scans(everything) if table in GROWING}
    assert set().union(*(exceptions(sql) for sql in whole)) == set(EXCEPTIONS)


OF_TODAY = [
    *[("issues", "list", *order, *kept) for order, kept in product(SORTS, [*FILTERS, *OF_OPEN])],
    *[(*argv, "--limit", "3") if argv == ("deliveries", "list") else argv for argv in LOOKS if argv != ("metrics",)],
    ("deliveries", "list", "--phone", "+19405550147"),
    ("deliveries", "list", "--contact", PAT),
    ("issues", "list", "--status", "resolved", "--since", "5d"),
]


@pytest.fixture(scope="module")
def operators(tmp_path_factory: pytest.TempPathFactory) -> list[Installation]:
    """One after a short past, and one after a long past."""
    found = [Installation(home=tmp_path_factory.mktemp("home")) for _ in PASTS]
    for operator, length in zip(found, PASTS, strict=True):
        write_env(operator.home)
        furnish(operator)
        with Database.open(operator.db_path) as db:
            past(db, length)
    return found


def test_what_is_of_today_costs_the_same_whatever_there_has_been(
    operators: list[Installation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's plan says that an index is used, and not how much of it."""
    tens: dict[tuple[str, ...], list[int]] = {argv: [] for argv in OF_TODAY}
    for operator, argv in product(operators, OF_TODAY):
        with overheard(monkeypatch) as heard:
            assert operator.run(*argv, width=200).code == 0
        tens[argv].append(heard.tens)
    assert {argv: (short, long) for argv, (short, long) in tens.items() if long > 1.5 * short} == {}


@pytest.mark.parametrize("name", STORIES)
def test_a_day_of_a_job_costs_the_same_whatever_there_has_been(
    name: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    tens = []
    for length in PASTS:
        place = made(tmp_path_factory.mktemp("job"), length)
        with overheard(monkeypatch) as heard:
            jobs(place, STORIES[name])
        tens.append(heard.tens)
    figures(f"{name} after a past", customers="/".join(map(str, PASTS)), tens_of_steps="/".join(map(str, tens)))
    assert tens[1] <= 1.5 * tens[0]


def test_every_index_is_used(everything: list[Statement]) -> None:
    with store() as db:
        ours = {
            row["name"] for row in db.read("select name from sqlite_master where type = 'index' and sql is not null")
        }
    assert ours - indexes(everything) == set(UNUSED)


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("select * from messages where text = ?", "messages"),
        ("select 1 from users u join messages as m on m.user_id = u.user_id where u.user_id = ?", "messages"),
        ("update issues set meta = null where phone = ?", "issues"),
        ("select count(*) from raw_events where contact_id > '' or outcome = ? or source = 'x'", "raw_events"),
        ("select 1 from contacts c join issues i on i.phone = c.phone where c.id > ?", "issues"),
    ],
)
def test_a_statement_that_reads_a_table_whole_is_found(sql: str, table: str) -> None:
    assert table in {each for each, _ in scans([(sql, ("x",))])}
