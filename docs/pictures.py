"""Takes the picture of the report's page in a real Chromium: `make picture`. What it shows is the tests' pool company.

A picture is no text that a test could compare; it is taken anew by hand when the page has changed.
"""

import tempfile
from pathlib import Path

from docs.generate import ROOT
from tests.browser import CHROMIUM, browser
from tests.cli.weeks import furnish_weeks

__all__ = ["main"]

PICTURE = ROOT / "docs" / "report.png"
_WIDTH, _HEIGHT = 1060, 1000


def main() -> None:
    """Take it, or say what is missing."""
    if CHROMIUM is None:
        raise SystemExit("the picture needs Chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as home, browser() as chromium:
        page = Path(home) / "report.html"
        ran = furnish_weeks(Path(home)).run("report", "--since", "2026-10-19", "--html", str(page))
        if ran.code:
            raise SystemExit(ran.err)
        chromium.opens(page, width=_WIDTH, height=_HEIGHT)
        PICTURE.write_bytes(chromium.picture(whole=False))


if __name__ == "__main__":
    main()
