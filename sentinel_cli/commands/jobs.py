"""`sentinel poll-resolver`: what staff have answered since, asked of GHL."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.errors import UsageProblem

from .options import AsJson
from .session import session_of

if TYPE_CHECKING:
    from sentinel_cli.jobs.poll_resolver import ResolverReport
    from sentinel_cli.jobs.runner import Run
    from sentinel_cli.store.database import Database

__all__ = ["poll_resolver"]

_FURTHEST = timedelta(days=366)


def poll_resolver(
    context: typer.Context,
    full: Annotated[bool, typer.Option("--full", help="Reach back 48 hours, and read every open issue anew.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Reach back to then: 12h, 4d, 2026-11-20 ...")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")] = False,
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
    from sentinel_cli.jobs import poll_resolver as job
    from sentinel_cli.jobs.check import Depth
    from sentinel_cli.opening import clock_of
    from sentinel_cli.wiring import asking_ghl, resolver_of

    from .human import instant_typed
    from .running import Job, Shown, Start, run, settings_of

    session = session_of(context)
    options = {"--full": full, f"--since {since}": since, "--dry-run": dry_run, "--json": as_json}
    typed = " ".join([job.JOB, *(option for option, given in options.items() if given)])
    start = Start(label="resolver", typed=typed, as_json=as_json)
    settings = settings_of(session, start)
    now = clock_of(settings)()
    back_to = instant_typed(since, now, settings.timezone) if since else None
    if back_to and now - back_to > _FURTHEST:
        raise UsageProblem(f"{since!r} is more than a year ago", advice="GHL is asked day by day; a year is enough")

    def work(db: "Database", this: "Run") -> "ResolverReport":
        with asking_ghl(settings, db, job.JOB) as ghl:
            return job.poll_resolver(resolver_of(settings, db, ghl), this, Depth(full=full, since=back_to))

    resolver = Job(
        name=job.JOB,
        start=start,
        work=work,
        shown=Shown(lines=partial(_lines, dry_run=dry_run), fields=_fields),
        needs=("GHL_TOKEN", "GHL_LOCATION_ID"),
    )
    run(session, settings, resolver, dry_run=dry_run)


_NOT_EVENTS = frozenset({"open", "threads", "staff", "receiver", "webhooks"})


def _lines(report: "ResolverReport", *, dry_run: bool) -> list[str]:
    events = {name: count for name, count in report.counts.items() if name not in _NOT_EVENTS and count}
    said = ", ".join(f"{count} {name}" for name, count in events.items()) or "nothing new"
    looked_at = len(report.check.threads)
    threads = f"{looked_at} thread{'' if looked_at == 1 else 's'}"
    found = [f"looked at {threads}: {said}", f"{report.open} open"]
    if report.check.silent:
        found.append("webhooks are silent: none of the customer messages seen came by one")
    if report.check.stale_receiver:
        found.append("the receiver goes by other settings than this run: restart it")
    if not report.staff_listed:
        found.append("every user of the location counts as staff: INTERNAL_USER_IDS is not set")
    return [*found, "dry run: nothing was written"] if dry_run else found


def _fields(report: "ResolverReport") -> dict[str, object]:
    done = report.check
    return {**report.counts, "since_ts": instant_text(done.since), "begun_ts": instant_text(done.begun_at)}
