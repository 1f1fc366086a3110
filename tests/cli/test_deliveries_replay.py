"""`sentinel deliveries replay`: what failed is read again, once, and what came of it is said."""

import json

import pytest

from sentinel_cli import intake
from sentinel_cli.settings import load_settings
from sentinel_cli.store import deliveries
from sentinel_cli.store.database import Database
from sentinel_cli.store.delivery_lists import DeliveryFilter, list_deliveries
from sentinel_cli.wiring import reading_policy, rules_of

from .installation import LOCATION, NOW, PAT, Installation, at

TEXT = {"contact_id": PAT, "location": {"id": LOCATION}, "message": {"type": 2, "body": "Hi"}}
OTHER = {**TEXT, "location": {"id": "LOCother000000000001"}}
BODIES = (json.dumps(TEXT).encode(), b"not json at all", json.dumps(OTHER).encode())


@pytest.fixture
def broken(bare: Installation) -> Installation:
    """One delivery that broke our reading before an upgrade, one that is no JSON, one of another location."""
    settings = load_settings({"SENTINEL_HOME": str(bare.home)}, bare.home, None)
    with bare.make_database() as db:
        with db.transaction():
            incoming = intake.Incoming(route="inbound_sms", received_at=at(NOW), payload=BODIES[0])
            first = deliveries.archive(db, incoming, None)
            deliveries.set_outcome(db, first, "error:KeyError")
        for body in BODIES[1:]:
            incoming = intake.Incoming(route="inbound_sms", received_at=at(NOW), payload=body)
            intake.record(db, incoming, rules_of(settings, []), reading_policy(settings))
    return bare


def replayed(ran_json: dict[str, list[dict[str, object]]]) -> list[tuple[object, ...]]:
    return [(item["id"], item["was"], item["outcome"], item["issue_id"]) for item in ran_json["items"]]


def outcomes(broken: Installation) -> list[str]:
    with Database.open(broken.db_path) as db:
        return [each.outcome for each in list_deliveries(db, DeliveryFilter())[0]]


def test_what_broke_our_reading_opens_its_issue(broken: Installation) -> None:
    ran = broken.run("deliveries", "replay", "1", "--json")
    assert (ran.code, replayed(ran.json)) == (0, [(1, "error:KeyError", "opened", 1)])


def test_all_that_failed_is_replayed_at_once(broken: Installation) -> None:
    ran = broken.run("deliveries", "replay", "--errors")
    assert (ran.code, ran.err, len(ran.lines)) == (0, "1 opened, 1 left as it was\n", 3)


def test_a_delivery_is_read_by_the_settings_of_now(broken: Installation) -> None:
    ran = broken.run("deliveries", "replay", "3", "--json", GHL_LOCATION_ID="LOCother000000000001")
    assert replayed(ran.json) == [(3, "ignored:other-location", "opened", 1)]


def test_a_second_replay_changes_nothing(broken: Installation) -> None:
    broken.run("deliveries", "replay", "1")
    ran = broken.run("deliveries", "replay", "1", "--json")
    assert (replayed(ran.json), ran.json["items"][0]["why"]) == (
        [(1, "opened", "opened", 1)],
        "understood already: left as it is",
    )


def test_one_that_is_named_twice_is_replayed_once(broken: Installation) -> None:
    assert broken.run("deliveries", "replay", "1", "1", "--json").json["total"] == 1


def test_a_dry_run_says_the_same_and_changes_nothing(broken: Installation) -> None:
    ran = broken.run("deliveries", "replay", "--errors", "--dry-run")
    assert ran.err == "1 opened, 1 left as it was (dry run: nothing was changed)\n"
    assert outcomes(broken) == ["ignored:other-location", "undecodable", "error:KeyError"]


def test_a_body_that_was_pruned_is_said(broken: Installation) -> None:
    with Database.open(broken.db_path) as db:
        db.write("update raw_events set payload = '', pruned_ts = ? where id = 1", NOW)
    ran = broken.run("deliveries", "replay", "1", "--json")
    assert (replayed(ran.json), ran.json["items"][0]["why"]) == (
        [(1, "error:KeyError", "error:KeyError", None)],
        "its body was pruned",
    )


def test_what_cannot_be_read_is_said_to_be_so_still(broken: Installation) -> None:
    assert broken.run("deliveries", "replay", "2", "--json").json["items"][0]["why"] == "still not understood"


def test_nothing_is_replayed_where_one_does_not_exist(broken: Installation) -> None:
    ran = broken.run("deliveries", "replay", "1", "99")
    assert (ran.code, ran.err) == (2, "error: no delivery 99\nnext: sentinel deliveries list shows the newest\n")
    assert outcomes(broken)[-1] == "error:KeyError"


@pytest.mark.parametrize("typed", [[], ["1", "--errors"]])
def test_which_ones_must_be_said_once(broken: Installation, typed: list[str]) -> None:
    ran = broken.run("deliveries", "replay", *typed)
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error: which ones?")


def test_without_any_that_failed_there_is_nothing_to_do(fresh: Installation) -> None:
    ran = fresh.run("deliveries", "replay", "--errors")
    assert (ran.code, ran.out, ran.err) == (0, "", "nothing to replay\n")


def a_bug(*_: object) -> None:
    raise KeyError("no-such-field")


def test_one_that_breaks_our_reading_again_is_75(broken: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "read_delivery", a_bug)
    ran = broken.run("deliveries", "replay", "1")
    assert (ran.code, ran.err.splitlines()[1]) == (75, "error: 1 of 1 broke our reading again")
    assert outcomes(broken)[-1] == "error:KeyError"
