"""`sentinel doctor` on a whole installation: all well, and each thing that can be wrong put wrong for real."""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sentinel_cli.clock import cron_zone
from tests.cli.installation import Installation as Typist

from .stage import (
    CASEY,
    CRONTAB,
    LEE,
    MANAGERS,
    MORGAN,
    SECRET,
    SENTINEL,
    Account,
    Installation,
    account,
    bare,
    free_port,
    installed,
    migrated,
    ran,
    receiver,
    running,
    until,
)

pytestmark = pytest.mark.real

# Monday, in the host's own zone, so that cron and the business agree on every machine.
ZONE = str(cron_zone())
CRON = shutil.which("cron", path="/usr/sbin:/usr/bin")


def monday(clock: str, day: int = 23) -> str:
    return datetime.fromisoformat(f"2026-11-{day} {clock}").replace(tzinfo=cron_zone()).isoformat()


@dataclass(frozen=True)
class Line:
    verdict: str
    found: str
    fix: str


@dataclass(frozen=True)
class Told:
    """A run of `sentinel doctor --json`."""

    code: int
    lines: Mapping[str, Line]
    text: str

    def standing(self, verdict: str) -> list[str]:
        return [check for check, line in self.lines.items() if line.verdict == verdict]


@dataclass(frozen=True)
class Clinic:
    """An installation, its GHL, and the receiver's client; what is typed there may override any setting."""

    installation: Installation
    ghl: Account
    post: httpx.Client

    def typed(self, *argv: str, **settings: str) -> "Any":
        path = f"{self.installation.home / 'bin'}:/usr/bin:/bin"
        return ran(
            [str(SENTINEL), "doctor", *argv], bare(SENTINEL_HOME=str(self.installation.home), PATH=path) | settings
        )

    def doctor(self, *argv: str, **settings: str) -> Told:
        """In this process: starting one anew takes longer than the whole checkup."""
        path = f"{self.installation.home / 'bin'}:/usr/bin:/bin"
        done = Typist(home=self.installation.home).run("doctor", *argv, "--json", **{"PATH": path, **settings})
        assert done.out, done.err
        items = done.json["items"]
        lines = {item["check"]: Line(item["verdict"], item["found"], item["fix"]) for item in items}
        return Told(done.code, lines, done.out + done.err)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    place = tmp_path_factory.mktemp("clinic")
    with account(place) as ghl:
        ghl.unlimited()
        installation = furnished(place / "home", ghl)
        with receiver(installation) as post:
            url = str(post.base_url).rstrip("/")
            installation.setting(RECEIVER_URL=url, SENTINEL_SITE=url)
            work_of_a_day(installation, ghl, post)
            yield Clinic(installation, ghl, post)


def furnished(home: Path, ghl: Account) -> Installation:
    installation = migrated(home, settings_of(ghl))
    (home / ".env").chmod(0o600)
    (home / "bin").mkdir()
    (home / "crontab").write_text(f"# mine\n\n5 4 * * * true\n{CRONTAB}".replace("/opt/ntpp-sentinel", str(home)))
    (home / "bin" / "crontab").write_text(f'#!/bin/sh\ncat "{home}/crontab"\n')
    (home / "bin" / "crontab").chmod(0o755)
    with closing(sqlite3.connect(installation.database)) as db:
        db.execute("update _sqlite_migrations set applied_at = '2026-11-01 00:00:00+00:00'")
        db.commit()
    return installation


def settings_of(ghl: Account) -> dict[str, str]:
    return {
        **ghl.settings,
        "WEBHOOK_SECRET": SECRET,
        "INTERNAL_USER_IDS": f"{CASEY},{MORGAN}",
        "SENTINEL_UID": str(os.getuid()),
        "SENTINEL_GID": str(os.getgid()),
        "TIMEZONE": ZONE,
        "SENTINEL_NOW": monday("15:52"),
    }


def work_of_a_day(installation: Installation, ghl: Account, post: httpx.Client) -> None:
    """Each job when its line was last due, and a customer of whom a delivery told."""
    ghl.clock(monday("15:52"))
    body = ghl.happens("inbound_text", LEE, monday("15:30"), text="The pump is leaking")["app"]
    assert post.post("/webhook/ghl", json=body).status_code == 200
    slots = {"morning": "08:30", "midday": "11:30", "afternoon": "15:30"}
    others = {"poll-resolver": "15:50", "run-orders": "15:50", "send-alerts": "15:48", "prune": "02:55"}
    for job, clock in {"backup": "02:25", **slots, **others}.items():
        installation.clock(monday(clock, 22 if job == "prune" else 23))
        # A minute without orders leaves no line.
        assert [line.exit for line in installation.cron(job)[1:]] == ([] if job == "run-orders" else ["exit=0"])
    installation.clock(monday("15:52"))


