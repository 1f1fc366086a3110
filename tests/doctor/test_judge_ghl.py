"""What the checklist says of GHL's answers, and of the managers it knows."""

from datetime import date, timedelta
from typing import Any

import pytest

from sentinel_cli.doctor.judge.ghl import SCOPES, Answered, Asked, GhlSeen, judge_ghl
from sentinel_cli.doctor.judge.summary import LettersSeen, ManagerSeen, judge_letters, judge_managers
from sentinel_cli.errors import GhlRefused, GhlRejected, GhlShapeUnknown, GhlUnavailable

from .said import judged, one, unmended, verdicts

WELL = Asked(answered=Answered.WELL)
NO_SCOPE = Asked(answered=Answered.NO_SCOPE, error=GhlRefused("401 scope", status=401, advice="tick it"))
NO_TOKEN = Asked(answered=Answered.NO_TOKEN, error=GhlRefused("401", status=401, advice="make a new one"))
NO_LOCATION = Asked(answered=Answered.NO_LOCATION, error=GhlRefused("403", status=403, advice="another"))
AWAY = Asked(answered=Answered.AWAY, error=GhlUnavailable("no connection", advice="wait"))
STRANGE = Asked(answered=Answered.STRANGELY, error=GhlShapeUnknown("users is missing", field="users", advice="report"))
MANAGER = "CTCmanagercasey00001"


def seen(changed: dict[str, Asked] | None = None, **changes: Any) -> GhlSeen:
    asked = dict.fromkeys(SCOPES, WELL) | (changed or {})
    return GhlSeen(**({"asked": asked, "users": 3, "left_today": 199_000} | changes))


def test_an_account_as_it_should_be_is_all_ok() -> None:
    assert {verdict for _, verdict in verdicts(judge_ghl(seen()))} == {"ok"}


@pytest.mark.parametrize("scope", SCOPES)
def test_each_missing_scope_is_named_in_full_where_it_is_ticked(scope: str) -> None:
    findings = judge_ghl(seen({scope: NO_SCOPE}))
    found = one(findings, scope.rpartition("/")[2])
    assert (found.verdict, found.code, f"tick {scope} " in found.fix) == ("problem", 77, True)
    assert [each.check for each in findings if each.verdict == "problem"] == [found.check]


@pytest.mark.parametrize(
    ("account", "check", "verdict", "code"),
    [
        (GhlSeen(cause="not asked: --offline"), "token and scopes", "skipped", 0),
        (GhlSeen(asked={"users.readonly": AWAY}), "GHL answers", "problem", 75),
        (GhlSeen(asked={"users.readonly": NO_TOKEN}), "token", "problem", 77),
        (seen({"users.readonly": NO_LOCATION}), "location", "problem", 77),
        (seen({"users.readonly": NO_LOCATION}), "users.readonly", "skipped", 0),
        (seen({"users.readonly": STRANGE}), "users.readonly", "problem", 76),
        (seen({"contacts.readonly": AWAY}), "contacts.readonly", "problem", 75),
        (seen(export_withheld=True), "message.readonly", "warning", 0),
        (seen(unknown_staff=["USRgone"]), "INTERNAL_USER_IDS", "warning", 0),
        (seen(unknown_colleagues=["CTCgone"]), "INTERNAL_CONTACT_IDS", "problem", 69),
        (seen(left_today=9_999), "requests", "warning", 0),
        (seen(left_today=10_000), "requests", "ok", 0),
        (GhlSeen(asked={"contacts.readonly": WELL}), "location", "skipped", 0),
        (GhlSeen(asked={"users.readonly": WELL}), "contacts.readonly", "skipped", 0),
    ],
)
def test_each_trouble_has_its_line(account: GhlSeen, check: str, verdict: str, code: int) -> None:
    findings = judge_ghl(account)
    assert judged(findings, check) == (verdict, code)
    assert unmended(findings) == []


def test_a_limit_that_is_off_is_not_spoken_of() -> None:
    assert "requests" not in dict(verdicts(judge_ghl(seen(left_today=None))))


@pytest.mark.parametrize(
    ("manager", "verdict", "code"),
    [
        ({"name": "Casey", "phone": "+1***0190"}, "ok", 0),
        ({"name": "Casey", "phone": "+1***0190", "blocked": True}, "problem", 69),
        ({"name": "Casey"}, "problem", 69),
        ({"error": GhlRejected("400", status=400)}, "problem", 69),
        ({"error": GhlUnavailable("no connection", advice="wait")}, "problem", 75),
    ],
)
def test_a_manager_must_be_there_and_take_texts(manager: dict[str, Any], verdict: str, code: int) -> None:
    findings = judge_managers([ManagerSeen(contact_id=MANAGER, **manager)])
    assert judged(findings, MANAGER) == (verdict, code)
    assert unmended(findings) == []


def test_without_an_answer_no_manager_is_judged() -> None:
    assert verdicts(judge_managers([])) == [("managers", "skipped")]


@pytest.mark.parametrize(
    ("letters", "check", "verdict"),
    [
        (LettersSeen(), "last summary", "warning"),
        (LettersSeen(age=timedelta(days=5)), "last summary", "ok"),
        (LettersSeen(age=timedelta(days=5, minutes=1)), "last summary", "problem"),
        (LettersSeen(lost={"expired": 1, "refused": 2}), "letters", "problem"),
        (LettersSeen(), "closed days", "ok"),
    ],
)
def test_letters_that_reach_nobody_are_told(letters: LettersSeen, check: str, verdict: str) -> None:
    findings = judge_letters(letters)
    assert judged(findings, check)[0] == verdict
    assert unmended(findings) == []


def test_the_next_closed_days_are_named() -> None:
    closed = [(date(2026, 11, 26), "Thanksgiving Day"), *((date(2026, 12, day), "shut") for day in (24, 25, 28, 29))]
    assert one(judge_letters(LettersSeen(closed=closed)), "closed days").found == (
        "no summary on Thu Nov 26 Thanksgiving Day, Thu Dec 24 shut, Fri Dec 25 shut and 2 more"
    )
