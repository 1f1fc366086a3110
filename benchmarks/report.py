"""Tables of figures, on the screen and as RESULTS.md; knows nothing of what was measured."""

import os
import platform
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table as Screen

__all__ = ["RESULTS", "Table", "around", "document", "machine", "markdown", "show", "verdict"]

RESULTS = Path(__file__).with_name("RESULTS.md")


@dataclass
class Table:
    """One benchmark's figures: `goal` is what was aimed at, `rows` are text, and `notes` say what bounds them.

    `verdicts` say of each aim whether it was met.
    """

    title: str
    goal: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    profile: str = ""


def verdict(what: str, found: float, aim: float, *, at_least: bool = False) -> str:
    """Whether an aim was met, in a line."""
    is_met = found >= aim if at_least else found <= aim
    bound = "at least" if at_least else "at most"
    return f"{what}: {found:.3g} ({bound} {aim:g}): {'met' if is_met else '**missed**'}"


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
    waits = f"{1000 * _commit(folder):.2f} ms for 4 kB to reach them"
    libraries = ("starlette", "uvicorn", "uvloop", "httptools", "typer", "rich", "httpx", "sqlite-utils")
    return [
        (
            f"{cores} cores ({', '.join(sorted(names)) or platform.machine()}), {int(memory) / 1024**2:.0f} GB, "
            f"files on {disk.strip() or 'an unknown file system'} ({waits}), {platform.system()} {platform.release()}"
        ),
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        + ", ".join(f"{name} {version(name)}" for name in libraries),
    ]


def _commit(folder: Path) -> float:
    """Seconds until the disk has what was written, as every commit waits for it: the median of 200."""
    took = []
    with (folder / "written").open("wb", buffering=0) as file:
        for _ in range(200):
            began = time.perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return median(took)


def show(table: Table) -> None:
    """Print it."""
    # Nobody widens a pipe.
    console = Console() if sys.stdout.isatty() else Console(width=160)
    screen = Screen(title=table.title, caption=table.goal, title_justify="left")
    for number, column in enumerate(table.columns):
        screen.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in table.rows:
        screen.add_row(*row)
    console.print(screen)
    for note in [*table.verdicts, *table.notes]:
        console.print(f"  {note.replace('**', '')}", style="dim", highlight=False)
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


def document(tables: Sequence[Table], on: Sequence[str]) -> str:
    """All of it: `on` says when and on what the figures were taken."""
    head = [
        "# What Sentinel costs",
        "",
        (
            "Written by `make bench`, which measures it all again: on Linux with two cores and 7 GB of disk, in a "
            "quarter of an hour. `.venv/bin/python -m benchmarks ingest` measures one table, and writes nothing. Only "
            "figures of one table can be compared: all that stands in it was measured in turn, round by round. A "
            "difference of less than a fifth is noise."
        ),
        "",
        *(f"- {line}" for line in on),
        "",
        "## Aims",
        "",
        *(f"- {line}" for table in tables for line in table.verdicts),
        "",
    ]
    return "\n".join([*head, *map(markdown, tables)]).rstrip() + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
