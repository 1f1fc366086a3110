"""`sentinel issues list`: whole screens, filters, formats."""

import csv
import io
import re

import pytest

from sentinel_cli import intake
from sentinel_cli.commands.issue_screens import shown_name
from sentinel_cli.commands.spreadsheet import csv_text
from sentinel_cli.commands.standing import FIELDS
from sentinel_cli.settings import load_settings
from sentinel_cli.wiring import rules_of

from .installation import NOW, Installation, at, furnish, screen_of, text


@pytest.mark.parametrize("width", [80, 120, 140])
def test_it_fits_a_terminal_of_that_width(pool_company: Installation, width: int) -> None:
    ran = pool_company.run("issues", "list", "--status", "all", width=width)
    assert ran.screen == screen_of(f"issues-list-{width}")


def test_on_a_screen_too_narrow_for_a_table_each_value_has_its_line(pool_company: Installation) -> None:
    ran = pool_company.run("issues", "list", width=60)
    assert ran.screen == screen_of("issues-list-60")


def test_it_is_plain_in_a_pipe_one_row_per_line(pool_company: Installation) -> None:
    assert pool_company.run("issues", "list").out == screen_of("issues-list-pipe")


def test_it_never_writes_past_80_columns(pool_company: Installation) -> None:
    ran = pool_company.run("issues", "list", "--status", "all", width=80)
    assert max(map(len, ran.lines)) == 80


def test_it_is_coloured_on_a_terminal(pool_company: Installation) -> None:
    assert "\x1b[31m" in pool_company.run("issues", "list", width=80, colour=True).out


def test_it_is_not_coloured_where_colour_is_off(pool_company: Installation) -> None:
    assert "\x1b" not in pool_company.run("issues", "list", width=80, colour=False).out


def test_it_counts_what_it_shows_on_stderr(pool_company: Installation) -> None:
    assert (
        pool_company.run("issues", "list").err == "3 issues: 2 overdue, 1 escalated; 1 snoozed left out (--snoozed)\n"
    )


def test_it_says_what_was_cut(pool_company: Installation) -> None:
    ran = pool_company.run("issues", "list", "--limit", "2")
    assert (
        ran.err
        == "2 of 3 issues shown; of all 2 overdue, 1 escalated; 1 snoozed left out (--snoozed); --limit 3 shows all\n"
    )


def test_it_counts_one_issue_as_one(pool_company: Installation) -> None:
    assert pool_company.run("issues", "list", "--status", "spam").err == "1 issue\n"


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ([], [1, 2, 7]),
        (["--snoozed"], [6]),
        (["--status", "all"], [1, 2, 6, 7, 5, 3, 4]),
        (["--status", "all", "--snoozed"], [6]),
        (["--status", "RESOLVED"], [5, 3]),
        (["--escalated"], [1]),
        (["--escalated", "--type", "call"], []),
        (["--auto-reply-only"], [2]),
        (["--auto-reply-only", "--overdue"], [2]),
        (["--contact", "CTCsam00000000000003"], [7]),
        (["--contact", "ellis"], [2]),
        (["--contact", "Pat E."], [2]),
        (["--phone", "+1***0147"], [7]),
        (["--contact", "a%e"], []),
        (["--contact", "dana", "--status", "all"], [6, 5]),
        (["--due-before", "2026-11-23 9:30am"], [1, 2]),
        (["--due-before", "2h"], [1, 2, 7]),
        (["--due-before", "11am", "--type", "sms"], [1]),
        (["--sort", "id", "--status", "all"], [7, 6, 5, 4, 3, 2, 1]),
        (["--sort", "due", "--status", "all"], [1, 3, 4, 2, 5, 6, 7]),
        (["--sort", "last"], [7, 2, 1]),
        (["--sort", "waiting"], [1, 2, 7]),
        (["--status", "spam"], [4]),
        (["--overdue"], [1, 2]),
        (["--overdue", "--status", "all"], [1, 2]),
        (["--type", "call"], [2]),
        (["--type", "SMS", "--overdue"], [1]),
        (["--type", "whatsapp"], []),
        (["--phone", "0147"], [7]),
        (["--phone", "(940) 555-0147"], [7]),
        (["--phone", "+1 940 555 0147"], [7]),
        (["--phone", "555-0112"], [1]),
        (["--phone", "55", "--status", "all"], [6, 5]),
        (["--since", "1h"], [7]),
        (["--since", "3d"], [2, 7]),
        (["--since", "2026-11-23"], [7]),
        (["--since", "2026-11-20T22:00:00Z"], [2, 7]),
        (["--since", "2026-11-20T16:01"], [7]),
        (["--limit", "1"], [1]),
    ],
)  # fmt: skip
def test_it_lists_what_was_asked_for(pool_company: Installation, options: list[str], ids: list[int]) -> None:
    listed = pool_company.run("issues", "list", *options, "--json").json
    assert [item["id"] for item in listed["items"]] == ids


def test_it_gives_one_envelope_with_the_total(pool_company: Installation) -> None:
    listed = pool_company.run("issues", "list", "--limit", "1", "--json").json
    assert (len(listed["items"]), listed["total"], sorted(listed)) == (1, 3, ["items", "total"])


