"""`sentinel issues explain`: every decision told, and made again from what is stored."""

import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from sentinel_cli.commands.explained_words import DEEDS, KEEPS, REASONS
from sentinel_cli.domain.answers import Keeps, Reason, Role
from sentinel_cli.domain.waits import Did
from sentinel_cli.store import kv
from sentinel_cli.store.database import Database
from tests.adoption.older import issue, older
from tests.conftest import Figures
from tests.documents import named

from .installation import Installation, Ran, screen_of, write_env
from .stories import STORIES
from .telling import Story, Telling, live, pat, ran
from .thanksgiving import THANKSGIVING

NAMED = {story.name: story for story in STORIES}
LOOKED = "2026-11-23T15:20:00Z"


def explained(home: Installation, story: Story, *options: str, width: int | None = None, colour: bool = False) -> Ran:
    return home.run("issues", "explain", str(story.issue), *options, width=width, colour=colour, **story.settings)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_it_makes_each_decision_again_and_says_why(bare: Installation, story: Story) -> None:
    live(bare, story)
    seen = explained(bare, story)
    missing = [phrase for phrase in story.says if phrase not in seen.out]
    assert (missing, seen.code) == ([], 0), seen.out + seen.err


def test_the_stories_hold_every_role_reason_and_deed(tmp_path: Path, figures: Figures) -> None:
    verdicts, said = [], set()
    for number, story in enumerate(STORIES):
        home = Installation(home=tmp_path / str(number))
        home.home.mkdir()
        write_env(home.home)
        live(home, story)
        found = explained(home, story, "--json").json
        verdicts.append(found["verdict"])
        said |= {word for event in found["events"] for word in (event["role"], event["reason"])}
        said |= {word for event in found["events"] for deed in event["did"] for word in (deed["did"], str(deed["by"]))}
    figures("issues explained", **{"issues": len(verdicts), **Counter(verdicts)})
    assert verdicts.count("same") == len(STORIES) - 3  # three have no facts left
    assert {*Role, *Reason, *Keeps, *Did} <= said


def test_there_are_words_for_everything() -> None:
    assert (set(REASONS), set(KEEPS), set(DEEDS)) == (set(Reason), set(Keeps), set(Did))


# Screens.


