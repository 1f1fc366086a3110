"""From the older service to Sentinel on real parts: its file, the migration, receiver, account, cron, the runbook."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.adoption.older import event, issue, older

from .stage import CASEY, JO, LEE, PAT, SAM, SECRET, Account, CronLine, Installation, account, installed, receiver

pytestmark = pytest.mark.real

RUNBOOK = [
    "select id, issue_type, status from issues order by id desc limit 20;",
    "select id, issue_type, phone, due_ts from issues where status='OPEN';",
    "select * from kv_store;",
]


def on(date: str, time: str) -> str:
    return f"2026-11-{date}T{time}:00-06:00"


@dataclass
class Story:
    """What was seen while it happened."""

    account: Account
    installation: Installation
    migrated: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    resolver: list[CronLine] = field(default_factory=list)
    letter: str = ""

    def clock(self, at: str) -> None:
        self.account.clock(at)
        self.installation.clock(at)

    def issue(self, id_: int, *fields: str) -> list[Any]:
        shown = self.installation.json("issues", "show", str(id_))
        return [shown[name] for name in fields]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Three weeks of the older service, then a Monday morning with Sentinel."""
    place = tmp_path_factory.mktemp("adoption")
    with account(place) as account_at_work:
        env = {**account_at_work.settings, "WEBHOOK_SECRET": SECRET, "INTERNAL_USER_IDS": CASEY}
        story = Story(account_at_work, installed(place / "home", env))
        weeks_before(story)
        story.clock(on("23", "07:40"))
        story.migrated = story.installation.json("db", "migrate")
        monday(story)
        yield story


def weeks_before(story: Story) -> None:
    """What happened in the account, and what the older service has written of it."""
    happens = story.account.happens
    happens("inbound_text", JO, on("04", "10:00"), text="Do you close pools?")
    happens("staff_text", JO, on("04", "10:20"), user_id=CASEY, text="We do!")
    happens("inbound_text", LEE, on("20", "09:00"), text="The pump is leaking")
    happens("inbound_text", PAT, on("20", "10:00"), text="Gate code is 4471")
    happens("staff_text", PAT, on("20", "10:30"), user_id=CASEY, text="Thanks!")
    older(
        story.installation.database,
        issues=[
            told(12, JO, "04", "10:00", phone="(940) 555-0112", contact_name="Jo Everett"),
            told(38, PAT, "20", "10:00", status="RESOLVED", resolved_ts=on("20", "10:31"), phone=None),
            told(41, LEE, "20", "09:00", contact_name="Lee Emerson", phone=None, meta='{"notes": "has a dog"}'),
            told(44, SAM, "20", "11:00", status="SPAM", resolved_ts=on("20", "11:05"), phone="+13125550199"),
        ],
        raw_events=[event(7, "2026-11-20 15:00:03.5", contact_id=LEE)],
        spam_phones=[{"phone": "312-555-0199"}],
        kv_store=[{"key": "last_summary_ts", "value": on("20", "15:00")}],
    )


def told(id_: int, contact: str, date: str, time: str, **fields: Any) -> dict[str, Any]:
    at = f"{on(date, time)[:17]}03-06:00"
    given = {"status": "PENDING", "contact_id": contact, "conversation_id": None, "due_ts": None, "contact_name": None}
    return issue(id_, **{**given, "due_ts": at, "first_inbound_ts": at, **fields})


def monday(story: Story) -> None:
    with receiver(story.installation) as post:
        again = story.account.happens("inbound_text", LEE, on("23", "07:40"), text="Still leaking")["workflow"]
        story.answer = post.post("/webhook/ghl/inbound_sms", json=again).json()
    story.clock(on("23", "07:55"))
    story.resolver = story.installation.cron("poll-resolver")
    story.clock(on("23", "08:00"))
    story.installation.cron("morning")
    story.letter = story.account.sent[0][1]


def test_the_migration_says_what_it_found(story: Story) -> None:
    found = {name: story.migrated[name] for name in ("issues", "pending", "deliveries", "spam_numbers")}
    assert found == {"issues": 4, "pending": 2, "deliveries": 1, "spam_numbers": 1}


def test_the_next_text_of_an_old_customer_extends_the_old_issue(story: Story) -> None:
    assert (story.answer["outcome"], story.answer["issue_id"]) == ("extended", 41)
    assert story.issue(41, "status", "inbound_count", "first_inbound_ts") == ["OPEN", 2, "2026-11-20T15:00:00.000Z"]


def test_an_answer_of_three_weeks_ago_resolves_an_old_issue_by_evidence(story: Story) -> None:
    assert story.issue(12, "status", "resolved_by", "answered_by", "resolved_ts") == [
        "RESOLVED",
        "staff_text",
        CASEY,
        "2026-11-04T16:20:00.000Z",
    ]


def test_what_was_handled_is_opened_by_no_sweep(story: Story) -> None:
    assert story.installation.rows("select id, status from issues order by id") == [
        (12, "RESOLVED"),
        (38, "RESOLVED"),
        (41, "OPEN"),
        (44, "SPAM"),
    ]


def test_the_resolver_says_what_it_did(story: Story) -> None:
    assert (story.resolver[1].exit, "resolved=1" in story.resolver[1].rest, "opened=0" in story.resolver[1].rest) == (
        "exit=0",
        True,
        True,
    )


def test_the_summary_names_the_old_issue_and_goes_on_from_the_last(story: Story) -> None:
    lines = story.letter.splitlines()
    assert ["#41 Lee E." in story.letter, "Resolved since Fri 3pm: 1" in story.letter] == [True, True], lines


def test_notes_of_the_older_service_are_shown(story: Story) -> None:
    assert story.issue(41, "notes") == [[{"text": "has a dog", "at": None, "by": None}]]


def test_the_database_says_the_same_twice(story: Story) -> None:
    assert story.installation.sentinel("db", "migrate").stdout.endswith("is up to date\n")


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="there is no sqlite3 shell here")
def test_the_runbook_s_queries_work_in_the_shell(story: Story) -> None:
    argv = ["sqlite3", str(story.installation.database), *RUNBOOK]
    ran = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=20)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[:5] == [
        "44|SMS|SPAM",
        "41|SMS|OPEN",
        "38|SMS|RESOLVED",
        "12|SMS|RESOLVED",
        "41|SMS|+19405550138|2026-11-20T17:00:00.000Z",
    ]
