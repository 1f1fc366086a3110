"""`sentinel poll-resolver` and `sentinel send-summary`: the jobs that cron runs, and an operator may."""

from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson
from .session import session_of

if TYPE_CHECKING:
    from sentinel_cli.jobs.poll_resolver import ResolverReport

__all__ = ["poll_resolver"]

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; write nothing, send nothing.")]


def poll_resolver(
    context: typer.Context,
    full: Annotated[bool, typer.Option("--full", help="Reach back 48 hours, and read every open issue anew.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Reach back to then: 12h, 4d, 2026-11-20 ...")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Ask GHL what was written and answered since the last run, and mark issues resolved.

    When GHL does not answer, nothing is resolved, and the next run makes up
    for it. A second run beside one at work leaves at once.
    Needs GHL_TOKEN and GHL_LOCATION_ID.

    For example:
      sentinel poll-resolver
      sentinel poll-resolver --full --dry-run
      sentinel poll-resolver --since 4d --json

    Exit codes: 69, 76, 77 GHL refused or is not understood, 74 no database,
    75 incomplete, try again, 78 settings are missing.
    """
    from functools import partial

    from sentinel_cli.clock import Clock
    from sentinel_cli.jobs.check import Depth
    from sentinel_cli.jobs.poll_resolver import JOB, Resolver
    from sentinel_cli.jobs.poll_resolver import poll_resolver as resolve
    from sentinel_cli.jobs.runner import Run
    from sentinel_cli.store.database import Database
    from sentinel_cli.wiring import clock_of, ghl_of, reading_policy, rules_of

    from .human import instant_typed
    from .running import Job, Shown, run

    session = session_of(context)
    settings = session.settings()
    clock: Clock = clock_of(settings)
    depth = Depth(full=full, since=instant_typed(since, clock(), settings.timezone) if since else None)
    with ghl_of(settings) as ghl:

        def work(db: Database, this: Run) -> "ResolverReport":
            parts = Resolver(
                db=db,
                ghl=ghl,
                rules_for=partial(rules_of, settings),
                reading=reading_policy(settings),
                staff_listed=bool(settings.internal_user_ids),
            )
            return resolve(parts, this, depth)

        typed = " ".join(["poll-resolver", *(["--full"] if full else []), *(["--since", since] if since else [])])
        job = Job(name=JOB, label="resolver", typed=typed, work=work, shown=Shown(lines=_lines, fields=_fields))
        run(session, settings, job, dry_run=dry_run, as_json=as_json)


def _lines(report: "ResolverReport") -> list[str]:
    done = report.check
    rest = {name: count for name, count in report.counts.items() if name not in {"open", "threads"} and count}
    said = ", ".join(f"{count} {name}" for name, count in rest.items())
    return [f"looked at {done.threads} threads: {said or 'nothing new'}", f"{report.open} issues open"]


def _fields(report: "ResolverReport") -> dict[str, object]:
    from sentinel_cli.domain.instants import instant_text

    done = report.check
    return {**report.counts, "begun_ts": instant_text(done.begun_at), "since_ts": instant_text(done.since)}
