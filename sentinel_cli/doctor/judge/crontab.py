"""A crontab's lines that start Sentinel, taken apart; refuses to know whether they ran."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cronsim import CronSim, CronSimError

__all__ = ["RECORDED", "Crontab", "Entry", "newest_due", "next_due", "read_crontab"]

RECORDED = frozenset({"poll-resolver", "send-summary", "send-alerts", "run-orders", "backup", "prune"})
"""The jobs whose runs have a row in `job_runs`; of anything else that cron may start nothing tells that it ran."""

_VARIABLE = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*[\"']?(.*?)[\"']?\s*")
_STARTS = re.compile(r"(?:^|[/\"'\s])sentinel[\"']?\s+([a-z][^>|;&#]*)")
_SLOT = re.compile(r"\s--slot[= ](\w+)")
_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: `typed` is what stands after `sentinel`, by which lines are told apart."""

    typed: str
    schedule: str
    command: str

    @property
    def jobs(self) -> frozenset[str]:
        """Under which names its runs may stand in `job_runs`: `db backup`, `db-backup`, `backup`."""
        words = []
        for word in self.typed.split():
            if word.startswith("-"):
                break
            words.append(word)
        return frozenset({" ".join(words), "-".join(words), words[-1]})

    @property
    def slot(self) -> str | None:
        """Which summary of the day it asks for, `morning` say; None for any other job."""
        asked = _SLOT.search(self.typed)
        return asked[1].lower() if asked else None

    @property
    def is_recorded(self) -> bool:
        """Whether its runs can be known: a dry run writes nothing."""
        return bool(self.jobs & RECORDED) and "--dry-run" not in self.typed.split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crontab:
    """Our lines in order, and the variables that stand above them."""

    entries: Sequence[Entry]
    variables: Mapping[str, str]


def read_crontab(text: str) -> Crontab:
    """The lines of a crontab that start Sentinel; comments, blanks and whatever else the user runs are left out."""
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
    found = [match for line in lines if (match := _VARIABLE.fullmatch(line))]
    return Crontab(
        entries=[entry for line in lines if (entry := _entry(line))],
        variables={match[1]: match[2] for match in found},
    )


def _entry(line: str) -> Entry | None:
    nickname, _, rest = line.partition(" ")
    fields = [_NICKNAMES.get(nickname, nickname), rest] if nickname.startswith("@") else _split(line)
    starts = _STARTS.search(fields[1]) if fields else None
    if starts is None:
        return None
    return Entry(typed=" ".join(starts[1].split()), schedule=fields[0], command=" ".join(fields[1].split()))


def _split(line: str) -> list[str]:
    words = line.split(maxsplit=5)
    return [" ".join(words[:5]), words[5]] if len(words) == 6 else []


def newest_due(entry: Entry, before: datetime) -> datetime | None:
    """The last time before an instant of the host's zone at which the line was due; None for one never due."""
    return next(_due(entry, before, reverse=True), None)


def next_due(entry: Entry, after: datetime) -> datetime | None:
    """The first time after an instant of the host's zone at which the line is due."""
    return next(_due(entry, after, reverse=False), None)


def _due(entry: Entry, at: datetime, *, reverse: bool) -> Iterator[datetime]:
    try:
        return CronSim(entry.schedule, at, reverse=reverse)
    except CronSimError:
        return iter(())
