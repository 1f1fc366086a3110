"""Cron's own part: the real daemon fires the lines of deploy/crontab, and a job that is killed blocks nothing."""

import os
import re
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from .stage import (
    CASEY,
    CRONTAB,
    DANA,
    LEE,
    MANAGERS,
    ROOT,
    SENTINEL,
    Account,
    CronLine,
    Installation,
    account,
    bare,
    cron_lines,
    installed,
    migrated,
    running,
    until,
    within,
)

CRON = shutil.which("cron", path="/usr/sbin:/usr/bin")
# Read by the daemon beside the crontabs of the machine's users, which nobody has to touch then.
CRON_D = Path("/etc/cron.d")
NOW = "2026-11-23T08:00:00-06:00"
AT = "2026-11-23 08:00:00 CST"

pytestmark = pytest.mark.real
with_cron = pytest.mark.skipif(
    CRON is None or os.geteuid() != 0, reason="needs the cron daemon (Debian's cron) and root to start it"
)


@pytest.fixture(scope="module")
def ghl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account in which Lee waits since Friday, and Dana was answered."""
    with account(tmp_path_factory.mktemp("sandbox")) as at_work:
        at_work.clock(NOW)
        at_work.happens("inbound_text", LEE, "2026-11-20T09:00:00-06:00", text="The pump is leaking")
        at_work.happens("inbound_text", DANA, "2026-11-20T10:00:00-06:00", text="Is Tuesday still ok?")
        at_work.happens("staff_text", DANA, "2026-11-20T10:20:00-06:00", user_id=CASEY, text="Yes.")
        yield at_work


@pytest.fixture(scope="module")
def settings(ghl: Account) -> dict[str, str]:
    return {**ghl.settings, "INTERNAL_USER_IDS": CASEY, "SENTINEL_NOW": NOW}


def firing(home: Path) -> str:
    """deploy/crontab for that home, with the resolver and the morning's summary at each full minute, the rest never.

    Files of cron.d name a user before the command; nothing else is changed.
    """
    lines = CRONTAB.replace("SENTINEL_HOME=/opt/ntpp-sentinel", f"SENTINEL_HOME={home}").splitlines()
    return "".join(f"{_every_minute(line) if line[:1] in set('*0123456789') else line}\n" for line in lines)


def _every_minute(line: str) -> str:
    command = line.split(maxsplit=5)[5]
    wanted = " poll-resolver " in line or " morning " in line
    return f"{'* * * * *' if wanted else '0 0 30 2 *'} root {command}"


@contextmanager
def in_cron_d(text: str) -> Iterator[None]:
    file = CRON_D / f"sentinel-test-{uuid.uuid4().hex}"
    file.write_text(text)
    file.chmod(0o644)
    try:
        yield
    finally:
        file.unlink()


@dataclass(frozen=True)
class Fired:
    """What stood in the logs after a minute of cron, of a home as it should be and of one without a database."""

    ghl: Account
    installation: Installation
    log: str
    log_without_database: str

    def of(self, label: str) -> list[CronLine]:
        """The first run's two lines."""
        return [line for line in cron_lines(self.log) if line.label == label][:2]


@pytest.fixture(scope="module")
def fired(tmp_path_factory: pytest.TempPathFactory, ghl: Account, settings: dict[str, str]) -> Fired:
    place = tmp_path_factory.mktemp("cron")
    whole = migrated(place / "home", settings)
    hollow = installed(place / "hollow", settings)
    with in_cron_d(firing(whole.home)), in_cron_d(firing(hollow.home)):
        wait_for_cron(place / "daemon.log", whole, hollow)
    return Fired(ghl, whole, whole.cron_log.read_text(), hollow.cron_log.read_text())


def wait_for_cron(log: Path, *homes: Installation) -> None:
    """Until both lines of both jobs stand in each log."""
    assert CRON is not None
    # Where a daemon runs already, ours leaves it to that one, which may be another test's and end before our minute.
    for _ in range(3):
        with running([CRON, "-f"], log, {"PATH": "/usr/bin:/bin"}):
            if within(lambda: all(map(has_ended, homes)), 65):
                return
    pytest.fail(f"cron has not fired the lines: {log.read_text()}")


