"""What the checklist says of the database file."""

from typing import Any

import pytest

from sentinel_cli.doctor.judge.store import Owned, StoreSeen, Writer, judge_store
from sentinel_cli.errors import StoreProblem

from .said import judged, one, unmended, verdicts

PATH = "/opt/ntpp-sentinel/data/sentinel.db"
CRON = Writer(name="cron", uid=1000, gids=frozenset({1000}))
RECEIVER = Writer(name="receiver", uid=2000, gids=frozenset({50}))
DATABASE = Owned(name="sentinel.db", is_folder=False, uid=1000, gid=1000, mode=0o600)
FOLDER = Owned(name="data", is_folder=True, uid=1000, gid=1000, mode=0o700)
LOCKED = StoreProblem("database is locked", advice="another process holds it")


def seen(**changes: Any) -> StoreSeen:
    return StoreSeen(**({"path": PATH, "files": [FOLDER, DATABASE], "writers": [CRON]} | changes))


def owned(**changes: Any) -> Owned:
    return Owned(**({"name": "sentinel.db", "is_folder": False, "uid": 1000, "gid": 1000, "mode": 0o600} | changes))


def test_a_store_as_it_should_be_is_all_ok() -> None:
    assert {verdict for _, verdict in verdicts(judge_store(seen()))} == {"ok"}


def test_a_file_that_cannot_be_opened_is_all_there_is_to_say() -> None:
    problem = StoreProblem("no database at x", advice="run sentinel db migrate")
    [found] = judge_store(seen(trouble=problem))
    assert (found.check, found.verdict, found.fix, found.code) == ("database", "problem", "run sentinel db migrate", 74)


@pytest.mark.parametrize(
    ("changes", "check", "verdict"),
    [
        ({"standing": "current"}, "database", "ok"),
        ({"standing": "newer"}, "database", "ok"),
        ({"standing": "behind"}, "database", "problem"),
        ({"standing": "older service"}, "database", "problem"),
        ({"standing": "empty"}, "database", "problem"),
        ({"standing": "foreign"}, "database", "problem"),
        ({"damage": "row 1 missing from index"}, "integrity", "problem"),
        ({"damage": None}, "integrity", "skipped"),
        ({"journal": "delete"}, "journal", "problem"),
        ({"free": 99_999_999}, "free disk", "problem"),
        ({"free": 100_000_000}, "free disk", "warning"),
        ({"free": 499_999_999}, "free disk", "warning"),
        ({"free": 500_000_000}, "free disk", "ok"),
        ({"used": 10**9, "free": 10**9 - 1}, "free disk", "problem"),
        ({"used": 10**9, "free": 3 * 10**9 - 1}, "free disk", "warning"),
        ({"used": 10**9, "free": 3 * 10**9}, "free disk", "ok"),
        ({"unwritable": LOCKED}, "write", "problem"),
    ],
)
def test_each_trouble_has_its_line(changes: dict[str, Any], check: str, verdict: str) -> None:
    findings = judge_store(seen(**changes))
    assert judged(findings, check) == (verdict, 74 if verdict == "problem" else 0)
    assert unmended(findings) == []


@pytest.mark.parametrize(
    ("file", "writer", "verdict"),
    [
        (owned(), CRON, "ok"),
        (owned(mode=0o400), CRON, "problem"),
        (owned(uid=0), CRON, "problem"),
        (owned(uid=0, mode=0o660), CRON, "ok"),
        (owned(uid=0, gid=7, mode=0o660), CRON, "problem"),
        (owned(uid=0, gid=7, mode=0o666), CRON, "ok"),
        (owned(name="x.poll-resolver.lock", uid=0), CRON, "problem"),
        (owned(is_folder=True, mode=0o500), CRON, "problem"),
        (owned(is_folder=True, mode=0o300), CRON, "ok"),
        (owned(is_folder=True, mode=0o200), CRON, "problem"),
        (owned(), RECEIVER, "problem"),
        (owned(gid=50, mode=0o660), RECEIVER, "ok"),
        (owned(mode=0o000), Writer(name="cron", uid=0, gids=frozenset()), "ok"),
    ],
)
def test_a_writer_must_be_able_to_write_whatever_lies_there(file: Owned, writer: Writer, verdict: str) -> None:
    findings = judge_store(seen(files=[file], writers=[writer]))
    assert judged(findings, f"owner, {writer.name}")[0] == verdict


def test_who_may_not_write_what_is_named_with_the_command_that_mends_it() -> None:
    found = one(judge_store(seen(files=[owned(name=f"lock{n}", uid=0) for n in range(5)])), "owner, cron")
    assert found.found == (
        "uid 1000 may not write lock0 (uid 0, mode 600), lock1 (uid 0, mode 600), lock2 (uid 0, mode 600) and 2 more"
    )
    assert found.fix.startswith("sudo chown -R 1000:1000 /opt/ntpp-sentinel/data")
