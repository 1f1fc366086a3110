"""`sentinel demo`, as a newcomer meets it: one command, no settings, the whole loop in under a minute."""

import os
import pty
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from .stage import ROOT, SENTINEL, bare, coverage_of_children, ran

pytestmark = pytest.mark.real

BOX = "─"


@dataclass(frozen=True)
class Shown:
    """What a run of the demo has shown, and the folders it might have written to."""

    out: str
    exit_code: int
    temporary: Path
    elsewhere: Path


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """The demo in a pipe, with nothing in its environment but where to write. `ran` gives it a minute."""
    temporary, elsewhere = tmp_path_factory.mktemp("temporary"), tmp_path_factory.mktemp("elsewhere")
    done = ran([str(SENTINEL), "demo"], {"TMPDIR": str(temporary), **coverage_of_children()}, cwd=elsewhere)
    return Shown(done.stdout, done.returncode, temporary, elsewhere)


# In the order in which they are to be seen.
MILESTONES = [
    ("the receiver is up", r"receiver at http://127\.0\.0\.1:\d+"),
    ("a text opens an issue", r"-> 200 opened, issue #1$"),
    ("the same delivery twice is one", r"-> 200 duplicate"),
    ("a follow-up extends it", r"-> 200 extended, issue #2$"),
    ("a missed call, texted back by GHL itself", r"Pat calls.*texts back"),
    ("a voicemail", r"Sam leaves a voicemail"),
    ("webhooks out of order", r"Lou texts twice; .* wrong order"),
    ("a spam caller opens nothing", r"spam calls\n +-> 200 recorded$"),
    ("a webhook is lost", r"Kim texts, and the webhook is lost"),
    ("the resolver is run", r"^\$ sentinel poll-resolver$"),
    ("it finds the lost text and the answers", r"cron: resolver <- exit=0 .*opened=1 resolved=2 open=5 "),
    ("the issue table", r"^id +type +status +customer"),
    ("Pat waits though GHL texted back", r"^ *\d+ +CALL +OPEN +Pat Ellison .*auto-reply only$"),
    ("Sam was called back", r"^ *\d+ +CALL +RESOLVED +Sam Okafor"),
    ("Dana's thanks opened nothing", r"^ *\d+ +SMS +RESOLVED +Dana Whitfield"),
    ("the evidence of an answer", r"answered: .* by Casey Rivera \(staff text, MSG\w+\)$"),
    ("the summary as a dry run", r"^\$ sentinel send-summary --slot morning --dry-run$"),
    ("its text", r"^  \| Sentinel, morning, Mon Nov 23$"),
    ("its segments", r"^  GSM-7, \d+ characters, \d segments$"),
    ("nothing was sent", r"^dry run: nothing was written, nothing was sent$"),
    ("the summary sent", r"cron: morning <- exit=0 sent=2 "),
    ("the same command again sends nothing", r"cron: morning <- exit=0 sent=0 already_sent=2$"),
    ("each manager has one text", r"received: 2$"),
    ("that all of it is gone, and how to keep it", r"are gone\. .*\n +\S*sentinel demo --home sentinel-demo$"),
    ("what to type next for a real account", r"real account:$"),
    ("as the README has it", r"^  make install (?s:.)*^  \.venv/bin/sentinel cron install "),
]


class TestInAPipe:
    @pytest.mark.parametrize("milestone", [pattern for _, pattern in MILESTONES], ids=[name for name, _ in MILESTONES])
    def test_it_shows(self, shown: Shown, milestone: str) -> None:
        assert re.search(milestone, shown.out, re.MULTILINE), shown.out

    def test_it_shows_them_in_order(self, shown: Shown) -> None:
        told = ".*?".join(f"(?:{pattern})" for _, pattern in MILESTONES)
        assert re.search(told.replace(".*?", "(?s:.*?)"), shown.out, re.MULTILINE), shown.out

    def test_it_ends_well(self, shown: Shown) -> None:
        assert shown.exit_code == 0

    def test_it_leaves_nothing_behind(self, shown: Shown) -> None:
        assert [*shown.temporary.iterdir(), *shown.elsewhere.iterdir()] == []

    def test_its_last_words_fit_any_screen(self, shown: Shown) -> None:
        _, _, last = shown.out.partition("That was the whole loop.")
        assert (last != "", [line for line in last.splitlines() if len(line) >= 80]) == (True, [])

    def test_its_headings_fit_any_screen(self, shown: Shown) -> None:
        headings = re.findall(r"^\d\. .+", shown.out, re.MULTILINE)
        assert (len(headings), [each for each in headings if len(each) >= 80]) == (5, [])

    def test_it_shows_no_whole_phone(self, shown: Shown) -> None:
        assert re.findall(r"\+1\d{10}", shown.out) == []


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the demo shows on a terminal."""
    environ = {"TERM": "xterm-256color", "COLUMNS": "120", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    return on_a_terminal([str(SENTINEL), "demo"], environ, tmp_path_factory.mktemp("terminal"))


class TestOnATerminal:
    def test_tables_have_lines_and_colours(self, screen: str) -> None:
        assert (BOX in screen, "\x1b[" in screen) == (True, True)

    def test_jobs_speak_to_a_person(self, screen: str) -> None:
        assert ("sent to 2 managers" in screen, "cron:" in screen) == (True, False)

    def test_the_repeated_summary_says_that_it_was_sent(self, screen: str) -> None:
        assert "sent already; nothing to do" in screen


def on_a_terminal(argv: list[str], environ: dict[str, str], cwd: Path) -> str:
    """What the screen has shown when the command is done."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(
            argv, stdin=theirs, stdout=theirs, stderr=theirs, env=environ | coverage_of_children(), cwd=cwd
        )
        os.close(theirs)
        try:
            seen = b"".join(chunks(screen.fileno()))
            assert process.wait(60) == 0, seen
        finally:
            process.kill()
            process.wait()
    return seen.decode()


