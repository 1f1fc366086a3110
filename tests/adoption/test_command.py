"""`sentinel db migrate` on the older service's database: what it says, what it refuses, what it leaves alone."""

import sqlite3
from contextlib import closing

import pytest

from tests.cli.installation import Installation

from .older import SQLALCHEMY, everything, issue, older, rows


@pytest.fixture
def pat_waits(home: Installation) -> Installation:
    older(home.db_path, issues=[issue(4, status="PENDING")], kv_store=[{"key": "a", "value": "b"}])
    return home


def test_it_says_what_it_did_and_where_the_old_file_is(pat_waits: Installation) -> None:
    with (pat_waits.home / ".env").open("a") as env:
        env.write("JOB_SECRET=1\nSENTINEL_UID=1000\nOPENAI_MODEL=x\n")
    ran = pat_waits.run("db", "migrate")
    backup = pat_waits.db_path.parent / "backups" / "sentinel-before-adoption-20261123T160000Z.db"
    assert (ran.code, ran.lines) == (
        0,
        [
            f"adopted {pat_waits.db_path}",
            f"  the file as it was: {backup}",
            "  deliveries: 0",
            "  issues: 1 of 1 contacts; 1 were PENDING and are OPEN",
            "  numbers of spam: 0",
            "  keys: 2",
            "  due times that are other by the settings here: 0",
            "  in .env and not used by Sentinel: JOB_SECRET, OPENAI_MODEL",
        ],
    )


def test_the_copy_holds_everything_as_it_was_for_its_owner_alone(pat_waits: Installation) -> None:
    before = everything(pat_waits.db_path)
    copy = pat_waits.home / pat_waits.run("db", "migrate", "--json").json["backup"]
    assert (everything(copy), copy.stat().st_mode & 0o077) == (before, 0)


def test_a_second_time_there_is_nothing_to_do(pat_waits: Installation) -> None:
    pat_waits.run("db", "migrate")
    before = everything(pat_waits.db_path)
    ran = pat_waits.run("db", "migrate")
    assert (ran.out, everything(pat_waits.db_path)) == (f"{pat_waits.db_path} is up to date\n", before)


def test_a_dry_run_says_the_same_and_writes_nothing(pat_waits: Installation) -> None:
    before = pat_waits.db_path.read_bytes()
    ran = pat_waits.run("db", "migrate", "--dry-run", "--json")
    assert (ran.json["pending"], ran.json["backup"], ran.json["dry_run"]) == (1, None, True)
    assert (pat_waits.db_path.read_bytes(), [path.name for path in pat_waits.db_path.parent.iterdir()]) == (
        before,
        ["sentinel.db"],
    )


def test_a_dry_run_makes_no_file(home: Installation) -> None:
    ran = home.run("db", "migrate", "--dry-run")
    assert (ran.out.startswith(f"would make {home.db_path}: "), home.db_path.exists()) == (True, False)


def test_a_dry_run_on_our_own_file_finds_nothing_to_do(home: Installation) -> None:
    home.run("db", "migrate")
    assert home.run("db", "migrate", "--dry-run").out == f"{home.db_path} is up to date\n"


@pytest.mark.parametrize("typed", [("issues", "list"), ("kv", "show"), ("deliveries", "list"), ("issues", "show", "4")])
def test_every_other_command_says_to_migrate_first(pat_waits: Installation, typed: tuple[str, ...]) -> None:
    ran = pat_waits.run(*typed)
    assert (ran.code, "is a database of the older service" in ran.err, "sentinel db migrate" in ran.err) == (
        74,
        True,
        True,
    )


def test_nothing_is_done_when_the_copy_cannot_be_made(pat_waits: Installation) -> None:
    (pat_waits.db_path.parent / "backups").write_text("a file where the folder should be")
    before = everything(pat_waits.db_path)
    ran = pat_waits.run("db", "migrate")
    assert (ran.code, everything(pat_waits.db_path)) == (74, before)


@pytest.mark.parametrize("wal", [False, True])
def test_while_the_older_service_writes_it_is_refused(home: Installation, wal: bool) -> None:
    older(home.db_path, wal=wal, issues=[issue(4)])
    with closing(sqlite3.connect(home.db_path, isolation_level=None)) as service:
        service.execute("begin immediate")
        service.execute("update issues set status = 'RESOLVED'")
        ran = home.run("db", "migrate")
        service.execute("rollback")
    assert (ran.code, "stop the older service first" in ran.err) == (74, True)
    assert rows(home.db_path, "select status from issues") == [("OPEN",)]


@pytest.mark.parametrize("wal", [False, True])
def test_a_connection_that_rests_is_no_hindrance(home: Installation, wal: bool) -> None:
    older(home.db_path, wal=wal, issues=[issue(4, status="PENDING")])
    with closing(sqlite3.connect(home.db_path, isolation_level=None)) as service:
        service.execute("select count(*) from issues").fetchall()
        ran = home.run("db", "migrate")
        seen = service.execute("select status from issues").fetchall()
    assert (ran.code, seen) == (0, [("OPEN",)])


def test_another_program_s_file_is_refused_as_ever(home: Installation) -> None:
    older(home.db_path, "create table issues (id integer primary key)")
    ran = home.run("db", "migrate")
    assert (ran.code, "is not a Sentinel database (it holds issues)" in ran.err) == (74, True)


def test_it_says_what_deserves_a_look(home: Installation) -> None:
    older(
        home.db_path,
        f"{SQLALCHEMY}; create table users (id integer)",
        issues=[issue(4), issue(5), issue(6, status="ODD", contact_id="C6", phone=None, created_ts="soon")],
        spam_phones=[{"phone": "940-555-0141"}],
        kv_store=[{"key": "receiver_policy", "value": "x"}],
    )
    assert home.run("db", "migrate", "--dry-run").lines[-6:] == [
        "  open issues that one contact had twice, merged into the oldest: #5 into #4",
        "  issues of an unknown status: 1; open unless they bear a resolution",
        "  numbers of spam with an open issue: 1; the issues stay open, later messages are spam",
        "  instants that cannot be read, or lie ahead: issues.created_ts 1; their texts are kept",
        "  keys that have another meaning here, renamed: older_receiver_policy",
        "  tables that were in the way, renamed: older_users",
    ]


def test_two_adoptions_of_one_second_have_two_copies(home: Installation) -> None:
    older(home.db_path, SQLALCHEMY)
    home.run("db", "migrate")
    home.db_path.unlink()
    older(home.db_path, SQLALCHEMY)
    assert home.run("db", "migrate", "--json").json["backup"].endswith("-20261123T160000Z-2.db")
