"""`sentinel db backup` and `db restore`: the whole database, out and back in."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.errors import UsageProblem

from .options import AsJson
from .progress import working
from .session import session_of

if TYPE_CHECKING:
    from sentinel_cli.jobs.backup import BackupReport
    from sentinel_cli.jobs.runner import Run
    from sentinel_cli.store.database import Database
    from sentinel_cli.store.recovery import Restored

    from .tables import Screen

__all__ = ["backup", "restore"]


def backup(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write there instead; nothing is deleted then.")
    ] = None,
    keep: Annotated[
        int | None, typer.Option("--keep", metavar="N", min=1, help="Keep so many backups; else BACKUP_KEEP.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy the database to a file that is verified, while the receiver goes on.

    The copy goes into the folder backups/ beside the database, and the oldest
    ones there go. It is on the same disk: copy it elsewhere as well.

    For example:
      sentinel db backup
      sentinel db backup --output before-the-move.db

    Exit codes: 2 FILE is there already, 74 no database, or no place for a copy.
    """
    from sentinel_cli.jobs import backup as job
    from sentinel_cli.opening import clock_of

    from .running import Job, Shown, Start, run, settings_of

    session = session_of(context)
    options = {f"--output {output}": output, f"--keep {keep}": keep, "--json": as_json}
    typed = " ".join(["db backup", *(option for option, given in options.items() if given)])
    start = Start(label=job.JOB, typed=typed, as_json=as_json)
    settings = settings_of(session, start)
    target = session.cwd / output if output else None
    if target and target.exists():
        raise UsageProblem(f"{target} exists already", advice="name another file")

    def work(db: "Database", this: "Run") -> "BackupReport":
        return job.backup(db, this, clock_of(settings), output=target, keep=keep or settings.backup_keep)

    shown = Shown(lines=_lines, fields=lambda report: {**report.counts, "path": str(report.path)})
    run(session, settings, Job(name=job.JOB, start=start, work=work, shown=shown), dry_run=False)


def _lines(report: "BackupReport") -> list[str]:
    removed = f", {report.removed} older removed" if report.removed else ""
    return [
        f"wrote {report.path}: {report.size} bytes in {report.seconds:.1f} s, verified",
        f"{report.kept} in the backup folder{removed}",
    ]


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup, or a copy that db rebuild has left.")],
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the database, and keep the file that it replaces.

    The receiver may go on: it opens the new file by itself. From the old one,
    where it can be read, come the letters that were sent and the deliveries
    that were accepted since the backup; the next poll-resolver reads them.

    For example:
      sentinel db restore data/backups/sentinel-20261125T140000Z.db

    Exit codes: 74 FILE is no sound database, 75 a job is at work.
    """
    from sentinel_cli.clock import pause
    from sentinel_cli.jobs.locks import all_locked
    from sentinel_cli.opening import clock_of
    from sentinel_cli.store import recovery

    session = session_of(context)
    settings = session.settings()
    with working(session.screen, "restoring"), all_locked(settings.db_path, pause):
        done = recovery.restore(session.cwd / file, settings.db_path, clock_of(settings)(), pause)
    if as_json:
        session.screen.json(_fields(done))
    else:
        _say(session.screen, done, file)


def _next(done: "Restored") -> str:
    return f"sentinel poll-resolver --since {done.covers}" if done.covers else "sentinel poll-resolver --since 4d"


def _say(screen: "Screen", done: "Restored", file: Path) -> None:
    screen.line(f"restored {done.path} from {file}")
    screen.line(f"kept what it replaces: {done.replaced}" if done.replaced else "there was no file to replace")
    carried = done.carried
    if carried is None and done.replaced:
        screen.note("the replaced file cannot be read: what came since the backup is not in the new one")
        screen.note("summaries of today that may be out are looked for in GHL before they are sent")
    elif carried is not None:
        span = f" ({carried.first_delivery} to {carried.last_delivery})" if carried.deliveries else ""
        screen.line(f"carried over: {carried.letters} letters, {carried.deliveries} deliveries{span}")
        if carried.actions:
            screen.note(f"not carried over: {carried.actions} actions of people since the backup; take them again")
    screen.note(f"next: {_next(done)}")


def _fields(done: "Restored") -> dict[str, object]:
    carried = done.carried
    return {
        "path": str(done.path),
        "replaced": str(done.replaced) if done.replaced else None,
        "covers_until_ts": done.covers,
        "carried": asdict(carried) if carried else None,
        "next": _next(done),
    }
