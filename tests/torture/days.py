"""Days on which one run fails, and how they end: told by what the store knows, and by who was texted how often."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sentinel_cli.domain.letters import Slot
from sentinel_cli.errors import SentinelError
from tests.fakes import Crash
from tests.jobs.conftest import Company, code_of
from tests.torture.failing_store import dump

__all__ = ["DIED", "Ending", "Step", "Story", "Trial", "alerts", "ended", "known", "poll", "summary", "tally"]

DIED = 137
Step = Callable[[Company], int]


def ended(run: Callable[[], Any]) -> int:
    """The exit code of a run."""
    try:
        return code_of(run())
    except SentinelError as problem:
        return problem.exit_code
    except Crash:
        return DIED


def poll(minutes: float) -> Step:
    return lambda company: ended(lambda: company.polls(minutes))


def summary(minutes: float, slot: Slot = Slot.MORNING) -> Step:
    return lambda company: ended(lambda: company.sums_up(minutes, slot))


def alerts(minutes: float) -> Step:
    return lambda company: ended(lambda: company.alerts(minutes))


@dataclass(frozen=True)
class Story:
    """Steps of a day: those before the one that fails, that one, and those after it."""

    before: tuple[Step, ...]
    failing: Step
    after: tuple[Step, ...]


@dataclass(frozen=True)
class Ending:
    """What a day comes to: the store, the managers texted, and the exit code of its last run."""

    store: dict[str, list[str]]
    texted: list[str]
    last: int

    def compared(self, other: "Ending") -> dict[str, Any]:
        """What is wrong with the other, where this one is as it should be."""
        return {
            "doubled": len(set(other.texted)) < len(other.texted),
            "missed": other.last != 0 or set(other.texted) != set(self.texted),
            "otherwise": [table for table in self.store if other.store[table] != self.store[table]],
        }


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What became of a day: the exit code of its failing run, and what ended otherwise; `silent` is a 0 too early."""

    what: str
    fails_at: int
    exit_code: int
    silent: bool
    doubled: bool
    missed: bool
    otherwise: list[str]

    @property
    def is_bad(self) -> bool:
        return self.silent or self.doubled or self.missed or bool(self.otherwise)


def tally(done: Iterable[Trial]) -> dict[str, int]:
    """The trials as figures."""
    trials = list(done)
    return {
        "days": len(trials),
        "highest_n": max(trial.fails_at for trial in trials),
        "doubles": sum(trial.doubled for trial in trials),
        "misses": sum(trial.missed for trial in trials),
        "silent": sum(trial.silent for trial in trials),
        "ended_otherwise": sum(bool(trial.otherwise) for trial in trials),
    }


def known(company: Company) -> dict[str, list[str]]:
    """The store, but for what tells which run did it: its number, its instant, how much it looked at, its tries.

    Of the managers only their letters: our texts to them are facts like any, which later runs see (so that messages
    are numbered otherwise).
    """
    instants = {row[0] for row in company.rows("select started_ts from job_runs")}
    which_run = re.compile("|".join(["run:[0-9]+", *map(re.escape, sorted(instants))]))
    found = dump(company.db, apart_from={"job_runs", "sqlite_sequence", "outbox"})
    # A summary without a check tells of what was known: that is another breach than the one after a check.
    told = [row[1] for row in company.rows("pragma table_info(issues)")].index("breach_notified_ts")
    found["issues"] = [(*row[:told], *row[told + 1 :]) for row in found["issues"]]
    found["messages"] = sorted((row[1:] for row in found["messages"]), key=repr)
    rows = {name: [which_run.sub("a run", repr(row)) for row in rows] for name, rows in found.items()}
    apart = re.compile("|".join(["last_check_threads", *company.managers]))
    kept = {name: [row for row in rows if not apart.search(row)] for name, rows in rows.items()}
    letters = company.rows("select letter_key, state, contact_id from outbox order by id")
    return kept | {"outbox": [which_run.sub("a run", repr(letter)) for letter in letters]}
