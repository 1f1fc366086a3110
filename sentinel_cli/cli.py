"""The command line: which commands there are, and `main`, the only place where an error becomes an exit code."""

import codecs
import os
import re
import sys
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from typer.main import get_command

from sentinel_cli import __version__
from sentinel_cli.commands.index import COMMANDS
from sentinel_cli.commands.lazy import LazyGroup
from sentinel_cli.commands.session import Session, session_of, this_process
from sentinel_cli.commands.tables import OutputLost, ReaderGone, Screen, forget
from sentinel_cli.commands.text import escaped
from sentinel_cli.errors import SentinelError, StoreProblem, UsageProblem

__all__ = ["app", "main", "root"]

_READER_GONE = 128 + 13
# What other programs have, with where it is here.
_NO_COMMANDS = {"status": ": sentinel alone says how things stand", "help": ""}
_NO_NUMBER = re.compile(r"is not a valid int(eger)?( range)?\b")


class _Sentinel(LazyGroup):
    entries = COMMANDS


app = typer.Typer(
    name="sentinel",
    cls=_Sentinel,
    invoke_without_command=True,
    context_settings={"help_option_names": ["--help", "-h"]},  # every command's context inherits them
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sentinel {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Without a command: print JSON.")] = False,
) -> None:
    """Watch a GoHighLevel account for customers nobody answered, and tell the managers.

    Without a command: how things stand, at a glance.

    For example:
      sentinel issues list
      sentinel send-summary --slot morning --dry-run
      sentinel doctor

    Exit codes:
       0  done, or another run of the job is at work
       1  a bug of Sentinel's; the traceback is on stderr
       2  typed wrongly
      66  no such issue, or this cannot be done to it
      69  GHL rejected our request as wrong
      74  the database is missing or cannot be used
      75  incomplete: try again
      76  GHL answered in a shape we do not know
      77  GHL refused us: token, scope or location
      78  settings are missing or strange
    """
    if context.invoked_subcommand is None:
        from sentinel_cli.commands.glance import glance

        glance(session_of(context), as_json=as_json)
    elif as_json:
        raise UsageProblem("--json before a command is for none", advice="type it behind the command")


@cache
def root() -> Any:
    """What is run: `app` with its completion, whose `commands` are made as they are asked for."""
    return get_command(app)


def main(argv: Sequence[str] | None = None, session: Session | None = None) -> int:
    """The exit code of what was typed; data is on stdout by then, and what went wrong on stderr.

    Without `argv` and `session` they are this process's. A bug is raised, so that its traceback is seen (exit code 1);
    off a terminal without the words of its errors, which may be a customer's.
    """
    if session is None:
        os.umask(0o077)  # what we make (lock files, databases) holds customers' data
        _open_streams()
        session = this_process()
        if not sys.stderr.isatty():
            _keep_words_out(sys.stderr)
    try:
        ended = root().main(args=argv, prog_name="sentinel", standalone_mode=False, obj=session)
    except SentinelError as problem:
        if not problem.is_told:
            _say(session.screen, problem.message, problem.advice)
        return problem.exit_code
    except typer.TyperException as problem:
        return _typed_wrongly(session.screen, problem, sys.argv[1:] if argv is None else argv)
    except ReaderGone:
        return _READER_GONE
    except OutputLost as problem:
        _say(session.screen, f"the output cannot be written: {problem}", "look at df, and at where the output goes")
        return StoreProblem.exit_code
    except SystemExit as left:
        if left.code != 1:
            raise
        forget(session.screen.out)
        return _READER_GONE  # typer leaves so when the reader of a help is gone
    return ended if isinstance(ended, int) else 0


def _keep_words_out(stream: TextIO) -> None:
    """A bug is told on `stream` without the words of its errors, which may be a customer's (DESIGN §10)."""

    def tell(error: BaseException | None) -> None:
        from sentinel_cli.log import bug

        bug(error, stream)

    sys.excepthook = lambda _kind, error, _trace: tell(error)
    sys.unraisablehook = lambda told: tell(told.exc_value)
    threading.excepthook = lambda told: tell(told.exc_value)


def _open_streams() -> None:
    """Whoever starts us may close a stream (`>&-`): then what goes there goes nowhere, and the work is done.

    What the stream's encoding lacks is written as its escape.
    """
    codecs.register_error(escaped.__name__, escaped)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as we live
        getattr(sys, name).reconfigure(errors=escaped.__name__)


def _say(screen: Screen, message: str, advice: str) -> None:
    for line in message.splitlines():
        screen.note(f"error: {line}")
    if advice:
        screen.note(f"next: {advice}")


def _typed_wrongly(screen: Screen, problem: typer.TyperException, argv: Sequence[str]) -> int:
    advice = f"{_command_of(argv[1:] if argv and argv[0] == 'help' else argv)} --help"
    # On one line: click lists choices with tabs.
    if message := _known_elsewhere(argv) or " ".join(problem.format_message().split()):
        _say(screen, _NO_NUMBER.sub("is not a whole number", message), advice)
    return problem.exit_code


def _known_elsewhere(argv: Sequence[str]) -> str:
    """Where the command is that was typed without its group: `sentinel list` is `sentinel issues list`."""
    groups = root().commands
    if argv and argv[0] in _NO_COMMANDS:
        return f"No such command {argv[0]!r}{_NO_COMMANDS[argv[0]]}"
    if not argv or argv[0] in groups or argv[0].startswith("-"):
        return ""
    homes = [name for name, group in groups.items() if argv[0] in getattr(group, "commands", {})]
    found = [f"sentinel {name} {argv[0]}" for name in homes]
    return f"No such command {argv[0]!r}. Did you mean {' or '.join(found)}?" if found else ""


def _command_of(argv: Sequence[str]) -> str:
    """The command that was typed, as far as there is one: not every problem of typer's knows it."""
    path, command = "sentinel", root()
    for word in argv:
        if (command := getattr(command, "commands", {}).get(word)) is None:
            break
        path = f"{path} {word}"
    return path
