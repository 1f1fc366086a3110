"""A run leaves its row however it ends, runs beside no other of its job, and says so in two lines."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sentinel_cli.errors import GhlRefused, GhlUnavailable, Incomplete, Misconfigured, SentinelError, StoreProblem
from sentinel_cli.jobs.locks import lock_path
from sentinel_cli.jobs.runner import Count, CronLines, Run, execute
from sentinel_cli.store import kv
from sentinel_cli.store.database import Database
from tests.builders import CHICAGO, at
from tests.fakes import Crash, FakeClock

from .conftest import MINUTE
from .test_locks import holder

JOB = "send-summary"


@dataclass(frozen=True)
class Told:
    """A report of a job."""

    counts: Mapping[str, Count] = field(default_factory=dict)
    problem: SentinelError | None = None


class Bench:
    """Runs a piece of work as a job on a store on disk."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.clock = FakeClock(at(0))
        self.naps: list[float] = []
        self.work: Callable[[], object] = lambda: None
        self.slot: str | None = None

    def run(self, told: Told | BaseException) -> Told | None:
        naps, slot = self.naps.append, self.slot
        return execute(JOB, self.db, lambda run: self._work(told), clock=self.clock, sleep=naps, slot=slot)

    def fails(self, error: BaseException) -> None:
        with suppress(type(error)):
            self.run(error)

    def _work(self, told: Told | BaseException) -> Told:
        self.clock.move(MINUTE)
        self.work()
        if isinstance(told, BaseException):
            raise told
        return told

    def row(self) -> tuple[Any, ...]:
        """Of the only run: exit code, error and counts."""
        [row] = self.db.read("select exit_code, error, counts from job_runs")
        return row["exit_code"], row["error"], json.loads(row["counts"])


@pytest.fixture
def bench(db: Database) -> Bench:
    return Bench(db)


class TestRow:
    def test_a_good_run_ends_with_0(self, bench: Bench) -> None:
        bench.run(Told(counts={"sent": 2, "open": 7}))
        assert bench.row() == (0, None, {"sent": 2, "open": 7})

    def test_a_run_that_left_something_ends_with_its_problem_and_counts(self, bench: Bench) -> None:
        bench.run(Told(counts={"sent": 1}, problem=Incomplete("not every manager has it")))
        assert bench.row() == (75, "not every manager has it", {"sent": 1})

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (GhlUnavailable("no connection"), 75),
            (GhlRefused("401", status=401), 77),
            (Misconfigured(["it is 02:00"]), 78),
        ],
    )
    def test_a_run_that_failed_ends_with_its_cause(self, bench: Bench, error: SentinelError, code: int) -> None:
        bench.fails(error)
        assert bench.row() == (code, error.message, {})

    def test_a_bug_ends_with_1(self, bench: Bench) -> None:
        bench.fails(LookupError("a bug of ours"))
        assert bench.row() == (1, "a bug: see the traceback in the log", {})

    def test_an_interrupted_run_ends_as_a_shell_says(self, bench: Bench) -> None:
        bench.fails(KeyboardInterrupt())
        assert bench.row() == (130, "interrupted", {})

    def test_a_process_asked_to_leave_has_its_row(self, bench: Bench) -> None:
        bench.fails(Crash())
        assert bench.row()[0] == 1

    @pytest.mark.parametrize("error", [GhlUnavailable("down"), LookupError("a bug"), KeyboardInterrupt()])
    def test_what_ended_it_is_raised(self, bench: Bench, error: BaseException) -> None:
        with pytest.raises(type(error)):
            bench.run(error)

    def test_it_names_the_slot_before_what_was_done(self, bench: Bench) -> None:
        bench.slot = "midday"
        bench.run(Told(counts={"sent": 2}))
        assert bench.row()[2] == {"slot": "midday", "sent": 2}

    def test_it_names_the_slot_of_what_failed_too(self, bench: Bench) -> None:
        bench.slot = "midday"
        bench.fails(Crash())
        assert bench.row()[2] == {"slot": "midday"}

    def test_it_tells_when_it_began_and_ended(self, bench: Bench) -> None:
        bench.run(Told())
        row = bench.db.one("select job, started_ts, ended_ts from job_runs")
        assert row is not None
        assert tuple(row) == (JOB, "2026-11-23T14:00:00.000Z", "2026-11-23T14:01:00.000Z")

    def test_the_report_is_given_back(self, bench: Bench) -> None:
        told = Told(counts={"sent": 2})
        assert bench.run(told) is told

    def test_the_work_knows_its_number_and_the_one_instant_of_its_clock(self, bench: Bench) -> None:
        seen: list[Run] = []
        execute(JOB, bench.db, lambda run: seen.append(run) or Told(), clock=bench.clock, sleep=bench.naps.append)
        assert (seen, seen[0].cause) == ([Run(id=1, now=at(0))], "run:1")


class TestUnrecorded:
    """The row cannot be written at the end."""

    @pytest.fixture(autouse=True)
    def readonly(self, bench: Bench) -> None:
        bench.work = lambda: bench.db.read("pragma query_only = on")

    @pytest.mark.parametrize("error", [GhlRefused("401", status=401), LookupError("a bug"), KeyboardInterrupt()])
    def test_what_ended_the_run_is_raised_all_the_same(self, bench: Bench, error: BaseException) -> None:
        with pytest.raises(type(error)) as raised:
            bench.run(error)
        assert raised.value is error

    def test_a_run_that_left_something_says_that(self, bench: Bench) -> None:
        told = Told(problem=Incomplete("not every manager has it"))
        assert bench.run(told) is told

    def test_a_good_run_ends_with_the_store_s_problem(self, bench: Bench) -> None:
        with pytest.raises(StoreProblem, match="readonly"):
            bench.run(Told())


