"""`sentinel db check`, `backup`, `restore`, `rebuild` and `sentinel prune`, as an operator types them."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from sentinel_cli.jobs.locks import lock_path, locked
from sentinel_cli.store import recovery

from .installation import Installation, furnish

LATER = {"SENTINEL_NOW": "2027-03-01T16:00:00Z"}
BACKUP = "data/backups/sentinel-20261123T160000Z.db"

NEVER_READ = "update raw_events set outcome = 'received', received_ts = '2026-11-01T00:00:00.000Z' where id = 1"
SENT_SOMEHOW = """
insert into outbox (letter_key, kind, on_date, contact_id, body, state, as_of_ts, created_ts, expires_ts)
select 'key', 'summary', '2026-11-23', 'CTC', 'text', 'sent', created_ts, created_ts, created_ts from issues limit 1
"""


@pytest.fixture
def company(bare: Installation) -> Installation:
    furnish(bare)
    return bare


def edit(installation: Installation, sql: str) -> None:
    with closing(sqlite3.connect(installation.db_path)) as db:
        db.execute(sql)
        db.commit()


@contextmanager
def held(installation: Installation) -> Iterator[None]:
    """Somebody has the file for themselves, so that it cannot even be read."""
    with closing(sqlite3.connect(installation.db_path, isolation_level=None)) as db:
        db.execute("pragma locking_mode=exclusive")
        db.execute("begin exclusive")
        yield


def scratch(installation: Installation, at: int) -> None:
    """Overwrite a page of the file."""
    with installation.db_path.open("r+b") as file:
        file.seek(at)
        file.write(b"\xff" * 4096)


class TestCheck:
    def test_a_sound_database_is_said_to_be_so(self, company: Installation) -> None:
        edit(company, "delete from kv_store where key = 'resolver_policy'")
        ran = company.run("db", "check")
        assert (ran.code, ran.out, ran.err) == (0, f"{company.db_path} is sound\n", "")

    def test_other_settings_are_no_damage(self, company: Installation) -> None:
        ran = company.run("db", "check", SMS_SLA_HOURS="9")
        assert (ran.code, "settings have changed" in ran.err) == (0, True)

    @pytest.mark.parametrize(
        ("sql", "said"),
        [
            ("update issues set status = 'RESOLVED', resolved_ts = due_ts, resolved_by = 'staff_text' where id = 1",
             "issue #1: RESOLVED here, OPEN by its facts"),
            ("update issues set status = 'RESOLVED' where id = 1", "issue #1: resolved, and nobody knows when"),
            ("update issues set resolved_ts = due_ts where id = 1", "issue #1: open, and answered"),
            ("update issues set due_ts = '2026-11-23 14:00:00' where id = 1", "issues 1: due_ts is no instant"),
            ("update issues set merged_into = 99 where id = 2", "issues 2: what it belongs to in issues is missing"),
            ("update issues set merged_into = 1 where id = 2", "issue #2: merged into another"),
            ("update messages set issue_id = 99 where id = 1", "messages 1: what it belongs to in issues is missing"),
            ("update messages set same_as = 'nobody' where id = 1", "message 1: the message that stands for it"),
            ("update messages set text = 'something else' where id = 1", "message 1: stored otherwise"),
            ("update messages set facts = 'torn' where id = 1", "its rows cannot be read"),
            ("update contacts set merged_into = id where id = 1", "contact 1: merged into itself"),
            (NEVER_READ, "delivery 1: received, and never read"),
            ("update kv_store set value = '2030-01-01T00:00:00.000Z' where key = 'last_summary_ts'", "lies ahead"),
            ("update kv_store set value = '5' where key = 'last_summary_ts'", "kv last_summary_ts is no instant"),
            (SENT_SOMEHOW, "letter 1: sent, but not when"),
            ("pragma user_version=1", "its schema lacks steps"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_told_with_its_id(self, company: Installation, sql: str, said: str) -> None:
        edit(company, "delete from kv_store where key = 'resolver_policy'")
        edit(company, sql)
        ran = company.run("db", "check")
        assert (ran.code, said in ran.out) == (74, True), ran.out

    @pytest.mark.parametrize("key", ["older_resolver_watermark_ts", "last_alert_ts"])
    def test_the_older_service_s_keys_may_hold_anything(self, company: Installation, key: str) -> None:
        edit(company, f"insert into kv_store (key, value) values ('{key}', 'never')")  # noqa: S608
        assert company.run("db", "check").code == 0

    @pytest.mark.parametrize("at", [0, 4096, 3 * 4096, 12 * 4096])
    def test_a_torn_file_is_told_without_a_traceback(self, company: Installation, at: int) -> None:
        scratch(company, at)
        ran = company.run("db", "check")
        assert (ran.code, "sentinel db restore FILE" in ran.err or "sentinel db restore FILE" in ran.out) == (74, True)

    @pytest.mark.slow
    def test_a_file_that_somebody_holds_is_locked_and_not_damaged(self, company: Installation) -> None:
        with held(company):
            ran = company.run("db", "check")
        assert (ran.code, "damaged" in ran.out, "another process holds the database" in ran.err) == (74, False, True)

    def test_a_file_of_another_program_is_none_of_ours(self, company: Installation) -> None:
        with closing(sqlite3.connect(company.home / "other.db")) as db:
            db.execute("create table recipes (name text)")
        assert "not a Sentinel database" in company.run("db", "check", "other.db").out

    def test_programs_get_the_problems_as_items(self, company: Installation) -> None:
        edit(company, "update contacts set merged_into = id where id = 1")
        told = company.run("db", "check", "--json").json
        assert (told["total"], told["items"][0]["what"]) == (1, "contact 1: merged into itself")

    def test_a_backup_is_looked_at_and_not_changed(self, company: Installation) -> None:
        company.run("db", "backup")
        before = (company.home / BACKUP).read_bytes()
        ran = company.run("db", "check", BACKUP)
        assert (ran.code, (company.home / BACKUP).read_bytes() == before) == (0, True)

    @pytest.mark.parametrize("made", [b"", b"no database at all" * 500])
    def test_of_a_copy_that_is_none_it_advises_another_copy(self, company: Installation, made: bytes) -> None:
        (company.home / "copy.db").write_bytes(made)
        ran = company.run("db", "check", "copy.db")
        assert (ran.code, ran.err.splitlines()[-1]) == (74, "next: look at another copy before you restore one")

    def test_a_missing_file_is_named(self, company: Installation) -> None:
        ran = company.run("db", "check", "nowhere.db")
        assert (ran.code, str(company.home / "nowhere.db") in ran.err) == (74, True)


class TestBackup:
    def test_off_a_terminal_it_leaves_cron_s_two_lines(self, company: Installation) -> None:
        began, ended = company.run("db", "backup").lines
        assert began == "2026-11-23 10:00:00 CST cron: backup -> sentinel db backup"
        assert ended.startswith(
            "2026-11-23 10:00:00 CST cron: backup <- exit=0 file=sentinel-20261123T160000Z.db bytes="
        )

    def test_on_a_terminal_it_says_where_it_is(self, company: Installation) -> None:
        ran = company.run("db", "backup", "--keep", "3", width=80)
        assert ran.lines[0].startswith(f"wrote {company.home / BACKUP}: ")
        assert ran.lines[1] == "1 in the backup folder"

    def test_it_goes_where_it_is_told(self, company: Installation) -> None:
        assert company.run("db", "backup", "--output", "mine.db", "--json").json["path"] == str(
            company.home / "mine.db"
        )

    def test_it_writes_over_nothing(self, company: Installation) -> None:
        (company.home / "mine.db").write_text("somebody's")
        assert company.run("db", "backup", "--output", "mine.db").code == 2

    def test_its_run_has_a_row(self, company: Installation) -> None:
        company.run("db", "backup")
        with closing(sqlite3.connect(company.db_path)) as db:
            assert db.execute("select job, exit_code from job_runs").fetchall() == [("backup", 0)]


class TestRestore:
    @pytest.fixture(autouse=True)
    def impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(recovery, "_GIVES_UP_AFTER", 0.0)

    def test_it_says_what_it_did_and_what_is_next(self, company: Installation) -> None:
        company.run("db", "backup")
        edit(company, "delete from issues where id = 7")
        ran = company.run("db", "restore", BACKUP)
        assert ran.lines == [
            f"restored {company.db_path} from {BACKUP}",
            f"kept what it replaces: {company.db_path}.replaced-20261123T160000Z",
            "carried over: 0 letters, 0 deliveries",
        ]
        assert ran.err == "next: sentinel poll-resolver --since 2026-11-23T15:52:00.000Z\n"

    @pytest.mark.slow
    def test_a_file_that_somebody_holds_is_not_replaced(self, company: Installation) -> None:
        company.run("db", "backup")
        before = company.db_path.stat().st_ino
        with held(company):
            ran = company.run("db", "restore", BACKUP)
        assert (ran.code, company.db_path.stat().st_ino == before) == (74, True)

    def test_on_a_new_machine_it_makes_the_folder_too(self, company: Installation) -> None:
        company.run("db", "backup", "--output", "moved.db")
        shutil.rmtree(company.db_path.parent)
        ran = company.run("db", "restore", "moved.db")
        assert (ran.code, "there was no file to replace" in ran.out) == (0, True)

    def test_of_a_torn_file_it_says_what_is_forgotten(self, company: Installation) -> None:
        company.run("db", "backup")
        scratch(company, 0)
        ran = company.run("db", "restore", BACKUP)
        assert (ran.code, "may be out are looked for in GHL" in ran.err) == (0, True)

    def test_what_people_did_since_is_counted(self, company: Installation) -> None:
        company.run("db", "backup")
        edit(company, "insert into actions select 99, issue_id, contact, kind, at_ts, actor, channel, first_key,"
                      " through_key, until_ts, note from actions limit 1")  # fmt: skip
        assert "not carried over: 1 actions" in company.run("db", "restore", BACKUP).err

    def test_programs_are_told_too(self, company: Installation) -> None:
        company.run("db", "backup")
        assert company.run("db", "restore", BACKUP, "--json").json["carried"]["deliveries"] == 0

    @pytest.mark.parametrize("made", [b"", b"no database at all" * 500])
    def test_of_a_file_that_is_no_backup_it_advises_another(self, company: Installation, made: bytes) -> None:
        (company.home / "copy.db").write_bytes(made)
        ran = company.run("db", "restore", "copy.db")
        assert (ran.code, ran.err.splitlines()[0].count(str(company.home / "copy.db"))) == (74, 1)
        assert ran.err.splitlines()[1] == "next: name another file that db backup wrote; nothing was replaced"

    def test_while_a_job_is_at_work_it_replaces_nothing(
        self, company: Installation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        company.run("db", "backup")
        monkeypatch.setattr("sentinel_cli.jobs.locks._PATIENCE", 0.0)
        with locked(lock_path(company.db_path, "poll-resolver"), wait_seconds=0, sleep=lambda _: None):
            ran = company.run("db", "restore", BACKUP)
        assert (ran.code, ran.err.splitlines()[0]) == (75, "error: poll-resolver is at work")


class TestRebuild:
    def test_equality_is_one_line_and_leaves_no_copy(self, company: Installation) -> None:
        before = sorted(company.home.rglob("*"))
        ran = company.run("db", "rebuild")
        said = "7 issues derived anew, 1 body read again, 0 differences\n"
        assert (ran.code, ran.out, sorted(company.home.rglob("*"))) == (0, said, before)

    def test_a_difference_is_a_line_and_the_copy_stays(self, company: Installation) -> None:
        edit(company, "update issues set status = 'RESOLVED', resolved_by = 'staff_text' where id = 1")
        ran = company.run("db", "rebuild")
        copy = f"{company.db_path}.rebuilt-20261123T160000Z"
        assert (ran.code, ran.lines[1].split(), Path(copy).is_file()) == (
            74,
            ["#1", "status", "RESOLVED", "OPEN"],
            True,
        )
        assert f"sentinel db restore {copy}" in ran.err

    def test_a_copy_may_be_wanted_anyway(self, company: Installation) -> None:
        company.run("db", "rebuild", "--output", "mine.db")
        assert company.run("db", "check", "mine.db").code == 0

    def test_it_writes_over_nothing(self, company: Installation) -> None:
        (company.home / "mine.db").write_text("somebody's")
        assert company.run("db", "rebuild", "--output", "mine.db").code == 2

    def test_settled_matters_are_told_apart(self, company: Installation) -> None:
        edit(company, "update contacts set settled_before_ts = '2026-11-22T00:00:00.000Z'")
        edit(company, "update issues set due_ts = '2026-11-20T00:00:00.000Z' where id = 3")
        ran = company.run("db", "rebuild", width=80)
        assert (ran.code, "#3 (settled)" in ran.out) == (0, True)
        assert ran.lines[-1] == "settled, perhaps judged by older settings: 1"


class TestPrune:
    def test_a_dry_run_says_what_would_go_and_writes_nothing(self, company: Installation) -> None:
        before = company.db_path.read_bytes()
        ran = company.run("prune", "--dry-run", width=80, **LATER)
        assert ran.lines[0] == "would remove 1 messages and 2 bodies"
        assert (ran.lines[-1], company.db_path.read_bytes()) == ("dry run: nothing was written", before)

    def test_off_a_terminal_it_leaves_cron_s_two_lines(self, company: Installation) -> None:
        ended = company.run("prune", **LATER).lines[1]
        assert ended == "2027-03-01 10:00:00 CST cron: prune <- exit=0 bodies=2 messages=1"

    def test_a_second_run_finds_nothing_more(self, company: Installation) -> None:
        company.run("prune", **LATER)
        told = company.run("prune", "--json", **LATER).json
        assert (told["bodies"], told["messages"]) == (0, 0)

    def test_afterwards_the_database_is_sound_and_equal_to_its_facts(self, company: Installation) -> None:
        company.run("prune", **LATER)
        assert [company.run("db", name, **LATER).code for name in ("check", "rebuild")] == [0, 0]

    def test_an_old_issue_says_that_its_conversation_is_gone(self, company: Installation) -> None:
        company.run("prune", **LATER)
        assert "its messages are not kept here" in company.run("issues", "show", "3", width=80, **LATER).out

    def test_a_body_that_is_gone_says_so(self, company: Installation) -> None:
        company.run("prune", **LATER)
        assert company.run("deliveries", "show", "2", "--json", **LATER).json["pruned_ts"] is not None
