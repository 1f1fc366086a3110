"""What holds for every command: help, exit codes, error lines, who gets which stream."""

import io
import os
from pathlib import Path
from typing import Any

import pytest

from sentinel_cli import __version__
from sentinel_cli.cli import main, root
from sentinel_cli.commands.session import Session, this_process
from sentinel_cli.commands.tables import ReaderGone, Screen

from .installation import Installation

READING = [
    ("issues", "list"),
    ("issues", "show", "1"),
    ("kv", "show"),
    ("kv", "show", "last_summary_ts"),
    ("deliveries", "list"),
    ("deliveries", "show", "1"),
]


@pytest.mark.parametrize("argv", READING)
def test_without_a_database_every_command_is_74_and_names_the_path(bare: Installation, argv: tuple[str, ...]) -> None:
    ran = bare.run(*argv)
    assert (ran.code, ran.out) == (74, "")
    assert ran.err == (
        f"error: no database at {bare.db_path}\n"
        f"next: look at DB_PATH in {bare.home / '.env'}; if it is right, sentinel db migrate makes it\n"
    )


@pytest.mark.parametrize("argv", [*READING, ("db", "migrate")])
def test_without_a_home_every_command_is_78(bare: Installation, argv: tuple[str, ...]) -> None:
    ran = bare.run(*argv, SENTINEL_HOME=str(bare.home / "nowhere"))
    assert (ran.code, ran.out) == (78, "")
    said = ran.err.splitlines()
    assert said[0] == f"error: SENTINEL_HOME: {bare.home / 'nowhere'} is not a directory"
    assert said[1].startswith("next: set SENTINEL_HOME to the directory that holds Sentinel's .env")


def test_without_any_env_file_it_says_how_a_home_is_named(tmp_path: Path) -> None:
    err = io.StringIO()
    session = Session(environ={}, cwd=tmp_path, checkout=None, screen=Screen(out=io.StringIO(), err=err))
    assert main(["kv", "show"], session) == 78
    assert err.getvalue().splitlines()[1].startswith("next: set SENTINEL_HOME")


def test_every_strange_setting_is_a_line_of_its_own(bare: Installation) -> None:
    ran = bare.run("kv", "show", TIMEZONE="Mars/Base", SMS_SLA_HOURS="two")
    assert [line.partition("=")[0] for line in ran.err.splitlines()[:2]] == ["error: TIMEZONE", "error: SMS_SLA_HOURS"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["nonsense"], "error: No such command 'nonsense'.\nnext: sentinel --help\n"),
        (["issues", "lst"], "error: No such command 'lst'. Did you mean 'list'?\nnext: sentinel issues --help\n"),
        (["issues", "show"], "error: Missing argument 'ID'.\nnext: sentinel issues show --help\n"),
        (
            ["issues", "show", "abc"],
            "error: Invalid value for 'ID': 'abc' is not a whole number\nnext: sentinel issues show --help\n",
        ),
        (
            ["sandbox", "--port", "x"],
            "error: Invalid value for '--port': 'x' is not a whole number.\nnext: sentinel sandbox --help\n",
        ),
        (
            ["send-summary"],
            (
                "error: Missing option '--slot'. Choose from: morning, midday, afternoon\n"
                "next: sentinel send-summary --help\n"
            ),
        ),
        (
            ["--json", "issues", "list"],
            "error: --json before a command is for none\nnext: type it behind the command\n",
        ),
        (
            ["issues", "list", "--limit"],
            "error: Option '--limit' requires an argument.\nnext: sentinel issues list --help\n",
        ),
        (
            ["list"],
            (
                "error: No such command 'list'. Did you mean sentinel issues list or sentinel deliveries list or "
                "sentinel jobs list?\nnext: sentinel --help\n"
            ),
        ),
        (
            ["resolve", "4"],
            "error: No such command 'resolve'. Did you mean sentinel issues resolve?\nnext: sentinel --help\n",
        ),
        (
            ["status"],
            "error: No such command 'status': sentinel alone says how things stand\nnext: sentinel --help\n",
        ),
        (["help"], "error: No such command 'help'\nnext: sentinel --help\n"),
        (["help", "issues", "list"], "error: No such command 'help'\nnext: sentinel issues list --help\n"),
        (["isues"], "error: No such command 'isues'. Did you mean 'issues'?\nnext: sentinel --help\n"),
        (
            ["issues", "list", "--ovrdue"],
            "error: No such option: --ovrdue (Possible options: --overdue)\nnext: sentinel issues list --help\n",
        ),
        (["kv", "show", "--frobnicate"], "error: No such option: --frobnicate\nnext: sentinel kv show --help\n"),
    ],
)
def test_what_is_typed_wrongly_is_2_and_leads_to_the_help(fresh: Installation, argv: list[str], said: str) -> None:
    ran = fresh.run(*argv)
    assert (ran.code, ran.out, ran.err) == (2, "", said)


@pytest.mark.parametrize("path", [[], ["issues"], ["issues", "list"], ["doctor"]])
def test_h_is_short_for_help(bare: Installation, capsys: pytest.CaptureFixture[str], path: list[str]) -> None:
    short = bare.run(*path, "-h"), capsys.readouterr().out
    assert short == (bare.run(*path, "--help"), capsys.readouterr().out)
    assert short[0].code == 0


