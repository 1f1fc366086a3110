"""What the checklist says of the receiver, here and from outside."""

from typing import Any

import pytest

from sentinel_cli.doctor.judge.receiver import Health, ReceiverSeen, judge_public, judge_receiver

from .said import judged, one, unmended, verdicts

URL = "http://127.0.0.1:8000/health"
WELL = Health(url=URL, status=200, ok=True)
TOLD = {"version": "0.1.0", "uid": 1000, "path": "/srv/other/data/sentinel.db"}


def seen(**changes: Any) -> ReceiverSeen:
    healthy = {
        "local": WELL,
        "wrote": True,
        "told": TOLD,
        "file": (8, 99),
        "path": "/x/sentinel.db",
        "version": "0.1.0",
    }
    return ReceiverSeen(**(healthy | changes))


def test_a_receiver_as_it_should_be_is_all_ok() -> None:
    assert {verdict for _, verdict in verdicts([*judge_receiver(seen()), *judge_public(WELL)])} == {"ok"}


@pytest.mark.parametrize(
    ("health", "says", "code"),
    [
        (Health(url=URL, trouble="refused"), "nobody listens there", 75),
        (Health(url=URL, trouble="timeout"), "no answer in time", 75),
        (Health(url=URL, trouble="tls", detail="certificate has expired"), "(certificate has expired)", 75),
        (Health(url=URL, trouble="name"), "the name leads nowhere", 75),
        (Health(url=URL, trouble="address"), "is no address", 75),
        (Health(url=URL, trouble="environment", detail="ValueError"), "in the environment", 75),
        (Health(url=URL, trouble="broken", detail="ReadError"), "broke off (ReadError)", 75),
        (Health(url=URL, status=503), "cannot write its store", 74),
        (Health(url=URL, status=502), "the proxy does not reach the receiver", 75),
        (Health(url=URL, status=429), "the proxy does not reach the receiver", 75),
        (Health(url=URL, status=301, location="https://www.example.com/health"), "leads to https://www", 75),
        (Health(url=URL, status=200), "somebody else's page", 75),
        (Health(url=URL, status=404), ": 404", 75),
    ],
)
def test_whatever_answers_instead_is_told_apart(health: Health, says: str, code: int) -> None:
    findings = judge_receiver(seen(local=health))
    assert says in one(findings, "receiver, here").found
    assert judged(findings, "receiver, here") == ("problem", code)
    assert unmended([*findings, *judge_public(health)]) == []


def test_the_public_name_is_asked_for_where_none_is_set() -> None:
    [found] = judge_public(None)
    assert (found.verdict, found.fix) == ("skipped", "set SENTINEL_SITE in .env, e.g. sentinel.example.com")


def test_offline_the_public_name_is_not_asked() -> None:
    assert [each.verdict for each in judge_public(None, offline=True)] == ["skipped"]


@pytest.mark.parametrize(
    ("changes", "check", "verdict", "code"),
    [
        ({"wrote": False}, "same database", "problem", 74),
        ({"wrote": None}, "same database", "skipped", 0),
        ({"local": Health(url=URL, trouble="refused")}, "same database", "skipped", 0),
        ({"version": "0.2.0"}, "receiver, release", "warning", 0),
        ({"same_settings": False}, "receiver, release", "warning", 0),
        ({"same_secrets": False}, "receiver, release", "problem", 75),
    ],
)
def test_a_healthy_receiver_may_still_be_the_wrong_one(
    changes: dict[str, Any], check: str, verdict: str, code: int
) -> None:
    assert judged(judge_receiver(seen(**changes)), check) == (verdict, code)


def test_another_file_is_named_on_both_sides() -> None:
    assert one(judge_receiver(seen(wrote=False)), "same database").found == (
        "the receiver writes another file than /x/sentinel.db (device 8 inode 99);"
        " it was here last as /srv/other/data/sentinel.db"
    )
