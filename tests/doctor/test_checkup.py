"""The checkup as a whole: a look that fails, hangs or is broken leaves the others alone."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from sentinel_cli.doctor.checkup import Look, checkup, examined
from sentinel_cli.doctor.findings import Finding, Lines, Pillar
from sentinel_cli.errors import StoreProblem

from .said import verdicts


def look(pillar: Pillar, *, raises: Exception | None = None, waits_for: threading.Event | None = None) -> Look:
    def work() -> Sequence[Finding]:
        if raises:
            raise raises
        if waits_for:
            waits_for.wait()
        return [Lines(pillar).ok("looked at", "well")]

    return Look(pillar=pillar, check=f"a look at {pillar.value}", work=work)


def test_findings_stand_in_the_order_of_the_pillars() -> None:
    found = examined([look(Pillar.CLOCK), look(Pillar.STORE), look(Pillar.SETTINGS)])
    assert [each.pillar for each in found] == ["Settings", "Store", "Clock"]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (StoreProblem("no database", advice="run sentinel db migrate"), "no database"),
        (PermissionError(13, "Permission denied", "/x"), "cannot be looked at: [Errno 13] Permission denied: '/x'"),
    ],
)
def test_one_that_fails_is_a_problem_and_the_others_go_on(error: Exception, says: str) -> None:
    found = examined([look(Pillar.STORE, raises=error), look(Pillar.GHL)])
    assert verdicts(found) == [("a look at Store", "problem"), ("looked at", "ok")]
    assert found[0].found == says


def test_one_that_hangs_is_a_problem_in_time_and_the_others_are_told() -> None:
    for_ever = threading.Event()
    found = examined([look(Pillar.GHL, waits_for=for_ever), look(Pillar.CRON)], within=2)
    for_ever.set()
    assert verdicts(found) == [("a look at GHL", "problem"), ("looked at", "ok")]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_one_that_is_broken_is_a_bug_and_the_others_go_on() -> None:
    found = examined([look(Pillar.GHL, raises=KeyError("x")), look(Pillar.CRON)])
    assert [(each.found, each.code) for each in found] == [("a bug of Sentinel's", 1), ("well", 0)]


def test_without_a_home_there_is_one_line_with_the_way_to_one(tmp_path: Path) -> None:
    [found] = checkup({"SENTINEL_HOME": str(tmp_path / "gone")}, tmp_path, None, offline=True)
    assert (found.check, found.verdict, found.code) == ("SENTINEL_HOME", "problem", 78)
    assert found.found.endswith("is not a directory")
    assert found.fix
