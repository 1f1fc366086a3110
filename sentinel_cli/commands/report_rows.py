"""A report for programs: one JSON object, or the rows of one spreadsheet."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.report import Figures, Report

from .report_sheets import WEEKDAYS

if TYPE_CHECKING:
    from sentinel_cli.settings import Settings

__all__ = ["COLUMNS", "report_fields", "report_rows"]

Row = dict[str, object]

_GROUPS = ("type", "week", "weekday", "hour", "person")
_COUNTS = ("issues", "answered", "in_time", "late", "not_yet_due", "untimed")
_TIMES = ("median_minutes", "p90_minutes", "percent_in_time")
COLUMNS = ("part", *_GROUPS, *_COUNTS, *_TIMES, "shown", "told")
"""The columns of the spreadsheet: which part of the report a row belongs to, which group it is of, its figures."""


def report_fields(report: Report, settings: "Settings") -> dict[str, object]:
    """The report as one object: each part a list of groups with their figures, instants as they are stored."""
    period, who = report.period, report.who
    return {
        "since_ts": instant_text(period.since),
        "until_ts": instant_text(period.until),
        "now_ts": instant_text(period.now),
        "timezone": settings.timezone.key,
        "total": _figures(report.total)
        | {
            "messages": report.messages,
            "open": report.open,
            "longest_open_minutes": _minutes(report.longest_open),
            "auto_replied": report.auto_replied,
            "auto_reply_only": report.auto_reply_only,
            "by_hand": who.by_hand,
            "spam": report.spam,
            "calls_left_out": report.calls_left_out,
        },
        **{part: list(rows) for part, rows in _parts(report).items()},
        "few": {"people": who.few, "answers": who.answers_of_few},
        "unnamed_answers": who.unnamed,
    }


def report_rows(report: Report) -> list[Row]:
    """The rows of the spreadsheet, the whole period's first; what a row has no figure for is empty."""
    rows: list[Row] = [{"part": "total", **_figures(report.total)}]
    rows += [{"part": part, **row} for part, found in _parts(report).items() for row in found]
    return [{name: row.get(name) for name in COLUMNS} for row in rows]


def _parts(report: Report) -> Mapping[str, Iterator[Row]]:
    cells, weeks = report.by_weekday_and_hour.items(), report.by_week_and_type.items()
    return {
        "by_type": ({"type": str(each), **_figures(figures)} for each, figures in report.by_type.items()),
        "by_week": ({"week": str(each), **_figures(figures)} for each, figures in report.by_week.items()),
        "by_week_and_type": ({"week": str(week), "type": str(type_), **_figures(f)} for (week, type_), f in weeks),
        "by_weekday": ({"weekday": WEEKDAYS[day], **_figures(figures)} for day, figures in report.by_weekday.items()),
        "by_hour": ({"hour": hour, **_figures(figures)} for hour, figures in report.by_hour.items()),
        "by_weekday_and_hour": ({"weekday": WEEKDAYS[day], "hour": hour, **_figures(f)} for (day, hour), f in cells),
        "people": ({"person": each.name, **_figures(each.figures)} for each in report.who.people),
        "webhooks": (
            {"week": str(each.begins_on), "type": str(each.channel), "shown": each.shown, "told": each.told}
            for each in report.heard
        ),
    }


def _figures(figures: Figures) -> Row:
    return {
        **{name: getattr(figures, name) for name in _COUNTS},
        "median_minutes": _minutes(figures.median),
        "p90_minutes": _minutes(figures.p90),
        "percent_in_time": figures.percent_in_time,
    }


def _minutes(span: timedelta | None) -> int | None:
    """Whole minutes that have passed."""
    return None if span is None else span // timedelta(minutes=1)
