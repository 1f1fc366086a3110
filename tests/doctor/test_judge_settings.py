"""What the checklist says of settings."""

from typing import Any

import pytest

from sentinel_cli.doctor.judge.settings import SettingsSeen, judge_settings

from .said import judged, one, unmended, verdicts

HEALTHY: dict[str, Any] = {
    "home": "/opt/ntpp-sentinel",
    "set_": [
        ("WEBHOOK_SECRET", [43]),
        ("GHL_TOKEN", [40]),
        ("GHL_LOCATION_ID", [20]),
        ("MANAGER_CONTACT_IDS", [20, 20]),
    ],
    "staff": 3,
}


def seen(**changes: Any) -> SettingsSeen:
    return SettingsSeen(**(HEALTHY | changes))


def test_settings_as_they_should_be_are_all_ok() -> None:
    assert {verdict for _, verdict in verdicts(judge_settings(seen()))} == {"ok"}


@pytest.mark.parametrize(
    ("changes", "check", "verdict", "code"),
    [
        ({"env_file": False}, ".env", "warning", 0),
        ({"exposed": "is readable by others (mode 644)"}, ".env", "problem", 78),
        ({"problems": ["SMS_SLA_HOURS='soon': is not a number"]}, "SMS_SLA_HOURS", "problem", 78),
        ({"problems": ["WEBHOOK_SECRET: secret 1 is a placeholder"]}, "WEBHOOK_SECRET", "problem", 78),
        ({"set_": [("GHL_TOKEN", [])]}, "GHL_TOKEN", "problem", 78),
        ({"token_begins": "eyJh"}, "GHL_TOKEN", "warning", 0),
        ({"set_": [("GHL_LOCATION_ID", [19])]}, "GHL_LOCATION_ID", "warning", 0),
        ({"token_begins": "sand", "rehearsal": True}, "GHL_TOKEN", "ok", 0),
        ({"stray": [("GHL_BASE_URL", "a carriage return")]}, "GHL_BASE_URL", "warning", 0),
        ({"stray": [("GHL_BASE_URL", "a quote at an end")]}, "GHL_BASE_URL", "problem", 78),
        ({"staff": 0}, "INTERNAL_USER_IDS", "warning", 0),
        ({"secret_in_query": True}, "WEBHOOK_ALLOW_QUERY_SECRET", "warning", 0),
    ],
)
def test_each_trouble_is_told_under_the_setting_s_name(
    changes: dict[str, Any], check: str, verdict: str, code: int
) -> None:
    findings = judge_settings(seen(**changes))
    assert judged(findings, check) == (verdict, code)
    assert unmended(findings) == []


def test_of_a_dot_env_that_cannot_be_read_nothing_is_said_to_be_missing() -> None:
    problem = "/opt/ntpp-sentinel/.env cannot be read: Permission denied"
    findings = judge_settings(seen(env_file=False, problems=[problem], set_=[("GHL_TOKEN", [])]))
    assert verdicts(findings)[1:3] == [(".env", "problem"), ("GHL_TOKEN", "skipped")]
    assert "owned by" in findings[1].fix


def test_a_problem_that_names_no_setting_is_one_of_dot_env() -> None:
    findings = judge_settings(seen(problems=[".env line 3 is not NAME=value"]))
    assert verdicts(findings)[:2] == [(".env", "ok"), (".env", "problem")]


def test_a_secret_is_its_length() -> None:
    assert one(judge_settings(seen(set_=[("WEBHOOK_SECRET", [43, 40])])), "WEBHOOK_SECRET").found == (
        "set, 43 and 40 characters"
    )