@pytest.fixture(scope="module")
def thanksgiving(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Pat's text of the evening before Thanksgiving, with all that happened since; never changed by a test."""
    home = Installation(home=tmp_path_factory.mktemp("home"))
    write_env(home.home)
    live(home, THANKSGIVING)
    return home


@pytest.mark.parametrize("width", [80, 140])
def test_it_fits_a_terminal_of_that_width(thanksgiving: Installation, width: int) -> None:
    assert explained(thanksgiving, THANKSGIVING, width=width).screen == screen_of(f"issues-explain-{width}")


def test_it_is_plain_in_a_pipe(thanksgiving: Installation) -> None:
    assert explained(thanksgiving, THANKSGIVING).out == screen_of("issues-explain-pipe")


def test_colours_say_nothing_that_the_words_do_not(thanksgiving: Installation) -> None:
    coloured = explained(thanksgiving, THANKSGIVING, width=80, colour=True).out
    plain = explained(thanksgiving, THANKSGIVING, width=80).out
    assert ("\x1b[3" in coloured, re.sub(r"\x1b\[[0-9;]*m", "", coloured)) == (True, plain)


@pytest.mark.parametrize(
    ("name", "screen"),
    [
        ("an answer", "resolved"),
        ("two that became one", "withdrawn"),
        ("spam", "spam"),
        ("reopened", "reopened"),
        ("settled", "settled"),
        ("pruned", "pruned"),
        ("a webhook that nothing confirms", "unconfirmed"),
    ],
)
def test_a_typical_issue_is_told_at_80_columns(bare: Installation, name: str, screen: str) -> None:
    live(bare, NAMED[name])
    assert explained(bare, NAMED[name], width=80).screen == screen_of(f"issues-explain-{screen}-80")


def test_it_masks_the_phone_unless_asked(thanksgiving: Installation) -> None:
    masked, whole = (explained(thanksgiving, THANKSGIVING, *option).out for option in ([], ["--full-phone"]))
    assert ("+19405550141" in masked, "+1***0141" in masked, "+19405550141" in whole) == (False, True, True)


def test_it_leaves_out_what_is_far_from_the_issue_and_says_so(bare: Installation) -> None:
    live(bare, NAMED["settled"])
    seen = explained(bare, NAMED["settled"], "--around", "0")
    assert "Hi again" not in seen.out
    assert seen.err == "1 more message or action of this contact; --around N shows more of them\n"


def test_an_unknown_issue_is_66(thanksgiving: Installation) -> None:
    seen = thanksgiving.run("issues", "explain", "99")
    assert (seen.code, seen.out, seen.err.splitlines()[0]) == (66, "", "error: no issue #99")


def test_its_fields_for_programs_are_documented(thanksgiving: Installation) -> None:
    fields = explained(thanksgiving, THANKSGIVING, "--json").json
    assert named("docs/explain.md", "For programs") == set(fields)


def test_every_reason_is_documented() -> None:
    assert named("docs/explain.md", "Reasons") == set(Reason)


def test_every_deed_is_documented() -> None:
    assert named("docs/explain.md", "Deeds") == {*Did, *Keeps}


def test_its_due_time_adds_up_for_programs(thanksgiving: Installation) -> None:
    due = explained(thanksgiving, THANKSGIVING, "--json").json["due"]
    assert sum(spell["seconds"] for spell in due["intervals"]) == due["sla_seconds"] == 7200
    assert due["intervals"][-1]["closes_ts"] == due["computed_ts"] == due["due_ts"]


@pytest.mark.parametrize(
    ("told_at", "settings", "due"),
    [
        ("2026-11-20T22:40:00Z", {}, "Fri 16:40-17:00 20 min; Sat, Sun closed; Mon 08:00-09:40 100 min = 2h"),
        ("2026-11-20T23:30:00Z", {}, "Sat, Sun closed; Mon 08:00-10:00 120 min = 2h"),
        (
            "2026-11-20T22:40:00Z",
            {"HOLIDAYS": "2026-11-23"},
            "Fri 16:40-17:00 20 min; Sat, Sun closed; Mon holiday (company holiday); Tue 08:00-09:40 100 min = 2h",
        ),
        (
            "2026-11-10T17:30:00Z",
            {"BUSINESS_HOURS": "Mon-Fri 08:00-12:00,13:00-17:00"},
            "Tue Nov 10 11:30-12:00 30 min; Tue Nov 10 13:00-14:30 90 min = 2h",
        ),
        (
            "2026-11-01T05:30:00Z",
            {"BUSINESS_HOURS": "Sun-Sat 00:00-24:00"},
            "Sun Nov 1 00:30-01:30 120 min (the clock changes) = 2h",
        ),
        (
            "2026-11-01T04:30:00Z",
            {"BUSINESS_HOURS": "Sun-Sat 00:00-24:00", "SMS_SLA_HOURS": "1"},
            "Sat Oct 31 23:30-24:00 30 min; Sun Nov 1 00:00-00:30 30 min = 1h",
        ),
        (
            "2026-11-13T22:59:59Z",
            {"BUSINESS_HOURS": "Fri 08:00-17:00"},
            "Fri Nov 13 16:59:59-17:00 0 min 1 s; Sat Nov 14 to Thu closed; Fri 08:00-09:59:59 119 min 59 s = 2h",
        ),
    ],
)
def test_the_due_time_is_told_interval_by_interval(
    bare: Installation, told_at: str, settings: dict[str, str], due: str
) -> None:
    story = Story(name="due", happens=[pat(told_at, "Is anyone coming?")], says=[], settings=settings)
    live(bare, story)
    assert due in explained(bare, story).out


# Where the facts do not say what is stored.


def edited(home: Installation, sql: str) -> None:
    with closing(sqlite3.connect(home.db_path, isolation_level=None)) as db:
        db.execute(sql)


@pytest.mark.parametrize(
    ("sql", "fields"),
    [
        ("update issues set due_ts = '2026-11-24T14:00:00.000Z'", "due_at"),
        ("update issues set status = 'RESOLVED', resolved_by = 'resolve', resolved_ts = last_inbound_ts",
         "status, answer"),
        ("update issues set phone = '+19405550199', contact_name = 'Pat Elison'", "contact_name, phone"),
        ("update messages set facts = replace(facts, 'delivered', 'failed')", None),
    ],
)  # fmt: skip
def test_an_issue_edited_by_hand_is_74(bare: Installation, sql: str, fields: str | None) -> None:
    live(bare, NAMED["a text"])
    edited(bare, sql)
    seen = explained(bare, NAMED["a text"])
    expected = (74, f"error: issue #1 is not what its facts say: {fields}") if fields else (0, "")
    assert (seen.code, (seen.err.splitlines() or [""])[0]) == expected


def test_what_differs_is_shown_field_by_field(bare: Installation) -> None:
    live(bare, NAMED["an answer"])
    edited(bare, "update issues set answered_by = 'USRsomebody', phone = '+19405550199', inbound_count = 3")
    assert explained(bare, NAMED["an answer"], width=80).screen == screen_of("issues-explain-different-80")


@pytest.mark.parametrize("mark", ["resolver_policy", "receiver_policy"])
def test_other_settings_of_jobs_or_receiver_are_no_damage_and_75(bare: Installation, mark: str) -> None:
    live(bare, NAMED["a text"])
    with Database.open(bare.db_path) as db, db.transaction():
        kv.put(db, mark, "3f1c")
    seen = bare.run("issues", "explain", "1", SMS_SLA_HOURS="4")
    assert (seen.code, "sentinel poll-resolver judges it by those of now" in seen.err) == (75, True)
    assert "due today 11am: Mon 09:00-13:00 240 min = 4h; by the settings of now that is today 1pm" in seen.out


def test_what_is_settled_may_differ_by_the_rules_of_now(bare: Installation) -> None:
    live(bare, NAMED["settled"])
    seen = bare.run("issues", "explain", "1", SMS_SLA_HOURS="4")
    assert (seen.code, "due_at would differ by the rules and facts of now; what is settled stays" in seen.out) == (
        0,
        True,
    )


def test_an_adopted_issue_that_is_closed_is_told_as_far_as_it_is_known(bare: Installation) -> None:
    closed = issue(7, status="RESOLVED", resolved_ts="2026-11-23T09:05:00-06:00")
    older(bare.db_path, issues=[closed])
    assert bare.run("db", "migrate").code == 0
    assert bare.run("issues", "explain", "7", width=80).screen == screen_of("issues-explain-adopted-80")


def test_an_adopted_issue_that_is_open_is_judged_like_any(bare: Installation) -> None:
    older(bare.db_path, issues=[issue(7)])
    assert bare.run("db", "migrate").code == 0
    seen = bare.run("issues", "explain", "7", "--json")
    assert (seen.code, seen.json["verdict"], seen.json["basis"]) == (0, "same", "open_part")


def test_it_writes_nothing(thanksgiving: Installation) -> None:
    before = thanksgiving.db_path.read_bytes()
    explained(thanksgiving, THANKSGIVING)
    assert thanksgiving.db_path.read_bytes() == before


@pytest.mark.parametrize(
    ("run", "counted"),
    [
        (ran(LOOKED, job="send-summary", sent=2, overdue=1, open=1), "1 complete, 0 failed"),
        (ran(LOOKED, 75, "GHL did not answer", "send-summary", sent=2, checked="no"), "0 complete, 1 failed"),
        (ran(LOOKED, job="send-summary", sent=0, already_sent=2), "none"),
        (ran(LOOKED, job="send-summary", sent=0, closed="Thanksgiving Day"), "none"),
        (ran(LOOKED, 78, "outside LETTER_HOURS", "send-summary", slot="morning"), "none"),
        (ran(LOOKED, job="send-alerts", sent=1, breached=1), "1 complete, 0 failed"),
        (ran(LOOKED, 75, "nobody is told", "send-alerts", sent=0, breached=0, checked="no"), "0 complete, 1 failed"),
        (ran(LOOKED, job="send-alerts", sent=0, quiet="closed until Mon 8am"), "none"),
        (ran(LOOKED, job="send-alerts", sent=0, breached=1, waits_for="midday"), "none"),
        (ran(LOOKED, job="send-alerts", sent=0, breached=0), "none"),
    ],
)
def test_a_run_that_did_not_ask_ghl_is_no_look(bare: Installation, run: Telling, counted: str) -> None:
    # Run 1 is what tells of the messages.
    earlier = ran("2026-11-20T15:20:00Z")
    story = Story(name="a look", happens=[earlier, *NAMED["a text"].happens, run], says=[])
    live(bare, story)
    looks = explained(bare, story).out.partition("Looks at GHL\n")[2].partition("\n\n")[0].splitlines()
    assert looks[-1] == f"{counted}, today 9am to today 10am"


def test_a_run_of_alerts_that_found_the_answer_is_a_look(bare: Installation) -> None:
    # Run 1 is what tells of the messages.
    found_it = ran("2026-11-23T15:10:00Z", job="send-alerts", sent=0, breached=0)
    story = Story(name="found", happens=[found_it, *NAMED["a text"].happens], says=[])
    live(bare, story)
    assert "complete; it changed this issue" in explained(bare, story).out


def test_of_many_looks_the_telling_ones_are_shown_and_all_are_counted(bare: Installation) -> None:
    checks = [ran(f"2026-11-23T15:{minute}:00Z", 75 if minute == 30 else 0) for minute in range(10, 59, 4)]
    story = Story(name="many looks", happens=[*NAMED["a text"].happens, *checks], says=[])
    live(bare, story)
    looks = explained(bare, story).out.partition("Looks at GHL\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in looks] == ["run", "1", "6", "13", "12"]
    assert looks[-1] == "12 complete, 1 failed, today 9am to today 10am"
