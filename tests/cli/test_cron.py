"""`sentinel cron show`, `check` and `install`, with the real `crontab` command where there is one."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import TZPATH

import pytest

from sentinel_cli.store import runs
from sentinel_cli.store.database import Database

from .installation import NOW, Installation, at, screen_of, write_env

CRONTAB = shutil.which("crontab", path="/usr/bin:/bin")
# Somebody on every Debian who has no crontab of his own.
SOMEBODY = "games"
CHICAGO = next(path for each in TZPATH if (path := Path(each) / "America/Chicago").exists())
ENDED = {"poll-resolver": (10, 0), "send-summary": (120, 75), "run-orders": (1, 0)}


@pytest.fixture
def company(tmp_path: Path) -> Installation:
    write_env(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "host" / "etc").mkdir(parents=True)
    (tmp_path / "host" / "etc" / "localtime").symlink_to(CHICAGO)
    installation = Installation(home=tmp_path)
    with installation.make_database() as db:
        for job, (minutes, code) in ENDED.items():
            begun = at(NOW) - timedelta(minutes=minutes)
            runs.finish(db, runs.begin(db, job, begun), begun, code, {}, None)
    return installation


def stand_in(folder: Path, script: str) -> str:
    """A PATH on which `crontab` is that script."""
    folder.mkdir(exist_ok=True)
    (folder / "crontab").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "crontab").chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


@pytest.fixture
def nothing_installed(tmp_path: Path) -> str:
    return stand_in(tmp_path / "bin", "echo 'no crontab for operator' >&2; exit 1")


@pytest.mark.parametrize(("width", "name"), [(80, "80"), (140, "140"), (None, "pipe")])
def test_each_line_is_shown_in_words(
    company: Installation, nothing_installed: str, width: int | None, name: str
) -> None:
    shown = company.run("cron", "show", width=width, PATH=nothing_installed)
    assert shown.screen == screen_of(f"cron-show-{name}")


def test_lines_that_are_not_installed_are_said_to_be_so(company: Installation, nothing_installed: str) -> None:
    ran = company.run("cron", "show", PATH=nothing_installed)
    assert ran.err.endswith("deploy/crontab: sentinel cron install\n")


def test_of_a_command_that_leaves_no_run_behind_it_is_said_that_nobody_knows(
    company: Installation, tmp_path: Path
) -> None:
    line = "*/5 * * * * sentinel metrics --output sentinel.prom"
    ran = company.run("cron", "show", width=140, PATH=stand_in(tmp_path / "bin", f"echo '{line}'"))
    assert re.search("metrics .* not recorded .*-", ran.out)


def test_for_programs(company: Installation, nothing_installed: str) -> None:
    shown = company.run("cron", "show", "--json", PATH=nothing_installed).json
    assert (shown["total"], shown["installed"]) == (8, False)
    assert shown["items"][3] == {
        "job": "poll-resolver",
        "schedule": "5,20,35,50 8-17 * * *",
        "when": "At minutes 5, 20, 35, and 50 past every hour from 8 through 17",
        "next_ts": shown["items"][3]["next_ts"],
        "last_ts": "2026-11-23T15:50:00.000Z",
        "exit_code": 0,
    }


def test_a_summary_is_shown_at_its_own_slot_whenever_it_was_typed(
    company: Installation, nothing_installed: str
) -> None:
    with Database.open(company.db_path) as db:
        runs.begin(db, "send-summary", at(NOW) - timedelta(minutes=5), {"slot": "afternoon"})
    items = company.run("cron", "show", "--json", PATH=nothing_installed).json["items"]
    assert [item["last_ts"] for item in items[:3]] == ["2026-11-23T14:00:00.000Z", None, "2026-11-23T15:55:00.000Z"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'You (operator) are not allowed to use this program (crontab)' >&2; exit 1", "are not allowed"),
        ("test $1 = -l && exit 0; cat >/dev/null; echo '\"-\":1: bad minute' >&2; exit 1", "bad minute"),
    ],
)
def test_a_crontab_that_may_not_be_used_is_said_and_nothing_is_lost(
    company: Installation, tmp_path: Path, script: str, said: str
) -> None:
    ran = company.run("cron", "install", PATH=stand_in(tmp_path / "bin", script))
    assert (ran.code, said in ran.err, "next: this user may need a line in /etc/cron.allow" in ran.err) == (
        78,
        True,
        True,
    )


def test_a_host_without_cron_is_said(company: Installation, tmp_path: Path) -> None:
    ran = company.run("cron", "install", PATH=str(tmp_path))
    assert (ran.code, ran.err.splitlines()[0]) == (78, "error: there is no crontab command")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[str]:
    """The real command, on a crontab that is nobody's business."""
    argv = [str(CRONTAB), "-u", SOMEBODY, "-r"]
    subprocess.run(argv, check=False, capture_output=True)
    yield stand_in(tmp_path / "bin", f'exec {CRONTAB} -u {SOMEBODY} "$@"')
    subprocess.run(argv, check=False, capture_output=True)


