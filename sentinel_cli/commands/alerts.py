"""`sentinel send-alerts`: who has just become overdue, told to the managers, written out or sent."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from .letters import many, named, shown
from .options import AsJson
from .session import session_of

if TYPE_CHECKING:
    from sentinel_cli.jobs.runner import Run
    from sentinel_cli.jobs.send_alerts import AlertsReport
    from sentinel_cli.store.database import Database

__all__ = ["send_alerts"]


def send_alerts(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and show each text with its segments; write and send nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell the managers by text of each issue that has passed its due, once.

    Several become one text. Nothing is sent while the business is closed, and
    where a summary is at most five minutes off, that tells it. Nobody is
    accused when GHL cannot be asked; after half an hour of that the managers
    are told so, once.
    Needs GHL_TOKEN, GHL_LOCATION_ID and MANAGER_CONTACT_IDS.

    For example:
      sentinel send-alerts
      sentinel send-alerts --dry-run
      sentinel send-alerts --json

    Exit codes: 69 a manager cannot be texted (DND, landline), 74 no database,
    75 not every manager has it, or GHL was not asked: try again, 77 GHL
    refused us, 78 settings are missing.
    """
    from sentinel_cli.jobs import send_alerts as job
    from sentinel_cli.wiring import alerter_of, asking_ghl

    from .running import Job, Start, run, settings_of

    session = session_of(context)
    options = {"--dry-run": dry_run, "--json": as_json}
    typed = " ".join([job.JOB, *(option for option, given in options.items() if given)])
    start = Start(label="alerts", typed=typed, as_json=as_json)
    settings = settings_of(session, start)

    def work(db: "Database", this: "Run") -> "AlertsReport":
        with asking_ghl(settings, db, job.JOB) as ghl:
            done = job.send_alerts(alerter_of(settings, db, ghl), this, dry_run=dry_run)
        return replace(done, drafts=named(db, done.drafts))

    alerts = Job(
        name=job.JOB,
        start=start,
        work=work,
        shown=shown(_lines, lambda report: report.counts, settings.sms_segment_price),
        needs=("GHL_TOKEN", "GHL_LOCATION_ID", "MANAGER_CONTACT_IDS"),
    )
    run(session, settings, alerts, dry_run=dry_run)


def _lines(report: "AlertsReport", costs: list[str]) -> list[str]:
    """What became of the letters, under the texts."""
    return [*costs, _ending(report), *report.delivery.problems()]


def _ending(report: "AlertsReport") -> str:
    if report.dry_run:
        nothing = [] if report.drafts else ["nothing to tell"]
        return "; ".join([*nothing, *report.notes, "dry run: nothing was written, nothing was sent"])
    if report.quiet:
        return f"nothing is sent: {report.quiet}"
    if report.waits_for:
        return f"{many(report.breached, 'overdue issue')}: the {report.waits_for} summary tells it"
    if not report.breached:
        return "nobody is overdue of whom the managers were not told"
    return f"sent to {many(len(report.delivery.accepted), 'manager')}"
