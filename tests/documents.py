"""The documents as the tests read them: pages by name, code blocks, and what stands under a heading."""

import re

from docs.generate import ROOT

__all__ = ["ALL", "BLOCK", "PAGES", "ROOT", "blocks", "named"]

FILES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in FILES}
ALL = "\n".join(PAGES.values())
BLOCK = re.compile(r"^ *```(?P<language>\w*)\n(?P<text>.*?)^ *```", re.DOTALL | re.MULTILINE)


def blocks(page: str, *languages: str) -> list[str]:
    """The code blocks of a page in these languages ("" is none)."""
    return [found["text"] for found in BLOCK.finditer(PAGES[page]) if found["language"] in languages]


def named(page: str, heading: str) -> set[str]:
    """The words in the first column of the table under a heading."""
    under = PAGES[page].partition(f"# {heading}\n")[2].partition("\n#")[0]
    first = re.findall(r"^\| (`.+?`) \|", under, re.MULTILINE)
    return {word for words in first for word in re.findall("`(.+?)`", words)}
