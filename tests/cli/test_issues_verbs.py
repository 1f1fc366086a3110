"""`sentinel issues resolve`, `reopen`, `spam` ...: what an operator does to issues at the terminal."""

import io
from pathlib import Path
from typing import Any

import pytest

from sentinel_cli.cli import main
from sentinel_cli.commands.session import Session
from sentinel_cli.commands.tables import Screen

from .installation import Installation, furnish, write_env


@pytest.fixture
def company(tmp_path: Path) -> Installation:
    """The pool company, to be changed."""
    write_env(tmp_path)
    installation = Installation(home=tmp_path)
    furnish(installation)
    return installation


def standing(company: Installation, issue: int) -> tuple[str, str | None]:
    shown = company.run("issues", "show", str(issue), "--json").json
    return shown["status"], shown["snoozed_until_ts"]


def told(company: Installation, *argv: str) -> tuple[int, str, str]:
    ran = company.run("issues", *argv)
    return ran.code, ran.out, ran.err


def rows(company: Installation) -> list[tuple[Any, ...]]:
    with company.make_database() as db:
        tables = [row["name"] for row in db.read("select name from sqlite_master where type = 'table' order by name")]
        return [tuple(row) for table in tables for row in db.read(f"select * from {table}")]  # noqa: S608 - of ours


def test_several_are_resolved_and_how_to_undo_it_is_said(company: Installation) -> None:
    assert told(company, "resolve", "#1,7", "--by", "casey") == (
        0,
        "#1 Jo Everett +1***0112: resolved\n#7 Sam Okafor +1***0147: resolved\n",
        "undo: sentinel issues reopen 1 7\n",
    )
    assert [standing(company, issue)[0] for issue in (1, 7)] == ["RESOLVED", "RESOLVED"]


@pytest.mark.parametrize(
    ("first", "second", "out", "undo"),
    [
        (["resolve", "7"], ["reopen", "7"], "#7 Sam Okafor +1***0147: open again, due today 11:30am", "resolve 7"),
        (
            ["snooze", "7", "--for", "2h"],
            ["unsnooze", "7"],
            "#7 Sam Okafor +1***0147: no longer snoozed",
            'snooze 7 --until "2026-11-23 12:00"',
        ),
        (["spam", "7"], ["unspam", "7"], "texts and calls of this number open issues again; #7 itself", "spam 7"),
        ([], ["snooze", "7", "--until", "Tue 8am"], "snoozed until Tue 8am, or until they write", "unsnooze 7"),
        ([], ["note", "7", "gate code is 4471"], "#7 Sam Okafor +1***0147: noted", ""),
    ],
)
def test_each_verb_says_what_is_so_now_and_how_it_is_undone(
    company: Installation, first: list[str], second: list[str], out: str, undo: str
) -> None:
    if first:
        company.run("issues", *first)
    code, said, beside = told(company, *second)
    assert (code, out in said, beside) == (0, True, f"undo: sentinel issues {undo}\n" if undo else "")


def test_each_snooze_is_taken_back_to_its_own_time(company: Installation) -> None:
    for issue, until in (("1", "Tue 8am"), ("7", "Wed 8am")):
        company.run("issues", "snooze", issue, "--until", until)
    assert told(company, "unsnooze", "1", "7")[2] == (
        'undo: sentinel issues snooze 1 --until "2026-11-24 08:00"\n'
        'undo: sentinel issues snooze 7 --until "2026-11-25 08:00"\n'
    )


def test_of_spam_only_what_comes_later_can_be_taken_back(company: Installation) -> None:
    assert told(company, "spam", "7") == (
        0,
        "#7 Sam Okafor +1***0147: spam: texts and calls of this number open nothing from now on\n",
        "a mistake? sentinel issues unspam 7: what they send next counts again\n",
    )


def test_who_did_it_and_why_is_in_the_log(company: Installation) -> None:
    company.run("issues", "resolve", "7", "--by", "casey", "--why", "she rang my own phone")
    log = company.run("issues", "show", "7", "--json").json["log"]
    assert [(line["event"], line["cause"], line["evidence"].get("note")) for line in log[2:]] == [
        ("resolve", "casey", "she rang my own phone"),
        ("resolved", "resolve by casey", None),
    ]


def test_a_note_needs_no_quotes(company: Installation) -> None:
    company.run("issues", "note", "7", "gate", "code", "is", "4471")
    assert company.run("issues", "show", "7", "--json").json["notes"][0]["text"] == "gate code is 4471"


@pytest.mark.parametrize("typed", [["1", "7", "they are neighbours"], ["#1,7", "they", "are", "neighbours"]])
def test_a_note_may_be_kept_with_several(company: Installation, typed: list[str]) -> None:
    company.run("issues", "note", *typed)
    shown = [company.run("issues", "show", issue, "--json").json["notes"][0]["text"] for issue in ("1", "7")]
    assert shown == ["they are neighbours"] * 2


def test_a_note_in_quotes_may_be_a_number(company: Installation) -> None:
    company.run("issues", "note", "7", "4471")
    assert company.run("issues", "show", "7", "--json").json["notes"][0]["text"] == "4471"


