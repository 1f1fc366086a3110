"""`sentinel jobs`: what cron has run, how it ended and what it did; refuses to know how a job does it."""

from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.errors import UsageProblem

from .completion import job_names
from .options import LARGEST, AsJson, Limit
from .session import session_of
from .tables import Cell, Column

if TYPE_CHECKING:
    from datetime import datetime

    from sentinel_cli.settings import Settings
    from sentinel_cli.store.runs import Execution

__all__ = ["list_", "show"]

_COLUMNS = (
    Column(name="run", right=True),
    Column(name="job"),
    Column(name="started"),
    Column(name="took", right=True),
    Column(name="exit", right=True),
    Column(name="what it did", wraps=True, least=24),
)
JOBS = ("poll-resolver", "send-summary", "send-alerts", "run-orders", "backup", "prune")


def list_(
    context: typer.Context,
    job: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Only runs of that job: poll-resolver, send-summary ...", autocompletion=job_names
        ),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only runs that did not end with 0.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Only runs since then: 12h, 2d, 2026-11-20 ...")
    ] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List the runs of jobs, newest first.

    For example:
      sentinel jobs list --failed --since 2d
      sentinel jobs list --job send-summary --json

    Exit codes: 2 no such job, 74 no database.
    """
    from sentinel_cli.opening import clock_of, open_store
    from sentinel_cli.store.runs import list_runs

    from .human import instant_typed

    if job is not None and job not in JOBS:
        raise UsageProblem(f"no job is named {job!r}", advice=f"they are {', '.join(JOBS)}")
    session = session_of(context)
    settings, screen = session.settings(), session.screen
    now = clock_of(settings)()
    begin = instant_typed(since, now, settings.timezone) if since else None
    with open_store(settings) as db:
        found, total = list_runs(db, job=job, since=begin, failed=failed, limit=limit)
    if as_json:
        screen.json({"items": [_fields(run) for run in found], "total": total})
        return
    if found:
        screen.table(_COLUMNS, [_row(run, now, settings) for run in found])
    kind = f"{'failed ' if failed else ''}runs"
    if len(found) < total:
        screen.note(f"{len(found)} of {total} {kind} shown; --limit {total} shows all")
    else:
        screen.note(f"{total or 'no'} {kind if total != 1 else kind[:-1]}")


def show(
    context: typer.Context,
    run_id: Annotated[int, typer.Argument(metavar="RUN", min=1, max=LARGEST, help="The run's number.")],
    as_json: AsJson = False,
) -> None:
    """Show one run with all its counts.

    For example:
      sentinel jobs show 81

    Exit codes: 2 no such run, 74 no database.
    """
    from sentinel_cli.opening import clock_of, open_store
    from sentinel_cli.store.runs import one_run

    from .human import local_time

    session = session_of(context)
    settings, screen = session.settings(), session.screen
    with open_store(settings) as db:
        run = one_run(db, run_id)
    if run is None:
        raise UsageProblem(f"no run {run_id}", advice="sentinel jobs list shows the newest")
    if as_json:
        screen.json(_fields(run))
        return
    now = clock_of(settings)()
    screen.facts(
        [
            ("run", Cell(str(run.id))),
            ("job", Cell(run.job)),
            ("started", Cell(local_time(run.started_at, now, settings.timezone))),
            ("took", Cell(_took(run))),
            ("ended with", _ending(run)),
            *([("error", Cell(run.error, "red"))] if run.error else []),
            *((name, Cell(str(count))) for name, count in run.counts.items()),
        ]
    )


def _row(run: "Execution", now: "datetime", settings: "Settings") -> list[Cell]:
    from .human import local_time

    did = " ".join(f"{name}={count}" for name, count in run.counts.items())
    return [
        Cell(str(run.id)),
        Cell(run.job),
        Cell(local_time(run.started_at, now, settings.timezone)),
        Cell(_took(run)),
        _ending(run),
        Cell(" ".join(filter(None, (did, run.error)))),
    ]


def _ending(run: "Execution") -> Cell:
    if run.exit_code is None:
        return Cell("-", "yellow")
    return Cell(str(run.exit_code), "red" if run.exit_code else "")


def _took(run: "Execution") -> str:
    if run.ended_at is None:
        return "-"
    seconds = (run.ended_at - run.started_at).total_seconds()
    return f"{seconds:.0f}s" if seconds < 100 else f"{seconds / 60:.0f}m"


def _fields(run: "Execution") -> dict[str, object]:
    return {
        "id": run.id,
        "job": run.job,
        "started_ts": instant_text(run.started_at),
        "ended_ts": instant_text(run.ended_at) if run.ended_at else None,
        "exit_code": run.exit_code,
        "counts": dict(run.counts),
        "error": run.error,
    }
