"""`sentinel deliveries list` and `show`."""

import json

import pytest

from sentinel_cli import intake
from sentinel_cli.settings import load_settings
from sentinel_cli.wiring import reading_policy, rules_of

from .installation import LOCATION, NOW, SAM, Installation, at, screen_of


@pytest.mark.parametrize("width", [80, 120])
def test_the_list_fits_a_terminal_of_that_width(pool_company: Installation, width: int) -> None:
    assert pool_company.run("deliveries", "list", width=width).screen == screen_of(f"deliveries-list-{width}")


def test_on_a_screen_too_narrow_for_a_table_each_value_has_its_line(pool_company: Installation) -> None:
    assert pool_company.run("deliveries", "list", width=50).screen == screen_of("deliveries-list-50")


@pytest.mark.parametrize("width", [56, 60, 70, 80])
def test_no_id_outcome_or_issue_is_cut(pool_company: Installation, width: int) -> None:
    shown = pool_company.run("deliveries", "list", width=width)
    assert [word in shown.out for word in ("ignored:other-location", "undecodable", "#7")] == [True] * 3
    assert max(map(len, shown.lines)) <= width


def test_the_list_is_plain_in_a_pipe(pool_company: Installation) -> None:
    assert pool_company.run("deliveries", "list").out == screen_of("deliveries-list-pipe")


@pytest.mark.parametrize(
    ("options", "ids", "total"),
    [
        ([], [3, 2, 1], 3),
        (["--outcome", "ignored"], [3], 1),
        (["--outcome", "undecodable"], [2], 1),
        (["--outcome", "error"], [], 0),
        (["--limit", "2"], [3, 2], 3),
        (["--phone", "0147"], [1], 1),
        (["--phone", "(940) 555-0147"], [1], 1),
        (["--phone", "0141"], [], 0),
        (["--contact", "okafor"], [1], 1),
        (["--contact", "Sam O."], [1], 1),
        (["--contact", "%"], [], 0),
        (["--contact", SAM], [1], 1),
        (["--contact", SAM, "--phone", "0141"], [], 0),
        (["--contact", "Sam", "--phone", "0147"], [1], 1),
        (["--contact", "Sam", "--outcome", "ext"], [1], 1),
    ],
)
def test_the_list_holds_what_was_asked_for(
    pool_company: Installation, options: list[str], ids: list[int], total: int
) -> None:
    listed = pool_company.run("deliveries", "list", *options, "--json").json
    assert ([item["id"] for item in listed["items"]], listed["total"]) == (ids, total)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "3 deliveries\n"),
        (["--limit", "1"], "1 of 3 deliveries shown; --limit 3 shows all\n"),
        (["--outcome", "undecodable"], "1 delivery with outcome undecodable\n"),
        (["--outcome", "error"], "no deliveries with outcome error\n"),
        (["--contact", "Sam", "--outcome", "extended"], "1 matching delivery with outcome extended\n"),
        (["--phone", "0141"], "no matching deliveries\n"),
    ],
)
def test_the_list_counts_on_stderr(pool_company: Installation, options: list[str], said: str) -> None:
    assert pool_company.run("deliveries", "list", *options).err == said


def test_who_has_no_issue_is_found_by_number_where_the_body_has_no_id(kept: Installation) -> None:
    listed = kept.run("deliveries", "list", "--phone", "0188", "--json").json
    told = [(item["id"], item["outcome"], item["issue_id"]) for item in listed["items"]]
    assert told == [(3, "recorded", None), (2, "recorded", None)]


def test_of_somebody_s_deliveries_it_says_how_many_are_left_out(kept: Installation) -> None:
    ran = kept.run("deliveries", "list", "--phone", "0188", "--limit", "1")
    assert ran.err == "1 of 2 matching deliveries shown; --limit 2 shows all\n"


def test_whose_deliveries_told_of_nothing_is_found_by_id(kept: Installation) -> None:
    listed = kept.run("deliveries", "list", "--contact", "CTCunknown0000000001", "--json").json
    assert [item["id"] for item in listed["items"]] == [4]


@pytest.mark.parametrize("option", ["--contact", "--phone"])
def test_a_filter_that_came_out_empty_does_not_choose_everybody(pool_company: Installation, option: str) -> None:
    assert pool_company.run("deliveries", "list", option, "").code == 2


@pytest.fixture
def kept(bare: Installation) -> Installation:
    """A customer's text, and two of a number that is spam, all without a contact's id; and what told of no message."""
    settings = load_settings({"SENTINEL_HOME": str(bare.home)}, bare.home, None)
    number = {"location": {"id": LOCATION}, "phone": "+19405550188"}
    bodies = [
        {"location": {"id": LOCATION}, "phone": "+19405550177", "message": {"type": 2, "body": "Pool is green"}},
        {**number, "message": {"type": 2, "body": "We rank you first"}},
        {**number, "message": {"type": 2, "body": "Did you see my text"}},
        {"contact_id": "CTCunknown0000000001", "location": {"id": LOCATION}},
    ]
    with bare.make_database() as db:
        db.write("insert into spam_phones (phone, since_ts) values ('+19405550188', '2026-11-01T00:00:00.000Z')")
        for body in bodies:
            incoming = intake.Incoming(route="inbound_sms", received_at=at(NOW), payload=json.dumps(body).encode())
            intake.record(db, incoming, rules_of(settings, []), reading_policy(settings))
    return bare


def test_one_shows_its_body_indented(pool_company: Installation) -> None:
    assert '\n  "full_name": "Sam Okafor",\n' in pool_company.run("deliveries", "show", "1").out


def test_one_shows_a_body_that_is_no_json_as_it_came(pool_company: Installation) -> None:
    assert pool_company.run("deliveries", "show", "2").out.endswith("\nnot json at all\n")


def test_a_body_cannot_steer_the_terminal(pool_company: Installation) -> None:
    assert "\x1b" not in pool_company.run("deliveries", "show", "1", width=80).out


def test_its_json_holds_the_body_as_it_came(pool_company: Installation) -> None:
    shown = pool_company.run("deliveries", "show", "1", "--json").json
    assert (shown["payload"]["message"]["body"], shown["outcome"]) == ("Filter price? \x1b[31mplease", "extended")


def test_an_unknown_delivery_is_named(pool_company: Installation) -> None:
    ran = pool_company.run("deliveries", "show", "99")
    assert (ran.code, ran.err) == (2, "error: no delivery 99\nnext: sentinel deliveries list shows the newest\n")


def test_a_body_nested_too_deep_to_indent_is_shown_as_text(deeply_nested: Installation) -> None:
    ran = deeply_nested.run("deliveries", "show", "1")
    assert (ran.code, ran.lines[-1][:10]) == (0, '{"a":{"a":')


@pytest.fixture
def deeply_nested(bare: Installation) -> Installation:
    settings = load_settings({"SENTINEL_HOME": str(bare.home)}, bare.home, None)
    payload = b'{"a":' * 2000 + b"1" + b"}" * 2000
    with bare.make_database() as db:
        incoming = intake.Incoming(route="inbound_sms", received_at=at(NOW), payload=payload)
        intake.record(db, incoming, rules_of(settings, []), reading_policy(settings))
    return bare


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--watch"], "error: --watch needs a terminal"),
        (["--watch", "2", "--json"], "error: --json and --watch exclude each other"),
    ],
)
def test_a_watch_is_for_somebody_at_a_terminal(pool_company: Installation, options: list[str], said: str) -> None:
    ran = pool_company.run("deliveries", "list", *options)
    assert (ran.code, ran.err.splitlines()[0]) == (2, said)
