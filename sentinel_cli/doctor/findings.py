"""What the doctor found, a frozen value for each line of the checklist, and the exit code of all; knows no check.

All is well when no line is a problem. A warning is something to know that breaks nothing; a skipped line is one that
could not be looked at for a reason it names. Neither makes the run fail.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sentinel_cli.errors import (
    GhlRefused,
    GhlRejected,
    GhlShapeUnknown,
    Incomplete,
    Misconfigured,
    SentinelError,
    StoreProblem,
)

__all__ = ["Finding", "Lines", "Pillar", "Verdict", "ago", "exit_code", "lasting", "many", "size"]


class Pillar(StrEnum):
    """Which part of the installation a line is about, in the order in which a person should mend them."""

    SETTINGS = "Settings"
    STORE = "Store"
    WEBHOOKS = "Webhooks"
    GHL = "GHL"
    SUMMARY = "Summary"
    CRON = "Cron"
    CLOCK = "Clock"


class Verdict(StrEnum):
    """How a line stands."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the checklist: what was looked at, what was found, and what mends it; `code` is a problem's exit."""

    pillar: Pillar
    check: str
    verdict: Verdict
    found: str
    fix: str = ""
    code: int = 0


# What came while doctor was at work.
_MOMENT = timedelta(minutes=1)
# Without settings or a store nothing else can be judged; what is merely late or away may mend itself.
_GRAVEST_FIRST = (Misconfigured, StoreProblem, GhlRefused, GhlRejected, GhlShapeUnknown, Incomplete)


def exit_code(findings: Iterable[Finding]) -> int:
    """0 when no finding is a problem, else the code of the gravest one."""
    codes = {finding.code for finding in findings if finding.verdict is Verdict.PROBLEM}
    return next((kind.exit_code for kind in _GRAVEST_FIRST if kind.exit_code in codes), max(codes, default=0))


@dataclass(frozen=True, slots=True)
class Lines:
    """Writes the findings of one pillar; `code` is what a problem of it exits with unless it says otherwise."""

    pillar: Pillar
    code: int = Incomplete.exit_code

    def ok(self, check: str, found: str) -> Finding:
        """It is as it should be."""
        return Finding(pillar=self.pillar, check=check, verdict=Verdict.OK, found=found)

    def warning(self, check: str, found: str, fix: str) -> Finding:
        """Somebody should know it; nothing is broken."""
        return Finding(pillar=self.pillar, check=check, verdict=Verdict.WARNING, found=found, fix=fix)

    def skipped(self, check: str, found: str, fix: str = "") -> Finding:
        """It was not looked at, and why."""
        return Finding(pillar=self.pillar, check=check, verdict=Verdict.SKIPPED, found=found, fix=fix)

    def problem(self, check: str, found: str, fix: str, code: int | None = None) -> Finding:
        """It has to be mended."""
        code = self.code if code is None else code
        return Finding(pillar=self.pillar, check=check, verdict=Verdict.PROBLEM, found=found, fix=fix, code=code)

    def failed(self, check: str, error: SentinelError) -> Finding:
        """A look that ended with an error of ours, which says itself what to do."""
        return self.problem(check, "; ".join(error.message.splitlines()), error.advice, error.exit_code)


def many(count: int, noun: str, plural: str = "") -> str:
    """`1 call`, `3 calls`; `2 people` where the plural is another word."""
    return f"{count} {noun}" if count == 1 else f"{count} {plural or noun + 's'}"


def lasting(length: timedelta) -> str:
    """A length of time in its two largest units: `40s`, `12m`, `3h 10m`, `2d 4h`."""
    seconds = abs(length) // timedelta(seconds=1)
    units = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
    sizes = [(seconds // unit, seconds % unit, name) for name, unit in units]
    place = next((place for place, (count, _, _) in enumerate(sizes) if count), len(units) - 1)
    count, rest, name = sizes[place]
    if place > 1 or not (more := rest // units[place + 1][1]):
        return f"{count}{name}"
    return f"{count}{name} {more}{units[place + 1][0]}"


def ago(age: timedelta) -> str:
    """`12m ago`; of what this clock, set back meanwhile, has yet to reach `12m ahead of this clock`."""
    return f"{lasting(age)} {'ago' if age > -_MOMENT else 'ahead of this clock'}"


def size(count: int) -> str:
    """Bytes as people say them: `812 KB`, `24.3 MB`, `5.0 GB`."""
    if count < 1_000_000:
        return f"{count / 1000:.0f} KB"
    return f"{count / 1e6:.1f} MB" if count < 1_000_000_000 else f"{count / 1e9:.1f} GB"
