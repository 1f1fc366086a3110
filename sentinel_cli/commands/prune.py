"""`sentinel prune`: settled messages and bodies go after their time."""

from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.domain.instants import instant_text

from .options import AsJson
from .session import session_of

if TYPE_CHECKING:
    from sentinel_cli.jobs.prune import PruneReport
    from sentinel_cli.jobs.runner import Run
    from sentinel_cli.store.database import Database

__all__ = ["prune"]


def prune(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove settled messages, and the bodies of their webhooks, after their time.

    RAW_EVENTS_RETENTION_DAYS says how long they stay. Issues, their logs and
    what people did to them stay for ever, and so does every message that an
    open issue or a later judgement needs. The file does not shrink: what is
    freed in it is used again.

    For example:
      sentinel prune --dry-run
      sentinel prune

    Exit codes: 74 no database, 78 settings are strange.
    """
    from sentinel_cli import intake
    from sentinel_cli.jobs import prune as job
    from sentinel_cli.wiring import rules_of

    from .running import Job, Shown, Start, run, settings_of

    session = session_of(context)
    options = {"--dry-run": dry_run, "--json": as_json}
    typed = " ".join([job.JOB, *(option for option, given in options.items() if given)])
    start = Start(label=job.JOB, typed=typed, as_json=as_json)
    settings = settings_of(session, start)

    def work(db: "Database", this: "Run") -> "PruneReport":
        return job.prune(db, this, settings.raw_events_retention, intake.window_of(rules_of(settings, ())))

    def lines(report: "PruneReport") -> list[str]:
        from sentinel_cli.opening import clock_of

        from .human import local_time

        would = "would remove" if dry_run else "removed"
        return [
            f"{would} {report.messages} messages and {report.bodies} bodies",
            f"settled and from before {local_time(report.before, clock_of(settings)(), settings.timezone)}",
            *(["dry run: nothing was written"] if dry_run else []),
        ]

    def fields(report: "PruneReport") -> dict[str, object]:
        return {**report.counts, "before_ts": instant_text(report.before)}

    run(
        session,
        settings,
        Job(name=job.JOB, start=start, work=work, shown=Shown(lines=lines, fields=fields)),
        dry_run=dry_run,
    )
