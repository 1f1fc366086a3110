"""`sentinel` alone: how things stand, at a glance."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.store import runs

from .installation import NOW, Installation, at, furnish, screen_of, write_env

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def company(tmp_path: Path) -> Installation:
    """The pool company, whose jobs have run: the resolver well, the summary not, the pruning still at work."""
    write_env(tmp_path)
    installation = Installation(home=tmp_path)
    furnish(installation)
    began(installation, "poll-resolver", 10 * MINUTE, 0)
    began(installation, "send-summary", 2 * HOUR, 75, "not every manager has the summary")
    began(installation, "prune", 10 * MINUTE)
    return installation


def began(
    company: Installation, job: str, before: timedelta, code: int | None = None, error: str | None = None
) -> None:
    with company.make_database() as db, db.transaction():
        run = runs.begin(db, job, at(NOW) - before)
        if code is not None:
            runs.finish(db, run, at(NOW) - before + MINUTE, code, {}, error)


def care(company: Installation) -> list[str]:
    said: list[str] = company.run("--json").json["care"]
    return said


@pytest.mark.parametrize("width", [80, 140])
def test_it_fits_a_terminal_of_that_width(company: Installation, width: int) -> None:
    assert company.run(width=width).screen == screen_of(f"glance-{width}")


def test_it_is_plain_in_a_pipe(company: Installation) -> None:
    assert company.run().out == screen_of("glance-pipe")


def test_colour_says_nothing_that_words_do_not(company: Installation) -> None:
    assert "\x1b" not in company.run(width=80, colour=False).out


def test_programs_get_one_object(company: Installation) -> None:
    said = company.run("--json").json
    assert {name: said[name] for name in ("open", "calls", "overdue", "escalated", "snoozed", "most_urgent")} == {
        "open": 3,
        "calls": 1,
        "overdue": 2,
        "escalated": 1,
        "snoozed": 1,
        "most_urgent": 1,
    }
    assert [(job["job"], job["exit_code"]) for job in said["jobs"]] == [
        ("poll-resolver", 0),
        ("prune", None),
        ("send-summary", 75),
    ]


def test_what_did_not_end_well_needs_care(company: Installation) -> None:
    assert care(company) == ["send-summary ended with 75: not every manager has the summary"]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        ("update job_runs set started_ts = :ago where job = 'prune'", "prune died, or is at work for 4d"),
        ("update job_runs set started_ts = :ago where job = 'poll-resolver'", "poll-resolver has not run for 4d: is"),
        ("delete from job_runs where job = 'poll-resolver'", "poll-resolver has not run yet: is cron at work?"),
        ("update job_runs set started_ts = :ago where job = 'send-summary'", "send-summary has not run for 4d: is"),
        ("update job_runs set job = 'run-orders', started_ts = :ago where job = 'prune'", "run-orders has not run for"),
        ("insert into kv_store (key, value) values ('last_check_webhooks_silent', '1')", "webhooks silent: the last"),
        ("update raw_events set received_ts = :ago", "no webhook for 4d"),
        ("update raw_events set outcome = 'error:KeyError' where id = 1", "1 delivery could not be read"),
        ("update raw_events set outcome = 'error:KeyError'", "3 deliveries could not be read"),
    ],
)
def test_what_is_amiss_is_a_line(company: Installation, edit: str, says: str) -> None:
    values: Mapping[str, str] = {"ago": instant_text(at(NOW) - timedelta(days=4))}
    with company.make_database() as db:
        db.read(edit, **(values if ":ago" in edit else {}))
    assert [line for line in care(company) if says in line] != []


def test_at_night_no_job_is_missed(company: Installation) -> None:
    """The resolver ran at 5:50pm; it is 7am."""
    with company.make_database() as db:
        db.write("update job_runs set started_ts = '2026-11-23T23:50:00.000Z', exit_code = 0, ended_ts = started_ts")
    assert company.run("--json", SENTINEL_NOW="2026-11-24T13:00:00Z").json["care"] == []


def test_where_nothing_is_known_it_says_so(fresh: Installation) -> None:
    assert fresh.run().lines[:2] == ["waiting:        0 issues (0 calls, 0 texts)", "last delivery:  none yet"]


def test_without_a_database_it_is_the_error_and_the_way_to_help(bare: Installation) -> None:
    ran = bare.run()
    assert (ran.code, ran.err.splitlines()[0]) == (74, "sentinel --help shows every command")
