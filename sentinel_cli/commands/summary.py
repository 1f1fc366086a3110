"""`sentinel send-summary`: what the managers are told, written out or sent."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.domain.letters import Slot

from .letters import many, named, shown
from .options import AsJson
from .session import session_of

if TYPE_CHECKING:
    from sentinel_cli.jobs.runner import Run
    from sentinel_cli.jobs.send_summary import SummaryReport
    from sentinel_cli.store.database import Database

__all__ = ["send_summary"]


def send_summary(
    context: typer.Context,
    slot: Annotated[
        Slot,
        typer.Option(case_sensitive=False, help="Which summary of the day: one text for each slot, date and manager."),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and show each text with its segments; write and send nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Send on a holiday too, and again where the slot's text was sent.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask GHL for the latest, then tell the managers by text who waits for an answer.

    What a slot has sent is never sent again, and what it owes is taken up, so
    the line may be repeated. Nothing is sent on a holiday, nor outside
    LETTER_HOURS. When GHL could not be asked, the text says NOT CHECKED.
    Needs GHL_TOKEN, GHL_LOCATION_ID and MANAGER_CONTACT_IDS.

    For example:
      sentinel send-summary --slot morning --dry-run
      sentinel send-summary --slot morning
      sentinel send-summary --slot afternoon --force

    Exit codes: 69 a manager cannot be texted (DND, landline), 74 no database,
    75 not every manager has it, or it says NOT CHECKED: try again, 77 GHL
    refused us, 78 settings are missing, or it is outside LETTER_HOURS.
    """
    from sentinel_cli.jobs import send_summary as job
    from sentinel_cli.wiring import asking_ghl, summarizer_of

    from .running import Job, Start, run, settings_of

    session = session_of(context)
    options = {f"--slot {slot.value}": True, "--dry-run": dry_run, "--force": force, "--json": as_json}
    typed = " ".join([job.JOB, *(option for option, given in options.items() if given)])
    start = Start(label=slot.value, typed=typed, as_json=as_json)
    settings = settings_of(session, start)

    def work(db: "Database", this: "Run") -> "SummaryReport":
        order = job.Order(slot=slot, force=force, dry_run=dry_run)
        with asking_ghl(settings, db, job.JOB) as ghl:
            done = job.send_summary(summarizer_of(settings, db, ghl), this, order)
        return replace(done, drafts=named(db, done.drafts))

    summary = Job(
        name=job.JOB,
        start=start,
        work=work,
        shown=shown(_lines, _fields, settings.sms_segment_price),
        needs=("GHL_TOKEN", "GHL_LOCATION_ID", "MANAGER_CONTACT_IDS"),
        slot=slot.value,
    )
    run(session, settings, summary, dry_run=dry_run)


def _lines(report: "SummaryReport", costs: list[str]) -> list[str]:
    """What became of the letters, under the texts."""
    if report.closed:
        return [f"closed today ({report.closed}): nothing is sent; --force sends"]
    return [*costs, _ending(report), *report.delivery.problems()]


def _ending(report: "SummaryReport") -> str:
    if report.dry_run:
        return "; ".join([*report.notes, "dry run: nothing was written, nothing was sent"])
    if report.already:
        return "the summary of this slot is sent already; nothing to do"
    return f"sent to {many(len(report.delivery.accepted), 'manager')}"


def _fields(report: "SummaryReport") -> dict[str, object]:
    return {"slot": report.slot.value, **report.counts}
