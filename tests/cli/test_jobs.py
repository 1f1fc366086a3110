"""`sentinel poll-resolver` and `sentinel send-summary` as cron and an operator run them, against the stand-in."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sentinel_cli.clock import pause
from sentinel_cli.jobs.locks import lock_path, locked
from sentinel_cli.sandbox.app import sandbox_app
from sentinel_cli.sandbox.faults import Fault, FaultKind, Route
from sentinel_cli.sandbox.sample import CUSTOMERS, MANAGERS, USERS
from sentinel_cli.sandbox.server import serve_in_thread
from sentinel_cli.sandbox.world import World
from sentinel_cli.store.database import Database

from .installation import NOW, Installation, Ran, at, empty, write_env

SAM = next(contact for contact, (name, _) in CUSTOMERS.items() if name == "Sam Okafor")
CASEY = next(iter(USERS))
LATER = "2026-11-23T18:30:00.000Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """An installation, and the GHL account that it watches."""

    installation: Installation
    world: World

    def run(self, *argv: str, **more: Any) -> Ran:
        return self.installation.run(*argv, **more)

    def count(self, table: str) -> int:
        with Database.open(self.installation.db_path) as db:
            return int(db.read(f"select count(*) from {table}")[0][0])  # noqa: S608


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """One customer wrote an hour ago; no webhook told of it."""
    world = World.sample(clock=lambda: at(NOW))
    world.inbound_text(SAM, "Filter price?", at=at("2026-11-23T15:00:00Z"))
    with serve_in_thread(sandbox_app(world)) as url:
        env = {
            "GHL_BASE_URL": url,
            "GHL_TOKEN": world.location.token,
            "GHL_LOCATION_ID": world.location.location_id,
            "MANAGER_CONTACT_IDS": ",".join(MANAGERS),
            "SENTINEL_NOW": NOW,
        }
        write_env(tmp_path, "".join(f"{name}={value}\n" for name, value in env.items()))
        installation = Installation(home=tmp_path)
        empty(installation)
        yield Company(installation=installation, world=world)


def test_the_resolver_opens_what_no_webhook_told_of(company: Company) -> None:
    company.run("poll-resolver")
    listed = company.run("issues", "list", "--json").json["items"]
    assert [(item["contact_name"], item["issue_type"]) for item in listed] == [("Sam Okafor", "SMS")]


def test_the_resolver_resolves_what_staff_have_answered(company: Company) -> None:
    company.run("poll-resolver")
    company.world.staff_text(SAM, CASEY, "40 dollars", at=at("2026-11-23T17:00:00Z"))
    company.run("poll-resolver", SENTINEL_NOW=LATER)
    assert "by Casey Rivera (staff text" in company.run("issues", "show", "1").out


def test_in_a_pipe_the_resolver_writes_the_two_lines_of_the_cron_log(company: Company) -> None:
    ran = company.run("poll-resolver")
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines[0] == "2026-11-23 10:00:00 CST cron: resolver -> sentinel poll-resolver"
    assert ran.lines[1].startswith("2026-11-23 10:00:00 CST cron: resolver <- exit=0 new=1 opened=1 ")
    assert len(ran.lines) == 2


def test_the_cron_log_names_the_options_that_were_typed(company: Company) -> None:
    ran = company.run("poll-resolver", "--full", "--since", "4d")
    assert ran.lines[0].endswith("-> sentinel poll-resolver --full --since 4d")


def test_on_a_terminal_the_resolver_says_it_in_words(company: Company) -> None:
    ran = company.run("poll-resolver", width=80)
    assert (ran.code, ran.lines[1], "cron:" in ran.out) == (0, "1 open", False)
    assert ran.lines[0].startswith("looked at 1 thread: 1 new, 1 opened")


def test_its_json_is_one_object_and_the_log_lines_go_to_stderr(company: Company) -> None:
    ran = company.run("poll-resolver", "--json")
    told = {name: ran.json[name] for name in ("new", "opened", "open", "dry_run", "begun_ts")}
    assert told == {"new": 1, "opened": 1, "open": 1, "dry_run": False, "begun_ts": NOW}
    assert len(ran.err.splitlines()) == 2


@pytest.mark.parametrize("argv", [["poll-resolver"], ["send-summary", "--slot", "morning"]], ids=" ".join)
def test_a_dry_run_writes_nothing_and_sends_nothing(company: Company, argv: list[str]) -> None:
    ran = company.run(*argv, "--dry-run", width=80)
    assert (ran.code, "dry run: nothing was written" in ran.out) == (0, True)
    tables = ("issues", "messages", "kv_store", "job_runs", "outbox", "users", "contacts")
    assert [company.count(table) for table in tables] == [0] * len(tables)
    assert company.world.sent_texts == []


@pytest.mark.parametrize(
    ("argv", "missing"),
    [
        (["poll-resolver"], ["GHL_TOKEN", "GHL_LOCATION_ID"]),
        (["send-summary", "--slot", "morning"], ["GHL_TOKEN", "GHL_LOCATION_ID", "MANAGER_CONTACT_IDS"]),
    ],
    ids=["poll-resolver", "send-summary"],
)
def test_all_missing_settings_are_named_at_once(tmp_path: Path, argv: list[str], missing: list[str]) -> None:
    (tmp_path / ".env").touch()
    ran = Installation(home=tmp_path).run(*argv)
    said = [f"error: {name} is not set" for name in missing]
    assert (ran.code, ran.err.splitlines()[: len(said)]) == (78, said)
    assert "exit=78" in ran.lines[-1]


@pytest.mark.parametrize("argv", [["poll-resolver"], ["send-summary", "--slot", "morning"]], ids=" ".join)
def test_without_a_database_a_job_is_74(company: Company, argv: list[str]) -> None:
    ran = company.run(*argv, DB_PATH="nowhere.db")
    assert (ran.code, "exit=74" in ran.lines[-1]) == (74, True)
    assert f"next: look at DB_PATH in {company.installation.home / '.env'}; " in ran.err


JOBS = [
    (["poll-resolver", "--full"], "resolver -> sentinel poll-resolver --full"),
    (["send-summary", "--slot", "morning"], "morning -> sentinel send-summary --slot morning"),
]
AT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


@pytest.mark.parametrize(("argv", "started"), JOBS)
@pytest.mark.parametrize(
    ("in_file", "environ", "zone", "error"),
    [
        ("", {"TIMEZONE": "Mars"}, "UTC", "TIMEZONE='Mars': is not a time zone's IANA name; .*"),
        ("TIMEZONE=Asia/Tokyo\nGHL_TOKENS=a\n", {}, "JST", "GHL_TOKENS is no setting; did you mean GHL_TOKEN.?"),
        ("TIMEZONE=Asia/Tokyo\n<html>\nSMS_SLA_HOURS=x\n", {}, "JST", ".env line 2 is not NAME=value; SMS_SLA_HOURS.*"),
        ("", {"SENTINEL_HOME": "/nowhere"}, "UTC", "SENTINEL_HOME: /nowhere is not a directory"),
    ],
    ids=["strange value", "near miss", "syntax", "no home"],
)
def test_a_start_without_readable_settings_writes_the_two_lines_too(  # noqa: PLR0917
    tmp_path: Path, argv: list[str], started: str, in_file: str, environ: dict[str, str], zone: str, error: str
) -> None:
    (tmp_path / ".env").write_text(in_file)
    ran = Installation(home=tmp_path).run(*argv, **environ)
    label = started.partition(" ")[0]
    assert ran.code == 78
    assert re.fullmatch(f'{AT} {zone} cron: {started}\n{AT} {zone} cron: {label} <- exit=78 error="{error}"\n', ran.out)


def test_on_a_terminal_unreadable_settings_are_told_once(tmp_path: Path) -> None:
    ran = Installation(home=tmp_path).run("poll-resolver", width=80, TIMEZONE="Mars")
    assert (ran.code, ran.out, ran.err.startswith("error: TIMEZONE='Mars'")) == (78, "", True)


def test_beside_json_the_lines_of_a_start_without_settings_go_to_stderr(tmp_path: Path) -> None:
    ran = Installation(home=tmp_path).run("poll-resolver", "--json", TIMEZONE="Mars")
    assert (ran.out, "<- exit=78" in ran.err.splitlines()[1]) == ("", True)


def test_a_refusal_of_ghl_ends_the_run_with_77(company: Company) -> None:
    ran = company.run("poll-resolver", GHL_TOKEN="pit-wrong")
    assert (ran.code, "exit=77" in ran.lines[-1], ran.err.startswith("error: ")) == (77, True, True)


@pytest.mark.parametrize("job", ["poll-resolver", "send-summary"])
def test_a_second_run_beside_one_at_work_leaves_with_0(company: Company, job: str) -> None:
    argv = [job, "--slot", "morning"] if job == "send-summary" else [job]
    with locked(lock_path(company.installation.db_path, job), wait_seconds=0, sleep=pause) as held:
        ran = company.run(*argv)
    assert (held, ran.code) == (True, 0)
    assert ran.err == ""
    assert 'exit=0 skipped="another run is at work"' in ran.lines[-1]


def test_beside_a_run_at_work_json_says_so_too(company: Company) -> None:
    with locked(lock_path(company.installation.db_path, "poll-resolver"), wait_seconds=0, sleep=pause):
        assert company.run("poll-resolver", "--json").json == {"skipped": "another run is at work"}


def test_what_a_job_left_undone_is_said_after_its_report(company: Company) -> None:
    company.run("poll-resolver")
    company.world.faults.add(Fault(kind=FaultKind.HTML, route=Route.SEARCH, status=400, times=None))
    ran = company.run("poll-resolver", "--full", width=80)
    assert (ran.code, ran.lines[1]) == (75, "1 open")
    assert ran.err.splitlines()[-2:] == [
        "error: 1 conversations could not be read: GET /conversations/search: 400 (a page of HTML)",
        "next: the next run tries them again",
    ]


@pytest.mark.parametrize(
    ("mode", "field"), [(0o644, " env=readable-by-others"), (0o622, " env=writable-by-others"), (0o600, "")]
)
def test_a_job_says_that_others_may_read_the_secrets(company: Company, mode: int, field: str) -> None:
    (company.installation.home / ".env").chmod(mode)
    ended = company.run("poll-resolver").lines[-1]
    assert ended.endswith(field) if field else "env=" not in ended


def test_a_run_is_remembered(company: Company) -> None:
    company.run("poll-resolver")
    with Database.open(company.installation.db_path) as db:
        rows = db.read("select job, exit_code from job_runs")
    assert [tuple(row) for row in rows] == [("poll-resolver", 0)]


def test_the_summary_reaches_every_manager_once_however_often_it_is_run(company: Company) -> None:
    first = company.run("send-summary", "--slot", "morning")
    again = company.run("send-summary", "--slot", "morning")
    assert (first.code, again.code) == (0, 0)
    assert sorted(row.contact_id for row in company.world.sent_texts) == sorted(MANAGERS)


def test_a_summary_s_run_is_remembered_with_its_slot(company: Company) -> None:
    company.run("send-summary", "--slot", "midday")
    [run] = company.run("jobs", "list", "--json").json["items"]
    assert run["counts"] == {"slot": "midday", "sent": 2, "overdue": 0, "open": 1, "resolved_since": 0}


def test_the_summary_writes_the_two_lines_of_the_cron_log(company: Company) -> None:
    ran = company.run("send-summary", "--slot", "morning")
    assert ran.lines == [
        "2026-11-23 10:00:00 CST cron: morning -> sentinel send-summary --slot morning",
        "2026-11-23 10:00:00 CST cron: morning <- exit=0 sent=2 overdue=0 open=1 resolved_since=0",
    ]


def test_a_dry_run_of_the_summary_shows_each_text_with_its_segments(company: Company) -> None:
    ran = company.run("send-summary", "--slot", "morning", "--dry-run")
    assert [line for line in ran.lines if line.startswith("To ")] == [f"To {manager}:" for manager in MANAGERS]
    assert ran.lines[2] == "  | Sentinel, morning, Mon Nov 23"
    assert re.search(r"^  GSM-7, \d+ characters, \d segments?$", ran.out, re.MULTILINE)


def test_the_summary_says_on_a_terminal_to_how_many_it_went(company: Company) -> None:
    assert company.run("send-summary", "--slot", "morning", width=80).lines[-1] == "sent to 2 managers"


def test_the_summary_says_on_a_terminal_that_it_went_already(company: Company) -> None:
    company.run("send-summary", "--slot", "morning")
    ran = company.run("send-summary", "--slot", "morning", width=80)
    assert ran.lines == ["the summary of this slot is sent already; nothing to do"]


def test_the_json_of_the_summary_holds_its_texts(company: Company) -> None:
    told = company.run("send-summary", "--slot", "midday", "--json").json
    assert (told["slot"], told["sent"], [letter["contact_id"] for letter in told["letters"]]) == (
        "midday",
        2,
        list(MANAGERS),
    )


def test_on_a_holiday_nothing_is_sent_and_it_says_so(company: Company) -> None:
    ran = company.run("send-summary", "--slot", "morning", width=80, HOLIDAYS="2026-11-23")
    assert (ran.code, ran.lines) == (0, ["closed today (company holiday): nothing is sent; --force sends"])
    assert company.world.sent_texts == []


def test_force_sends_on_a_holiday(company: Company) -> None:
    company.run("send-summary", "--slot", "morning", "--force", HOLIDAYS="2026-11-23")
    assert len(company.world.sent_texts) == 2


def test_outside_letter_hours_nothing_is_sent(company: Company) -> None:
    ran = company.run("send-summary", "--slot", "morning", SENTINEL_NOW="2026-11-23T08:00:00Z")
    assert (ran.code, company.world.sent_texts) == (78, [])


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["send-summary"], "error: Missing option '--slot'"),
        (["send-summary", "--slot", "night"], "error: Invalid value for '--slot'"),
        (["poll-resolver", "--since", "soon"], "error: 'soon' is no length of time"),
    ],
)
def test_what_is_typed_wrongly_is_2(company: Company, argv: list[str], said: str) -> None:
    ran = company.run(*argv)
    assert (ran.code, ran.out, ran.err.startswith(said)) == (2, "", True)


def test_as_json_every_line_of_a_run_is_an_object(company: Company) -> None:
    ran = company.run("poll-resolver", LOG_FORMAT="json")
    assert ([json.loads(line)["event"] for line in ran.lines], ran.err) == (["job.started", "job.ended"], "")


def test_as_json_a_failure_is_told_once_with_its_advice(company: Company) -> None:
    ran = company.run("poll-resolver", LOG_FORMAT="json", GHL_TOKEN="wrong")
    ended = json.loads(ran.lines[-1])
    assert (ran.code, ran.err, ended["exit"], "Private Integration" in ended["advice"]) == (77, "", 77, True)


def test_as_json_settings_that_cannot_be_read_are_objects_too(company: Company) -> None:
    ran = company.run("poll-resolver", LOG_FORMAT="json", SMS_SLA_HOURS="two")
    told = [json.loads(line) for line in ran.lines]
    assert (ran.code, ran.err, [each["event"] for each in told]) == (78, "", ["job.started", "job.ended"])


def test_requests_to_ghl_are_counted_from_run_to_run(company: Company) -> None:
    counts = []
    for token in (None, "wrong"):
        company.run("poll-resolver", **({"GHL_TOKEN": token} if token else {}))
        kept = {item["key"]: item["value"] for item in company.run("kv", "show", "--json").json["items"]}
        counts.append([int(kept[f"ghl_{what}:poll-resolver"]) for what in ("requests", "request_failures")])
    first, second = counts
    assert (first[1], second[1] > 0, second[0] - first[0]) == (0, True, second[1])
