"""Writes what the documents show of the program: `make docs`. A test compares what stands there with what this says.

In a page, everything between `<!-- made: … -->` and `<!-- end -->` is made here; the rest is written by people.
Screens and the picture come from `sentinel demo`, whose day is the same in every run.
"""

import io
import re
import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from docs.json_shapes import shapes_section
from docs.reference import commands_section, exit_codes_table, settings_table
from sentinel_cli.cli import main as sentinel
from sentinel_cli.commands.session import Session
from sentinel_cli.commands.tables import Screen

__all__ = ["ROOT", "generated", "main", "pages"]

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "issues.svg"
PICTURED = "issues list --status all"
_WIDTH = 96
_MORNING = "2026-11-23T13:55:00Z"  # five minutes before the demo's summary
_MADE = re.compile(r"(?P<opening><!-- made: (?P<what>.+?) -->\n).*?(?P<closing><!-- end -->)", re.DOTALL)
_TYPED = re.compile(r"^\$ sentinel (?P<argv>.+)\n(?P<shown>(?:.+\n)*)", re.MULTILINE)
_PAGES = ("README.md", "docs/*.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demo:
    """What the demo showed of each command, in a pipe and on a terminal, and its issue table in colour."""

    screens: dict[str, str]
    terminal: dict[str, str]
    table: str


def pages() -> list[Path]:
    """The pages written by people, with parts that are made."""
    return sorted(path for pattern in _PAGES for path in ROOT.glob(pattern))


def generated() -> Iterator[tuple[Path, str]]:
    """Each file of the documents with the text that it should hold."""
    demo = _played()
    for path in pages():
        yield path, _filled(path.read_text(encoding="utf-8"), demo)
    yield PICTURE, _picture(demo.table)


def main() -> None:
    """Write them."""
    for path, text in list(generated()):
        path.write_text(text, encoding="utf-8")


def _filled(page: str, demo: _Demo) -> str:
    return _MADE.sub(lambda found: f"{found['opening']}\n{_made(found['what'], demo)}\n\n{found['closing']}", page)


def _made(what: str, demo: _Demo) -> str:
    kind, _, argument = what.partition(": ")
    match kind:
        case "commands":
            return commands_section()
        case "exit codes":
            return exit_codes_table()
        case "json":
            return shapes_section()
        case "settings":
            return settings_table()
        case "screen":
            return _shown(argument, demo.screens)
        case "terminal":
            return _shown(argument, demo.terminal)
    raise ValueError(f"nothing is made of {what!r}")


def _shown(argument: str, screens: Mapping[str, str]) -> str:
    """What was typed and shown, or what begins so: which issue the demo looks at is its own matter."""
    argv = argument if argument in screens else next(argv for argv in screens if argv.startswith(f"{argument} "))
    return f"```console\n$ sentinel {argv}\n{screens[argv]}```"


def _played() -> _Demo:
    """The demo, played in a pipe and on a terminal, each in a home of its own; its issue table once more, in colour."""
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as another:
        screens = _screens(home)
        table = io.StringIO()
        environ = {"SENTINEL_HOME": home, "SENTINEL_NOW": _MORNING}
        coloured = Screen(out=table, err=io.StringIO(), terminal=True, width=_WIDTH, colour=True)
        _typed(shlex.split(PICTURED), coloured, environ)
        return _Demo(screens=screens, terminal=_screens(another, terminal=True), table=table.getvalue())


def _screens(home: str, *, terminal: bool = False) -> dict[str, str]:
    """What the demo shows of each command; of one that it types twice the first."""
    story = io.StringIO()
    _typed(["demo", "--home", home], Screen(out=story, err=story, terminal=terminal, width=_WIDTH), {})
    return {found["argv"]: found["shown"] for found in reversed(list(_TYPED.finditer(story.getvalue())))}


def _typed(argv: Sequence[str], screen: Screen, environ: dict[str, str]) -> None:
    code = sentinel(argv, Session(environ=environ, cwd=Path.cwd(), checkout=None, screen=screen))
    if code:
        raise SystemExit(f"sentinel {' '.join(argv)} ended with {code}: {screen.err}")


def _picture(table: str) -> str:
    """The table as an SVG that needs nothing from elsewhere: rich's own format fetches its font from a third party."""
    from rich._export_format import CONSOLE_SVG_FORMAT
    from rich.console import Console
    from rich.text import Text

    console = Console(file=io.StringIO(), record=True, width=_WIDTH, force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(table), soft_wrap=True)
    code_format = re.sub(r" *@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(title=f"sentinel {PICTURED}", code_format=code_format, unique_id="issues")
    return "".join(f"{line.rstrip()}\n" for line in svg.splitlines())


if __name__ == "__main__":
    main()
