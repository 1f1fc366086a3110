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
from sentinel_cli.doctor.judge.cron import CronSeen, LogSeen, RunSeen, StartSeen
from sentinel_cli.doctor.judge.crontab import Crontab, Entry, read_crontab
from sentinel_cli.errors import Misconfigured, StoreProblem
from sentinel_cli.settings import CHECKOUT, Settings
from sentinel_cli.store import health, runs, schema

from .looking import look

__all__ = ["Host", "delivered_crontab", "read_own_crontab", "see_cron", "write_own_crontab"]

_DAEMONS = frozenset({"cron", "crond", "fcron", "anacron", "cronie"})
_CRONTAB_WITHIN = 5
_MAY_USE = "this user may need a line in /etc/cron.allow; run it as the user who owns data/"
# A weekly job's last time may lie a week and its grace back.
_SINCE = timedelta(days=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Where the host is seen: the environment that finds `crontab`, the kernel's processes, signs of a container."""

    environ: Mapping[str, str]
    proc: Path = Path("/proc")
    container_signs: Sequence[Path] = (Path("/.dockerenv"), Path("/run/.containerenv"))
    localtime: Path = Path("/etc/localtime")

    @classmethod
    def at(cls, root: Path, environ: Mapping[str, str]) -> "Host":
        """The host whose files are below `root`."""
        signs = [root / sign.relative_to("/") for sign in (Path("/.dockerenv"), Path("/run/.containerenv"))]
        return cls(environ=environ, proc=root / "proc", container_signs=signs, localtime=root / "etc/localtime")

    @property
    def is_container(self) -> bool:
        """Whether this is a container, from which the host is not seen."""
        return any(sign.exists() for sign in self.container_signs)

    def daemons(self) -> Sequence[str] | None:
        """The cron daemons that run, None where they would not be seen."""
        names: set[str] = set()
        for comm in self.proc.glob("[0-9]*/comm"):
            with suppress(OSError):
                name = comm.read_text(encoding="utf-8", errors="replace").strip()
                names.update({name} if name in _DAEMONS and self._is_ours(comm.parent) else ())
        return sorted(names) or (None if self.is_container else [])

    def _is_ours(self, process: Path) -> bool:
        """Whether it lives on the same files: a container's cron is not the host's. Only root sees that of others."""
        try:
            return (process / "root").samefile(self.proc / "self" / "root")
        except OSError:
            return True

    def crontab(self) -> str | None:
        """The crontab of this user, "" for none, None where that of the host is not seen."""
        try:
            text = read_own_crontab(self.environ)
        except Misconfigured:
            text = b""
        # Our lines are ASCII; a comment of the user's may be in any encoding.
        return None if not text and self.daemons() is None else text.decode(errors="replace")


def read_own_crontab(environ: Mapping[str, str]) -> bytes:
    """The crontab of whoever runs us, empty where there is none. Raises Misconfigured where it cannot be read."""
    done = _crontab(environ, "-l")
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode and "no crontab for" not in said.lower():
        raise Misconfigured([f"crontab -l: {said or f'exit {done.returncode}'}"], advice=_MAY_USE)
    return done.stdout if done.returncode == 0 else b""


def write_own_crontab(environ: Mapping[str, str], text: bytes) -> None:
    """Install it for whoever runs us. Raises Misconfigured where cron does not take it; the old one stays then."""
    done = _crontab(environ, "-", text)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise Misconfigured([f"crontab: {said or f'exit {done.returncode}'}"], advice=_MAY_USE)


def _crontab(
    environ: Mapping[str, str], argument: str, text: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    argv = ["crontab", argument]
    try:
        return subprocess.run(  # noqa: S603 - a fixed command, found as the operator's shell finds it
            argv, env=dict(environ), input=text, capture_output=True, timeout=_CRONTAB_WITHIN, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        why = "there is no crontab command" if isinstance(error, FileNotFoundError) else f"crontab: {error}"
        raise Misconfigured([why], advice="sudo apt-get install cron; run it on the host, not in a container") from None


def see_cron(settings: Settings, now: datetime, host: Host) -> CronSeen:
    """Everything about cron; the runs stay unknown where the store cannot be read."""
    daemons, installed = host.daemons(), host.crontab()
    runs, starts, made_at = _runs(settings, now)
    delivered = delivered_crontab(settings.home)
    text = delivered.read_text(encoding="utf-8", errors="replace") if delivered else None
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
        delivered=text,
        delivered_file=str(delivered or settings.home / "deploy" / "crontab"),
        runs=runs,
        starts=starts,
        made_at=made_at,
        absent=_absent(read_crontab(installed or ""), settings.home),
    )


def _absent(installed: Crontab, home: Path) -> frozenset[str]:
    """The programs of our lines that are not there, or that this user may not run."""
    named = installed.variables.get("SENTINEL_HOME", str(home))
    programs = {
        _program(entry).replace("$SENTINEL_HOME", named).replace("${SENTINEL_HOME}", named)
        for entry in installed.entries
    }
    return frozenset(program for program in programs if program.startswith("/") and not os.access(program, os.X_OK))


def _program(entry: Entry) -> str:
    """The word that a line starts, without its quotes."""
    return next((word.replace('"', "").replace("'", "") for word in entry.command.split() if "sentinel" in word), "")


def delivered_crontab(home: Path) -> Path | None:
    """Home's own deploy/crontab, else the checkout's."""
    files = [place / "deploy" / "crontab" for place in (home, CHECKOUT)]
    return next((file for file in files if os.access(file, os.R_OK)), None)


Runs = tuple[Mapping[str, RunSeen] | None, Sequence[StartSeen], datetime | None]


def _runs(settings: Settings, now: datetime) -> Runs:
    try:
        with look(settings) as db:
            ended = runs.last_runs(db)
            starts = [StartSeen(*each) for each in health.starts_since(db, now - _SINCE)]
            made_at = schema.made_at(db)
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
