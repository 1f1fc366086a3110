"""A report as words and tables, the same for a terminal and a page; refuses to know how either draws them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from sentinel_cli.domain.report import FEWEST, Figures, Report

from .human import open_duration

__all__ = [
    "WEEKDAYS",
    "Fact",
    "Sheet",
    "beside",
    "headline",
    "hour_words",
    "many",
    "minutes",
    "percent_words",
    "sheets_of",
    "span_words",
    "week_words",
]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOUR_AND_DAY = ("hour", *WEEKDAYS)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_COUNTED = ("issues", "answered", "median", "p90", "in time")
_BUSIEST = 5

Group = TypeVar("Group")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table of the report: the first column names the row, the others are numbers.

    `says` explains the figures in a sentence. `bars` is a length for each row, out of `full`, of what `barred` names;
    empty where no bar helps.
    """

    key: str
    title: str
    says: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    barred: str = ""
    bars: tuple[float, ...] = ()
    full: float = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of the whole period: its name, itself, and the words that say what it means."""

    name: str
    figure: str
    words: str


def headline(report: Report) -> list[Fact]:
    """What is said of the whole period; what does not apply is left out."""
    total, who = report.total, report.who
    types = ", ".join(f"{figures.issues} {channel}" for channel, figures in report.by_type.items())
    facts = [
        Fact("issues", str(total.issues), f"{types}, from {many(report.messages, 'message')}"),
        Fact("in time", percent_words(total), f"{total.in_time} of {total.judged}, open and overdue ones included"),
        Fact("median", span_words(total.median), f"of {many(total.answered, 'answer')}"),
        Fact("p90", span_words(total.p90), "nine of ten answers do not exceed it"),
        Fact("still open", str(report.open), _open(report)),
        Fact("automatic", str(report.auto_replied), "had an automatic reply, which is no answer"),
        Fact("by hand", str(who.by_hand), "closed by an order or at the terminal"),
        Fact("untimed", str(total.untimed), "closed by the older service, nobody knows when answered"),
        Fact("spam", str(report.spam), "in none of these figures"),
    ]
    optional = {"by hand", "untimed", "spam"}
    return [fact for fact in facts if fact.name not in optional or fact.figure != "0"] + beside(report)


def beside(report: Report) -> list[Fact]:
    """What is said even of a period in which no issue began."""
    shown, told = sum(each.shown for each in report.heard), sum(each.told for each in report.heard)
    left, facts = report.calls_left_out, []
    if shown:
        words = f"of customers' messages that GHL shows came by webhook: {told} of {shown}"
        facts.append(Fact("webhooks", _whole(told, shown), words))
    if left is not None:
        facts.append(Fact("left out", str(left), "missed calls not on the route of CALL_ROUTE_FIELD"))
    return facts


def _open(report: Report) -> str:
    if report.longest_open is None:
        return "none waits"
    overdue, only = report.open - report.total.not_yet_due, report.auto_reply_only
    return f"{overdue} overdue, {only} auto-reply only, the longest for {span_words(report.longest_open)}"


def sheets_of(report: Report) -> list[Sheet]:
    """The tables of a report that have rows, in the order they are read."""
    made = (_types, _weeks, _weekdays, _hours, _cells, _volumes, _busiest, _people, _webhooks)
    return [sheet for sheet in (make(report) for make in made) if sheet.rows]


def _types(report: Report) -> Sheet:
    return Sheet(
        key="type",
        title="By type",
        says="Answer times in business time: half of the answers came within the median, nine of ten within p90.",
        columns=("type", *_COUNTED),
        rows=_counted(report.by_type, str),
    )


def _weeks(report: Report) -> Sheet:
    types = list(report.by_type)
    rows = [
        (
            week_words(week, report),
            str(figures.issues),
            *(str(report.by_week_and_type.get((week, each), Figures()).issues) for each in types),
            *_timed(figures),
        )
        for week, figures in (report.by_week.items() if report.total.issues else ())
    ]
    return Sheet(
        key="week",
        title="By week",
        says="In time: answered when due or before, of all that are answered or due. The weeks begin on Monday.",
        columns=("week of", "issues", *map(str, types), "median", "p90", "in time"),
        rows=tuple(rows),
        barred="in time",
        bars=tuple(float(figures.percent_in_time or 0) for figures in report.by_week.values()),
        full=100,
    )


def _weekdays(report: Report) -> Sheet:
    return _by_time(
        "weekday", "By weekday", "The day of the customer's first message.", report.by_weekday, WEEKDAYS.__getitem__
    )


def _hours(report: Report) -> Sheet:
    return _by_time("hour", "By hour", "The local hour of the customer's first message.", report.by_hour, hour_words)


def _by_time(key: str, title: str, says: str, groups: Mapping[int, Figures], words: Callable[[int], str]) -> Sheet:
    counts = [float(figures.issues) for figures in groups.values()]
    return Sheet(
        key=key,
        title=title,
        says=says,
        columns=(key, *_COUNTED),
        rows=_counted(groups, words),
        barred="issues",
        bars=tuple(counts),
        full=max(counts, default=0),
    )


def _cells(report: Report) -> Sheet:
    return Sheet(
        key="cell",
        title="Median answer time by hour and weekday",
        says="Business time from a first message of that hour and weekday to its answer; empty where there was none.",
        columns=_HOUR_AND_DAY,
        rows=_grid(report, lambda figures: span_words(figures.median)) if report.total.answered else (),
    )


def _volumes(report: Report) -> Sheet:
    return Sheet(
        key="volume",
        title="Issues by hour and weekday",
        says="How many issues began in that hour: when somebody should be there to answer.",
        columns=_HOUR_AND_DAY,
        rows=_grid(report, lambda figures: str(figures.issues)),
    )


def _grid(report: Report, words: Callable[[Figures], str]) -> tuple[tuple[str, ...], ...]:
    cells = report.by_weekday_and_hour
    return tuple(
        (hour_words(hour), *(words(cells[day, hour]) if (day, hour) in cells else "" for day in range(7)))
        for hour in report.by_hour
    )


def _busiest(report: Report) -> Sheet:
    top = report.busiest[:_BUSIEST]
    return Sheet(
        key="busiest",
        title="Busiest hours",
        says="The hours of the week in which most issues began.",
        columns=("hour", "issues"),
        rows=tuple((f"{WEEKDAYS[day]} {hour_words(hour)}", str(count)) for (day, hour), count in top),
        barred="issues",
        bars=tuple(float(count) for _, count in top),
        full=top[0][1] if top else 0,
    )


def _people(report: Report) -> Sheet:
    who = report.who
    rows = [(each.name, *_counts(each.figures)[1:]) for each in who.people]
    others = [
        (f"{many(who.few, 'person', 'people')} with fewer than {FEWEST}", who.answers_of_few),
        ("staff, nobody says who", who.unnamed),
    ]
    rows += [(name, str(count), "", "", "") for name, count in others if count]
    longest = [minutes(each.figures.median) for each in who.people]
    return Sheet(
        key="person",
        title="Who answered",
        says=f"Whoever answered first is credited, automation never. Below {FEWEST} answers no times are shown.",
        columns=("who", *_COUNTED[1:]),
        rows=tuple(rows),
        barred="median",
        bars=tuple(longest),
        full=max(longest, default=0),
    )


def _webhooks(report: Report) -> Sheet:
    weeks = report.heard_by_week
    return Sheet(
        key="webhooks",
        title="Webhooks",
        says="Of the customers' messages that GHL shows, those a webhook told of. Sweeps find the others, later.",
        columns=("week of", "shown", "told", "covered"),
        rows=tuple(
            (week_words(week, report), str(shown), str(told), _whole(told, shown))
            for week, (shown, told) in weeks.items()
        ),
        barred="covered",
        bars=tuple(100 * told / shown for shown, told in weeks.values()),
        full=100,
    )


def _counted(groups: Mapping[Group, Figures], words: Callable[[Group], str]) -> tuple[tuple[str, ...], ...]:
    return tuple((words(group), *_counts(figures)) for group, figures in groups.items())


def _counts(figures: Figures) -> tuple[str, ...]:
    return (str(figures.issues), str(figures.answered), *_timed(figures))


def _timed(figures: Figures) -> tuple[str, str, str]:
    return span_words(figures.median), span_words(figures.p90), percent_words(figures)


def minutes(span: timedelta | None) -> float:
    """The span in minutes, 0 where there is none."""
    return span / timedelta(minutes=1) if span is not None else 0.0


def span_words(span: timedelta | None) -> str:
    """Business time as people say it, `-` where there is none."""
    return "-" if span is None else open_duration(span)


def percent_words(figures: Figures) -> str:
    """The rate of those in time, `-` where nobody can say."""
    return "-" if figures.percent_in_time is None else f"{figures.percent_in_time}%"


def hour_words(hour: int) -> str:
    """The hour that begins then: `9am`."""
    return f"{hour % 12 or 12}{'am' if hour < 12 else 'pm'}"


def week_words(begins_on: date, report: Report) -> str:
    """The week by its Monday, `Nov 23`; with the year where that is not the one in which the report ends."""
    year = "" if begins_on.year == report.period.until.year else f" {begins_on.year}"
    return f"{_MONTHS[begins_on.month - 1]} {begins_on.day}{year}"


def _whole(part: int, whole: int) -> str:
    """Rounded down, so that 100% means all."""
    return f"{100 * part // whole}%" if whole else "-"


def many(count: int, one: str, more: str = "") -> str:
    """`1 message`, `2 messages`."""
    return f"{count} {one if count == 1 else more or one + 's'}"
