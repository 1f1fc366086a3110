"""What the documents tell people to type, typed: the rehearsal in a shell, and the queries in a database."""

import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from sentinel_cli.cli import main

from .documents import ALL, BLOCK, PAGES

BIN = Path(sys.executable).parent
QUERIES = [
    *re.findall(r'sqlite3 data/sentinel\.db "(.+?)"', ALL),
    *(line for block in re.findall(r"```sql\n(.*?)```", ALL, re.DOTALL) for line in block.splitlines()),
]
REHEARSAL = PAGES["docs/ghl-setup.md"].partition("## 6. Rehearsal")[2].partition("\n## ")[0]
STATED = [found["text"] for found in BLOCK.finditer(REHEARSAL) if found["language"] == "text"]


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All that the rehearsal shows when its blocks are typed one after the other, on free ports, by somebody new."""
    script = "".join(found["text"] for found in BLOCK.finditer(REHEARSAL) if found["language"] == "sh")
    script = script.replace("/opt/ntpp-sentinel/.venv/bin", str(BIN))
    script = script.replace("8900", str(free_port())).replace("8001", str(free_port()))
    home = tmp_path_factory.mktemp("somebody")
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=home,
        env={"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=True,
    )
    return f"{done.stdout}\nleft: {sorted(path.name for path in home.iterdir())}"


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl", path="/usr/local/bin:/usr/bin:/bin") is None, reason="curl is not installed")
class TestRehearsal:
    def test_the_customer_s_text_opens_an_issue(self, rehearsed: str) -> None:
        assert '{"received":true,"outcome":"opened","issue_id":1}' in rehearsed

    @pytest.mark.parametrize("stated", STATED, ids=range(len(STATED)))
    def test_what_is_stated_is_shown(self, rehearsed: str, stated: str) -> None:
        assert stated.rstrip() in rehearsed

    def test_a_later_clock_shows_the_customer_overdue(self, rehearsed: str) -> None:
        assert len(re.findall(r"^ *1 +SMS +OPEN +Pat .* overdue$", rehearsed, re.MULTILINE)) == 1

    def test_every_invented_person_is_found_by_the_letter_that_is_named(self, rehearsed: str) -> None:
        assert "\n7 found\n" in rehearsed

    def test_the_summary_is_sent_at_any_hour_and_only_once(self, rehearsed: str) -> None:
        ends = re.findall(r"cron: morning <- (exit=\d+ sent=\d+)", rehearsed)
        assert ends == ["exit=0 sent=0", "exit=0 sent=2", "exit=0 sent=0"]

    def test_the_resolver_finds_the_answer_and_survives_the_outage(self, rehearsed: str) -> None:
        ends = re.findall(r"cron: resolver <- (exit=\d+).*?(resolved=\d+|error)", rehearsed)
        assert ends == [("exit=0", "resolved=1"), ("exit=75", "error"), ("exit=0", "resolved=0")]

    def test_the_stand_in_understands_every_request(self, rehearsed: str) -> None:
        assert '{"error":' not in rehearsed

    def test_nothing_is_left_behind(self, rehearsed: str) -> None:
        assert rehearsed.endswith("left: []")


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_that_is_shown_can_be_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path))
    assert main(["db", "migrate"]) == 0
    with closing(sqlite3.connect(tmp_path / "data" / "sentinel.db")) as db:
        assert db.execute(query).description
