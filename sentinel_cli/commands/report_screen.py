"""A report on a terminal or in a pipe: facts, then tables with a bar for each row."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .report_sheets import Fact, Sheet, beside, headline, sheets_of
from .tables import Cell, Column, Screen

if TYPE_CHECKING:
    from sentinel_cli.domain.report import Report

__all__ = ["show_report"]

_EIGHTHS = " ▏▎▍▌▋▊▉"
_LONGEST, _SHORTEST, _PIPED = 40, 8, 20
_GAP = 2


def show_report(screen: Screen, report: "Report", period: str) -> None:
    """The whole report; of an empty period that it is empty, and what is known of its webhooks."""
    if not report.total.issues:
        screen.line(f"no issue began from {period}")
        screen.facts(_pairs(beside(report)))
        return
    screen.facts([("period", Cell(period)), *_pairs(headline(report))])
    for sheet in sheets_of(report):
        screen.heading(sheet.title)
        _show(screen, sheet)


def _pairs(facts: Sequence[Fact]) -> list[tuple[str, Cell]]:
    return [(fact.name, Cell(f"{fact.figure}: {fact.words}")) for fact in facts]


def _show(screen: Screen, sheet: Sheet) -> None:
    columns = [Column(name=name, right=place > 0) for place, name in enumerate(sheet.columns)]
    rows = [[Cell(text) for text in row] for row in sheet.rows]
    room = _room(screen, sheet)
    drawn = f"{sheet.barred}, drawn"
    if sheet.bars and room >= max(_SHORTEST, len(drawn)):
        columns.append(Column(name=drawn))
        bars = [*sheet.bars, *[0.0] * (len(rows) - len(sheet.bars))]
        for row, bar in zip(rows, bars, strict=True):
            row.append(Cell(_bar(bar / sheet.full if sheet.full else 0, room, blocks=screen.terminal), "cyan"))
    screen.table(columns, rows)


def _room(screen: Screen, sheet: Sheet) -> int:
    """How long a bar may be."""
    if not screen.terminal:
        return _PIPED
    widths = (max(map(len, column)) for column in zip(sheet.columns, *sheet.rows, strict=True))
    return min(_LONGEST, screen.width - sum(width + _GAP for width in widths))


def _bar(part: float, room: int, *, blocks: bool) -> str:
    """A bar of that part of the room: eighths of a character on a terminal, whole ones of ASCII in a pipe."""
    if not blocks:
        return "#" * round(part * room)
    whole, rest = divmod(round(part * room * 8), 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")