def has_ended(installation: Installation) -> bool:
    log = installation.cron_log.read_text() if installation.cron_log.exists() else ""
    return {line.label for line in cron_lines(log) if line.arrow == "<-"} == {"resolver", "morning"}


@with_cron
def test_cron_accepts_the_file_as_it_is_delivered() -> None:
    crontab = shutil.which("crontab", path="/usr/bin")
    assert crontab is not None
    done = subprocess.run(
        [crontab, "-n", str(ROOT / "deploy" / "crontab")], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@with_cron
@pytest.mark.slow
class TestDaemon:
    @pytest.mark.parametrize(
        ("label", "command"),
        [("resolver", "sentinel poll-resolver"), ("morning", "sentinel send-summary --slot morning")],
    )
    def test_each_line_that_fired_left_two_lines_and_exit_0(self, fired: Fired, label: str, command: str) -> None:
        begun, ended = fired.of(label)
        assert begun == CronLine(AT, label, "->", command)
        assert (ended.at, ended.arrow, ended.exit) == (AT, "<-", "exit=0")

    def test_the_summary_stands_on_a_complete_check_though_both_wanted_the_lock_at_once(self, fired: Fired) -> None:
        assert fired.of("morning")[1].rest == "exit=0 sent=2 overdue=1 open=1 resolved_since=1"

    def test_the_resolver_checked_or_left_it_to_the_summary(self, fired: Fired) -> None:
        ended = fired.of("resolver")[1].rest
        assert re.search(r' open=1 | skipped="another run is at work"$', ended), ended

    def test_each_manager_has_exactly_one_text(self, fired: Fired) -> None:
        assert sorted(to for to, _ in fired.ghl.sent) == MANAGERS

    def test_every_run_that_did_something_has_its_row(self, fired: Fired) -> None:
        ran = {("send-summary", 0)} | {("poll-resolver", 0) for line in fired.of("resolver") if "new=" in line.rest}
        assert set(fired.installation.rows("select job, exit_code from job_runs")) == ran

    def test_no_line_but_these_fired(self, fired: Fired) -> None:
        assert {line.label for line in cron_lines(fired.log)} == {"resolver", "morning"}

    @pytest.mark.parametrize("label", ["resolver", "morning"])
    def test_a_home_without_a_database_shows_74_and_the_path(self, fired: Fired, label: str) -> None:
        database = fired.installation.home.with_name("hollow") / "data" / "sentinel.db"
        ended = [line for line in cron_lines(fired.log_without_database) if (line.label, line.arrow) == (label, "<-")]
        assert ended[0].rest == f'exit=74 error="no database at {database}"'


class TestKilled:
    @pytest.fixture
    def installation(self, tmp_path: Path, settings: dict[str, str]) -> Installation:
        return migrated(tmp_path / "home", settings)

    @pytest.fixture
    def killed(self, ghl: Account, installation: Installation) -> Installation:
        """A home whose resolver was killed while it asked GHL."""
        with at_work(ghl, installation) as process:
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        return installation

    def test_while_a_run_is_at_work_the_next_one_leaves_it_to_that(
        self, ghl: Account, installation: Installation
    ) -> None:
        with at_work(ghl, installation):
            assert installation.cron("poll-resolver")[-1].rest == 'exit=0 skipped="another run is at work"'

    def test_the_next_minute_s_run_takes_its_place(self, killed: Installation) -> None:
        assert killed.cron("poll-resolver")[-1].rest.startswith("exit=0 new=")

    def test_its_row_shows_that_it_never_ended(self, killed: Installation) -> None:
        killed.cron("poll-resolver")
        assert killed.rows("select exit_code, ended_ts is null from job_runs order by id") == [(None, 1), (0, 0)]


@contextmanager
def at_work(ghl: Account, installation: Installation) -> Iterator["subprocess.Popen[bytes]"]:
    """A resolver in the middle of its work: it waits for GHL, which takes its time."""
    before = len(ghl.asked_for)
    ghl.fails("latency", "export", seconds=60)
    log, environ = installation.home / "logs" / "at-work.log", bare(SENTINEL_HOME=str(installation.home))
    try:
        with running([str(SENTINEL), "poll-resolver"], log, environ) as process:
            until(lambda: "/conversations/messages/export" in ghl.asked_for[before:], 30, "the resolver asks GHL")
            yield process
    finally:
        ghl.recovers()
