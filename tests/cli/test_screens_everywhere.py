"""Whole screens of what an operator types less often, in the demo's company; and that no command is left out."""

import re
import shlex
from dataclasses import replace
from io import StringIO
from pathlib import Path
from zoneinfo import TZPATH

import pytest

from docs.reference import commands
from sentinel_cli.cli import main, root
from sentinel_cli.commands.demo import stage
from sentinel_cli.commands.session import Session
from sentinel_cli.commands.tables import Screen
from sentinel_cli.sandbox.sample import MANAGERS

from .installation import SCREENS, screen_of

_AT = "2026-11-23T14:20:00Z"
_TYPED = (
    "poll-resolver",
    "run-orders --dry-run",
    "run-orders",
    "prune --dry-run",
    "prune",
    "deliveries show 1",
    "deliveries replay 1",
    "ghl whoami",
    "ghl managers",
    "ghl users",
    "jobs show 1",
    "cron check",
    "cron install --dry-run",
    "metrics",
    "db migrate",
    "db check",
    "db backup",
    "db rebuild",
    "db restore data/backups/sentinel-20261123T142000Z.db",
)
CHICAGO = next(path for each in TZPATH if (path := Path(each) / "America/Chicago").exists())
# Until Ctrl-C, or the story itself: each has tests of its own.
_NO_SCREENS = {"serve", "sandbox", "demo"}
# What no two machines and runs have alike.
_OWN = (
    (r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:PORT"),
    (r"\bin \d+\.\d s\b", "in 0.0 s"),
    (r"\b\d+ bytes", "N bytes"),
    (r"(?m)^(sentinel_database_bytes) .*", r"\1 N"),
    (r"\d+\.\d+\.\d+(?:\.?dev\w*)?(?=\"})", "VERSION"),
)


@pytest.fixture
def typed(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Each command with what it said, on a screen of a width, or in a pipe where there is none."""
    width, colour = request.param
    home = tmp_path / "home"
    (home / "logs").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "host" / "etc").mkdir(parents=True)
    (tmp_path / "host" / "etc" / "localtime").symlink_to(CHICAGO)
    (tmp_path / "bin" / "crontab").write_text("#!/bin/sh\necho 'no crontab for operator' >&2; exit 1\n")
    (tmp_path / "bin" / "crontab").chmod(0o755)
    silent = Session(
        environ={}, cwd=home, checkout=None, screen=Screen(out=StringIO(), err=StringIO()), host=tmp_path / "host"
    )
    environ = {"SENTINEL_HOME": str(home), "SENTINEL_NOW": _AT, "PATH": str(tmp_path / "bin")}

    def run(argv: object, session: Session) -> object:
        return root().main(args=list(argv), prog_name="sentinel", standalone_mode=False, obj=session)  # type: ignore[call-overload]

    def said(line: str) -> str:
        out, err = StringIO(), StringIO()
        screen = Screen(out=out, err=err, terminal=width is not None, width=width or 80, colour=colour)
        code = main(shlex.split(line), replace(silent, environ=environ, screen=screen))
        text = "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines()) + err.getvalue()
        return f"$ sentinel {line}\n{text}[{code}]\n"

    with stage(silent, home, run) as played:  # type: ignore[arg-type]
        played.run()
        played.world.inbound_text(next(iter(MANAGERS)), "List")
        told = "".join(said(line) for line in _TYPED).replace(str(home), "HOME")
    for own, shown in _OWN:
        told = re.sub(own, shown, told)
    return told


@pytest.mark.parametrize(
    ("typed", "name"), [((80, False), "80"), ((140, True), "140"), ((None, False), "pipe")], indirect=["typed"]
)
def test_a_day_of_upkeep_looks_like_this(typed: str, name: str) -> None:
    """At 140 with colours, which say nothing that words do not."""
    assert re.sub(r"\x1b\[[0-9;]*m", "", typed) == screen_of(f"upkeep-{name}")


def test_every_command_has_a_whole_screen() -> None:
    names = {path.stem.rpartition("-")[0] for path in SCREENS.glob("*.txt")}
    shown = {line for path in SCREENS.glob("*.txt") for line in path.read_text("utf-8").splitlines() if line[:1] == "$"}
    missing = {
        " ".join(path)
        for path, command in commands()
        if path
        and not getattr(command, "commands", None)
        and "-".join(path) not in names
        and not any(line.startswith(f"$ sentinel {' '.join(path)}") for line in shown)
    }
    assert missing == _NO_SCREENS
