"""What the pages beside the runbook and the set-up tell people to type, typed where it can be."""

import re
from pathlib import Path

import pytest

from tests.documents import PAGES, blocks

from .stage import Installation, bare, migrated, ran

FIGURES = "/var/lib/ntpp-sentinel"

pytestmark = [pytest.mark.real, pytest.mark.slow]


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
