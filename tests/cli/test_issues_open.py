"""`sentinel issues open`: the link into GHL, and the browser where there is a display."""

import io
import json
from dataclasses import replace

import pytest

from sentinel_cli import intake
from sentinel_cli.cli import main
from sentinel_cli.commands.session import Session
from sentinel_cli.commands.tables import Screen
from sentinel_cli.settings import load_settings
from sentinel_cli.wiring import rules_of

from .installation import NOW, Installation, at, text

LINK = "https://app.gohighlevel.com/v2/location/LOCaaaaaaaaaaaaaaaa1/conversations/conversations/CNVsam00000000000003"


def opened(company: Installation, *argv: str, works: bool = True) -> tuple[int, str, str, list[str]]:
    """Exit code, output, messages, and what the browser was given, where there is a display."""
    given: list[str] = []
    screen = Screen(out=io.StringIO(), err=io.StringIO())
    session = Session(
        environ={"SENTINEL_HOME": str(company.home)},
        cwd=company.home,
        checkout=None,
        screen=screen,
        browse=lambda link: given.append(link) or works,
    )
    code = main(["issues", "open", *argv], session)
    return code, screen.out.getvalue(), screen.err.getvalue(), given


def test_without_a_display_the_link_is_printed(pool_company: Installation) -> None:
    assert pool_company.run("issues", "open", "7").out == f"{LINK}\n"


def test_with_one_the_browser_gets_it_too(pool_company: Installation) -> None:
    assert opened(pool_company, "7") == (0, f"{LINK}\n", "", [LINK])


def test_it_can_be_printed_alone(pool_company: Installation) -> None:
    assert opened(pool_company, "7", "--print") == (0, f"{LINK}\n", "", [])


def test_a_browser_that_does_not_start_is_told(pool_company: Installation) -> None:
    assert opened(pool_company, "7", works=False)[2] == "no browser could be started\n"


@pytest.mark.parametrize("issue", ["99"])
def test_an_issue_that_is_not_there_is_66(pool_company: Installation, issue: str) -> None:
    assert pool_company.run("issues", "open", issue).code == 66


def test_for_programs_it_is_one_object_and_no_browser(pool_company: Installation) -> None:
    code, out, err, given = opened(pool_company, "7", "--json")
    assert (code, json.loads(out), err, given) == (
        0,
        {"id": 7, "conversation_id": "CNVsam00000000000003", "link": LINK},
        "",
        [],
    )


def test_a_conversation_that_is_not_known_is_told_with_what_to_do(bare: Installation) -> None:
    rules = rules_of(load_settings({"SENTINEL_HOME": str(bare.home)}, bare.home, None), [])
    told = replace(text("CTCpat00000000000001", "2026-11-23T15:30:00Z", "Hi"), conversation_id=None)
    with bare.make_database() as db, db.transaction():
        intake.absorb(db, [told], rules, at(NOW), "run:1")
    ran = bare.run("issues", "open", "1")
    assert (ran.code, ran.out, ran.err.splitlines()) == (
        66,
        "",
        ["error: the conversation of #1 is not known here", "next: sentinel poll-resolver asks GHL for it"],
    )


def test_without_a_location_there_is_no_link(pool_company: Installation) -> None:
    ran = pool_company.run("issues", "open", "7", GHL_LOCATION_ID="")
    assert (ran.code, ran.out, "the conversation of #7 is CNVsam00000000000003" in ran.err) == (78, "", True)
