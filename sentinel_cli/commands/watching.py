"""`--watch`: a list drawn anew on a terminal until Ctrl-C; refuses to know what is listed."""

import re
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from itertools import pairwise
from typing import Annotated, Any

import typer

from sentinel_cli.errors import UsageProblem

from .lazy import PlainCommand
from .tables import Screen

__all__ = ["Watch", "WatchCommand", "watched"]

_NUMBER = re.compile(r"-?\d")
Watch = Annotated[
    int | None,
    typer.Option(metavar="[SECONDS]", min=1, max=3600, help="Show it anew so often, or every 5 s, until Ctrl-C."),
]


class WatchCommand(PlainCommand):
    """Gives `--watch` its usual seconds where none are typed: typer knows no option whose value may be left out."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """What is left after parsing."""
        typed: list[str] = []
        for word, after in pairwise([*args, ""]):
            typed += [word, "5"] if word == "--watch" and not _NUMBER.match(after) else [word]
        return super().parse_args(ctx, typed)


def watched(screen: Screen, show: Callable[[Screen], None], seconds: int | None) -> None:
    """Draw it once, or with `seconds` anew until Ctrl-C, which is how a watch ends and no error."""
    from sentinel_cli.clock import pause

    if seconds is None:
        show(screen)
        return
    if not screen.terminal:
        raise UsageProblem("--watch needs a terminal", advice="in a script: run it again, or take --json")
    try:
        while True:
            rows, foot = StringIO(), StringIO()
            show(replace(screen, out=rows, err=foot))
            screen.page(rows.getvalue(), f"{foot.getvalue()}every {seconds} s; Ctrl-C ends it\n")
            pause(seconds)
    except KeyboardInterrupt:
        screen.note("")
