"""A report as one page for a browser: no script, nothing fetched, light and dark, a table under each chart."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from importlib.resources import files
from pathlib import Path

from sentinel_cli import __version__
from sentinel_cli.domain.report import Figures, Report
from sentinel_cli.errors import UsageProblem

from .report_charts import STEPS, Bar, GridCell, columns, grid, spread, stacks
from .report_sheets import (
    WEEKDAYS,
    Fact,
    Sheet,
    beside,
    headline,
    hour_words,
    minutes,
    sheets_of,
    span_words,
    week_words,
)

__all__ = ["page_of", "write_page"]

_MINUTE = timedelta(minutes=1)
# The colours of answer times: what people call quick, and the two hours that most promise.
_SHADES = (15, 30, 60, 120)
_SHADE_WORDS = ("under 15m", "under 30m", "under 1h", "under 2h", "2h and more")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chart:
    """A drawing, what it shows in words, and what its colours mean: (name in the style sheet, words)."""

    svg: str
    says: str
    key: tuple[tuple[str, str], ...] = ()


def write_page(target: Path, report: Report, period: str) -> None:
    """Put the page there, whole or not at all, for its owner alone to read. Raises UsageProblem where it cannot be."""
    page = page_of(report, period)
    part = target.parent / f".{target.name}.{secrets.token_hex(4)}"
    try:
        part.touch(mode=0o600, exist_ok=False)
        part.write_text(page, encoding="utf-8")
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise UsageProblem(f"cannot write {target}: {error.strerror}", advice="name another FILE") from None


def page_of(report: Report, period: str) -> str:
    """The whole page as HTML."""
    style = files("sentinel_cli.commands").joinpath("report.css").read_text(encoding="utf-8")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Sentinel report, {escape(period)}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>How fast customers were answered</h1>
<p>{escape(period)}</p>
</header>
{_body(report)}
<footer>
<p>Times are business time from a customer's first message to the first answer by a person. Weekday, hour and week are
those of the first message. Withdrawn issues and spam are left out. Made by Sentinel {__version__}.</p>
</footer>
</body>
</html>
"""


def _body(report: Report) -> str:
    if not report.total.issues:
        return f"{_tiles(beside(report))}\n<main>\n<section><h2>No issue began in this period</h2></section>\n</main>"
    sections = [_section(sheet, report) for sheet in sheets_of(report)]
    return "\n".join([_tiles(headline(report)), "<main>", *sections, "</main>"])


def _tiles(facts: Iterable[Fact]) -> str:
    """The figures of the whole period, one beside the other."""
    tiles = "\n".join(
        f"<div><dt>{escape(fact.name)}</dt><dd>{escape(fact.figure)}<small>{escape(fact.words)}</small></dd></div>"
        for fact in facts
    )
    return f'<dl class="tiles">\n{tiles}\n</dl>'


def _section(sheet: Sheet, report: Report) -> str:
    charts = "\n".join(_figure(chart) for chart in _CHARTS[sheet.key](report)) if sheet.key in _CHARTS else ""
    table = _table(sheet)
    shown = f"{charts}\n<details><summary>The figures as a table</summary>\n{table}\n</details>" if charts else table
    return (
        f'<section aria-labelledby="{sheet.key}">\n<h2 id="{sheet.key}">{escape(sheet.title)}</h2>\n'
        f'<p class="says">{escape(sheet.says)}</p>\n{shown}\n</section>'
    )


def _figure(chart: _Chart) -> str:
    key = "".join(f'<li><i style="background:var(--{colour})"></i>{escape(words)}</li>' for colour, words in chart.key)
    says = f"{chart.says}; the figures stand in the table below"
    return (
        f'<figure><div role="img" aria-label="{escape(says)}">{chart.svg}</div>'
        f'{f"""<ul class="key">{key}</ul>""" if key else ""}</figure>'
    )


def _table(sheet: Sheet) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in sheet.columns)
    rows = "\n".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(text)}</td>" for text in rest)}</tr>'
        for first, *rest in sheet.rows
    )
    # Focusable, so that the keyboard can scroll what is wider than a phone.
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(sheet.title)}, table">'
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def _spread(what: str, groups: Iterable[tuple[str, Figures]]) -> list[_Chart]:
    bars = [Bar(name, minutes(figures.median), minutes(figures.p90)) for name, figures in groups if figures.answered]
    if not bars:
        return []
    says = f"Median and p90 of the answer time by {what}"
    return [_Chart(svg=spread(bars), says=says, key=(("c0", "median"), ("c1", "p90")))]


def _of_weeks(report: Report) -> list[_Chart]:
    rates = [(week_words(week, report), figures.percent_in_time) for week, figures in report.by_week.items()]
    counts = [
        (week_words(week, report), str(each), report.by_week_and_type[week, each].issues)
        for week in report.by_week
        for each in report.by_type
        if (week, each) in report.by_week_and_type
    ]
    series = [(f"c{place % 4}", str(each)) for place, each in enumerate(report.by_type)]
    weeks = [week_words(week, report) for week in report.by_week]
    return [
        _Chart(svg=columns(rates), says="Percent answered in time by week"),
        _Chart(
            svg=stacks(counts, weeks, list(map(str, report.by_type))), says="Issues by week and type", key=tuple(series)
        ),
    ]


def _of_times(report: Report) -> list[_Chart]:
    cells = {
        place: (sum(figures.median >= shade * _MINUTE for shade in _SHADES), span_words(figures.median))
        for place, figures in report.by_weekday_and_hour.items()
        if figures.median is not None
    }
    key = tuple((f"h{step}", words) for step, words in enumerate(_SHADE_WORDS))
    return [_Chart(svg=_grid(report, cells), says="Median answer time by hour and weekday", key=key)]


def _of_volumes(report: Report) -> list[_Chart]:
    most = max(figures.issues for figures in report.by_weekday_and_hour.values())
    cells = {
        place: ((STEPS * figures.issues - 1) // most, str(figures.issues))
        for place, figures in report.by_weekday_and_hour.items()
    }
    return [_Chart(svg=_grid(report, cells), says="Issues by hour and weekday")]


def _grid(report: Report, cells: Mapping[tuple[int, int], tuple[int, str]]) -> str:
    drawn = [
        GridCell(column=WEEKDAYS[day], row=hour_words(hour), step=step, words=words)
        for (day, hour), (step, words) in cells.items()
    ]
    return grid(drawn, WEEKDAYS, [hour_words(hour) for hour in report.by_hour])


def _of_webhooks(report: Report) -> list[_Chart]:
    covered = [(week_words(week, report), 100 * told // shown) for week, (shown, told) in report.heard_by_week.items()]
    return [_Chart(svg=columns(covered), says="Percent of customers' messages that a webhook told of by week")]


_CHARTS: Mapping[str, Callable[[Report], list[_Chart]]] = {
    "type": lambda report: _spread("type", ((str(each), figures) for each, figures in report.by_type.items())),
    "week": _of_weeks,
    "weekday": lambda report: _spread("weekday", ((WEEKDAYS[day], each) for day, each in report.by_weekday.items())),
    "hour": lambda report: _spread("hour", ((hour_words(hour), each) for hour, each in report.by_hour.items())),
    "cell": _of_times,
    "volume": _of_volumes,
    "person": lambda report: _spread(
        "person", ((f"{each.name} ({each.figures.answered})", each.figures) for each in report.who.people)
    ),
    "webhooks": _of_webhooks,
}
