"""`sentinel cron`: the crontab that runs the jobs, shown, checked and installed; refuses to know what a job does."""

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.errors import Misconfigured

from .options import LARGEST, AsJson
from .session import Session, session_of
from .tables import Cell, Column

if TYPE_CHECKING:
    from datetime import datetime

    from sentinel_cli.doctor.judge.cron import CronSeen
    from sentinel_cli.doctor.judge.crontab import Crontab, Entry

__all__ = ["check", "install", "show"]

_COLUMNS = (
    Column(name="job", wraps=True, least=12),
    Column(name="when", wraps=True, least=20),
    Column(name="next"),
    Column(name="last"),
    Column(name="exit", right=True),
)


def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Show each line of the crontab in words: when it runs, when it ran last and how that ended.

    Shown are this user's installed lines, or where there are none those of
    deploy/crontab. Times are the host's, by which cron goes.

    For example:
      sentinel cron show
      sentinel cron show --json

    Exit codes: 78 no crontab file, or settings are missing.
    """
    from sentinel_cli.doctor.judge.crontab import read_crontab

    session = session_of(context)
    seen, screen = _seen(session), session.screen
    installed = read_crontab(seen.installed or "")
    lines = installed if installed.entries else read_crontab(seen.delivered or "")
    found = _lines(session, seen, lines)
    if as_json:
        items = [_fields(line) for line in found]
        screen.json({"items": items, "total": len(items), "installed": bool(installed.entries)})
        return
    screen.table(_COLUMNS, [_row(line, seen) for line in found])
    if not installed.entries:
        screen.note(f"not installed; these are the lines of {seen.delivered_file}: sentinel cron install")


def check(context: typer.Context, as_json: AsJson = False) -> None:
    """Check cron: its daemon, our lines, their programs, the hours, the host's zone.

    The same lines as in sentinel doctor, and of them only these.

    For example:
      sentinel cron check

    Exit codes: 0 all is well, 75 the daemon or a line, 78 hours or the host's
    zone, or settings are missing.
    """
    from sentinel_cli.clock import cron_zone
    from sentinel_cli.doctor.findings import exit_code
    from sentinel_cli.doctor.gather.cron import Host
    from sentinel_cli.doctor.judge.clock import ClockSeen, judge_clock
    from sentinel_cli.doctor.judge.cron import judge_lines

    from .doctor import show_findings

    session = session_of(context)
    seen, host = _seen(session), Host.at(session.host, session.environ)
    zone = None if seen.daemons is None else cron_zone(host.localtime)
    clock = ClockSeen(now=seen.now, business=seen.business, host=zone)
    findings = [*judge_lines(seen), *judge_clock(clock)]
    show_findings(session.screen, findings, as_json=as_json)
    raise typer.Exit(exit_code(findings))


def install(
    context: typer.Context,
    remove: Annotated[bool, typer.Option("--remove", help="Take our lines out instead.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")] = False,
) -> None:
    """Put the lines of deploy/crontab into this user's crontab, between two marks.

    Typed again it writes the same place anew, so it follows an upgrade. Every
    other line stays as it is, byte for byte; lines of ours that were pasted
    in by hand go. Run it as the user who owns data/.

    For example:
      sentinel cron install --dry-run
      sentinel cron install
      sentinel cron install --remove

    Exit codes: 78 there is no crontab command, this user may have none, or
    settings are missing.
    """
    from sentinel_cli.doctor.block import with_block, without_block
    from sentinel_cli.doctor.gather.cron import delivered_crontab, read_own_crontab, write_own_crontab

    session = session_of(context)
    settings, screen = session.settings(), session.screen
    home = str(settings.home)
    file = delivered_crontab(settings.home)
    if file is None:
        raise Misconfigured(
            [f"{home}/deploy/crontab cannot be read"], advice="run it from a checkout, or copy it there"
        )
    before = read_own_crontab(session.environ)
    after = without_block(before, home) if remove else with_block(before, file.read_text(encoding="utf-8"), home)
    if after == before:
        screen.line("the crontab is as it should be; nothing to do")
        return
    for line in _difference(before, after):
        screen.line(line)
    if dry_run:
        screen.note("dry run: nothing was changed")
        return
    write_own_crontab(session.environ, after)
    screen.line("removed" if remove else "installed; sentinel cron check looks at it")


def _difference(before: bytes, after: bytes) -> list[str]:
    old, new = (text.decode(errors="replace").splitlines() for text in (before, after))
    changed = difflib.unified_diff(old, new, "crontab", "crontab, then", lineterm="", n=1)
    return [line.rstrip("\r") for line in changed]


def _seen(session: Session) -> "CronSeen":
    from sentinel_cli.doctor.gather.cron import Host, see_cron
    from sentinel_cli.opening import clock_of

    settings = session.settings()
    return see_cron(settings, clock_of(settings)(), Host.at(session.host, session.environ))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line of the crontab with its times; `exit_code` is that of its newest run, None where it has none yet."""

    entry: "Entry"
    words: str
    due_at: "datetime | None"
    ran_at: "datetime | None"
    exit_code: int | None


def _lines(session: Session, seen: "CronSeen", lines: "Crontab") -> list[_Line]:
    from sentinel_cli.doctor.judge.cron import own_start
    from sentinel_cli.doctor.judge.crontab import next_due

    codes = _codes(session, seen)
    found = []
    for entry in lines.entries:
        ran_at = own_start(seen, entry, lines.entries)
        code = next((codes[job, ran_at] for job in entry.jobs if ran_at and (job, ran_at) in codes), None)
        due = next_due(entry, seen.now.astimezone(seen.zone))
        found.append(_Line(entry=entry, words=_words(entry, seen.now), due_at=due, ran_at=ran_at, exit_code=code))
    return found


def _codes(session: Session, seen: "CronSeen") -> "dict[tuple[str, datetime], int | None]":
    """How each run of late ended, by job and when it began."""
    from sentinel_cli.opening import open_store
    from sentinel_cli.store.runs import list_runs

    if not seen.starts:
        return {}
    with open_store(session.settings()) as db:
        runs, _ = list_runs(db, job=None, since=min(start.at for start in seen.starts), failed=False, limit=LARGEST)
    return {(run.job, run.started_at): run.exit_code for run in runs}


def _row(line: _Line, seen: "CronSeen") -> list[Cell]:
    from .human import local_time

    return [
        Cell(line.entry.typed),
        Cell(line.words),
        Cell(local_time(line.due_at, seen.now, seen.zone) if line.due_at else "never"),
        Cell(local_time(line.ran_at, seen.now, seen.zone) if line.ran_at else _never_ran(line.entry)),
        Cell("-" if line.exit_code is None else str(line.exit_code), "red" if line.exit_code else ""),
    ]


def _never_ran(entry: "Entry") -> str:
    return "-" if entry.is_recorded else "not recorded"


def _fields(line: _Line) -> dict[str, object]:
    from sentinel_cli.domain.instants import instant, instant_text

    return {
        "job": line.entry.typed,
        "schedule": line.entry.schedule,
        "when": line.words,
        "next_ts": instant_text(instant(line.due_at)) if line.due_at else None,
        "last_ts": instant_text(line.ran_at) if line.ran_at else None,
        "exit_code": line.exit_code,
    }


def _words(entry: "Entry", now: "datetime") -> str:
    from cronsim import CronSim, CronSimError

    try:
        return CronSim(entry.schedule, now).explain()
    except CronSimError:
        return f"{entry.schedule!r} is no schedule"
