"""The page of `sentinel report --html`: self-contained, readable, without customers, written whole or not at all."""

import re
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sentinel_cli.commands.report_page import page_of
from sentinel_cli.domain.model import Channel, IssueStatus, Rule
from sentinel_cli.domain.report import Begun, Heard, Period, report_of
from tests.builders import HOURS, at

from .installation import Installation
from .weeks import CUSTOMERS, SAID

VOID = {"meta", "link", "br", "img", "input", "hr"}
PERIOD = Period(since=at(0), until=at(600), now=at(600))


class Page(HTMLParser):
    """What a page is made of: every element with its attributes and depth, and the text in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, attributes in self.elements for key, value in attributes.items() if key == name]

    def count(self, tag: str) -> int:
        return sum(each == tag for each, _ in self.elements)


@pytest.fixture(scope="module")
def written(weeks: Installation) -> Iterator[Path]:
    ran = weeks.run("report", "--since", "2026-10-19", "--html", "report.html")
    target = weeks.home / "report.html"
    assert (ran.code, ran.out, ran.err) == (0, "", f"{target} written: 289 issues\n")
    yield target
    target.unlink()


@pytest.fixture(scope="module")
def page(written: Path) -> Page:
    return Page(written.read_text(encoding="utf-8"))


def test_every_element_is_closed(page: Page) -> None:
    assert page.open == []


# Self-contained.


def test_it_refers_to_nothing_outside(page: Page) -> None:
    referring = {"href", "src", "xlink:href", "srcset", "action", "data", "poster", "background"}
    found = [(name, value) for name in referring for value in page.attributes(name)]
    assert [each for each in found if not each[1].startswith("#")] == []
    assert re.findall(r"url\((?!#)[^)]*\)|@import", page.source) == []


def test_the_only_addresses_in_it_are_names_of_languages(page: Page) -> None:
    assert set(re.findall(r"\w+://[^\s\"'<>]+", page.source)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


@pytest.mark.parametrize("tag", ["script", "link", "iframe", "img", "object", "embed", "form", "base", "foreignobject"])
def test_it_has_no_element_that_runs_or_loads(page: Page, tag: str) -> None:
    assert page.count(tag) == 0


def test_nothing_in_it_is_run_by_an_event(page: Page) -> None:
    assert [name for _, attributes in page.elements for name in attributes if name.startswith("on")] == []


def test_it_forbids_the_browser_to_load_anything(page: Page) -> None:
    assert "default-src 'none'; style-src 'unsafe-inline'" in page.attributes("content")


# What may not be in it, and what must not be taken for markup.


def test_nothing_of_a_customer_is_in_it(page: Page) -> None:
    told = [*CUSTOMERS, *SAID, "+1940", "CTC0", "CNV0"]
    assert [each for each in told if each in page.source] == []


def test_the_names_of_staff_are(page: Page) -> None:
    assert [name in page.source for name in ("Casey Rivera", "Morgan Blake", "Robin Tate")] == [True, True, False]


def answered(number: int) -> Begun:
    done = at(number + 30)
    return Begun(Channel.SMS, IssueStatus.RESOLVED, at(number), at(number + 120), 1, 0, done, Rule.STAFF_TEXT, "USR1")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '" onload="x', "a & b", "Zoë 李"])
def test_a_name_is_text_and_never_markup(name: str) -> None:
    report = report_of([answered(number) for number in range(6)], PERIOD, HOURS, {"USR1": name})
    found = Page(page_of(report, "a period"))
    assert (found.open, found.count("script")) == ([], 0)
    assert name in found.text
    assert f"{name} (6)"[:10] in " ".join(found.text)


# Read by anyone.


def test_it_has_one_heading_and_one_for_each_section(page: Page) -> None:
    assert (page.count("h1"), page.count("h2"), page.count("section")) == (1, 9, 9)


def test_each_section_is_named_by_its_heading(page: Page) -> None:
    assert page.attributes("aria-labelledby") == [
        dict(attributes)["id"] for tag, attributes in page.elements if tag == "h2"
    ]


def test_ids_are_unique(page: Page) -> None:
    ids = page.attributes("id")
    assert sorted(ids) == sorted(set(ids))


def test_each_chart_has_words_and_a_table(page: Page) -> None:
    images = [attributes["aria-label"] for _, attributes in page.elements if attributes.get("role") == "img"]
    assert (len(images), page.count("svg"), page.count("table"), page.count("details")) == (9, 9, 9, 8)
    assert all(words and words.endswith("; the figures stand in the table below") for words in images)


def test_a_rate_in_the_webhooks_chart_is_rounded_down_as_in_its_table() -> None:
    began = PERIOD.since + timedelta(hours=1)
    issue: Any = Begun(Channel.CALL, IssueStatus.OPEN, began, began + timedelta(hours=2))
    heard = [Heard(begins_on=began.date(), channel=Channel.CALL, shown=11, told=10)]
    webhooks = page_of(report_of([issue], PERIOD, HOURS, {}, heard), "a period").split(">Webhooks</h2>")[1]
    assert ("<td>90%</td>" in webhooks, ">90</text>" in webhooks, ">91</text>" in webhooks) == (True, True, False)


def test_the_words_in_a_grid_have_the_colour_that_stands_out_from_their_cell(page: Page) -> None:
    cells = [step for _, attributes in page.elements if (step := str(attributes.get("fill"))).startswith("var(--h")]
    words = [step for _, attributes in page.elements if (step := str(attributes.get("fill"))).startswith("var(--t")]
    assert words
    assert sorted(words) == sorted(step.replace("--h", "--t") for step in cells)


def test_every_cell_of_a_table_has_headings(page: Page) -> None:
    scopes = {attributes.get("scope") for tag, attributes in page.elements if tag == "th"}
    assert (page.count("thead"), scopes) == (page.count("table"), {"col", "row"})


def test_it_names_its_language_and_fits_a_phone(page: Page) -> None:
    assert page.elements[0] == ("html", {"lang": "en"})
    assert "width=device-width, initial-scale=1" in page.attributes("content")


STYLE = Path(sys.modules[page_of.__module__].__file__ or "").with_name("report.css").read_text(encoding="utf-8")
COLOUR = re.compile(r"--(\w+): (#[0-9a-f]{6})")
LIGHT = dict(COLOUR.findall(STYLE.partition("@media")[0]))
DARK = dict(COLOUR.findall(STYLE.partition("@media")[2]))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_each_colour_has_a_light_and_a_dark_one() -> None:
    assert set(LIGHT) == set(DARK)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((text, ground) for text in ("ink", "soft", "link") for ground in ("page", "card")),
        *((f"t{step}", f"h{step}") for step in range(5)),
    ],
)
def test_text_stands_out_from_its_ground(colours: dict[str, str], text: str, ground: str) -> None:
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("colour", ["c0", "c1", "c2", "c3"])
def test_what_is_drawn_stands_out_from_the_card(colours: dict[str, str], colour: str) -> None:
    assert contrast(colours[colour], colours["card"]) >= 3


def test_every_colour_that_is_used_is_defined(page: Page) -> None:
    assert set(re.findall(r"var\(--(\w+)\)", page.source)) <= set(LIGHT)


# How it is written.


def test_it_is_its_owner_s_alone(written: Path) -> None:
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_nothing_else_is_left_beside_it(written: Path) -> None:
    assert [path.name for path in written.parent.glob("*report.html*")] == ["report.html"]


def test_it_takes_the_place_of_an_older_one(weeks: Installation, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text("older", encoding="utf-8")
    target.chmod(0o644)
    assert weeks.run("report", "--html", str(target)).code == 0
    assert (target.read_text(encoding="utf-8")[:15], stat.S_IMODE(target.stat().st_mode)) == ("<!DOCTYPE html>", 0o600)


@pytest.mark.parametrize("name", [".", "missing/page.html", "x" * 300])
def test_a_place_that_cannot_be_is_named_and_nothing_is_left(weeks: Installation, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    ran = weeks.run("report", "--html", str(target))
    assert (ran.code, ran.err.startswith(f"error: cannot write {target}: ")) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_it_is_the_same_each_time(weeks: Installation, written: Path, tmp_path: Path) -> None:
    weeks.run("report", "--since", "2026-10-19", "--html", str(tmp_path / "again.html"))
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == written.read_text(encoding="utf-8")


def test_a_page_of_nothing_says_so_and_needs_no_charts(
    fresh: Installation, without_extra: None, tmp_path: Path
) -> None:
    assert fresh.run("report", "--html", str(tmp_path / "empty.html")).code == 0
    found = Page((tmp_path / "empty.html").read_text(encoding="utf-8"))
    assert (found.count("svg"), "No issue began in this period" in found.text) == (0, True)


# The extra.


@pytest.fixture
def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where vl-convert is not installed."""
    monkeypatch.setitem(sys.modules, "vl_convert", None)


