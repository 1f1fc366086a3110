"""A home, the stand-in for GHL and the crontab's lines for a slot, as real processes: what letters come to."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.stage import MANAGERS, PAT, ROOT, SENTINEL, Account, Installation, account, bare, migrated, ran
from tests.torture.dying import DIED, Point

__all__ = ["Ended", "Night", "Stand", "stand"]

MORNING, MIDDAY, ALERT = "Sentinel, morning", "Sentinel, midday", "Sentinel, alert"
_PATHS = {
    "export": re.compile("GET /conversations/messages/export"),
    "search": re.compile("GET /conversations/search"),
    "messages": re.compile("GET /conversations/[^/]+/messages"),
    "send": re.compile("POST /conversations/messages"),
}
LEFT = "another run is at work"


def monday(time: str) -> str:
    return f"2026-11-23T{time}:00-06:00"


@dataclass(frozen=True)
class Ended:
    """How many of a slot's texts each manager has, in order; the exit codes; and the managers nobody spoke of."""

    each: list[int]
    codes: list[int]
    silent: list[str]

    @property
    def is_good(self) -> bool:
        """Whether each manager has one text, the last run ended with 0, and none before it kept a lack to itself."""
        return (self.each, self.codes[-1], self.silent) == ([1] * len(MANAGERS), 0, [])


@dataclass
class Night:
    """One installation's morning: the runs so far, by exit code and by what they said.

    With `alerts` its lines start send-alerts, and the resolver has run before.
    `silent` are the managers without a text whom a run that ended did not name, or ended with 0 all the same.
    """

    ghl: Account
    home: Installation
    alerts: bool = False
    codes: list[int] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)

    # What GHL does.

    def fails(self, kind: str, route: str = "send", **fields: object) -> None:
        """The next request of the route, or as `times` says."""
        self.ghl._asked("POST", "faults", kind=kind, route=route, **fields)

    def joins_blocked(self, contact_id: str, **fields: object) -> None:
        """A contact that GHL sends no text to."""
        self.ghl._asked("POST", "contacts", name="Sam Hill", phone="+19405550199", contact_id=contact_id, **fields)

    def is_at(self, time: str) -> None:
        self.ghl.clock(monday(time))
        self.home.clock(monday(time))

    # What cron does.

    def runs(self, *times: str, slot: str = "morning", force: bool = False) -> "Night":
        """The crontab's line, at each of these times."""
        for time in times:
            self.is_at(time)
            self._ended(self.home.sentinel(*self._line(slot), *(["--force"] if force else [])))
        return self

    def dies(self, time: str, point: Point, nth: int, slot: str = "morning") -> None:
        """A run that dies at the nth time that it comes to the point, or ends as it does where it does not."""
        self.is_at(time)
        argv = [
            sys.executable,
            "-m",
            "tests.torture.dying",
            point,
            str(nth),
            "sentinel",
            *self._line(slot),
        ]
        self._ended(ran(argv, self.environ, ROOT))

    @contextmanager
    def running(self, time: str, slot: str = "morning") -> Iterator["subprocess.Popen[str]"]:
        """A run at work; its end counts when the block is left."""
        self.is_at(time)
        argv = [str(SENTINEL), *self._line(slot)]
        process = subprocess.Popen(
            argv, cwd="/", env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        with process:
            yield process
            said, _ = process.communicate(timeout=60)
        self._ended(subprocess.CompletedProcess(argv, process.returncode, said, ""))

    def _line(self, slot: str) -> list[str]:
        return ["send-alerts"] if self.alerts else ["send-summary", "--slot", slot]

    @property
    def environ(self) -> dict[str, str]:
        return bare(SENTINEL_HOME=str(self.home.home))

    def _ended(self, run: "subprocess.CompletedProcess[str]") -> None:
        self.codes.append(run.returncode)
        self.said.append(run.stdout + run.stderr)
        # A run that died says nothing, and one that left the work to another need not.
        if run.returncode >= 0 and run.returncode != DIED and LEFT not in self.said[-1]:
            lacking = [manager for manager in MANAGERS if not self.texts()[manager]]
            self.silent += [manager for manager in lacking if run.returncode == 0 or manager not in self.said[-1]]

    # What came of it.

    def texts(self) -> Counter[str]:
        """How many texts of the morning, or alerts, each manager has."""
        begins = ALERT if self.alerts else MORNING
        return Counter(contact for contact, text in self.ghl.sent if " ".join(text.split()).startswith(begins))

    @property
    def ended(self) -> "Ended":
        """What the morning has come to by now."""
        counted = self.texts()
        return Ended([counted[manager] for manager in MANAGERS], list(self.codes), list(self.silent))

    def asked(self, route: str) -> int:
        """How many requests of that route GHL has received."""
        return sum(_PATHS[route].fullmatch(f"{seen['method']} {seen['path']}") is not None for seen in self._requests())

    def _requests(self) -> list[dict[str, Any]]:
        requests: list[dict[str, Any]] = self.ghl._asked("GET", "requests")["requests"]
        return requests

    @property
    def midday(self) -> list[str]:
        """The lines of the next slot's text."""
        return [text for _, text in self.ghl.sent if text.startswith(MIDDAY)][-1].splitlines()


@dataclass(frozen=True)
class Stand:
    """The stand-in for GHL at work, and a migrated home to copy."""

    ghl: Account
    template: Installation

    def night(self, place: Path, managers: Sequence[str] = MANAGERS, *, alerts: bool = False) -> Night:
        """A new morning: Pat has waited since Friday, and each manager has texted us once."""
        self.ghl._asked("POST", "reset")
        self.ghl._asked("POST", "limit", max=None)
        self.ghl.clock(monday("07:00"))
        self.ghl.happens("inbound_text", PAT, "2026-11-20T14:20:00-06:00", text="Is anyone coming?")
        for manager in managers:
            self.ghl.happens("inbound_text", manager, monday("06:00"), text="Morning")
        home = shutil.copytree(self.template.home, place / "home", symlinks=True)
        night = Night(self.ghl, Installation(home), alerts=alerts)
        if alerts:
            night.is_at("08:50")
            night.home.sentinel("poll-resolver")
        return night


@contextmanager
def stand(place: Path) -> Iterator[Stand]:
    """The stand-in, and a home to start from."""
    with account(place) as ghl:
        settings: dict[str, Any] = {**ghl.settings, "MANAGER_CONTACT_IDS": ",".join(MANAGERS)}
        yield Stand(ghl, migrated(place / "template", settings))
