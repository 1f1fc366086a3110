"""What the pages beside the runbook and the set-up tell people to type, typed on a server like the runbook's."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.documents import BLOCK, PAGES, blocks

from . import test_runbook
from .stage import SECRET, Installation, bare, migrated, ran

FIGURES = "/var/lib/ntpp-sentinel"
# Typed elsewhere: the runbook in test_runbook.py, the set-up in test_empty_debian.py, the rehearsal in
# test_docs_typed.py; the README's screens are the demo's.
ELSEWHERE = {"docs/runbook.md", "README.md"}
REHEARSAL = re.compile(r"^## 6\. Rehearsal.*?(?=^## )", re.DOTALL | re.MULTILINE)
# What does not end by itself, or would start a second one of what is at work; each has tests of its own.
LEFT_OUT = re.compile(r"sentinel (?:serve|sandbox|demo)\b|--watch\b")
# The pages speak of a company that has been at it for a while; this one has a few of everything.
NUMBERS = {
    "issues": {"41": "1", "42": "2", "12": "2", "13": "1"},
    "deliveries": {"17": "1", "18": "2"},
    "jobs": {"81": "1"},
}
SPAM, SPAMS_NUMBER = "3", "+12145550147"
# What these find wrong with a scratch installation on this machine is no fault of the page.
JUDGES = ("sentinel doctor", "sentinel cron check")

host = test_runbook.host

pytestmark = [pytest.mark.real, pytest.mark.slow]


def typed_lines(page: str) -> Iterator[str]:
    """The lines of its blocks that start `sentinel`, from the first to the last."""
    for found in BLOCK.finditer(REHEARSAL.sub("", PAGES[page])):
        if found["language"] in {"sh", "console"}:
            for line in found["text"].splitlines():
                if line.removeprefix("$ ").startswith("sentinel ") and not LEFT_OUT.search(line):
                    yield line.removeprefix("$ ")


LINES = {page: list(typed_lines(page)) for page in PAGES.keys() - ELSEWHERE}


@pytest.fixture(scope="module")
def company(host: test_runbook.Host) -> test_runbook.Host:
    """The runbook's server, with a third customer, deliveries that nobody could read, and the backup that is named."""
    text = {"contact_id": "CTCkim00000000000009", "phone": SPAMS_NUMBER, "message": {"type": 2, "body": "Hello?"}}
    bodies = [{**text, "location": {"id": "LOCother000000000001"}}, "no JSON", text]
    for body in bodies:
        given = {"content": body} if isinstance(body, str) else {"json": body}
        httpx.post(f"{host.site}/webhook/ghl/inbound_sms", headers={"X-NTPP-Secret": SECRET}, **given)
    [named] = set(re.findall(r"data/backups/sentinel-\w+\.db", PAGES["docs/cli.md"]))
    next((host.home / "data/backups").glob("*.db")).rename(host.home / named)
    return host


def here(line: str, home: Path) -> str:
    """The line with this company's numbers and places; without jq what it would read is only read through."""
    kind = line.split()[1]
    numbers = {"12": SPAM} if re.search(r"issues (?:un)?spam\b", line) else NUMBERS.get(kind, {})
    line = re.sub(r"(?<![\w-])\d\d(?= |$)", lambda found: numbers.get(found[0], found[0]), line)
    line = line if shutil.which("jq") else re.sub(r"\| jq .*", "| cat", line)
    return f"set -o pipefail; {line.replace(FIGURES, str(home))}"


@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("git") is None, reason="needs curl and git")
@pytest.mark.parametrize("page", sorted(page for page, lines in LINES.items() if lines))
def test_every_line_of_the_page_does_what_it_says(company: test_runbook.Host, page: str) -> None:
    wrong = []
    for line in LINES[page]:
        done = company.types(here(line, company.home))
        good = done.returncode == 0 or (line.startswith(JUDGES) and done.returncode in {74, 75, 77, 78})
        if not good or "Traceback" in done.stderr or done.stdout.strip() == "null":
            wrong.append((line, done.returncode, done.stdout[-500:], done.stderr[-500:]))
    assert wrong == []


def test_the_pages_that_show_what_to_type_are_among_them() -> None:
    shown = {page for page, lines in LINES.items() if lines}
    assert shown >= {"docs/cli.md", "docs/explain.md", "docs/report.md", "docs/ghl-setup.md"}


class TestFigures:
    """The folder and the line of the crontab that docs/observability.md has for Prometheus."""

    @pytest.fixture
    def home(self, tmp_path: Path) -> Installation:
        return migrated(tmp_path / "home", {})

    def lines(self, place: Path) -> tuple[str, str]:
        """The command that makes the folder, by somebody who needs no sudo, and what cron starts."""
        [folder] = "".join(blocks("docs/observability.md", "sh")).splitlines()
        [line] = re.findall(r"^\*/5 \* \* \* \* (.+ metrics .+)$", PAGES["docs/observability.md"], re.MULTILINE)
        return folder.removeprefix("sudo ").replace(FIGURES, str(place)), line.replace(FIGURES, str(place))

    def test_they_are_written_where_everybody_may_read_them(self, home: Installation, tmp_path: Path) -> None:
        folder, line = self.lines(tmp_path / "figures")
        for typed in (folder, line):
            assert ran(["/bin/sh", "-c", typed], bare(SENTINEL_HOME=str(home.home))).returncode == 0
        written = tmp_path / "figures" / "sentinel.prom"
        modes = [path.stat().st_mode & 0o777 for path in (written.parent, written)]
        assert (modes, home.cron_log.read_text()) == ([0o755, 0o644], "")
        assert "sentinel_build_info" in written.read_text()

    def test_where_they_cannot_be_the_log_says_so(self, home: Installation, tmp_path: Path) -> None:
        _, line = self.lines(tmp_path / "figures")
        done = ran(["/bin/sh", "-c", line], bare(SENTINEL_HOME=str(home.home)))
        assert (done.returncode, done.stdout, done.stderr) == (2, "", "")
        assert home.cron_log.read_text().startswith("error: ")
