"""Whole screens: what a morning of triage looks like, and that colour says nothing which words do not."""

import re
import shlex
from pathlib import Path

import pytest

from .installation import Installation, furnish, screen_of, write_env

_MORNING = (
    'issues resolve 1 7 --by casey --why "called back from my own phone"',
    "issues resolve 1 99",
    "issues reopen 1 --by casey",
    'issues note 2 "gate code is 4471" --by casey',
    "issues note 2",
    'issues snooze 2 1 --until "Tue 8am" --by casey',
    "issues list",
    "issues list --snoozed",
    "issues unsnooze 2 --by casey --dry-run",
    "issues unsnooze 2 --by casey",
    "issues spam 6 --by casey",
    "issues spam 6 --yes --by casey",
    "issues unspam 6 --by casey",
    "issues resolve 5 --json",
    "issues open 7",
)
_READ = (
    "",
    "issues list --status all",
    "issues show 7",
    "issues explain 7",
    "kv show",
    "deliveries list",
    "report",
    "send-alerts --dry-run",
    "send-summary --slot morning --dry-run",
)


@pytest.mark.parametrize(("width", "name"), [(80, "80"), (140, "140"), (None, "pipe")])
def test_a_morning_of_triage_looks_like_this(tmp_path: Path, width: int | None, name: str) -> None:
    write_env(tmp_path)
    company = Installation(home=tmp_path)
    furnish(company)
    said = []
    for line in _MORNING:
        ran = company.run(*shlex.split(line), width=width)
        said += [f"$ sentinel {line}", ran.screen + ran.err + f"[{ran.code}]"]
    assert "\n".join(said) + "\n" == screen_of(f"triage-{name}")


@pytest.mark.parametrize("line", _READ)
def test_without_colour_a_screen_says_the_same(pool_company: Installation, line: str) -> None:
    argv = line.split()
    coloured, plain = (pool_company.run(*argv, width=100, colour=colour) for colour in (True, False))
    assert (re.sub(r"\x1b\[[0-9;]*m", "", coloured.out), "\x1b" in plain.out) == (plain.out, False)
