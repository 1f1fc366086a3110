"""`sentinel report`: whole screens, periods, formats."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest

from sentinel_cli.commands.report_sheets import headline
from sentinel_cli.commands.spreadsheet import csv_text
from sentinel_cli.domain.model import Channel, IssueStatus, Rule
from sentinel_cli.domain.report import Begun, Heard, Period, report_of
from tests.builders import HOURS
from tests.documents import named

from .installation import CASEY, ENV, NOW, Installation, at, call, screen_of, write_env
from .weeks import CUSTOMERS, SAID, waits

WHOLE = ("report", "--since", "2026-10-19")


@pytest.mark.parametrize("width", [80, 140])
def test_it_fits_a_terminal_of_that_width(weeks: Installation, width: int) -> None:
    assert weeks.run(*WHOLE, width=width).screen == screen_of(f"report-{width}")


def test_it_is_plain_ascii_in_a_pipe(weeks: Installation) -> None:
    ran = weeks.run(*WHOLE)
    assert ran.out == screen_of("report-pipe")
    assert ran.out.isascii()


@pytest.mark.parametrize("width", [None, 80, 140])
def test_no_two_columns_of_a_table_have_one_name(weeks: Installation, width: int | None) -> None:
    lines = weeks.run(*WHOLE, width=width).out.split("By type")[1].splitlines()
    heads = [
        re.split(" {2,}", line.strip()) for line in lines if line.startswith(("week of", "hour", "weekday", "who"))
    ]
    assert ([head for head in heads if len(set(head)) < len(head)], len(heads)) == ([], 8)


@pytest.mark.parametrize("width", [50, 80, 140])
def test_it_never_writes_past_the_screen(weeks: Installation, width: int) -> None:
    tables = weeks.run(*WHOLE, width=width).out.split("By type")[1]
    assert max(map(len, tables.splitlines())) <= width


def test_its_bars_are_coloured_on_a_terminal(weeks: Installation) -> None:
    assert "\x1b[36m" in weeks.run(*WHOLE, width=80, colour=True).out


def test_it_says_the_same_without_colour(weeks: Installation) -> None:
    assert "\x1b" not in weeks.run(*WHOLE, width=80, colour=False).out


@pytest.mark.parametrize("options", [[], ["--csv"], ["--json"]], ids=["screen", "csv", "json"])
def test_nothing_of_a_customer_is_shown(weeks: Installation, options: list[str]) -> None:
    out = weeks.run(*WHOLE, *options).out
    told = [*CUSTOMERS, *SAID, "+1940", "CTC0"]
    assert [each for each in told if each in out] == []


# The period.


@pytest.mark.parametrize(
    ("options", "issues"),
    [
        ([], 235),
        (["--since", "5w"], 284),
        (["--since", "7d"], 60),
        (["--since", "2026-11-16", "--until", "2026-11-17"], 14),
        (["--since", "2026-11-17", "--until", "2026-11-18"], 10),
        (["--since", "2020-01-01"], 289),
    ],
)
def test_it_counts_what_began_in_the_period(weeks: Installation, options: list[str], issues: int) -> None:
    assert weeks.run("report", *options, "--json").json["total"]["issues"] == issues


def test_the_issues_are_those_that_were_scripted(weeks: Installation) -> None:
    total = weeks.run(*WHOLE, "--json").json["total"]
    assert total["issues"] + total["spam"] == len(list(waits()))


def test_a_report_begins_with_the_first_day_that_is_known(weeks: Installation) -> None:
    found = weeks.run("report", "--since", "2020-01-01", "--json").json
    assert found["since_ts"] == "2026-10-19T05:00:00.000Z"
    assert found["by_week"][0]["week"] == "2026-10-19"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "soon"], "'soon' is no length of time and no date"),
        (["--since", "2027-01-01"], "'2027-01-01' lies ahead"),
        (["--until", "2027-01-01"], "'2027-01-01' lies ahead"),
        (["--since", "2d", "--until", "3d"], "nothing lies between --since 2d and --until 3d"),
        (["--since", "0d"], "nothing lies between --since 0d and --until now"),
        (["--csv", "--json"], "--html, --csv and --json exclude each other"),
        (["--csv", "--html", "x"], "--html, --csv and --json exclude each other"),
    ],
)
def test_what_is_typed_wrongly_is_named(weeks: Installation, options: list[str], said: str) -> None:
    ran = weeks.run("report", *options)
    assert (ran.code, ran.out, ran.err.splitlines()[0]) == (2, "", f"error: {said}")


# Nothing to report.


def test_an_empty_database_says_so(fresh: Installation) -> None:
    ran = fresh.run("report")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "no issue began from 2026-10-24 11:00 to 2026-11-23 10:00, America/Chicago\n"


def test_an_empty_period_says_so_and_what_is_known_of_its_webhooks(weeks: Installation) -> None:
    ran = weeks.run("report", "--since", "2026-11-15T04:00:00Z", "--until", "2026-11-15T05:00:00Z", width=80)
    assert ran.out == "no issue began from 2026-11-14 22:00 to 2026-11-14 23:00, America/Chicago\n"


@pytest.mark.parametrize("as_data", ["--json", "--csv"])
def test_an_empty_database_is_a_report_of_nothing(fresh: Installation, as_data: str) -> None:
    assert fresh.run("report", as_data).code == 0


# The documents.


def test_every_figure_is_explained() -> None:
    begun = at("2026-11-20T16:00:00Z")
    issues = [
        Begun(Channel.CALL, IssueStatus.SPAM, begun, begun),
        *(
            Begun(Channel.SMS, IssueStatus.RESOLVED, begun, begun, 1, 0, begun, rule)
            for rule in (Rule.RESOLVE, Rule.ADOPTED)
        ),
    ]
    heard = [Heard(begins_on=begun.date(), channel=Channel.SMS, shown=1, told=1)]
    report = report_of(issues, Period(since=begun, until=at(NOW), now=at(NOW)), HOURS, {}, heard, 1)
    assert {fact.name for fact in headline(report)} == named("docs/report.md", "Figures")


def test_every_table_is_explained(weeks: Installation) -> None:
    lines = weeks.run(*WHOLE).out.split("\n\n")[1:]
    assert {block.partition("\n")[0] for block in lines} == named("docs/report.md", "Tables")


# Formats.

FIGURES = {
    "issues", "answered", "in_time", "late", "not_yet_due", "untimed", "median_minutes", "p90_minutes",
    "percent_in_time",
}  # fmt: skip
PARTS = {
    "by_type": {"type"},
    "by_week": {"week"},
    "by_week_and_type": {"week", "type"},
    "by_weekday": {"weekday"},
    "by_hour": {"hour"},
    "by_weekday_and_hour": {"weekday", "hour"},
    "people": {"person"},
}


@pytest.fixture(scope="module")
def found(weeks: Installation) -> Any:
    return weeks.run(*WHOLE, "--json").json


def test_its_json_has_the_period_and_the_parts(found: Any) -> None:
    assert set(found) == {
        "since_ts", "until_ts", "now_ts", "timezone", "total", *PARTS, "webhooks", "few", "unnamed_answers",
    }  # fmt: skip
    assert (found["until_ts"], found["now_ts"], found["timezone"]) == (NOW, NOW, "America/Chicago")


@pytest.mark.parametrize(("part", "group"), PARTS.items())
def test_each_group_of_the_json_has_all_figures(found: Any, part: str, group: set[str]) -> None:
    assert {frozenset(each) for each in found[part]} == {frozenset(FIGURES | group)}


def test_its_total_has_more(found: Any) -> None:
    more = {
        "messages",
        "open",
        "longest_open_minutes",
        "auto_replied",
        "auto_reply_only",
        "by_hand",
        "spam",
        "calls_left_out",
    }
    assert set(found["total"]) == FIGURES | more


def test_the_webhooks_of_the_silent_day_are_missing(found: Any) -> None:
    lost = {(each["week"], each["type"]): each["shown"] - each["told"] for each in found["webhooks"]}
    assert max(lost, key=lambda each: lost[each]) == ("2026-11-09", "SMS")


def test_people_are_those_who_answered_most(found: Any) -> None:
    assert [each["person"] for each in found["people"]] == ["Casey Rivera", "Morgan Blake"]
    assert found["few"] == {"people": 1, "answers": 4}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_its_csv_is_one_table_of_the_same_figures(weeks: Installation, found: Any) -> None:
    rows = rows_of(weeks.run(*WHOLE, "--csv").out)
    expected = [("total", found["total"])]
    expected += [(part, each) for part in (*PARTS, "webhooks") for each in found[part]]
    columns = list(rows[0])[1:]
    assert [(row["part"], [row[name] for name in columns]) for row in rows] == [
        (part, ["" if each.get(name) is None else str(each[name]) for name in columns]) for part, each in expected
    ]


def test_a_person_s_name_cannot_run_as_a_formula_in_a_spreadsheet() -> None:
    assert rows_of(csv_text([{"person": "=1+1"}], ["person"])) == [{"person": "'=1+1"}]


def test_calls_off_the_route_are_counted_where_a_filter_is_set(tmp_path: Path) -> None:
    write_env(tmp_path, ENV + "CALL_ROUTE_FIELD=voicemail_route\nCALL_ROUTE_VALUE=tech_sentinel\n")
    home = Installation(home=tmp_path)
    with home.make_database() as db, db.transaction():
        _absorb(home, db, [call("CTCpat00000000000001", "2026-11-20T22:00:00Z")])
    ran = home.run("report")
    assert ran.out == (
        "no issue began from 2026-11-20 00:00 to 2026-11-23 10:00, America/Chicago\n"
        "webhooks:  0%: of customers' messages that GHL shows came by webhook: 0 of 1\n"
        "left out:  1: missed calls not on the route of CALL_ROUTE_FIELD\n"
    )


def _absorb(home: Installation, db: Any, reports: list[Any]) -> None:
    from sentinel_cli import intake
    from sentinel_cli.domain.model import User
    from sentinel_cli.settings import load_settings
    from sentinel_cli.wiring import rules_of

    settings = load_settings({"SENTINEL_HOME": str(home.home)}, home.home, None)
    rules = rules_of(settings, [User(user_id=CASEY, name="Casey Rivera")])
    intake.absorb(db, reports, rules, at(NOW), "run:1")
