"""`sentinel kv show`."""

import json

import pytest

from sentinel_cli.store import kv

from .installation import Installation, screen_of


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_a_terminal_of_that_width(pool_company: Installation, width: int) -> None:
    assert pool_company.run("kv", "show", width=width).screen == screen_of(f"kv-show-{width}")


def test_it_is_plain_in_a_pipe(pool_company: Installation) -> None:
    assert pool_company.run("kv", "show").out == screen_of("kv-show-pipe")


def test_one_key_is_its_value_alone_on_stdout(pool_company: Installation) -> None:
    ran = pool_company.run("kv", "show", "last_summary_ts")
    assert (ran.out, ran.err) == ("2026-11-20T21:00:03.000Z\n", "2d 18h ago, Fri 3pm\n")


def test_a_value_that_is_no_instant_is_only_shown(pool_company: Installation) -> None:
    ran = pool_company.run("kv", "show", "resolver_policy")
    assert (ran.out, ran.err) == ("3f1c\n", "")


LONG = "receiver", json.dumps({"version": "0.1.0", "path": "/opt/ntpp-sentinel/data/sentinel.db", "inode": 2212037})


@pytest.fixture
def remembering(bare: Installation) -> Installation:
    """It remembers a value that is longer than any instant."""
    with bare.make_database() as db, db.transaction():
        kv.put(db, *LONG)
    return bare


@pytest.mark.parametrize("width", [None, 80])
def test_a_long_value_is_cut_in_the_table_and_where_it_is_whole_is_said(
    remembering: Installation, width: int | None
) -> None:
    ran = remembering.run("kv", "show", width=width)
    assert ran.screen.splitlines()[-1] == 'receiver  {"version": "0.1.0", "path": "/opt/nt...'
    assert ran.err == "long values are cut; whole ones: sentinel kv show KEY, or --json\n"


@pytest.mark.parametrize("options", [["receiver"], ["--json"]])
def test_elsewhere_it_is_whole(remembering: Installation, options: list[str]) -> None:
    ran = remembering.run("kv", "show", *options)
    assert (LONG[1] in ran.out.replace('\\"', '"'), ran.err) == (True, "")


def test_json_of_all_is_an_envelope(pool_company: Installation) -> None:
    assert pool_company.run("kv", "show", "--json").json == {
        "items": [
            {"key": "last_summary_ts", "value": "2026-11-20T21:00:03.000Z", "local": "2026-11-20T15:00:03-06:00"},
            {"key": "resolver_policy", "value": "3f1c", "local": None},
            {"key": "resolver_watermark_ts", "value": "2026-11-23T15:52:00.000Z", "local": "2026-11-23T09:52:00-06:00"},
        ],
        "total": 3,
    }


def test_json_of_one_is_one_object(pool_company: Installation) -> None:
    assert pool_company.run("kv", "show", "resolver_policy", "--json").json["value"] == "3f1c"


def test_an_unknown_key_names_those_that_are_near(pool_company: Installation) -> None:
    ran = pool_company.run("kv", "show", "last_sumary")
    assert (ran.code, ran.err) == (2, "error: no key 'last_sumary'\nnext: did you mean last_summary_ts?\n")


def test_a_key_near_to_nothing_leads_to_the_list(pool_company: Installation) -> None:
    assert pool_company.run("kv", "show", "zzz").err.endswith("next: sentinel kv show lists those there are\n")


def test_an_empty_store_says_so(fresh: Installation) -> None:
    ran = fresh.run("kv", "show")
    assert (ran.code, ran.out, ran.err) == (0, "", "nothing is remembered yet: no job has run\n")