def test_without_the_extra_it_is_named_and_nothing_is_written(
    weeks: Installation, without_extra: None, tmp_path: Path
) -> None:
    ran = weeks.run("report", "--html", str(tmp_path / "page.html"))
    assert (ran.code, list(tmp_path.iterdir())) == (78, [])
    assert ran.err == (
        "error: the charts of --html need an extra that is not installed\n"
        "next: pip install 'ntpp-sentinel[report]'; without it: sentinel report, --csv or --json\n"
    )


@pytest.mark.parametrize("options", [[], ["--csv"], ["--json"]])
def test_all_else_works_without_the_extra(weeks: Installation, without_extra: None, options: list[str]) -> None:
    assert weeks.run("report", *options).code == 0


# Odd periods.


@pytest.mark.parametrize("weeks_long", [1, 9, 70])
def test_any_number_of_weeks_can_be_drawn(weeks_long: int) -> None:
    now = datetime(2026, 11, 23, 16, tzinfo=UTC)
    period = Period(since=now - timedelta(weeks=weeks_long), until=now, now=now)
    began = now - timedelta(days=3)
    issue: Any = Begun(Channel.CALL, IssueStatus.OPEN, began, began + timedelta(hours=2))
    found = Page(page_of(report_of([issue], period, HOURS, {}), "a period"))
    assert found.count("svg") == 3  # rates, volumes, busiest hours: nothing is answered
