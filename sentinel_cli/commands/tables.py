"""What a command shows, as rich tables on a terminal and plain lines in a pipe; refuses to know what is in them.

Data goes to `out`, messages to `err`. rich is loaded for a terminal alone: a pipe should not wait for it.
"""

import io
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TextIO

from .text import json_text, one_line, visible

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

__all__ = ["Cell", "Column", "OutputLost", "ReaderGone", "Screen", "console_of", "forget"]


# What stands between two columns of a table.
_GAP = 2
# About as many characters stand in a line of a text on a phone.
_PHONE = 44


class OutputLost(OSError):
    """Our output cannot be written: its disk is full, or has failed."""


class ReaderGone(OutputLost):
    """Whoever read our output has stopped (`| head`); there is nobody left to tell anything."""


class Cell(NamedTuple):
    """One value of a table; `style` is rich's, and says nothing that the text does not."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: numbers stand `right`; what `wraps` gives way on a narrow screen, down to `least` characters.

    Words are broken where nothing else helps, but at once in what `breaks`: an id that says nothing by itself.
    """

    name: str
    right: bool = False
    wraps: bool = False
    breaks: bool = False
    least: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Where a command writes. `width` is a terminal's; `colour` is False where NO_COLOR or a dumb terminal says so.

    `height` is a terminal's too. `live` says whether somebody watches `err`, and may be shown what is gone again.
    """

    out: TextIO
    err: TextIO
    terminal: bool = False
    width: int = 80
    height: int = 24
    colour: bool = False
    live: bool = False

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
        """A table, nothing cut: a line for each value where the screen is too narrow for it.

        In a pipe one line for each row, in aligned columns under their names.
        """
        if not self.terminal:
            self.write(_aligned([[Cell(column.name) for column in columns], *rows], columns))
        elif widths := _fitted(columns, rows, self.width):
            self._rich(_rich_table(columns, rows, widths))
        else:
            self._records(columns, rows)

    def _records(self, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
        for number, row in enumerate(rows):
            if number:
                self.write("\n")
            self.facts([(column.name, cell) for column, cell in zip(columns, row, strict=True) if cell.text])

    def facts(self, pairs: Sequence[tuple[str, Cell]]) -> None:
        """Named facts, one to a line, never broken: a link must stay one to click on. In a pipe with a colon."""
        if self.terminal:
            for shown in _rich_facts(pairs):
                self._rich(shown, whole=True)
        else:
            names = [[Cell(f"{name}:"), value] for name, value in pairs]
            self.write(_aligned(names, (Column(name="name"), Column(name="value"))))

    def phone(self, to: str, text: str, foot: str) -> None:
        """A text as it stands on a phone, between whom it goes to and its size; in a pipe its lines behind a bar."""
        if self.terminal:
            self._rich(_rich_phone(to, text, foot, min(_PHONE, self.width)))
            return
        for line in (f"{to}:", *(f"  | {line}" for line in text.split("\n")), f"  {foot}"):
            self.line(line)

    def heading(self, text: str) -> None:
        """A line over what follows."""
        if self.terminal:
            from rich.text import Text

            self._rich(Text(f"\n{one_line(text)}", style="bold"))
        else:
            self.write(f"\n{one_line(text)}\n")

    def page(self, text: str, foot: str) -> None:
        """One page of a terminal in place of what stood there: the text's first lines, and the whole foot."""
        feet = sum(-(-len(line) // self.width) for line in foot.splitlines())
        lines, room = text.removesuffix("\n").split("\n"), max(self.height - feet - 2, 1)
        if len(lines) > room:
            lines = [*lines[:room], f"({len(lines) - room} more lines below)"]
        # At once, so that nothing flickers.
        self.write("\x1b[H\x1b[2J" + "".join(f"{line}\n" for line in lines) + foot)

    def json(self, value: object) -> None:
        """One JSON value."""
        self.write(json_text(value) + "\n")

    def line(self, text: str) -> None:
        """Data as it is, made safe to show."""
        self.write(visible(text) + "\n")

    def note(self, text: str) -> None:
        """A message for the person, beside the data; one that cannot be told stops no work."""
        try:
            self.err.write(visible(text) + "\n")
        except OSError:
            forget(self.err)

    def write(self, text: str) -> None:
        """Put text out. Raises ReaderGone when nobody reads it, else OutputLost when it cannot be written."""
        try:
            self.out.write(text)
            self.out.flush()
        except OSError as error:
            forget(self.out)
            raise (ReaderGone if isinstance(error, BrokenPipeError) else OutputLost)(error.strerror) from None

    def _rich(self, shown: "RenderableType", *, whole: bool = False) -> None:
        text = io.StringIO()
        console_of(text, self).print(shown, soft_wrap=whole)
        self.write(text.getvalue())


def forget(stream: TextIO) -> None:
    """Whatever goes to that stream goes nowhere from now on, the rest in its buffer too: its end is no error."""
    with suppress(OSError):  # of a stream that is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _aligned(rows: Sequence[Sequence[Cell]], columns: Sequence[Column]) -> str:
    texts = [[one_line(cell.text) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)] if texts else []
    lines = (
        "  ".join(
            text.rjust(width) if column.right else text.ljust(width)
            for text, width, column in zip(row, widths, columns, strict=True)
        )
        for row in texts
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def console_of(file: TextIO, screen: Screen) -> "Console":
    """Rich's way to write into that file as the screen allows."""
    from rich.console import Console

    return Console(
        file=file,
        width=screen.width,
        force_terminal=True,
        color_system="standard" if screen.colour else None,
        highlight=False,
        legacy_windows=False,
    )


def _fitted(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int) -> list[int] | None:
    """How wide each column stands on a screen of that width; None where something would be cut."""
    from rich.cells import cell_len

    texts = [[column.name, *(one_line(row[place].text) for row in rows)] for place, column in enumerate(columns)]
    room = width - _GAP * (len(columns) - 1)
    whole = [max(map(cell_len, column)) for column in texts]
    words = [max((cell_len(word) for text in column for word in text.split()), default=0) for column in texts]
    shortest = [
        column.least if column.wraps or column.breaks else size for column, size in zip(columns, whole, strict=True)
    ]
    unbroken = [
        least if column.breaks else max(least, word)
        for column, least, word in zip(columns, shortest, words, strict=True)
    ]
    for least in (unbroken, shortest):
        floors = list(map(min, whole, least))
        if sum(floors) <= room:
            return _narrowed(whole, floors, room)
    return None


def _narrowed(whole: Sequence[int], floors: Sequence[int], room: int) -> list[int]:
    """The widths that together fit the room: the widest gives way first, none below its floor."""
    widths = [min(width, room) for width in whole]
    while sum(widths) > room:
        giving = [place for place, floor in enumerate(floors) if widths[place] > floor]
        widths[max(giving, key=widths.__getitem__)] -= 1
    return widths


def _rich_table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], widths: Sequence[int]) -> "RenderableType":
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for column, width in zip(columns, widths, strict=True):
        table.add_column(
            column.name,
            justify="right" if column.right else "left",
            width=width,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(one_line(cell.text), style=cell.style) for cell in row))
    return table


def _rich_phone(to: str, text: str, foot: str, width: int) -> "RenderableType":
    from rich.panel import Panel
    from rich.text import Text

    return Panel(
        Text("\n".join(one_line(line) for line in text.split("\n"))),
        title=Text(one_line(to)),
        title_align="left",
        subtitle=Text(foot),
        subtitle_align="right",
        width=width,
    )


def _rich_facts(pairs: Sequence[tuple[str, Cell]]) -> "list[Text]":
    from rich.text import Text

    width = max((len(name) for name, _ in pairs), default=0)
    return [Text.assemble((name.ljust(width + 2), "dim"), (one_line(value.text), value.style)) for name, value in pairs]
