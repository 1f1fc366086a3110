"""`sentinel issues`: who waits, and what is known of it."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.domain.model import Channel
from sentinel_cli.errors import UsageProblem

from .options import LARGEST, AsJson, FullPhone, Limit
from .session import session_of

if TYPE_CHECKING:
    from datetime import datetime

    from sentinel_cli.settings import Settings
    from sentinel_cli.store.issues import IssueFilter

__all__ = ["app"]

app = typer.Typer(name="issues", no_args_is_help=True, help="Who waits for an answer, and who has had one.")


class Status(StrEnum):
    """What `--status` takes; `all` leaves withdrawn issues out, as every list does."""

    OPEN = "open"
    RESOLVED = "resolved"
    SPAM = "spam"
    ALL = "all"


@app.command("list")
def list_(  # noqa: PLR0913, PLR0917 - its options are the command's interface
    context: typer.Context,
    status: Annotated[Status, typer.Option(case_sensitive=False, help="Only issues of that status.")] = Status.OPEN,
    issue_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Only issues of that type: sms, call ...")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only open issues whose answer is late.")] = False,
    phone: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Only that number: in any format, or its last digits.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Only issues with a message since: 12h, 2d, 2026-11-20 ...")
    ] = None,
    limit: Limit = 50,
    full_phone: FullPhone = False,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
) -> None:
    """List issues, the most urgent first: open before closed, then by due.

    "waiting" is business time since the customer's first message, or from
    it to the answer. Snoozed issues are listed too, with a flag. Phone
    numbers are masked in the table, whole in JSON and CSV.

    For example:
      sentinel issues list
      sentinel issues list --overdue --type call
      sentinel issues list --status all --phone 0147 --since 30d
      sentinel issues list --status resolved --csv > resolved.csv

    Exit codes: 74 no database.
    """
    from sentinel_cli.store.issues import find
    from sentinel_cli.wiring import clock_of, open_store

    from .issue_screens import show_list
    from .spreadsheet import csv_text
    from .standing import fields_of, standing_of

    if as_json and as_csv:
        raise UsageProblem("--json and --csv exclude each other", advice="choose one")
    if overdue and status not in {Status.OPEN, Status.ALL}:
        raise UsageProblem(f"no {status} issue is overdue", advice="leave --status out")
    session = session_of(context)
    settings = session.settings()
    now = clock_of(settings)()
    wanted = _filter(settings, now, (status, issue_type, overdue), (phone, since), limit)
    with open_store(settings) as db:
        found, total = find(db, wanted)
    standings = [standing_of(issue, now, settings) for issue in found]
    if as_json:
        session.screen.json({"items": [fields_of(each, settings) for each in standings], "total": total})
    elif as_csv:
        session.screen.write(csv_text([fields_of(each, settings) for each in standings]))
    else:
        show_list(session.screen, standings, total, settings, full_phone=full_phone)


@app.command("show")
def show(
    context: typer.Context,
    issue_id: Annotated[int, typer.Argument(metavar="ID", min=1, max=LARGEST, help="The issue's number.")],
    around: Annotated[
        int, typer.Option("--around", metavar="N", min=0, help="So many messages before and after the issue's own.")
    ] = 6,
    full_phone: FullPhone = False,
    as_json: AsJson = False,
) -> None:
    """Show one issue: its facts, what answered it, its log, the conversation around it.

    Message texts are shown: this is for the operator's own screen.

    For example:
      sentinel issues show 41
      sentinel issues show 41 --around 30 --full-phone
      sentinel issues show 41 --json

    Exit codes: 66 no such issue, 74 no database.
    """
    from sentinel_cli.wiring import clock_of, open_store

    from .dossier import dossier, dossier_fields
    from .issue_screens import show_dossier

    session = session_of(context)
    settings = session.settings()
    with open_store(settings) as db:
        found = dossier(db, issue_id, clock_of(settings)(), settings, around=around)
    if as_json:
        session.screen.json(dossier_fields(found, settings))
    else:
        show_dossier(session.screen, found, settings, full_phone=full_phone)


def _filter(
    settings: "Settings",
    now: "datetime",
    kind: tuple[Status, str | None, bool],
    who_and_when: tuple[str | None, str | None],
    limit: int,
) -> "IssueFilter":
    from sentinel_cli.store.issues import IssueFilter

    from .human import instant_typed, phone_end

    (status, issue_type, overdue), (phone, since) = kind, who_and_when
    return IssueFilter(
        status=None if status is Status.ALL else status.name,
        issue_type=_channel(issue_type) if issue_type else None,
        overdue_at=now if overdue else None,
        phone_ends=phone_end(phone) if phone else None,
        since=instant_typed(since, now, settings.timezone) if since else None,
        limit=limit,
    )


def _channel(text: str) -> str:
    known = [channel.value for channel in Channel if channel is not Channel.OTHER]
    if text.upper() not in known:
        raise UsageProblem(f"{text!r} is no type of issue", advice=f"there are {', '.join(known).lower()}")
    return text.upper()
