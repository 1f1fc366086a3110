"""`sentinel jobs list` and `show`."""

from datetime import timedelta
from pathlib import Path

import pytest

from sentinel_cli.store import runs

from .installation import NOW, Installation, at, screen_of, write_env


@pytest.fixture
def worked(tmp_path: Path) -> Installation:
    """Two runs that ended well, one that did not, one that died."""
    write_env(tmp_path)
    company = Installation(home=tmp_path)
    ended = [
        ("poll-resolver", 0, {"new": 3, "opened": 1, "open": 5}, None, 120),
        ("send-summary", 75, {"sent": 1, "owed": 1}, "not every manager has the summary", 90),
        ("run-orders", 0, {}, None, 1),
    ]
    with company.make_database() as db:
        for ago, (job, code, counts, error, seconds) in zip((50, 40, 30), ended, strict=True):
            begun = at(NOW) - timedelta(hours=ago)
            run = runs.begin(db, job, begun)
            runs.finish(db, run, begun + timedelta(seconds=seconds), code, counts, error)
        runs.begin(db, "send-alerts", at(NOW) - timedelta(hours=1))
    return company


@pytest.mark.parametrize(("width", "name"), [(80, "80"), (120, "120"), (None, "pipe")])
def test_the_list_looks_like_this(worked: Installation, width: int | None, name: str) -> None:
    assert worked.run("jobs", "list", width=width).screen == screen_of(f"jobs-list-{name}")


@pytest.mark.parametrize(
    ("options", "ids", "total"),
    [
        ([], [4, 3, 2, 1], 4),
        (["--failed"], [4, 2], 2),
        (["--job", "poll-resolver"], [1], 1),
        (["--since", "35h"], [4, 3], 2),
        (["--since", "45h", "--failed", "--job", "send-summary"], [2], 1),
        (["--limit", "1"], [4], 4),
    ],
)
def test_its_filters_combine(worked: Installation, options: list[str], ids: list[int], total: int) -> None:
    shown = worked.run("jobs", "list", *options, "--json").json
    assert ([run["id"] for run in shown["items"]], shown["total"]) == (ids, total)


def test_it_says_what_was_cut(worked: Installation) -> None:
    assert worked.run("jobs", "list", "--limit", "3").err == "3 of 4 runs shown; --limit 4 shows all\n"


@pytest.mark.parametrize(
    ("options", "said"), [(["--job", "prune"], "no runs\n"), (["--since", "35h", "--failed"], "1 failed run\n")]
)
def test_it_counts_what_it_shows(worked: Installation, options: list[str], said: str) -> None:
    assert worked.run("jobs", "list", *options).err == said


def test_one_run_is_shown_with_all_its_counts(worked: Installation) -> None:
    assert worked.run("jobs", "show", "2").out == screen_of("jobs-show-pipe")


def test_one_run_as_json(worked: Installation) -> None:
    assert worked.run("jobs", "show", "4", "--json").json == {
        "id": 4,
        "job": "send-alerts",
        "started_ts": "2026-11-23T15:00:00.000Z",
        "ended_ts": None,
        "exit_code": None,
        "counts": {},
        "error": None,
    }


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["show", "9"], "error: no run 9\nnext: sentinel jobs list shows the newest\n"),
        (["list", "--job", "resolver"], "error: no job is named 'resolver'\n"),
        (["list", "--since", "soon"], "error: 'soon' is no length of time and no date\n"),
    ],
)
def test_what_is_not_there_is_said(worked: Installation, argv: list[str], said: str) -> None:
    ran = worked.run("jobs", *argv)
    assert (ran.code, ran.err.startswith(said)) == (2, True)
