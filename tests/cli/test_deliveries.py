"""`sentinel deliveries list` and `show`."""

from pathlib import Path

import pytest

from sentinel_cli import intake
from sentinel_cli.settings import load_settings
from sentinel_cli.wiring import reading_policy, rules_of

from .installation import NOW, Installation, at, screen_of, write_env


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
    ],
)
def test_the_list_counts_on_stderr(pool_company: Installation, options: list[str], said: str) -> None:
    assert pool_company.run("deliveries", "list", *options).err == said


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


def test_a_watch_needs_a_terminal(pool_company: Installation) -> None:
    ran = pool_company.run("deliveries", "list", "--watch")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error: --watch needs a terminal")


def test_a_watch_is_no_json(pool_company: Installation) -> None:
    assert pool_company.run("deliveries", "list", "--watch", "3", "--json", width=80).code == 2


class TestReplay:
    OTHER = b'{"contact_id": "CTCnew", "location": {"id": "LOCother"}, "message": {"type": 2, "body": "Hello?"}}'

    @pytest.fixture
    def company(self, tmp_path: Path) -> Installation:
        """One delivery of another location, one that was read, one whose body was pruned."""
        write_env(tmp_path)
        installation = Installation(home=tmp_path)
        settings = load_settings({"SENTINEL_HOME": str(tmp_path)}, tmp_path, None)
        ours = self.OTHER.replace(b"LOCother", settings.ghl_location_id.encode())
        with installation.make_database() as db:
            for payload in (self.OTHER, ours, b"nonsense"):
                incoming = intake.Incoming(route="inbound_sms", received_at=at(NOW), payload=payload)
                intake.record(db, incoming, rules_of(settings, []), reading_policy(settings))
            db.write("update raw_events set pruned_ts = ?, payload = '' where id = 3", NOW)
        return installation

    def test_what_came_for_another_location_is_read_once_the_setting_is_mended(self, company: Installation) -> None:
        ran = company.run("deliveries", "replay", "1", GHL_LOCATION_ID="LOCother")
        assert (ran.code, ran.out) == (0, "1: ignored:other-location -> recorded, issue #1\n")

    def test_a_dry_run_changes_nothing(self, company: Installation) -> None:
        company.run("deliveries", "replay", "1", "--dry-run", GHL_LOCATION_ID="LOCother")
        assert company.run("deliveries", "show", "1", "--json").json["outcome"] == "ignored:other-location"

    def test_what_was_read_or_has_no_body_any_more_is_left_alone(self, company: Installation) -> None:
        said = company.run("deliveries", "replay", "2", "3").out
        assert said == (
            "2: left alone: it was read, and its message is known\n"
            "3: left alone: its body was removed when its time was over\n"
        )

    def test_typed_twice_it_does_nothing_the_second_time(self, company: Installation) -> None:
        company.run("deliveries", "replay", "1", GHL_LOCATION_ID="LOCother")
        again = company.run("deliveries", "replay", "1", "--json", GHL_LOCATION_ID="LOCother").json["items"]
        assert [item["why_not"] for item in again] == ["left alone: it was read, and its message is known"]

    @pytest.mark.parametrize(
        ("argv", "said"),
        [
            ((), "name deliveries, or say --errors"),
            (("1", "--errors"), "name deliveries, or say --errors"),
            (("9",), "no delivery 9"),
            (("one",), "'one' is no delivery's number"),
        ],
    )
    def test_what_is_typed_wrongly_is_2(self, company: Installation, argv: tuple[str, ...], said: str) -> None:
        ran = company.run("deliveries", "replay", *argv)
        assert (ran.code, said in ran.err) == (2, True)

    def test_what_broke_our_reading_is_read_again(self, company: Installation) -> None:
        with company.make_database() as db:
            db.write("update raw_events set outcome = 'error:Bug', message_key = null where id = 1")
        ran = company.run("deliveries", "replay", "--errors", GHL_LOCATION_ID="LOCother")
        assert (ran.code, ran.out, ran.err) == (0, "1: error:Bug -> recorded, issue #1\n", "1 replayed\n")
