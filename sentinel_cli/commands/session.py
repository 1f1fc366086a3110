"""What surrounds a command: the environment, the directory it was started in, the screen; handed in by `main`."""

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from .tables import Screen

if TYPE_CHECKING:
    from sentinel_cli.settings import Settings

__all__ = ["Session", "session_of", "this_process"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One invocation; `checkout` is where the code runs from, which may hold a `.env`.

    `ask` puts a question to the person at the terminal, who may say yes; None where there is nobody. `browse` opens a
    link in a browser, and says whether it could; None where there is no display. `host` is where the host's files are.
    """

    environ: Mapping[str, str]
    cwd: Path
    checkout: Path | None
    screen: Screen
    ask: Callable[[str], bool] | None = None
    browse: Callable[[str], bool] | None = None
    host: Path = Path("/")

    def settings(self) -> "Settings":
        """The settings in force. Raises Misconfigured."""
        from sentinel_cli.settings import load_settings

        return load_settings(self.environ, self.cwd, self.checkout)


def session_of(context: typer.Context) -> Session:
    """The invocation that a command belongs to."""
    session = context.find_object(Session)
    if session is None:
        raise RuntimeError("commands are run by sentinel_cli.cli.main")
    return session


def _cwd(environ: Mapping[str, str]) -> Path:
    """The working directory; of one that was removed meanwhile the path at which the shell still believes to be."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path(environ.get("PWD") or "/")


def this_process() -> Session:
    """The invocation as the operating system made it."""
    from sentinel_cli.settings import CHECKOUT, environment

    environ = environment()
    terminal = sys.stdout.isatty()
    size = shutil.get_terminal_size()
    screen = Screen(
        out=sys.stdout,
        err=sys.stderr,
        terminal=terminal,
        width=size.columns,
        height=size.lines,
        live=terminal and sys.stderr.isatty() and environ.get("TERM") != "dumb",
        colour=terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb",
    )
    asks = terminal and sys.stdin is not None and sys.stdin.isatty()
    ask = partial(typer.confirm, err=True) if asks else None
    return Session(
        environ=environ, cwd=_cwd(environ), checkout=CHECKOUT, screen=screen, ask=ask, browse=_browser(environ)
    )


def _browser(environ: Mapping[str, str]) -> Callable[[str], bool] | None:
    """What opens a link; None where it could only be a browser of text, which would take the terminal."""
    if sys.platform != "darwin" and not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return None
    return _browse


def _browse(link: str) -> bool:
    import webbrowser

    return webbrowser.open(link)
