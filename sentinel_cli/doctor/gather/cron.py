"""Cron's daemon, this user's crontab, the jobs' runs and their log; paths and programs of the host as a value."""

import os
import stat
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sentinel_cli.clock import cron_zone
from sentinel_cli.doctor.judge.cron import CronSeen, LogSeen, RunSeen
from sentinel_cli.errors import StoreProblem
from sentinel_cli.settings import CHECKOUT, Settings
from sentinel_cli.store import health, runs, schema

from .looking import look

__all__ = ["Host", "see_cron"]

_DAEMONS = frozenset({"cron", "crond", "fcron", "anacron", "cronie"})
_CRONTAB_WITHIN = 5
# A weekly job's last time may lie a week and its grace back.
_SINCE = timedelta(days=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Where the host is seen: the environment that finds `crontab`, the kernel's processes, signs of a container."""

    environ: Mapping[str, str]
    proc: Path = Path("/proc")
    container_signs: Sequence[Path] = (Path("/.dockerenv"), Path("/run/.containerenv"))
    localtime: Path = Path("/etc/localtime")

    @property
    def is_container(self) -> bool:
        """Whether this is a container, from which the host is not seen."""
        return any(sign.exists() for sign in self.container_signs)

    def daemons(self) -> Sequence[str] | None:
        """The cron daemons that run, None where they would not be seen."""
        names = set()
        for comm in self.proc.glob("[0-9]*/comm"):
            with suppress(OSError):
                names.add(comm.read_text(encoding="utf-8", errors="replace").strip())
        return sorted(names & _DAEMONS) or (None if self.is_container else [])

    def crontab(self) -> str | None:
        """The crontab of this user, "" for none, None where that of the host is not seen."""
        argv = ["crontab", "-l"]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed command, found as the operator's shell finds it
                argv, env=dict(self.environ), capture_output=True, timeout=_CRONTAB_WITHIN, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None if self.daemons() is None else ""
        # Our lines are ASCII; a comment of the user's may be in any encoding.
        text = done.stdout.decode(errors="replace") if done.returncode == 0 else ""
        return None if not text and self.daemons() is None else text


def see_cron(settings: Settings, now: datetime, host: Host) -> CronSeen:
    """Everything about cron; the runs stay unknown where the store cannot be read."""
    daemons, installed = host.daemons(), host.crontab()
    runs, starts, made_at = _runs(settings, now)
    delivered = _delivered(settings.home)
    return CronSeen(
        now=now,
        # A container has a zone of its own that means nothing to the host's cron.
        zone=settings.timezone if daemons is None else cron_zone(host.localtime),
        home=str(settings.home),
        business=settings.timezone,
        letter_hours=settings.letter_hours,
        log=_log(settings.home / "logs" / "cron.log"),
        daemons=daemons,
        installed=installed,
        delivered=delivered.read_text(encoding="utf-8", errors="replace") if delivered else None,
        delivered_file=str(delivered or settings.home / "deploy" / "crontab"),
        runs=runs,
        starts=starts,
        made_at=made_at,
    )


def _delivered(home: Path) -> Path | None:
    """Home's own deploy/crontab, else the checkout's."""
    files = [place / "deploy" / "crontab" for place in (home, CHECKOUT)]
    return next((file for file in files if os.access(file, os.R_OK)), None)


Runs = tuple[Mapping[str, RunSeen] | None, Sequence[tuple[str, datetime]], datetime | None]


def _runs(settings: Settings, now: datetime) -> Runs:
    try:
        with look(settings) as db:
            ended = runs.last_runs(db)
            starts, made_at = health.starts_since(db, now - _SINCE), schema.made_at(db)
    except StoreProblem:
        return None, (), None
    seen = {
        each.job: RunSeen(
            started_at=each.started_at, ended_at=each.ended_at, exit_code=each.exit_code, error=each.error or ""
        )
        for each in ended
    }
    return seen, starts, made_at


def _log(path: Path) -> LogSeen:
    try:
        found = path.stat()
    except OSError:
        return LogSeen(path=str(path), folder=_is_folder(path.parent))
    return LogSeen(
        path=str(path),
        is_file=not stat.S_ISDIR(found.st_mode),
        size=found.st_size,
        changed_at=datetime.fromtimestamp(found.st_mtime, UTC),
        writable=os.access(path, os.W_OK),
    )


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError:
        return False
