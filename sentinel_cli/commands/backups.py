"""`sentinel db backup` and `db restore`: the whole database, out and back in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.errors import UsageProblem

from .options import AsJson
from .session import session_of

if TYPE_CHECKING:
    from sentinel_cli.jobs.backup import BackupReport
    from sentinel_cli.jobs.runner import Run
    from sentinel_cli.store.database import Database

__all__ = ["backup"]


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
    from sentinel_cli.wiring import clock_of

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
