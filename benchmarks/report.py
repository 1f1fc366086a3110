"""Tables of figures, on the screen and as RESULTS.md; knows nothing of what was measured."""

import platform
import sqlite3
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table as Screen

__all__ = ["RESULTS", "Table", "around", "machine", "markdown", "show"]

RESULTS = Path(__file__).with_name("RESULTS.md")


@dataclass
class Table:
    """One benchmark's figures: `goal` is what was aimed at, `rows` are text, and `notes` say what bounds them."""

    title: str
    goal: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    profile: str = ""


def around(values: Iterable[float], digits: int = 0) -> str:
    """The median, and in brackets the least and the most."""
    found = sorted(values)
    return f"{median(found):,.{digits}f} ({found[0]:,.{digits}f}-{found[-1]:,.{digits}f})"


def machine(folder: Path) -> list[str]:
    """What the figures were taken on."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = {line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")}
    cores = info.count("processor\t")
    memory = Path("/proc/meminfo").read_text().split()[1] if Path("/proc/meminfo").exists() else "0"
    disk = subprocess.run(["stat", "-f", "-c", "%T", str(folder)], capture_output=True, text=True, check=False).stdout
    libraries = ("starlette", "uvicorn", "uvloop", "httptools", "typer", "rich", "httpx", "sqlite-utils")
    return [
        (
            f"{cores} cores ({', '.join(sorted(names)) or platform.machine()}), {int(memory) / 1024**2:.0f} GB, "
            f"files on {disk.strip() or 'an unknown file system'}, {platform.system()} {platform.release()}"
        ),
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        + ", ".join(f"{name} {version(name)}" for name in libraries),
    ]


def show(table: Table) -> None:
    """Print it."""
    console, screen = Console(), Screen(title=table.title, caption=table.goal, title_justify="left")
    for number, column in enumerate(table.columns):
        screen.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in table.rows:
        screen.add_row(*row)
    console.print(screen)
    for note in table.notes:
        console.print(f"  {note}", style="dim", highlight=False)
    if table.profile:
        console.print(table.profile, highlight=False, markup=False)


def markdown(table: Table) -> str:
    """It, as a section of a document."""
    lines = [f"## {table.title}", "", f"*Aim:* {table.goal}", "", _line(table.columns)]
    lines += [_line(["---", *["---:"] * (len(table.columns) - 1)]), *map(_line, table.rows)]
    if table.notes:
        lines += ["", *(f"- {note}" for note in table.notes)]
    if table.profile:
        lines += ["", "```text", table.profile.rstrip(), "```"]
    return "\n".join([*lines, ""])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