class TestOnce:
    @pytest.mark.real
    def test_beside_another_run_of_the_job_it_leaves_at_once(self, bench: Bench, path: Path) -> None:
        with holder(lock_path(path, JOB)):
            assert (bench.run(Told()), bench.naps) == (None, [])

    @pytest.mark.real
    def test_one_that_left_is_no_run(self, bench: Bench, path: Path) -> None:
        with holder(lock_path(path, JOB)):
            bench.run(Told())
        assert bench.db.read("select * from job_runs") == []

    @pytest.mark.real
    def test_another_job_may_run(self, bench: Bench, path: Path) -> None:
        with holder(lock_path(path, "poll-resolver")):
            assert bench.run(Told()) is not None

    @pytest.mark.real
    def test_after_one_that_was_killed_the_next_runs(self, bench: Bench, path: Path) -> None:
        with holder(lock_path(path, JOB)) as process:
            process.kill()
            process.wait()
            assert bench.run(Told()) is not None


@pytest.mark.parametrize("told", [Told(), GhlUnavailable("down"), LookupError("a bug")])
def test_a_plain_copy_of_the_file_holds_what_the_run_did(
    bench: Bench, path: Path, tmp_path: Path, told: Told | BaseException
) -> None:
    with suppress(SentinelError, LookupError):
        bench.run(told)
    shutil.copy(path, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("select ended_ts from job_runs").fetchall() == [("2026-11-23T14:01:00.000Z",)]


def test_what_a_run_wrote_before_it_failed_stays(bench: Bench) -> None:
    def work(run: Run) -> Told:
        kv.put(bench.db, "key", "value")
        raise GhlUnavailable("down")

    with pytest.raises(GhlUnavailable):
        execute(JOB, bench.db, work, clock=bench.clock, sleep=bench.naps.append)
    assert kv.get(bench.db, "key") == "value"


class TestCronLines:
    @pytest.fixture
    def said(self) -> list[str]:
        return []

    @pytest.fixture
    def lines(self, said: list[str]) -> CronLines:
        return CronLines(
            label="morning",
            command="sentinel send-summary --slot morning",
            zone=CHICAGO,
            clock=iter([at(0), at(2 / 60)]).__next__,
            say=said.append,
        )

    def test_a_log_on_a_full_disk_keeps_no_job_from_its_work(self, lines: CronLines) -> None:
        def fail(_: str) -> None:
            raise OSError(28, "No space left on device")

        lines.say = fail
        with lines.around() as ran:
            ran.counts["sent"] = 2
        assert ran.counts == {"sent": 2}

    def test_a_good_run_reads_like_this(self, lines: CronLines, said: list[str]) -> None:
        with lines.around() as ran:
            ran.counts.update({"sent": 2, "overdue": 3, "open": 7, "resolved_since": 4})
        assert said == [
            "2026-11-23 08:00:00 CST cron: morning -> sentinel send-summary --slot morning",
            "2026-11-23 08:00:02 CST cron: morning <- exit=0 sent=2 overdue=3 open=7 resolved_since=4",
        ]

    def test_a_failed_run_reads_like_this(self, lines: CronLines, said: list[str]) -> None:
        with pytest.raises(GhlUnavailable), lines.around():
            raise GhlUnavailable("no connection to GoHighLevel")
        assert said[1] == ('2026-11-23 08:00:02 CST cron: morning <- exit=75 error="no connection to GoHighLevel"')

    def test_a_run_that_left_something_reads_like_this(self, lines: CronLines, said: list[str]) -> None:
        lines.counts.update({"sent": 1, "owed": 1})
        with pytest.raises(Incomplete), lines.around():
            raise Incomplete("not every manager has the summary")
        assert said[1] == (
            '2026-11-23 08:00:02 CST cron: morning <- exit=75 sent=1 owed=1 error="not every manager has the summary"'
        )

    def test_several_problems_stay_on_one_line(self, lines: CronLines, said: list[str]) -> None:
        with pytest.raises(Misconfigured), lines.around():
            raise Misconfigured(["GHL_TOKEN is not set", 'DB_PATH is "strange"'])
        assert said[1] == (
            '2026-11-23 08:00:02 CST cron: morning <- exit=78 error="GHL_TOKEN is not set; DB_PATH is \\"strange\\""'
        )

    def test_a_bug_reads_like_this(self, lines: CronLines, said: list[str]) -> None:
        with pytest.raises(LookupError), lines.around():
            raise LookupError("a bug of ours")
        assert said[1] == "2026-11-23 08:00:02 CST cron: morning <- exit=1"

    def test_an_interrupted_run_reads_like_this(self, lines: CronLines, said: list[str]) -> None:
        with pytest.raises(KeyboardInterrupt), lines.around():
            raise KeyboardInterrupt
        assert said[1] == "2026-11-23 08:00:02 CST cron: morning <- exit=130"

    def test_in_summer_the_zone_is_that_of_summer(self, said: list[str]) -> None:
        noon = datetime(2026, 7, 1, 17, 0, tzinfo=UTC)
        lines = CronLines(label="resolver", command="x", zone=CHICAGO, clock=lambda: noon, say=said.append)
        with lines.around():
            pass
        assert said[1] == "2026-07-01 12:00:00 CDT cron: resolver <- exit=0"