def test_its_json_holds_the_whole_phone_and_what_is_derived(pool_company: Installation) -> None:
    pat = pool_company.run("issues", "list", "--type", "call", "--json").json["items"][0]
    assert pat == {
        "id": 2,
        "issue_type": "CALL",
        "status": "OPEN",
        "contact_id": "CTCpat00000000000001",
        "contact_name": "Pat Ellison",
        "phone": "+19405550141",
        "conversation_id": "CNVpat00000000000001",
        "first_inbound_ts": "2026-11-20T22:00:00.000Z",
        "last_inbound_ts": "2026-11-20T22:00:00.000Z",
        "inbound_count": 1,
        "auto_replies": 1,
        "due_ts": "2026-11-23T15:00:00.000Z",
        "due_local": "2026-11-23T09:00-06:00",
        "waiting_minutes": 180,
        "late_minutes": 60,
        "overdue": True,
        "breached": True,
        "escalated": False,
        "auto_reply_only": True,
        "unconfirmed": False,
        "unlisted_user": None,
        "snoozed_until_ts": None,
        "resolved_ts": None,
        "resolved_by": None,
        "answered_by": None,
        "answer_key": None,
        "merged_into": None,
    }


def test_an_answer_stands_in_the_json(pool_company: Installation) -> None:
    lee = pool_company.run("issues", "list", "--status", "resolved", "--json").json["items"][1]
    assert {name: lee[name] for name in ("resolved_ts", "resolved_by", "answered_by", "breached", "overdue")} == {
        "resolved_ts": "2026-11-20T16:05:00.000Z",
        "resolved_by": "staff_text",
        "answered_by": "USRcasey000000000001",
        "breached": True,
        "overdue": False,
    }


def test_its_csv_has_the_fields_of_the_json(pool_company: Installation) -> None:
    listed = pool_company.run("issues", "list", "--json").json["items"]
    rows = list(csv.DictReader(io.StringIO(pool_company.run("issues", "list", "--csv").out)))
    assert [list(row) for row in rows] == [list(item) for item in listed] == [list(FIELDS)] * 3


def test_its_csv_holds_the_whole_phone(pool_company: Installation) -> None:
    rows = list(csv.DictReader(io.StringIO(pool_company.run("issues", "list", "--type", "call", "--csv").out)))
    assert [(row["phone"], row["overdue"], row["snoozed_until_ts"]) for row in rows] == [("+19405550141", "true", "")]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-2+3", "'-2+3"),
        ("\x1b[2J\u202egone", "\\x1b[2J\\u202egone"),
        ("\t=1", "\\t=1"),
        ("two\nlines", "two\nlines"),
    ],
    ids=ascii,
)
def test_a_name_steers_neither_a_spreadsheet_nor_a_terminal(name: str, cell: str) -> None:
    row = dict.fromkeys(FIELDS) | {"contact_name": name}
    assert next(csv.DictReader(io.StringIO(csv_text([row]))))["contact_name"] == cell


@pytest.mark.parametrize("field", ["resolved_by", "answered_by"])
def test_nor_does_who_resolved_it(field: str) -> None:
    row = dict.fromkeys(FIELDS) | {field: "=HYPERLINK(1)"}
    assert next(csv.DictReader(io.StringIO(csv_text([row]))))[field] == "'=HYPERLINK(1)"


def test_phones_are_masked_unless_asked_for(pool_company: Installation) -> None:
    assert not re.search(r"\d{10}", pool_company.run("issues", "list").out)


PHONE_AS_NAME = "CTCtel00000000000007"


@pytest.fixture
def nameless(bare: Installation) -> Installation:
    """A customer whose name in GHL is a phone."""
    rules = rules_of(load_settings({"SENTINEL_HOME": str(bare.home)}, bare.home, None), [])
    told = text(PHONE_AS_NAME, "2026-11-23T15:30:00Z", "Hi", contact_name="Pat (940) 555-0999", phone="+19405550999")
    with bare.make_database() as db, db.transaction():
        intake.absorb(db, [told], rules, at(NOW), "run:1")
    return bare


@pytest.mark.parametrize("argv", [["list"], ["show", "1"]], ids=" ".join)
def test_a_phone_in_a_name_is_masked_too(nameless: Installation, argv: list[str]) -> None:
    shown = nameless.run("issues", *argv).out
    assert ("Pat ***0999" in shown, "555" in shown) == (True, False)


@pytest.mark.parametrize("argv", [["list"], ["show", "1"]], ids=" ".join)
def test_a_phone_in_a_name_is_whole_when_asked_for(nameless: Installation, argv: list[str]) -> None:
    assert "Pat (940) 555-0999" in nameless.run("issues", *argv, "--full-phone").out