@pytest.mark.parametrize("command", ["show", "explain", "open"])
def test_a_number_may_be_typed_as_it_stands_in_a_text(company: Installation, command: str) -> None:
    assert company.run("issues", command, "#7").code == 0


def test_where_every_number_is_known_nobody_is_sent_to_look_for_numbers(company: Installation) -> None:
    assert "next:" not in told(company, "resolve", "4")[2]


def test_a_note_is_shown_with_its_author(company: Installation) -> None:
    company.run("issues", "note", "7", "gate code is 4471", "--by", "casey")
    assert [(each["text"], each["by"]) for each in company.run("issues", "show", "7", "--json").json["notes"]] == [
        ("gate code is 4471", "casey")
    ]


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (["resolve", "5"], 0, "#5 was answered today 8:40am by Casey Rivera; Dana Whitfield-Castellanos wrote again"),
        (["reopen", "1"], 0, "#1 is open already"),
        (["spam", "4"], 0, "#4 is spam already"),
        (["unsnooze", "7"], 0, "#7 is not snoozed"),
        (["resolve", "4"], 66, "error: #4 is spam and stays spam"),
        (["reopen", "5"], 66, "error: #5 stays closed: Dana Whitfield-Castellanos has an open one of that type, #6"),
        (["snooze", "3", "--for", "2h"], 66, "error: #3 was answered"),
        (["spam", "6"], 66, "surely spam?\nnext: if you are sure: sentinel issues spam 6 --yes"),
        (["resolve", "99"], 66, "error: no issue #99"),
    ],
)
def test_what_is_not_done_is_explained(company: Installation, argv: list[str], code: int, says: str) -> None:
    ended, out, err = told(company, *argv)
    assert (ended, says in out + err) == (code, True)


def test_the_others_are_done_although_one_is_not_there(company: Installation) -> None:
    code, out, err = told(company, "resolve", "99", "7", "4")
    assert (code, out, standing(company, 7)[0]) == (66, "#7 Sam Okafor +1***0147: resolved\n", "RESOLVED")
    assert [line.partition(" is spam")[0] for line in err.splitlines()[1:3]] == ["error: no issue #99", "error: #4"]


def test_programs_are_told_of_each(company: Installation) -> None:
    ran = company.run("issues", "resolve", "7", "4", "--json")
    assert (ran.code, [(each["id"], each["done"], each["refusal"], each["undo"]) for each in ran.json["items"]]) == (
        66,
        [(7, True, None, "reopen"), (4, False, "spam", None)],
    )


@pytest.mark.parametrize(
    "argv",
    [["resolve", "1", "7"], ["reopen", "3"], ["spam", "7"], ["snooze", "7", "--for", "2h"], ["note", "7", "x"]],
)
def test_a_dry_run_says_the_same_and_writes_nothing(company: Installation, argv: list[str]) -> None:
    before = rows(company)
    rehearsed = company.run("issues", *argv, "--dry-run")
    assert (rows(company), rehearsed.err) == (before, "dry run: nothing was changed\n")
    assert company.run("issues", *argv).out == rehearsed.out


@pytest.mark.parametrize(("yes", "status", "code"), [(True, "SPAM", 0), (False, "OPEN", 66)])
def test_a_person_is_asked_before_a_customer_becomes_spam(
    company: Installation, yes: bool, status: str, code: int
) -> None:
    asked: list[str] = []
    screen = Screen(out=io.StringIO(), err=io.StringIO())
    session = Session(
        environ={"SENTINEL_HOME": str(company.home)},
        cwd=company.home,
        checkout=None,
        screen=screen,
        ask=lambda question: bool(asked.append(question)) or yes,
    )
    assert (main(["issues", "spam", "6"], session), standing(company, 6)[0]) == (code, status)
    assert asked == ["#6 is of Dana Whitfield-Castellanos, whom staff have answered before: surely spam?"]


def test_whoever_is_sure_need_not_be_asked(company: Installation) -> None:
    assert (told(company, "spam", "6", "--yes")[0], standing(company, 6)[0]) == (0, "SPAM")


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["resolve", "twelve"], "'twelve' is no issue's number"),
        (["resolve", "0"], "'0' is no issue's number"),
        (["resolve", ","], "no issue is named"),
        (["resolve", "99999999999999999999"], "is no issue's number"),
        (["snooze", "7"], "a snooze needs --for or --until"),
        (["snooze", "7", "--for", "2h", "--until", "3pm"], "--for and --until exclude each other"),
        (["snooze", "7", "--for", "soon"], "'soon' is no length of time"),
        (["snooze", "7", "--for", "100d"], "more than 90 days ahead"),
        (["snooze", "7", "--until", "2020-01-01 8am"], "is not ahead"),
        (["note", "7", "  "], "the note is empty"),
    ],
)
def test_what_is_typed_wrongly_changes_nothing(company: Installation, argv: list[str], says: str) -> None:
    before = rows(company)
    code, _, err = told(company, *argv)
    assert (code, says in err, rows(company)) == (2, True, before)


def test_whoever_is_logged_in_did_it(company: Installation) -> None:
    company.run("issues", "resolve", "7")
    assert company.run("issues", "show", "7", "--json").json["answered_by"] not in {None, ""}
