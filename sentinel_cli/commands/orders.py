"""`sentinel run-orders`: what managers have texted back, carried out and answered."""

from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson
from .session import session_of

if TYPE_CHECKING:
    from sentinel_cli.jobs.order_agenda import OrdersReport
    from sentinel_cli.jobs.runner import Run
    from sentinel_cli.store.database import Database

__all__ = ["run_orders"]


def run_orders(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be answered; change, write and send nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Carry out what managers text back (List, Open 12, Resolve 12 ...), and answer each once.

    An order is carried out only when GHL itself shows it in that manager's
    conversation. Whoever is in MANAGER_CONTACT_IDS may change issues; others
    in INTERNAL_CONTACT_IDS may look. Text Help to see every order.
    Needs GHL_TOKEN, GHL_LOCATION_ID and MANAGER_CONTACT_IDS.

    For example:
      sentinel run-orders
      sentinel run-orders --dry-run

    Exit codes: 69 an answer cannot be sent (DND, landline), 74 no database,
    75 somebody could not be read or answered: try again, 76, 77 GHL refused
    us or is not understood, 78 settings are missing.
    """
    from sentinel_cli.jobs import order_agenda as job
    from sentinel_cli.wiring import asking_ghl, order_taker_of

    from .running import Job, Shown, Start, run, settings_of

    session = session_of(context)
    options = {"--dry-run": dry_run, "--json": as_json}
    typed = " ".join([job.JOB, *(option for option, given in options.items() if given)])
    start = Start(label="orders", typed=typed, as_json=as_json, seldom=True)
    settings = settings_of(session, start)

    def work(db: "Database", this: "Run") -> "OrdersReport":
        agenda = job.agenda_of(db, settings.internal_contacts, this.now)
        if not agenda:
            return job.OrdersReport(dry_run=dry_run)
        from sentinel_cli.jobs.run_orders import run_orders

        with asking_ghl(settings, db, job.JOB) as ghl:
            return run_orders(order_taker_of(settings, db, ghl), this, agenda, dry_run=dry_run)

    orders = Job(
        name=job.JOB,
        start=start,
        work=work,
        shown=Shown(lines=_lines, fields=_fields),
        needs=("GHL_TOKEN", "GHL_LOCATION_ID", "MANAGER_CONTACT_IDS"),
    )
    run(session, settings, orders, dry_run=dry_run)


def _lines(report: "OrdersReport") -> list[str]:
    """Each answer as a text under its reader, then what became of them."""
    lines = [
        line
        for letter in report.answers
        for line in (f"To {letter.contact_id}:", *(f"  | {said}" for said in letter.body.split("\n")))
    ]
    return [*lines, _ending(report), *report.delivery.problems()]


def _ending(report: "OrdersReport") -> str:
    orders = f"{len(report.answers)} order{'' if len(report.answers) == 1 else 's'}" if report.answers else "no orders"
    if report.dry_run:
        return f"{orders}; dry run: nothing was changed, nothing was sent"
    return f"{orders}, {len(report.delivery.accepted)} answered"


def _fields(report: "OrdersReport") -> dict[str, object]:
    return {
        **report.counts,
        "answers": [{"contact_id": letter.contact_id, "body": letter.body} for letter in report.answers],
    }
