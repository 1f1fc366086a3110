"""The checkup: every look at once, each in a thread of its own, none longer than a person waits.

A look that fails is a finding, one that hangs is another, and neither keeps the others from theirs.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread

from sentinel_cli.clock import cron_zone
from sentinel_cli.errors import Misconfigured, SentinelError
from sentinel_cli.opening import clock_of
from sentinel_cli.settings import Salvage, Settings, salvage

from .findings import Finding, Lines, Pillar
from .gather.cron import Host, see_cron
from .gather.ghl import AccountSeen, see_account
from .gather.receiver import see_public, see_receiver
from .gather.settings import see_settings
from .gather.store import see_store
from .gather.summary import see_letters
from .gather.webhooks import see_webhooks
from .judge.clock import ClockSeen, judge_clock, judge_skew
from .judge.cron import judge_cron
from .judge.ghl import GhlSeen, judge_ghl
from .judge.receiver import judge_public, judge_receiver
from .judge.settings import judge_settings
from .judge.store import judge_store
from .judge.summary import judge_letters, judge_managers
from .judge.webhooks import judge_webhooks

__all__ = ["WITHIN", "Look", "checkup", "examined"]

WITHIN = 25.0
_A_BUG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One part of the checkup; `check` names it where it fails as a whole."""

    pillar: Pillar
    check: str
    work: Callable[[], Sequence[Finding]]

    def findings(self) -> Sequence[Finding]:
        """What it finds; an error that Sentinel can name is a finding too."""
        lines = Lines(self.pillar)
        try:
            return self.work()
        except SentinelError as error:
            return [lines.failed(self.check, error)]
        except OSError as error:
            return [lines.problem(self.check, f"cannot be looked at: {error}", "run doctor as the user who runs cron")]


def checkup(environ: Mapping[str, str], cwd: Path, checkout: Path | None, *, offline: bool) -> list[Finding]:
    """Every line of the checklist, by pillar."""
    try:
        found = salvage(environ, cwd, checkout)
    except Misconfigured as error:
        return [Lines(Pillar.SETTINGS).failed("SENTINEL_HOME", error)]
    return examined(_looks(found, Host(environ=environ), offline=offline))


def examined(looks: Sequence[Look], within: float = WITHIN) -> list[Finding]:
    """The findings of all looks, by pillar, when the last has ended or `within` seconds are over."""
    deadline = time.monotonic() + within
    running = [_Running(look) for look in looks]
    for each in running:
        each.start()
    for each in running:
        each.join(max(0.0, deadline - time.monotonic()))
    found = [finding for each in running for finding in each.outcome(within)]
    return sorted(found, key=lambda finding: list(Pillar).index(finding.pillar))


class _Running(Thread):
    """A look at work. A daemon: one that hangs keeps nobody waiting at the end either."""

    def __init__(self, look: Look) -> None:
        super().__init__(name=look.check, daemon=True)
        self._look = look
        self._found: Sequence[Finding] | None = None

    def run(self) -> None:
        """Look; what is raised here is a bug, whose traceback the interpreter prints."""
        self._found = self._look.findings()

    def outcome(self, within: float) -> Sequence[Finding]:
        """What was found, or why there is nothing."""
        lines, look = Lines(self._look.pillar), self._look
        if self._found is not None:
            return self._found
        if self.is_alive():
            fix = "a disk, a name server or a firewall hangs: look at dmesg, df and the network; then once more"
            return [lines.problem(look.check, f"not known: no answer within {within:.0f} s", fix)]
        return [lines.problem(look.check, "a bug of Sentinel's", "report it with the traceback on stderr", _A_BUG)]


def _looks(found: Salvage, host: Host, *, offline: bool) -> list[Look]:
    settings = found.settings
    now = clock_of(settings)()
    site = "" if offline else settings.site
    clock = ClockSeen(
        now=now,
        business=settings.timezone,
        host=None if host.daemons() is None else cron_zone(host.localtime),
        held_at=settings.now,
    )
    works: list[tuple[Pillar, str, Callable[[], Sequence[Finding]]]] = [
        (Pillar.SETTINGS, "settings", lambda: judge_settings(see_settings(found))),
        (Pillar.STORE, "database", lambda: judge_store(see_store(settings))),
        (Pillar.WEBHOOKS, "receiver, here", lambda: judge_receiver(see_receiver(settings))),
        (Pillar.WEBHOOKS, "receiver, outside", lambda: judge_public(see_public(site), offline=offline)),
        (Pillar.WEBHOOKS, "deliveries", lambda: judge_webhooks(see_webhooks(settings, now))),
        (Pillar.GHL, "GHL answers", partial(_account, settings, _why_not(found, offline=offline))),
        (Pillar.SUMMARY, "letters", lambda: judge_letters(see_letters(settings, now))),
        (Pillar.CRON, "cron", lambda: judge_cron(see_cron(settings, now, host))),
        (Pillar.CLOCK, "time zone", lambda: judge_clock(clock)),
    ]
    return [Look(pillar=pillar, check=check, work=work) for pillar, check, work in works]


def _account(settings: Settings, cause: str) -> Sequence[Finding]:
    """GHL is asked once; what it answers is about its own pillar, the managers and the clock."""
    seen = AccountSeen(ghl=GhlSeen(cause=cause)) if cause else see_account(settings)
    return [*judge_ghl(seen.ghl), *judge_managers(seen.managers), *judge_skew(seen.skew)]


def _why_not(found: Salvage, *, offline: bool) -> str:
    """Why GHL is not asked, "" where it is."""
    if offline:
        return "not asked: --offline"
    unreadable = sorted(name for name in found.unreadable if name.startswith("GHL_"))
    needed = {"GHL_TOKEN": found.settings.ghl_token, "GHL_LOCATION_ID": found.settings.ghl_location_id}
    missing = unreadable or [name for name, value in needed.items() if not value]
    return f"not asked: {', '.join(missing)} {'cannot be read' if unreadable else 'not set'}" if missing else ""