@pytest.mark.parametrize("argv", [["issues"], ["kv"], ["deliveries"], ["db"]])
def test_a_group_alone_shows_its_help(fresh: Installation, capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    ran = fresh.run(*argv)
    shown = capsys.readouterr()
    assert (ran.code, "Usage: sentinel" in shown.out, ran.err) == (2, True, "")


def test_the_version_is_printed(fresh: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    assert (fresh.run("--version").code, capsys.readouterr().out) == (0, f"sentinel {__version__}\n")


def _commands(command: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inner = getattr(command, "commands", {})
    return [path] + [found for name in inner for found in _commands(inner[name], (*path, name))]


@pytest.mark.parametrize("path", _commands(root()), ids=" ".join)
def test_every_command_has_help(fresh: Installation, capsys: pytest.CaptureFixture[str], path: tuple[str, ...]) -> None:
    ran = fresh.run(*path, "--help")
    said = capsys.readouterr().out
    assert (ran.code, " ".join(["Usage: sentinel", *path]) in said) == (0, True)


@pytest.mark.parametrize("path", [path for path in _commands(root()) if path], ids=" ".join)
def test_a_list_of_commands_says_of_each_what_its_own_help_begins_with(path: tuple[str, ...]) -> None:
    group: Any = root()
    for name in path[:-1]:
        group = group.commands[name]
    listed, itself = group.get_command(None, path[-1]), group.commands[path[-1]]
    begin = " ".join(itself.help.partition("\n\n")[0].split())
    said = listed.help.partition("\n\n")[0]
    assert (listed.name, said, listed.rich_help_panel) == (itself.name, begin, itself.rich_help_panel)


GROUPS = {(), ("issues",), ("kv",), ("deliveries",), ("jobs",), ("cron",), ("ghl",), ("db",)}


@pytest.mark.parametrize("path", list(_commands(root())), ids=" ".join)
def test_every_command_shows_an_example(
    fresh: Installation, capsys: pytest.CaptureFixture[str], path: tuple[str, ...]
) -> None:
    fresh.run(*path, "--help")
    assert f"    sentinel {' '.join(path)}" in capsys.readouterr().out


@pytest.mark.parametrize("path", [path for path in _commands(root()) if path not in GROUPS], ids=" ".join)
def test_every_command_names_its_exit_codes(
    fresh: Installation, capsys: pytest.CaptureFixture[str], path: tuple[str, ...]
) -> None:
    fresh.run(*path, "--help")
    assert "Exit codes:" in capsys.readouterr().out


@pytest.mark.parametrize("path", _commands(root()), ids=" ".join)
def test_help_is_written_for_80_columns(
    fresh: Installation, capsys: pytest.CaptureFixture[str], path: tuple[str, ...]
) -> None:
    fresh.run(*path, "--help")
    assert [line for line in capsys.readouterr().out.splitlines() if len(line) > 80] == []


class _Closed(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_has_gone_is_no_error(pool_company: Installation) -> None:
    with pytest.raises(ReaderGone):
        Screen(out=_Closed(), err=io.StringIO()).line("anything")


class _Interrupting(dict[str, str]):
    """An environment during whose reading somebody presses Ctrl-C."""

    def get(self, *_: object) -> str:
        raise KeyboardInterrupt


def test_ctrl_c_is_130_without_a_traceback(fresh: Installation) -> None:
    err = io.StringIO()
    screen = Screen(out=io.StringIO(), err=err)
    session = Session(environ=_Interrupting(), cwd=fresh.home, checkout=None, screen=screen)
    assert (main(["kv", "show"], session), err.getvalue()) == (130, "")


def test_a_bug_is_raised_so_that_its_traceback_is_seen(fresh: Installation) -> None:
    session = Session(environ={"SENTINEL_HOME": str(fresh.home)}, cwd=fresh.home, checkout=None, screen=None)  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        main(["kv", "show"], session)


def test_it_serves_the_process_it_runs_in(
    pool_company: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = os.umask(0o022)
    monkeypatch.setenv("SENTINEL_HOME", str(pool_company.home))
    code = main(["issues", "list"])
    assert os.umask(mask) == 0o077
    shown = capsys.readouterr()
    assert (code, shown.out.splitlines()[0].split()[:2]) == (0, ["id", "type"])
    assert shown.err == "3 issues: 2 overdue, 1 escalated; 1 snoozed left out (--snoozed)\n"


def test_no_color_switches_colour_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert not this_process().screen.colour


@pytest.mark.parametrize("argv", [*READING, ("db", "migrate")])
def test_a_database_path_that_no_file_can_have_is_no_bug(bare: Installation, argv: tuple[str, ...]) -> None:
    ran = bare.run(*argv, DB_PATH="x" * 300)
    assert (ran.code, ran.out) == (74, "")
    assert "DB_PATH" in ran.err


def test_a_working_directory_that_was_removed_is_the_one_that_the_shell_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.setenv("PWD", str(tmp_path / "gone"))
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert this_process().cwd == tmp_path / "gone"


def test_a_folder_in_the_database_s_place_is_not_said_to_become_one(bare: Installation) -> None:
    ran = bare.run("db", "migrate", "--dry-run", DB_PATH=".")
    assert (ran.code, ran.out) == (74, "")