@pytest.mark.parametrize("as_data", ["--json", "--csv"])
def test_a_phone_in_a_name_is_whole_for_programs(nameless: Installation, as_data: str) -> None:
    assert "Pat (940) 555-0999" in nameless.run("issues", "list", as_data).out


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("+19405550999", "+1***0999"),
        ("9405550999", "***0999"),
        ("555-0999 Pat", "*** Pat"),
        ("Pat at 4471", "Pat at 4471"),
        ("Pat Ellison", "Pat Ellison"),
    ],
)
def test_a_name_hides_no_more_than_a_phone(name: str, shown: str) -> None:
    assert shown_name(name, whole=False) == shown


def test_phones_are_whole_when_asked_for(pool_company: Installation) -> None:
    assert "+19405550141" in pool_company.run("issues", "list", "--full-phone").out


def test_its_ids_are_one_a_line_for_other_commands(pool_company: Installation) -> None:
    assert pool_company.run("issues", "list", "--ids", "--limit", "2").out == "1\n2\n"


@pytest.mark.parametrize("form", ["--ids", "--csv"])
def test_whoever_takes_a_part_for_other_commands_is_told(pool_company: Installation, form: str) -> None:
    assert pool_company.run("issues", "list", form, "--limit", "2").err == "2 of 3 issues given; --limit 3 gives all\n"


@pytest.mark.parametrize("form", ["--ids", "--csv"])
def test_whoever_takes_all_is_told_nothing(pool_company: Installation, form: str) -> None:
    assert not pool_company.run("issues", "list", form).err


@pytest.mark.parametrize("status", ["open", "resolved", "spam", "all"])
def test_who_waited_longest_in_business_time_comes_first(weeks: Installation, status: str) -> None:
    listed = weeks.run("issues", "list", "--status", status, "--sort", "waiting", "--limit", "999", "--json").json
    waited = [item["waiting_minutes"] for item in listed["items"]]
    assert (len(waited), waited) == (listed["total"], sorted(waited, reverse=True))


def test_an_empty_list_has_an_order_too(fresh: Installation) -> None:
    assert fresh.run("issues", "list", "--sort", "waiting", "--ids").out == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "nobody waits\n"),
        (["--sort", "id", "--limit", "3"], "nobody waits\n"),
        (["--status", "all"], "no issues match\n"),
        (["--overdue"], "no issues match\n"),
        (["--type", "call"], "no issues match\n"),
        (["--snoozed"], "no issues match\n"),
    ],
)
def test_an_empty_database_prints_no_table(fresh: Installation, options: list[str], said: str) -> None:
    ran = fresh.run("issues", "list", *options, width=80)
    assert (ran.code, ran.out, ran.err) == (0, "", said)


def test_where_all_who_wait_are_snoozed_nobody_else_does(bare: Installation) -> None:
    furnish(bare)
    bare.run("issues", "resolve", "1", "2", "7")
    assert bare.run("issues", "list").err == "nobody else waits; 1 snoozed left out (--snoozed)\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--phone", "0188"],
            "sentinel issues list --status all --phone 0188; sentinel deliveries list --phone 0188 shows what came",
        ),
        (
            ["--contact", "Kim Y.", "--status", "all"],
            "sentinel deliveries list --contact 'Kim Y' shows what came",
        ),
    ],
)
def test_who_has_no_issue_is_looked_for_among_the_deliveries(
    pool_company: Installation, options: list[str], said: str
) -> None:
    assert pool_company.run("issues", "list", *options).err == f"no issues match\nnext: {said}\n"


def test_an_empty_database_is_an_empty_envelope(fresh: Installation) -> None:
    assert fresh.run("issues", "list", "--json").json == {"items": [], "total": 0}


def test_an_empty_database_is_a_csv_of_names_alone(fresh: Installation) -> None:
    assert fresh.run("issues", "list", "--csv").lines == [",".join(FIELDS)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--type", "fax"], "'fax' is no type of issue"),
        (["--since", "soon"], "'soon' is no length of time and no date"),
        (["--since", "2027-01-01"], "'2027-01-01' lies ahead"),
        (["--phone", "Pat"], "'Pat' is no phone number"),
        (["--phone", "1"], "'1' is too little of a phone number"),
        (["--phone", ""], "'' is no phone number"),
        (["--contact", " "], "' ' is no contact"),
        (["--json", "--csv"], "--json and --csv exclude each other"),
        (["--overdue", "--status", "spam"], "no spam issue is overdue"),
        (["--due-before", "soon"], "'soon' is no time"),
        (["--ids", "--watch", "5"], "--ids and --watch exclude each other"),
        (["--watch", "5"], "--watch needs a terminal"),
        (["--watch"], "--watch needs a terminal"),
        (["--watch", "--limit", "2"], "--watch needs a terminal"),
        (["--watch", "0"], "Invalid value for '--watch'"),
        (["--escalated", "--status", "resolved"], "no resolved issue is escalated"),
        (["--limit", "0"], "Invalid value for '--limit'"),
        (["--status", "late"], "Invalid value for '--status'"),
    ],
)
def test_what_is_typed_wrongly_is_named(pool_company: Installation, options: list[str], said: str) -> None:
    ran = pool_company.run("issues", "list", *options)
    assert (ran.code, ran.out, ran.err.startswith(f"error: {said}")) == (2, "", True)