def chunks(terminal: int) -> "list[bytes]":
    """All that is written to a terminal until nobody holds its other end, which Linux tells as an error."""
    read = []
    while True:
        try:
            read.append(os.read(terminal, 65536))
        except OSError:
            return read


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """The demo that is told where to leave what it makes."""
    elsewhere = tmp_path_factory.mktemp("kept")
    done = ran([str(SENTINEL), "demo", "--home", str(elsewhere / "demo")], bare())
    assert done.returncode == 0, done.stderr
    return Shown(done.stdout, done.returncode, elsewhere, elsewhere)


@pytest.fixture(scope="module")
def home(kept: Shown) -> Path:
    """What it leaves there."""
    return kept.elsewhere / "demo"


class TestKept:
    def test_its_issues_can_be_listed_afterwards(self, home: Path) -> None:
        done = ran([str(SENTINEL), "issues", "list"], bare(SENTINEL_HOME=str(home)))
        assert (done.returncode, "Pat Ellison" in done.stdout) == (0, True)

    def test_they_can_from_within_it_too(self, home: Path) -> None:
        done = ran([str(SENTINEL), "issues", "list", "--status", "resolved"], bare(), cwd=home)
        assert (done.returncode, "Sam Okafor" in done.stdout) == (0, True)

    @pytest.mark.parametrize("issue", range(1, 8))
    def test_each_of_them_is_what_its_facts_say(self, home: Path, issue: int) -> None:
        done = ran([str(SENTINEL), "issues", "explain", str(issue)], bare(SENTINEL_HOME=str(home)))
        assert (done.returncode, "judged again from what is kept here: the same" in done.stdout) == (0, True)

    def test_its_clock_stands_where_the_story_ended(self, home: Path) -> None:
        done = ran([str(SENTINEL), "kv", "show", "last_summary_ts"], bare(SENTINEL_HOME=str(home)))
        assert done.stderr == "10m ago, today 8am\n"

    def test_the_job_that_ran_last_ran_just_now(self, home: Path) -> None:
        done = ran([str(SENTINEL)], bare(SENTINEL_HOME=str(home)))
        assert re.search(r"^send-summary: +0m ago$", done.stdout, re.MULTILINE), done.stdout

    def test_its_last_words_do_not_call_it_gone(self, kept: Shown) -> None:
        assert ("are gone" in kept.out, "export SENTINEL_HOME=" in kept.out) == (False, True)

    def test_its_settings_are_its_owner_s_alone(self, home: Path) -> None:
        assert stat.S_IMODE((home / ".env").stat().st_mode) == 0o600

    def test_settings_that_stand_there_already_are_never_overwritten(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("GHL_TOKEN=a-real-one\n")
        done = ran([str(SENTINEL), "demo", "--home", str(tmp_path)], bare())
        assert (done.returncode, done.stdout) == (2, "")
        assert (tmp_path / ".env").read_text() == "GHL_TOKEN=a-real-one\n"


@pytest.mark.skipif(shutil.which("make", path="/usr/bin:/bin") is None, reason="make is not installed")
def test_make_demo_runs_it() -> None:
    # --old-file: as if .venv were made and up to date, which a run of the tests has seen to.
    done = ran(["make", "--dry-run", "--old-file=.venv/.installed", "demo"], {"PATH": "/usr/bin:/bin"}, cwd=ROOT)
    assert done.stdout == ".venv/bin/sentinel demo\n"
