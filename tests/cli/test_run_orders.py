"""`sentinel run-orders` as cron and an operator run it, against the stand-in."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sentinel_cli.clock import pause
from sentinel_cli.jobs.locks import lock_path, locked
from sentinel_cli.sandbox.app import sandbox_app
from sentinel_cli.sandbox.faults import Fault, FaultKind, Route
from sentinel_cli.sandbox.sample import CUSTOMERS, MANAGERS
from sentinel_cli.sandbox.server import serve_in_thread
from sentinel_cli.sandbox.world import World
from sentinel_cli.store.database import Database

from .installation import NOW, Installation, Ran, at, empty, write_env

SAM = next(contact for contact, (name, _) in CUSTOMERS.items() if name == "Sam Okafor")
CASEY, MORGAN = MANAGERS
ANSWER = "Sentinel, Resolve 1, 9:59am\n#1 Sam O.: resolved.\nUndo: Reopen 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """An installation, and the GHL account that it watches."""

    installation: Installation
    world: World

    def run(self, *argv: str, width: int | None = None, **environ: str) -> Ran:
        return self.installation.run("run-orders", *argv, width=width, **environ)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with Database.open(self.installation.db_path) as db:
            return [tuple(row) for row in db.read(sql)]

    def texted(self) -> list[tuple[str, str]]:
        return [(row.contact_id, row.text) for row in self.world.sent_texts]


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """Sam wrote an hour ago; a minute ago Casey has texted `Resolve 1`."""
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
        installation.run("poll-resolver")
        world.inbound_text(CASEY, "Resolve 1", at=at("2026-11-23T15:59:00Z"))
        yield Company(installation=installation, world=world)


def test_an_order_is_carried_out_and_answered(company: Company) -> None:
    ran = company.run()
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines == [
        "2026-11-23 10:00:00 CST cron: orders -> sentinel run-orders",
        "2026-11-23 10:00:00 CST cron: orders <- exit=0 orders=1 answered=1",
    ]
    assert company.texted() == [(CASEY, ANSWER)]
    assert company.rows("select status, resolved_by, answered_by from issues") == [("RESOLVED", "resolve", CASEY)]


def test_a_minute_without_orders_has_no_line_in_the_log_but_a_row(company: Company) -> None:
    company.run()
    asked = len(company.world.requests)
    ran = company.run(SENTINEL_NOW="2026-11-23T16:01:00.000Z")
    assert (ran.code, ran.out, ran.err, len(company.world.requests)) == (0, "", "", asked)
    assert company.rows("select exit_code, counts from job_runs where job = 'run-orders' order by id desc limit 1") == [
        (0, "{}")
    ]


def test_a_quiet_minute_stays_quiet_where_others_may_read_the_secrets(company: Company) -> None:
    company.run()
    (company.installation.home / ".env").chmod(0o644)
    assert company.run(SENTINEL_NOW="2026-11-23T16:01:00.000Z").out == ""


def test_on_a_terminal_it_says_it_in_words(company: Company) -> None:
    first, second = (company.run(width=80, SENTINEL_NOW=now) for now in (NOW, "2026-11-23T16:01:00.000Z"))
    assert (first.lines[-1], second.lines) == ("1 order, 1 answered", ["no orders, 0 answered"])


def test_a_dry_run_shows_the_answer_and_leaves_everything_as_it_was(company: Company) -> None:
    tables = ("actions", "kv_store", "job_runs", "outbox", "messages")
    before = [company.rows(f"select * from {table}") for table in tables]  # noqa: S608
    ran = company.run("--dry-run", width=80)
    assert ran.lines == [
        f"To {CASEY}:",
        *(f"  | {line}" for line in ANSWER.split("\n")),
        "1 order; dry run: nothing was changed, nothing was sent",
    ]
    assert [company.rows(f"select * from {table}") for table in tables] == before  # noqa: S608
    assert company.texted() == []


def test_its_json_is_one_object(company: Company) -> None:
    assert company.run("--json").json == {
        "orders": 1,
        "answered": 1,
        "answers": [{"contact_id": CASEY, "body": ANSWER}],
        "dry_run": False,
    }


def test_what_ghl_does_not_answer_is_said_with_what_to_do(company: Company) -> None:
    company.world.faults.add(Fault(kind=FaultKind.HTML, route=Route.SEARCH, status=400, times=None))
    ran = company.run()
    assert (ran.code, ran.lines[-1].startswith("2026-11-23 10:00:00 CST cron: orders <- exit=69 unread=2 error=")) == (
        69,
        True,
    )


def test_a_second_run_beside_one_at_work_leaves_with_0(company: Company) -> None:
    with locked(lock_path(company.installation.db_path, "run-orders"), wait_seconds=0, sleep=pause):
        assert company.run().lines[-1].endswith('exit=0 skipped="another run is at work"')


def test_all_missing_settings_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / ".env").touch()
    ran = Installation(home=tmp_path).run("run-orders")
    missing = ["GHL_TOKEN", "GHL_LOCATION_ID", "MANAGER_CONTACT_IDS"]
    assert (ran.code, ran.err.splitlines()[:3]) == (78, [f"error: {name} is not set" for name in missing])
    assert [line.partition("cron: ")[2][:9] for line in ran.lines] == ["orders ->", "orders <-"]


def test_the_summary_offers_orders_once_they_are_read(company: Company) -> None:
    company.run()
    company.installation.run("send-summary", "--slot", "morning")
    assert company.texted()[-1][1].splitlines()[-1] == "Reply List"


def test_the_log_of_an_issue_says_who_texted(company: Company) -> None:
    company.run()
    events = company.rows("select event, cause from issue_log where event = 'resolve'")
    assert events == [("resolve", CASEY)]
