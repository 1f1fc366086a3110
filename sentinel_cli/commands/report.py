"""`sentinel report`: how fast customers were answered, on the screen, as a page, or for a spreadsheet."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.errors import UsageProblem

from .options import AsJson
from .progress import working
from .session import session_of

if TYPE_CHECKING:
    from datetime import datetime

    from sentinel_cli.domain.report import Heard, Period, Report
    from sentinel_cli.settings import Settings
    from sentinel_cli.store.database import Database

__all__ = ["report"]


def report(
    context: typer.Context,
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="Issues that began since: 30d, 12w, 2026-11-01 ...")
    ] = "30d",
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="And before: 7d, 2026-11-23 ...; else all up to now.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with charts there, for a browser.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of tables.")] = False,
    as_json: AsJson = False,
) -> None:
    """Report how fast customers were answered, how many, when, and by whom.

    Times are business time from a customer's first message to the answer.
    Automatic replies are no answers; withdrawn issues and spam are left out.
    docs/report.md explains each figure. The page is one file, needs no network
    and holds no customer's name or number; its charts need the extra
    ntpp-sentinel[report].

    For example:
      sentinel report
      sentinel report --since 12w --html report.html
      sentinel report --since 2026-10-01 --until 2026-11-01 --csv > october.csv

    Exit codes: 2 no such period, or FILE cannot be written, 74 no database,
    78 the extra is missing.
    """
    from sentinel_cli.opening import open_store

    from .report_rows import COLUMNS, report_fields, report_rows
    from .report_screen import show_report
    from .spreadsheet import csv_text

    if sum((html is not None, as_csv, as_json)) > 1:
        raise UsageProblem("--html, --csv and --json exclude each other", advice="choose one")
    session = session_of(context)
    settings = session.settings()
    period = _period(settings, since, until)
    with working(session.screen, "counting"), open_store(settings) as db:
        found = _gathered(db, period, settings)
    if html is not None:
        from .report_page import write_page

        target = session.cwd / html
        write_page(target, found, _period_words(found.period, settings))
        session.screen.note(f"{target} written: {found.total.issues} issues")
    elif as_csv:
        session.screen.write(csv_text(report_rows(found), COLUMNS))
    elif as_json:
        session.screen.json(report_fields(found, settings))
    else:
        show_report(session.screen, found, _period_words(found.period, settings))


def _period(settings: "Settings", since: str, until: str | None) -> "Period":
    from sentinel_cli.domain.report import Period
    from sentinel_cli.opening import clock_of

    from .human import instant_typed

    now = clock_of(settings)()
    begins = instant_typed(since, now, settings.timezone)
    ends = instant_typed(until, now, settings.timezone) if until else now
    if begins >= ends:
        raise UsageProblem(
            f"nothing lies between --since {since} and --until {until or 'now'}", advice="name an earlier --since"
        )
    return Period(since=begins, until=ends, now=now)


def _gathered(db: "Database", typed: "Period", settings: "Settings") -> "Report":
    """The report of the period, without the days before the first fact that is known."""
    from sentinel_cli.domain.report import report_of, without_days_before
    from sentinel_cli.store import reporting, users

    with db.snapshot():
        period = without_days_before(typed, reporting.first_known(db), settings.business_hours)
        return report_of(
            reporting.begun_between(db, period.since, period.until),
            period,
            settings.business_hours,
            {user.user_id: user.name for user in users.all_users(db)},
            _heard(db, period, settings),
            _left_out(db, period, settings),
        )


def _left_out(db: "Database", period: "Period", settings: "Settings") -> int | None:
    """How many missed calls the route filter kept from opening an issue; None where there is no filter."""
    from sentinel_cli.store.health import unrouted_calls

    if not settings.call_route_field:
        return None
    return unrouted_calls(db, period.since, period.until, internal=settings.internal_contacts)


def _heard(db: "Database", period: "Period", settings: "Settings") -> "list[Heard]":
    from sentinel_cli.domain.report import Heard, weeks_of
    from sentinel_cli.store.checks import coverage_between

    return [
        Heard(begins_on=week.begins_on, channel=channel, shown=seen.messages, told=seen.delivered)
        for week in weeks_of(period, settings.business_hours)
        for channel, seen in coverage_between(
            db, week.since, week.until, settings.channels, settings.internal_contacts
        ).items()
    ]


def _period_words(period: "Period", settings: "Settings") -> str:
    """From when to when, in local time."""
    begins, ends = (_local(at, settings) for at in (period.since, period.until))
    return f"{begins} to {ends}, {settings.timezone.key}"


def _local(at: "datetime", settings: "Settings") -> str:
    return at.astimezone(settings.timezone).strftime("%Y-%m-%d %H:%M")
