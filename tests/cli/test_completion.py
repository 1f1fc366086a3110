"""Completion, in real shells: what is offered after `sentinel issues show` and a TAB."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sentinel_cli.commands.completion import OUTCOMES
from sentinel_cli.commands.job_runs import JOBS
from sentinel_cli.intake import Recorded

from .installation import Installation
from .test_process import BARE, SENTINEL, ran

pytestmark = pytest.mark.real

TYPES = ("sms", "call", "whatsapp", "facebook", "instagram", "gmb", "rcs", "tiktok", "webchat", "email")
# What bash does at a TAB, typed out.
TAB = """
eval "$(_SENTINEL_COMPLETE=source_bash sentinel)"
COMP_WORDS=({words} "{begun}") COMP_CWORD={at}
_sentinel_completion sentinel
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def offered(home: Path, words: str, begun: str = "") -> list[str]:
    """What bash offers after these words."""
    script = TAB.format(words=words, begun=begun, at=len(words.split()))
    path = f"{SENTINEL.parent}:{BARE['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script],
        env=BARE | {"PATH": path, "SENTINEL_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
class TestBash:
    @pytest.mark.parametrize("verb", ["show", "explain", "open", "resolve", "snooze", "note"])
    def test_issues_are_offered_by_number_the_open_ones_first(self, pool_company: Installation, verb: str) -> None:
        assert offered(pool_company.home, f"sentinel issues {verb}") == ["7", "6", "2", "1", "5", "4", "3"]

    def test_a_number_that_is_begun_is_finished(self, pool_company: Installation) -> None:
        assert offered(pool_company.home, "sentinel issues show", "7") == ["7"]

    def test_commands_and_choices_are_offered(self, pool_company: Installation) -> None:
        assert offered(pool_company.home, "sentinel", "poll") == ["poll-resolver"]
        assert offered(pool_company.home, "sentinel issues list --status", "re") == ["resolved"]

    @pytest.mark.parametrize(
        ("option", "words"),
        [("jobs list --job", JOBS), ("deliveries list --outcome", OUTCOMES), ("issues list --type", TYPES)],
    )
    def test_the_words_of_a_short_list_are_offered(
        self, bare: Installation, option: str, words: tuple[str, ...]
    ) -> None:
        assert tuple(offered(bare.home, f"sentinel {option}")) == words

    def test_a_word_that_is_begun_is_finished(self, bare: Installation) -> None:
        assert offered(bare.home, "sentinel issues list --type", "w") == ["whatsapp", "webchat"]

    def test_where_there_is_no_database_nothing_is_offered_and_nothing_said(self, bare: Installation) -> None:
        assert offered(bare.home, "sentinel issues show") == []


def test_every_outcome_of_a_delivery_is_offered() -> None:
    said = re.findall(r"`([a-z]+)(?::<\w+>)?`", (Recorded.__doc__ or "").partition("Outcomes")[2])
    assert sorted(OUTCOMES) == sorted(said)


@pytest.mark.parametrize(("shell", "says"), [("zsh", '"7":"SMS OPEN Sam Okafor"'), ("fish", "7\tSMS OPEN Sam Okafor")])
def test_other_shells_are_told_who_it_is(pool_company: Installation, shell: str, says: str) -> None:
    asked = {
        "_SENTINEL_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "sentinel issues show ",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    done = ran([str(SENTINEL)], pool_company.home, **asked)
    assert (says in done.stdout, done.stderr) == (True, "")
