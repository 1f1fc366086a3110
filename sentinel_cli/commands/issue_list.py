"""`sentinel issues list`: who waits, the most urgent first; refuses to know how a list is queried or drawn."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.domain.vocabulary import Channel
from sentinel_cli.errors import UsageProblem
from sentinel_cli.store.issue_lists import Order, Snoozed

from .completion import issue_types
from .options import AsJson, Contact, FullPhone, Limit, Phone
from .session import session_of
from .watching import Watch, watched

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sentinel_cli.settings import Settings
    from sentinel_cli.store.database import Database
    from sentinel_cli.store.issue_lists import Found, IssueFilter

    from .tables import Screen

__all__ = ["list_"]

# Wide enough for what the customer said last.
_WIDE = 132


class Status(StrEnum):
    """What `--status` takes; `all` leaves withdrawn issues out, as every list does."""

    OPEN = "open"
    RESOLVED = "resolved"
    SPAM = "spam"
    ALL = "all"


class Sort(StrEnum):
    """What `--sort` takes."""

    URGENT = "urgent"
    DUE = "due"
    WAITING = "waiting"
    ID = "id"
    LAST = "last"


OfStatus = Annotated[Status, typer.Option(case_sensitive=False, help="Only issues of that status.")]
OfType = Annotated[
    str | None,
    typer.Option("--type", metavar="TYPE", help="Only issues of that type: sms, call ...", autocompletion=issue_types),
]
Escalated = Annotated[bool, typer.Option("--escalated", help="Only issues open for more than ESCALATE_AFTER_HOURS.")]
AutoReplyOnly = Annotated[
    bool, typer.Option("--auto-reply-only", help="Only open issues that nobody but automation has answered.")
]
Since = Annotated[
    str | None, typer.Option(metavar="WHEN", help="Only issues with a message since: 12h, 2d, 2026-11-20 ...")
]
DueBefore = Annotated[
    str | None, typer.Option(metavar="WHEN", help='Only issues due before: 2h, 3pm, tomorrow, "Mon 8am" ...')
]


def list_(  # noqa: PLR0913, PLR0917 - its options are the command's interface
    context: typer.Context,
    status: OfStatus = Status.OPEN,
    issue_type: OfType = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only open issues whose answer is late.")] = False,
    escalated: Escalated = False,
    auto_reply_only: AutoReplyOnly = False,
    snoozed: Annotated[bool, typer.Option("--snoozed", help="Only issues that are snoozed.")] = False,
    phone: Phone = None,
    contact: Contact = None,
    since: Since = None,
    due_before: DueBefore = None,
    sort: Annotated[Sort, typer.Option(case_sensitive=False, help="What comes first.")] = Sort.URGENT,
    limit: Limit = 50,
    full_phone: FullPhone = False,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
    as_ids: Annotated[bool, typer.Option("--ids", help="Print the numbers alone, one a line.")] = False,
    watch: Watch = None,
) -> None:
    """List issues, the most urgent first: open ones by due, then the closed, newest first.

    "waiting" is business time since the customer's first message, or from
    it to the answer. Snoozed issues are left out of the open ones until
    their time (--snoozed shows them). Phone numbers are masked in the table,
    whole in JSON and CSV. Filters combine.

    For example:
      sentinel issues list
      sentinel issues list --status all --phone 0147 --since 30d
      sentinel issues list --due-before 1h --watch 30
      sentinel issues list --phone 0147 --ids | xargs -r sentinel issues resolve
      sentinel issues list --status resolved --csv > resolved.csv

    Exit codes: 74 no database.
    """
    from sentinel_cli.opening import clock_of

    form = _form({"--json": as_json, "--csv": as_csv, "--ids": as_ids, "--watch": watch is not None})
    _require_open(status, {"overdue": overdue, "escalated": escalated, "snoozed": snoozed})
    session = session_of(context)
    settings = session.settings()
    read = clock_of(settings)

    def shown(screen: "Screen") -> None:
        now = read()
        wanted = _filter(settings, now, (status, issue_type, contact), (phone, since, due_before))
        flags = {"overdue": overdue, "escalated": escalated, "auto_reply_only": auto_reply_only}
        _show(
            screen,
            settings,
            now,
            wanted(snoozed=_snoozed(status, alone=snoozed), order=Order(sort.value), limit=limit, **flags),
            form=form,
            full_phone=full_phone,
        )

    watched(session.screen, shown, watch)


def _form(forms: "Mapping[str, bool]") -> str:
    """How it is shown. Raises UsageProblem where that is said twice."""
    chosen = [name for name, given in forms.items() if given]
    if len(chosen) > 1:
        raise UsageProblem(f"{' and '.join(chosen)} exclude each other", advice="choose one")
    return chosen[0] if chosen else ""


def _require_open(status: Status, switches: "Mapping[str, bool]") -> None:
    """Raise UsageProblem where only open issues can be what is asked for, and closed ones are."""
    wrong = [name for name, given in switches.items() if given]
    if wrong and status in {Status.RESOLVED, Status.SPAM}:
        raise UsageProblem(f"no {status} issue is {wrong[0]}", advice="leave --status out")


def _snoozed(status: Status, *, alone: bool) -> Snoozed:
    if alone:
        return Snoozed.ALONE
    return Snoozed.LEFT_OUT if status is Status.OPEN else Snoozed.TOO


def _show(
    screen: "Screen", settings: "Settings", now: "datetime", wanted: "IssueFilter", *, form: str, full_phone: bool
) -> None:
    from sentinel_cli.domain.sla import escalated_before
    from sentinel_cli.opening import open_store
    from sentinel_cli.store.issue_lists import Moment, find

    from .standing import fields_of, standing_of

    edge = escalated_before(now, settings.business_hours, settings.escalate_after)
    is_wide = screen.terminal and screen.width >= _WIDE
    with open_store(settings) as db:
        found = find(db, wanted, Moment(now=now, escalated_before=edge, hours=settings.business_hours))
        words = _last_words(db, found) if is_wide and form in {"", "--watch"} else None
    # One at a time, and none for numbers alone: there may be very many.
    standings = (standing_of(issue, now, settings) for issue in found.issues)
    match form:
        case "--json":
            screen.json({"items": [fields_of(each, settings) for each in standings], "total": found.total})
        case "--csv":
            from .spreadsheet import csv_text

            screen.write(csv_text([fields_of(each, settings) for each in standings]))
        case "--ids":
            screen.write("".join(f"{issue.id}\n" for issue in found.issues))
        case _:
            from .issue_screens import show_list

            show_list(screen, list(standings), found, settings, full_phone=full_phone, words=words)
            if not found.total and (wanted.contact or wanted.phone_ends):
                screen.note(_elsewhere(wanted))
    # Whoever reads a file or a pipe sees no footer, and would take a part for the whole.
    if form in {"--csv", "--ids"} and len(found.issues) < found.total:
        screen.note(f"{len(found.issues)} of {found.total} issues given; --limit {found.total} gives all")


def _elsewhere(wanted: "IssueFilter") -> str:
    """Where somebody is found of whom no such issue is known: who is spam, internal or only said thanks has none."""
    import shlex

    typed = {"--phone": wanted.phone_ends, "--contact": wanted.contact}
    filters = " ".join(f"{option} {shlex.quote(value)}" for option, value in typed.items() if value)
    closed = "" if wanted.status is None else f"sentinel issues list --status all {filters}; "
    return f"next: {closed}sentinel deliveries list {filters} shows what came"


def _last_words(db: "Database", found: "Found") -> "Mapping[int, str]":
    from sentinel_cli.store.issues import last_words

    return last_words(db, [issue.id for issue in found.issues])


def _filter(
    settings: "Settings",
    now: "datetime",
    kind: tuple[Status, str | None, str | None],
    who_and_when: tuple[str | None, str | None, str | None],
) -> "Callable[..., IssueFilter]":
    """The filter as far as it is typed; the switches come later."""
    from functools import partial

    from sentinel_cli.store.issue_lists import IssueFilter

    from .human import instant_typed, phone_end, who_typed

    (status, issue_type, contact), (phone, since, due_before) = kind, who_and_when
    return partial(
        IssueFilter,
        status=None if status is Status.ALL else status.name,
        issue_type=_channel(issue_type) if issue_type is not None else None,
        contact=who_typed(contact) if contact is not None else None,
        phone_ends=phone_end(phone) if phone is not None else None,
        since=instant_typed(since, now, settings.timezone) if since is not None else None,
        due_before=_due_typed(due_before, now, settings) if due_before is not None else None,
    )


def _due_typed(text: str, now: "datetime", settings: "Settings") -> "datetime":
    from sentinel_cli.domain.snooze import LIKE, moment_typed

    at = moment_typed(text, now, settings.business_hours)
    if at is None:
        raise UsageProblem(f"{text!r} is no time", advice=LIKE)
    return at


def _channel(text: str) -> str:
    text = "sms" if text.lower() in {"text", "texts"} else text
    known = [channel.value for channel in Channel if channel is not Channel.OTHER]
    if text.upper() not in known:
        raise UsageProblem(f"{text!r} is no type of issue", advice=f"there are {', '.join(known).lower()}")
    return text.upper()