@pytest.fixture(scope="module")
def told(clinic: Clinic) -> Told:
    return clinic.doctor()


class TestWell:
    def test_nothing_is_a_problem(self, told: Told) -> None:
        assert (told.code, told.standing("problem")) == (0, [])

    def test_nothing_is_to_know_but_that_the_clock_stands_still(self, told: Told) -> None:
        assert told.standing("warning") == ["SENTINEL_NOW"]

    def test_only_what_a_container_hides_is_skipped(self, told: Told) -> None:
        assert set(told.standing("skipped")) <= {"daemon", "time zone"}

    def test_every_job_is_seen_to_have_run(self, told: Told) -> None:
        jobs = ["send-summary morning", "send-summary midday", "send-summary afternoon", "poll-resolver"]
        assert {told.lines[job].verdict for job in jobs} == {"ok"}

    def test_the_receiver_is_proven_to_write_this_very_file(self, told: Told) -> None:
        assert told.lines["same database"].found.startswith("the receiver writes this very file (device ")

    def test_no_secret_and_no_phone_is_shown(self, clinic: Clinic, told: Told) -> None:
        hidden = [SECRET, clinic.ghl.settings["GHL_TOKEN"], "9405550190", "Rivera"]
        assert [text for text in hidden if text in told.text] == []

    def test_nobody_is_texted_and_nothing_is_written_but_the_receiver_s_proof(self, clinic: Clinic) -> None:
        before, sent = dump(clinic.installation), clinic.ghl.sent
        clinic.doctor()
        assert dump(clinic.installation) == before
        assert clinic.ghl.sent == sent

    def test_in_a_pipe_each_line_is_one_with_its_fix(self, clinic: Clinic) -> None:
        done = clinic.typed("--offline")
        lines = done.stdout.splitlines()
        assert lines[0].split() == ["pillar", "check", "found", "fix"]
        assert [line.split()[:2] for line in lines if "stands still" in line] == [["Clock", "warning"]]
        assert lines[-1].startswith("Clock")
        assert done.stderr.startswith("no problem found: 1 to know, ")


def dump(installation: Installation) -> list[str]:
    """The whole database as SQL; the receiver's proof and its clock are its own."""
    with closing(sqlite3.connect(f"{installation.database.as_uri()}?mode=ro", uri=True)) as db:
        return [line for line in db.iterdump() if "receiver_checked_ts" not in line]


