"""The page of `sentinel report --html` in a real Chromium: on a phone and a desk, light and dark, off the network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import CHROMIUM, Browser, browser

from .installation import Installation

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed to look at the page with"),
]

SCREENS = pytest.mark.parametrize("width", [380, 1280], ids=["phone", "desk"])
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])
# How many texts of the charts nobody sees, and how many drawings have no colour.
HIDDEN = """
[...document.querySelectorAll('svg text')].filter(text => {
  const [place, card] = [text, text.closest('section')].map(each => each.getBoundingClientRect());
  return getComputedStyle(text).fill === 'none' || place.left < card.left || place.right > card.right;
}).length
"""
UNPAINTED = """
[...document.querySelectorAll('svg [fill^="var"], svg [stroke^="var"]')].filter(drawn => {
  const style = getComputedStyle(drawn);
  const painted = drawn.getAttribute('fill')?.startsWith('var') ? style.fill : style.stroke;
  return !painted.startsWith('rgb');
}).length
"""


@pytest.fixture(scope="module")
def page(weeks: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("page") / "report.html"
    assert weeks.run("report", "--since", "2026-10-19", "--html", str(target)).code == 0
    return target


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@SCREENS
@SCHEMES
def test_nothing_is_wider_than_the_screen(chromium: Browser, page: Path, width: int, scheme: str) -> None:
    chromium.opens(page, width=width, scheme=scheme)
    assert chromium.says("document.documentElement.scrollWidth") == width


@SCREENS
@SCHEMES
def test_the_whole_of_every_chart_is_seen_in_its_colours(
    chromium: Browser, page: Path, width: int, scheme: str
) -> None:
    chromium.opens(page, width=width, scheme=scheme)
    assert chromium.says("document.querySelectorAll('svg').length") == 9
    assert (chromium.says(HIDDEN), chromium.says(UNPAINTED)) == (0, 0)
    assert chromium.says("getComputedStyle(document.querySelector('svg')).overflow") == "visible"


@SCREENS
def test_the_text_of_a_chart_is_large_enough_to_read(chromium: Browser, page: Path, width: int) -> None:
    chromium.opens(page, width=width)
    heights = "[...document.querySelectorAll('svg text')].map(text => text.getBoundingClientRect().height)"
    assert chromium.says(f"Math.min(...{heights})") >= 10


def test_a_table_opens_and_scrolls_in_its_own_place(chromium: Browser, page: Path) -> None:
    chromium.opens(page, width=380)
    chromium.says("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert chromium.says("document.documentElement.scrollWidth") == 380
    assert chromium.says("[...document.querySelectorAll('table')].every(each => each.offsetHeight > 0)")


@SCREENS
def test_light_is_light_and_dark_is_dark(chromium: Browser, page: Path, width: int) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        chromium.opens(page, width=width, scheme=scheme)
        grounds.append(chromium.says("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(255, 255, 255)", "rgb(20, 24, 29)"]


def test_the_desk_has_columns_and_the_phone_one(chromium: Browser, page: Path) -> None:
    places = "new Set([...document.querySelectorAll('section')].map(each => each.getBoundingClientRect().left)).size"
    found = []
    for width in (380, 1280):
        chromium.opens(page, width=width)
        found.append(chromium.says(places))
    assert found == [1, 3]


def test_it_asks_for_nothing_but_itself(chromium: Browser, page: Path) -> None:
    chromium.opens(page, width=1280)
    assert set(chromium.asked) == {page.as_uri()}


def test_a_picture_can_be_taken(chromium: Browser, page: Path) -> None:
    chromium.opens(page, width=380)
    assert chromium.picture().startswith(b"\x89PNG")
