"""`sentinel kv show`."""

import pytest

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