class TestGhl:
    @pytest.mark.parametrize(
        ("settings", "check", "code"),
        [
            ({"GHL_TOKEN": "revoked"}, "token", 77),
            ({"GHL_LOCATION_ID": "LOCother00000000001"}, "location", 77),
            ({"GHL_BASE_URL": f"http://127.0.0.1:{free_port()}"}, "GHL answers", 75),
            ({"MANAGER_CONTACT_IDS": "CTCnobody"}, "CTCnobody", 69),
            ({"INTERNAL_CONTACT_IDS": "CTCgone"}, "INTERNAL_CONTACT_IDS", 69),
        ],
    )
    def test_each_wrong_setting_is_the_only_problem(
        self, clinic: Clinic, settings: dict[str, str], check: str, code: int
    ) -> None:
        told = clinic.doctor(**settings)
        # The receiver goes by its own settings, which is to know and no problem.
        assert (told.standing("problem"), told.code) == ([check], code)
        assert told.lines[check].fix

    def test_a_user_who_left_is_to_know(self, clinic: Clinic) -> None:
        told = clinic.doctor(INTERNAL_USER_IDS=f"{CASEY},USRgone")
        assert (told.code, "USRgone" in told.lines["INTERNAL_USER_IDS"].found) == (0, True)

    @pytest.mark.parametrize(
        ("routes", "check"),
        [
            (["users"], "users.readonly"),
            (["search"], "conversations.readonly"),
            (["export", "messages"], "message.readonly"),
            (["contact"], "contacts.readonly"),
            (["send"], "message.write"),
        ],
    )
    def test_each_missing_scope_is_told_from_the_others(self, clinic: Clinic, routes: list[str], check: str) -> None:
        with failing(clinic, "scope", *routes):
            told = clinic.doctor()
        assert (told.standing("problem"), told.code) == ([check], 77)

    def test_an_export_alone_withheld_is_to_know(self, clinic: Clinic) -> None:
        with failing(clinic, "403", "export"):
            told = clinic.doctor()
        assert (told.code, told.lines["message.readonly"].verdict) == (0, "warning")

    def test_a_lone_401_of_a_good_token_heals(self, clinic: Clinic) -> None:
        clinic.ghl.fails("401", "users", times=1)
        assert clinic.doctor().code == 0

    @pytest.mark.slow
    def test_one_that_says_nothing_costs_seconds_and_no_other_line(self, clinic: Clinic) -> None:
        began = time.monotonic()
        with failing(clinic, "hang", "*"):
            told = clinic.doctor()
        assert (told.standing("problem"), told.code) == (["GHL answers"], 75)
        assert time.monotonic() - began < 25

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"phone": "+19405550190", "sms_blocked": True}, "texts are blocked (DND)"),
            ({"phone": "+19405550190", "dnd": True}, "texts are blocked (DND)"),
            ({"phone": None}, "has no phone number"),
        ],
    )
    def test_a_manager_whom_no_text_reaches_is_told(self, clinic: Clinic, fields: dict[str, Any], says: str) -> None:
        clinic.ghl.joins("Casey Rivera", contact_id=MANAGERS[0], **fields)
        told = clinic.doctor()
        clinic.ghl.joins("Casey Rivera", "+19405550190", MANAGERS[0])
        assert (told.standing("problem"), told.code) == ([MANAGERS[0]], 69)
        assert says in told.lines[MANAGERS[0]].found


@contextmanager
def failing(clinic: Clinic, kind: str, *routes: str) -> Iterator[None]:
    for route in routes:
        clinic.ghl.fails(kind, route)
    try:
        yield
    finally:
        clinic.ghl.recovers()


class TestStore:
    def test_a_database_of_another_s_than_the_receiver_s_is_told(self, clinic: Clinic, tmp_path: Path) -> None:
        other = tmp_path / "other.db"
        shutil.copyfile(clinic.installation.database, other)
        told = clinic.doctor(DB_PATH=str(other))
        assert (told.lines["same database"].verdict, told.code) == ("problem", 74)
        assert str(other) in told.lines["same database"].found
        assert f"last as {clinic.installation.database}" in told.lines["same database"].found

    def test_under_a_running_clock_it_is_told_as_well(self, clinic: Clinic, tmp_path: Path) -> None:
        running_clock = {name: value for name, value in settings_of(clinic.ghl).items() if name != "SENTINEL_NOW"}
        theirs, ours = (migrated(tmp_path / name, running_clock) for name in ("theirs", "ours"))
        with receiver(theirs) as post:
            url = {"RECEIVER_URL": str(post.base_url).rstrip("/")}
            verdicts = [
                Clinic(each, clinic.ghl, post).doctor("--offline", **url).lines["same database"].verdict
                for each in (theirs, ours)
            ]
        assert verdicts == ["ok", "problem"]

    def test_one_that_another_process_holds_is_told(self, clinic: Clinic) -> None:
        with closing(sqlite3.connect(clinic.installation.database, isolation_level=None)) as db:
            db.execute("begin immediate")
            told = clinic.doctor("--offline")
        until(lambda: clinic.post.get("/health").status_code == 200, 5, "the receiver is healthy again")
        assert told.code == 74
        assert {"write", "receiver, here"} <= set(told.standing("problem"))

    def test_a_receiver_that_is_down_is_told(self, clinic: Clinic) -> None:
        told = clinic.doctor(RECEIVER_URL=f"http://127.0.0.1:{free_port()}")
        assert (told.standing("problem"), told.code) == (["receiver, here"], 75)

    def test_another_s_page_under_the_public_name_is_told(self, clinic: Clinic) -> None:
        told = clinic.doctor(SENTINEL_SITE=clinic.ghl.settings["GHL_BASE_URL"])
        assert (told.standing("problem"), told.code) == (["receiver, outside"], 75)

    def test_a_home_without_a_database_still_gets_the_rest_of_the_report(self, clinic: Clinic, tmp_path: Path) -> None:
        empty = installed(tmp_path / "home", settings_of(clinic.ghl))
        told = Clinic(empty, clinic.ghl, clinic.post).doctor(RECEIVER_URL=f"http://127.0.0.1:{free_port()}")
        assert (told.lines["database"].verdict, told.lines["token"].verdict, told.code) == ("problem", "ok", 74)
        assert not empty.database.exists()

    def test_a_receiver_that_was_started_with_another_secret_is_told(self, clinic: Clinic) -> None:
        lines = clinic.doctor(WEBHOOK_SECRET="a-secret-of-tomorrow").lines
        assert "with 401" in lines["receiver, release"].found

    def test_a_receiver_with_other_settings_is_to_know(self, clinic: Clinic) -> None:
        told = clinic.doctor(SMS_SLA_HOURS="3")
        assert (told.code, told.lines["receiver, release"].verdict) == (0, "warning")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 20 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() or ran(["mount", "-t", "tmpfs", "-o", "size=20m", "none", str(place)], bare()).returncode:
        pytest.skip(reason="needs root and the right to mount")
    try:
        yield place
    finally:
        ran(["umount", str(place)], bare())