def installed() -> str:
    done = subprocess.run([str(CRONTAB), "-u", SOMEBODY, "-l"], check=False, capture_output=True)
    return done.stdout.decode("latin-1")


def install(text: bytes) -> None:
    subprocess.run([str(CRONTAB), "-u", SOMEBODY, "-"], check=True, input=text)


@pytest.mark.real
@pytest.mark.skipif(CRONTAB is None or os.geteuid() != 0, reason="needs the crontab command (Debian's cron) and root")
class TestReally:
    def test_the_lines_are_installed_for_this_home(self, company: Installation, host: str) -> None:
        ran = company.run("cron", "install", PATH=host)
        assert (ran.code, ran.lines[-1]) == (0, "installed; sentinel cron check looks at it")
        assert (installed().count("/.venv/bin/sentinel"), f"\nSENTINEL_HOME={company.home}\n" in installed()) == (
            8,
            True,
        )

    def test_the_second_time_there_is_nothing_to_do(self, company: Installation, host: str) -> None:
        company.run("cron", "install", PATH=host)
        before = installed()
        ran = company.run("cron", "install", PATH=host)
        assert (ran.out, installed()) == ("the crontab is as it should be; nothing to do\n", before)

    def test_other_lines_stay_and_removing_leaves_only_them(self, company: Installation, host: str) -> None:
        theirs = b"# caf\xe9\nMAILTO=ops@example.com\n0 5 * * * /usr/bin/true\n"
        install(theirs)
        before = installed()
        company.run("cron", "install", PATH=host)
        assert installed().startswith(before)
        company.run("cron", "install", "--remove", PATH=host)
        assert installed() == before

    def test_a_dry_run_shows_what_would_change_and_changes_nothing(self, company: Installation, host: str) -> None:
        ran = company.run("cron", "install", "--dry-run", PATH=host)
        assert (f"+SENTINEL_HOME={company.home}" in ran.lines, ran.err) == (True, "dry run: nothing was changed\n")
        assert installed() == ""

    def test_the_check_finds_programs_that_are_not_there(self, company: Installation, host: str) -> None:
        company.run("cron", "install", PATH=host)
        ran = company.run("cron", "check", "--json", PATH=host)
        found = {item["check"]: (item["verdict"], item["found"]) for item in ran.json["items"]}
        program = f"{company.home}/.venv/bin/sentinel is not there, or cannot be run: no job starts"
        assert (found["crontab"][0], found["program"]) == ("ok", ("problem", program))

    def test_where_all_is_installed_the_check_has_no_word_against_it(self, company: Installation, host: str) -> None:
        program = company.home / ".venv/bin/sentinel"
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        company.run("cron", "install", PATH=host)
        found = company.run("cron", "check", "--json", PATH=host).json["items"]
        assert [
            item for item in found if item["verdict"] == "problem" and item["check"] not in {"daemon", "time zone"}
        ] == []
