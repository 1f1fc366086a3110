"""`sentinel issues show`: one issue whole."""

from datetime import timedelta

import pytest

from sentinel_cli import intake
from sentinel_cli.domain.model import Report, User
from sentinel_cli.settings import load_settings
from sentinel_cli.wiring import rules_of

from .installation import CASEY, NOW, PEOPLE, SAM, Installation, at, call, furnish, reply, screen_of, text

WHEN = "2026-11-23T14:00:00Z"


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_a_terminal_of_that_width(pool_company: Installation, width: int) -> None:
    assert pool_company.run("issues", "show", "2", width=width).screen == screen_of(f"issues-show-{width}")


def test_it_is_plain_in_a_pipe(pool_company: Installation) -> None:
    assert pool_company.run("issues", "show", "5").out == screen_of("issues-show-pipe")


def test_it_names_who_answered_when_and_by_which_rule(pool_company: Installation) -> None:
    shown = pool_company.run("issues", "show", "5").out
    assert "answered:     today 8:40am by Casey Rivera (staff text, MSGdana23T144000)" in shown


def test_it_never_breaks_the_link_to_ghl(pool_company: Installation) -> None:
    link = (
        "https://app.gohighlevel.com/v2/location/LOCaaaaaaaaaaaaaaaa1/conversations/conversations/CNVpat00000000000001"
    )
    assert link in pool_company.run("issues", "show", "2", width=80).out


def test_it_masks_the_phone_unless_asked(pool_company: Installation) -> None:
    assert "+19405550141" not in pool_company.run("issues", "show", "2").out


def test_it_shows_the_whole_phone_when_asked(pool_company: Installation) -> None:
    assert "+19405550141" in pool_company.run("issues", "show", "2", "--full-phone").out


def test_its_json_holds_log_and_conversation(pool_company: Installation) -> None:
    shown = pool_company.run("issues", "show", "5", "--json").json
    assert [line["event"] for line in shown["log"]] == ["opened", "resolved"]
    assert [line["text"] for line in shown["conversation"]][:2] == ["Heater shows E05", "On our way"]
    assert shown["log"][1]["evidence"]["rule"] == "staff_text"
    assert shown["answered_by_name"] == "Casey Rivera"


def test_for_programs_the_log_is_as_it_is_stored(pool_company: Installation) -> None:
    evidence = pool_company.run("issues", "show", "5", "--json").json["log"][1]["evidence"]
    assert (evidence["by"], evidence["at"]) == (CASEY, "2026-11-23T14:40:00.000Z")


def test_what_a_person_wrote_in_the_log_is_shown_as_it_was_written(bare: Installation) -> None:
    furnish(bare)
    bare.run("issues", "note", "7", "2026-11-23T14:40:00.000Z")
    assert "note=2026-11-23T14:40:00.000Z" in bare.run("issues", "show", "7").out


def test_it_leaves_out_what_is_far_from_the_issue_and_says_so(pool_company: Installation) -> None:
    ran = pool_company.run("issues", "show", "5", "--around", "1")
    assert ("On our way" in ran.out, "4471" in ran.out) == (True, False)
    assert ran.err == "2 more messages of this contact; --around N shows more of them\n"


def test_an_unknown_issue_is_66(pool_company: Installation) -> None:
    ran = pool_company.run("issues", "show", "99")
    assert (ran.code, ran.out, ran.err.splitlines()[0]) == (66, "", "error: no issue #99")


def test_an_issue_number_is_a_number(pool_company: Installation) -> None:
    assert pool_company.run("issues", "show", "pat").code == 2


def test_a_text_cannot_steer_the_terminal(pool_company: Installation) -> None:
    shown = pool_company.run("issues", "show", "7", width=80).out
    assert ("\x1b" in shown, "\\x1b[31mplease" in shown) == (False, True)


def test_a_text_that_ghl_has_not_shown_yet_is_marked(pool_company: Installation) -> None:
    assert "please (not seen in GHL yet)" in pool_company.run("issues", "show", "7").out


def test_a_withdrawn_issue_says_where_it_went(merged: Installation) -> None:
    assert (
        "withdrawn:    its messages belong to #1 now: sentinel issues show 1" in merged.run("issues", "show", "2").out
    )


def test_a_withdrawn_issue_that_went_nowhere_says_so(bare: Installation) -> None:
    missed, taken = call(SAM, WHEN), call(SAM, WHEN, outcome="completed", duration=24, updated_at=at(NOW))
    learn(bare, missed, taken)
    assert "withdrawn:    nothing of it is left to answer" in bare.run("issues", "show", "1").out


def test_without_a_location_there_is_no_link(pool_company: Installation) -> None:
    shown = pool_company.run("issues", "show", "2", "--json", GHL_LOCATION_ID="").json
    assert shown["ghl_url"] is None


def test_a_withdrawn_issue_is_in_no_list(merged: Installation) -> None:
    assert merged.run("issues", "list", "--status", "all", "--json").json["total"] == 1


@pytest.fixture
def merged(bare: Installation) -> Installation:
    """Two issues that became one: the text that answered the first turned out to have failed."""
    answer = "2026-11-23T14:30:00Z"
    learn(
        bare,
        text(SAM, "2026-11-23T14:00:00Z", "Hello?", **PEOPLE[SAM]),
        reply(SAM, answer, "Hi Sam"),
        text(SAM, "2026-11-23T15:00:00Z", "Anybody?"),
        reply(SAM, answer, "Hi Sam", outcome="failed", updated_at=at("2026-11-23T15:05:00Z")),
    )
    return bare


def learn(installation: Installation, *facts: Report) -> None:
    """A new database that is told the facts one by one."""
    settings = load_settings({"SENTINEL_HOME": str(installation.home)}, installation.home, None)
    rules = rules_of(settings, [User(user_id=CASEY, name="Casey Rivera")])
    with installation.make_database() as db, db.transaction():
        for fact in facts:
            intake.absorb(db, [fact], rules, fact.at + timedelta(seconds=5), "run:1")
