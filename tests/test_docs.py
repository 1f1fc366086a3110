"""The documents say what the program is: made parts are current, names exist, links lead somewhere, examples parse."""

import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from docs.generate import generated
from docs.reference import commands, exit_codes
from sentinel_cli import errors
from sentinel_cli.domain.payloads import Arrival, ReadingPolicy, read_delivery
from sentinel_cli.phones import e164
from sentinel_cli.setting_table import SETTINGS
from sentinel_cli.settings import load_settings
from webhook import app as receiver

from .documents import ALL, BLOCK, PAGES, ROOT, blocks, named

MONDAY, THANKSGIVING = (datetime(2026, 11, day, 15, tzinfo=UTC) for day in (23, 26))
COMPOSE = {"SENTINEL_SITE", "SENTINEL_HOME", "SENTINEL_UID", "SENTINEL_GID"}


# What is made from the program.


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return {path.relative_to(ROOT).as_posix(): text for path, text in generated()}


@pytest.mark.parametrize(
    "name", ["README.md", "docs/cli.md", "docs/json.md", "docs/runbook.md", "docs/settings.md", "docs/issues.svg"]
)
def test_what_is_made_from_the_program_is_current(made: dict[str, str], name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == made[name], "make docs writes it anew"


def test_the_picture_is_whole_and_fetches_nothing() -> None:
    picture = (ROOT / "docs" / "issues.svg").read_text(encoding="utf-8")
    links = re.findall(r"url\((?!#)[^)]*\)|(?:href|src)=", picture)
    assert (ElementTree.fromstring(picture).tag, links) == ("{http://www.w3.org/2000/svg}svg", [])  # noqa: S314


# Everything is documented.


@pytest.mark.parametrize("path", [path for path, _ in commands() if path], ids=" ".join)
def test_every_command_is_documented(path: tuple[str, ...]) -> None:
    assert f"\n### sentinel {' '.join(path)}\n" in PAGES["docs/cli.md"]


def test_the_fields_of_every_json_are_documented() -> None:
    headings = [heading.split() for heading in re.findall(r"^### sentinel (.+) --json$", PAGES["docs/json.md"], re.M)]
    told = {" ".join([*group, name]) for *group, names in headings for name in names.split("&#124;")}
    prints = {" ".join(path) for path, each in commands() if any("--json" in option.opts for option in each.params)}
    assert prints - {""} == told


def section(path: tuple[str, ...]) -> str:
    return PAGES["docs/cli.md"].partition(f"\n### sentinel {' '.join(path)}\n")[2].partition("\n### ")[0]


def _argument(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


PARAMETERS = [
    (path, word)
    for path, command in commands()
    if path
    for parameter in command.params
    for word in (parameter.opts if parameter.param_type_name == "option" else [_argument(parameter)])
]


@pytest.mark.parametrize(("path", "word"), PARAMETERS, ids=lambda each: each if isinstance(each, str) else None)
def test_every_argument_and_option_is_documented(path: tuple[str, ...], word: str) -> None:
    assert re.search(rf"\| `\[?{word}\b", section(path))


def test_the_options_of_sentinel_itself_are_documented() -> None:
    _, root = next(commands())
    options = {word for each in root.get_params(root.context_class(root)) for word in each.opts}
    assert options - set(re.findall(r"--?[a-z-]+", PAGES["docs/cli.md"].partition("## Reference")[0])) == set()


def codes_raised() -> set[int]:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return {kind.exit_code for kind in kinds if issubclass(kind, errors.SentinelError)} | {0}


def test_the_help_names_every_exit_code_there_is() -> None:
    assert set(exit_codes()) == codes_raised()


@pytest.mark.parametrize("page", ["README.md", "docs/cli.md"])
def test_every_exit_code_is_documented(page: str) -> None:
    assert {str(code) for code in codes_raised()} <= named(page, "Exit codes")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented_and_in_the_example_file(setting: Any) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert f"\n| `{setting.name}` |" in PAGES["docs/settings.md"]
    assert re.search(rf"^#?{setting.name}=", example, re.MULTILINE)


def test_the_documents_name_no_setting_that_does_not_exist() -> None:
    written = set(re.findall(r"`((?!LITESTREAM)[A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", ALL))
    assert (
        written - {setting.name for setting in SETTINGS} - COMPOSE - {"NO_COLOR", "PYTEST_ARGS", "INTERNAL_USERS_IDS"}
        == set()
    )


def test_the_settings_of_litestream_are_those_that_its_configuration_reads() -> None:
    read = set(re.findall(r"LITESTREAM_\w+", (ROOT / "deploy/litestream.yml").read_text(encoding="utf-8")))
    assert named("docs/settings.md", "Litestream's own") == read - {"LITESTREAM_"}
    assert set(re.findall(r"`(LITESTREAM_\w+)`", ALL)) == read - {"LITESTREAM_"}


# Links and places.


def anchors(page: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", PAGES[page]), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


LINKS = [(page, link) for page, text in PAGES.items() for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text)]


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_every_link_leads_somewhere(page: str, link: str) -> None:
    place, _, anchor = link.partition("#")
    target = (ROOT / page).parent.joinpath(place).resolve() if place else ROOT / page
    assert target.is_file()
    assert not anchor or anchor in anchors(target.relative_to(ROOT).as_posix())


def test_every_page_is_reached_from_the_readme() -> None:
    assert {link for page, link in LINKS if page == "README.md"} >= set(PAGES) - {"README.md"}


def test_the_places_of_the_readme_exist() -> None:
    tree = next(block for block in blocks("README.md", "") if "sentinel_cli/" in block)
    lines = [line for line in tree.splitlines() if line]
    inside = [f"sentinel_cli/{line.split()[0]}" for line in lines if line.startswith("  ")]
    places = inside + [line.split()[0] for line in lines if not line.startswith(" ")]
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_the_addresses_for_webhooks_are_those_of_the_receiver() -> None:
    named_there = set(re.findall(r"https://sentinel\.example\.com(/[a-z_/]+)", ALL))
    assert named_there == {*receiver._WEBHOOKS, "/health"}


# Examples.


def test_make_knows_every_target_that_is_named() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", ALL, re.MULTILINE)) - targets == set()


def typed() -> Iterator[str]:
    for page in PAGES:
        for line in "".join(blocks(page, "sh", "console")).splitlines():
            if found := re.match(r"(?:\$ |\.venv/bin/)?(sentinel .+)", line):
                yield found[1]
    yield from (found for found in re.findall(r"`(sentinel [^`]+)`", ALL) if "…" not in found)


def parse(line: str) -> None:
    """Take the line apart as the command would; a command that is only named needs no more than to exist."""
    words = shlex.split(re.split(r" [|>&]", line)[0], comments=True)[1:]
    _, command = next(commands())
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    if getattr(command, "commands", None):
        known = {word for each in command.get_params(command.context_class(command)) for word in each.opts}
        assert set(words) <= known
    elif words:
        command.make_context(command.name, words)


@pytest.mark.parametrize("line", sorted(set(typed())))
def test_every_command_that_is_shown_can_be_typed(line: str) -> None:
    parse(line)


BODIES = re.findall(r"<!-- body: (\w+) -> (\w+) -->\n```json\n(.*?)```", PAGES["docs/ghl-setup.md"], re.DOTALL)


@pytest.mark.parametrize(("route", "channel", "body"), BODIES, ids=lambda text: text if len(text) < 20 else "")
def test_every_body_that_is_shown_is_read_as_it_is_said(route: str, channel: str, body: str) -> None:
    policy = ReadingPolicy(location_id="LOCaaaaaaaaaaaaaaaa1", e164=e164, call_route_field="", call_route_value="")
    read = read_delivery(json.loads(body), Arrival(route=route, received_at=MONDAY), policy)
    assert read.report is not None
    assert (read.report.channel, read.report.direction) == (channel, "inbound")


def test_the_holidays_that_are_advised_can_be_set(tmp_path: Path) -> None:
    (line,) = re.findall(r"^HOLIDAYS=.+$", PAGES["docs/settings.md"], re.MULTILINE)
    (tmp_path / ".env").write_text(line, encoding="utf-8")
    closed_on = load_settings({"SENTINEL_HOME": str(tmp_path)}, tmp_path, None).business_hours.closed_on
    assert [closed_on(day.date()) for day in (THANKSGIVING, MONDAY)] == ["Thanksgiving Day", None]