class TestDisk:
    def test_a_disk_that_is_nearly_full_is_told(self, clinic: Clinic, small_disk: Path) -> None:
        database = shutil.copyfile(clinic.installation.database, small_disk / "sentinel.db")
        assert clinic.doctor("--offline", DB_PATH=str(database)).lines["free disk"].verdict == "problem"

    def test_one_that_cannot_be_written_is_told(self, clinic: Clinic, small_disk: Path) -> None:
        database = shutil.copyfile(clinic.installation.database, small_disk / "sentinel.db")
        ran(["mount", "-o", "remount,ro", str(small_disk)], bare())
        told = clinic.doctor("--offline", DB_PATH=str(database))
        assert {"database", "write"} & set(told.standing("problem"))


class TestSendTest:
    def test_it_texts_the_manager_that_is_named_once(self, clinic: Clinic) -> None:
        before = len(clinic.ghl.sent)
        told = clinic.doctor("--send-test", "--to", MANAGERS[1])
        assert [to for to, _ in clinic.ghl.sent[before:]] == [MANAGERS[1]]
        assert told.lines["test text"].found.startswith(f"to {MANAGERS[1]}: accepted as MSG")

    def test_it_texts_nobody_else(self, clinic: Clinic) -> None:
        before = clinic.ghl.sent
        done = clinic.typed("--send-test", "--to", LEE)
        assert (done.returncode, clinic.ghl.sent) == (2, before)

    def test_a_manager_named_without_it_is_typed_wrongly(self, clinic: Clinic) -> None:
        assert clinic.typed("--to", MANAGERS[0]).returncode == 2


@pytest.fixture(scope="module")
def with_daemon(clinic: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """What is told while cron runs, ours or one that ran before."""
    assert CRON is not None
    with running([CRON, "-f"], tmp_path_factory.mktemp("cron") / "log", {"PATH": "/usr/bin:/bin"}):
        yield until(lambda: seen_by(clinic), 20, "doctor sees the daemon")


@pytest.mark.skipif(CRON is None or os.geteuid() != 0, reason="needs the cron daemon (Debian's cron) and root")
class TestCron:
    def test_beside_a_real_daemon_nothing_is_skipped_and_all_is_well(self, with_daemon: Told) -> None:
        assert (with_daemon.code, with_daemon.standing("skipped")) == (0, [])

    def test_the_zone_is_compared(self, with_daemon: Told) -> None:
        assert with_daemon.lines["time zone"].found == f"cron's hours are those of {ZONE}, a year ahead"


def seen_by(clinic: Clinic) -> Told | None:
    told = clinic.doctor()
    return told if told.lines["daemon"].verdict == "ok" else None


class TestCrontab:
    def test_a_line_that_was_changed_is_told(self, clinic: Clinic) -> None:
        file = clinic.installation.home / "crontab"
        text = file.read_text()
        file.write_text(text.replace("5,20,35,50", "5"))
        told = clinic.doctor("--offline")
        file.write_text(text)
        assert told.standing("problem") == ["crontab"]

    def test_a_line_that_did_not_run_is_told(self, clinic: Clinic) -> None:
        told = clinic.doctor("--offline", SENTINEL_NOW=monday("16:10"))
        assert told.standing("problem") == ["poll-resolver", "run-orders", "send-alerts"]
