"""The whole loop on real parts: account, receiver, SQLite file, and the crontab's own lines in cron's environment."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from .stage import (
    CASEY,
    DANA,
    JO,
    LEE,
    MANAGERS,
    MORGAN,
    PAT,
    SAM,
    SECRET,
    Account,
    CronLine,
    Installation,
    account,
    migrated,
    receiver,
)

pytestmark = pytest.mark.real

KIM = "CTCkim00000000000006"
ACCUSED = """\
Sentinel, morning, Mon Nov 23
Overdue calls 1:
#4 Pat E. waits 8h10m, auto-reply only
Overdue texts 3:
#1 Lee E. waits 8h55m, 2 texts
#3 Jo E. waits 8h20m, 2 texts
#6 Kim A. waits 7h35m
"""


def friday(time: str) -> str:
    return f"2026-11-20T{time}:00-06:00"


def monday(time: str) -> str:
    return f"2026-11-23T{time}:00-06:00"


@dataclass
class Story:
    """What was seen while it happened."""

    account: Account
    installation: Installation
    answers: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    resolver: list[CronLine] = field(default_factory=list)
    dry_run: str = ""
    written_by_dry_run: list[tuple[Any, ...]] = field(default_factory=list)
    sent_by_dry_run: list[tuple[str, str]] = field(default_factory=list)
    first: list[CronLine] = field(default_factory=list)
    again: list[CronLine] = field(default_factory=list)

    def outcome(self, name: str) -> tuple[int, str, int | None]:
        status, said = self.answers[name]
        return status, said["outcome"], said.get("issue_id")

    def issue(self, id_: int) -> dict[str, Any]:
        found: dict[str, Any] = self.installation.json("issues", "show", str(id_))
        return found

    @property
    def shown(self) -> str:
        """The text to the first manager in the dry run's frame."""
        first = self.dry_run.partition("To ")[2].partition("To ")[0]
        framed = [line.removeprefix("  | ") for line in first.splitlines() if line.startswith("  | ")]
        return "\n".join(framed)

    def clock(self, at: str) -> None:
        self.account.clock(at)
        self.installation.clock(at)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A Friday's webhooks, Monday's check, the summary as dry run, sent, and started once more."""
    place = tmp_path_factory.mktemp("loop")
    with account(place) as account_at_work:
        staff = f"{CASEY},{MORGAN}"
        env = {**account_at_work.settings, "WEBHOOK_SECRET": SECRET, "INTERNAL_USER_IDS": staff}
        story = Story(account_at_work, migrated(place / "home", env))
        story.clock(friday("09:30"))
        with receiver(story.installation) as post:
            play_friday(story, post)
        play_monday(story)
        yield story


def play_friday(story: Story, receiver: httpx.Client) -> None:
    happens = story.account.happens

    def post(name: str, route: str, body: object, **headers: str) -> None:
        answer = receiver.post(f"/webhook/{route}", json=body, headers=headers)
        story.answers[name] = (answer.status_code, answer.json())

    leak = happens("inbound_text", LEE, friday("08:05"), text="The pump is leaking")["app"]
    post("a text", "ghl", leak)
    post("the same delivery", "ghl", leak)
    worse = happens("inbound_text", LEE, friday("08:20"), text="It is getting worse")["workflow"]
    post("a follow-up", "ghl/inbound_sms", worse)
    post("another's text", "ghl", happens("inbound_text", DANA, friday("08:30"), text="Is Tuesday still ok?")["app"])
    earlier = happens("inbound_text", JO, friday("08:40"), text="Gate code is 4471")["app"]
    post("the later of two", "ghl", happens("inbound_text", JO, friday("08:41"), text="When do you come?")["app"])
    post("the earlier of two", "ghl", earlier)
    missed = happens("inbound_call", PAT, friday("08:50"))["workflow"]
    missed["customData"]["sentinel_secret"] = SECRET
    post("a missed call", "ghl/unanswered_call", missed, **{"X-NTPP-Secret": ""})
    post("the text-back", "ghl", happens("automation_text", PAT, friday("08:51"), text="Sorry we missed you")["app"])
    post("a voicemail", "ghl/unanswered_call", happens("voicemail", SAM, friday("09:00"))["workflow"])
    happens("staff_text", DANA, friday("09:10"), user_id=CASEY, text="Yes, Tuesday at 9.")
    happens("staff_call", SAM, friday("09:20"), user_id=MORGAN, status="completed", duration=240)
    post("thanks", "ghl/inbound_sms", happens("inbound_text", DANA, friday("09:25"), text="Thanks!")["workflow"])
    story.account.joins("Kim Alvarez", "+19405550162", KIM)
    happens("inbound_text", KIM, friday("09:25"), text="Water is green again")


def play_monday(story: Story) -> None:
    story.clock(monday("07:55"))
    story.resolver = story.installation.cron("poll-resolver")
    story.clock(monday("08:00"))
    story.dry_run = story.installation.sentinel("send-summary", "--slot", "morning", "--dry-run").stdout
    story.written_by_dry_run = story.installation.rows(
        "select letter_key from outbox union all select job from job_runs where job = 'send-summary'"
    )
    story.sent_by_dry_run = story.account.sent
    story.first = story.installation.cron("morning")
    story.clock(monday("08:10"))
    story.again = story.installation.cron("morning")


class TestDeliveries:
    @pytest.mark.parametrize(
        ("name", "answer"),
        [
            ("a text", (200, "opened", 1)),
            ("the same delivery", (200, "duplicate", 1)),
            ("a follow-up", (200, "extended", 1)),
            ("another's text", (200, "opened", 2)),
            ("the later of two", (200, "opened", 3)),
            ("the earlier of two", (200, "extended", 3)),
            ("a missed call", (200, "opened", 4)),
            ("the text-back", (200, "recorded", None)),
            ("a voicemail", (200, "opened", 5)),
            ("thanks", (200, "extended", 2)),
        ],
    )
    def test_it_answers_what_became_of_it(self, story: Story, name: str, answer: tuple[int, str, int | None]) -> None:
        assert story.outcome(name) == answer

    def test_each_is_kept_once(self, story: Story) -> None:
        assert story.installation.rows("select count(*) from raw_events") == [(9,)]

    def test_no_secret_is_kept(self, story: Story) -> None:
        held = b"".join(path.read_bytes() for path in (story.installation.home / "data").iterdir())
        assert SECRET.encode() not in held


class TestResolver:
    def test_its_two_lines_have_the_form_people_grep_for(self, story: Story) -> None:
        at = "2026-11-23 07:55:00 CST"
        assert story.resolver == [
            CronLine(at, "resolver", "->", "sentinel poll-resolver"),
            CronLine(at, "resolver", "<-", "exit=0 new=7 opened=1 resolved=2 open=4 threads=6"),
        ]

    @pytest.mark.parametrize(
        ("issue", "expected"),
        [
            (1, ("SMS", "OPEN", "Lee Emerson", "2026-11-20T14:05:00.000Z", 2)),
            (2, ("SMS", "RESOLVED", "Dana Whitfield", "2026-11-20T14:30:00.000Z", 1)),
            (3, ("SMS", "OPEN", "Jo Everett", "2026-11-20T14:40:00.000Z", 2)),
            (4, ("CALL", "OPEN", "Pat Ellison", "2026-11-20T14:50:00.000Z", 1)),
            (5, ("CALL", "RESOLVED", "Sam Okafor", "2026-11-20T15:00:00.000Z", 1)),
            (6, ("SMS", "OPEN", "Kim Alvarez", "2026-11-20T15:25:00.000Z", 1)),
        ],
    )
    def test_it_leaves_these_issues(self, story: Story, issue: int, expected: tuple[object, ...]) -> None:
        fields = ("issue_type", "status", "contact_name", "first_inbound_ts", "inbound_count")
        listed = story.installation.json("issues", "list", "--status", "all")["items"]
        assert [tuple(item[name] for name in fields) for item in listed if item["id"] == issue] == [expected]

    def test_it_leaves_no_others(self, story: Story) -> None:
        assert story.installation.json("issues", "list", "--status", "all")["total"] == 6

    @pytest.mark.parametrize(
        ("issue", "evidence"),
        [
            (2, ("2026-11-20T15:10:00.000Z", CASEY, "staff_text")),
            (5, ("2026-11-20T15:20:00.000Z", MORGAN, "staff_call")),
        ],
    )
    def test_an_answer_is_stored_with_its_evidence(self, story: Story, issue: int, evidence: tuple[str, ...]) -> None:
        shown = story.issue(issue)
        assert (shown["resolved_ts"], shown["answered_by"], shown["resolved_by"]) == evidence
        assert story.installation.rows("select user_id from messages where key = ?", shown["answer_key"]) == [
            (evidence[1],)
        ]

    def test_an_automatic_text_answers_nothing_and_is_counted(self, story: Story) -> None:
        assert story.issue(4)["auto_replies"] == 1

    def test_due_is_two_business_hours_after_the_first_message_however_late_it_came(self, story: Story) -> None:
        assert story.issue(3)["due_ts"] == "2026-11-20T16:40:00.000Z"

    def test_the_watermark_is_where_the_check_began(self, story: Story) -> None:
        said = [kv["value"] for kv in story.installation.json("kv", "show")["items"]]
        assert "2026-11-23T14:00:00.000Z" in said


class TestSummary:
    def test_a_dry_run_shows_the_text_and_its_size(self, story: Story) -> None:
        assert story.shown.startswith(ACCUSED)
        assert re.search(r"^  GSM-7, \d+ characters, 2 segments$", story.dry_run, re.MULTILINE)

    def test_a_dry_run_writes_and_sends_nothing(self, story: Story) -> None:
        assert (story.written_by_dry_run, story.sent_by_dry_run) == ([], [])

    def test_each_manager_has_exactly_one_text(self, story: Story) -> None:
        assert sorted(story.account.sent) == [(manager, story.shown) for manager in MANAGERS]

    def test_its_two_lines_have_the_form_people_grep_for(self, story: Story) -> None:
        at = "2026-11-23 08:00:00 CST"
        assert story.first == [
            CronLine(at, "morning", "->", "sentinel send-summary --slot morning"),
            CronLine(at, "morning", "<-", "exit=0 sent=2 overdue=4 open=4 resolved_since=2"),
        ]

    def test_the_line_repeated_sends_nothing_and_says_so(self, story: Story) -> None:
        assert story.again[-1].rest == "exit=0 sent=0 already_sent=2"

    def test_the_log_holds_two_lines_a_run_and_nothing_else(self, story: Story) -> None:
        lines = story.installation.cron_log.read_text().splitlines()
        assert [" cron: " in line for line in lines] == [True] * 6

    def test_every_run_has_its_row(self, story: Story) -> None:
        assert story.installation.rows("select job, exit_code, error from job_runs order by id") == [
            ("poll-resolver", 0, None),
            ("send-summary", 0, None),
            ("send-summary", 0, None),
        ]

    def test_its_clock_is_kept(self, story: Story) -> None:
        assert story.installation.json("kv", "show", "last_summary_ts")["value"] == "2026-11-23T14:00:00.000Z"


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="the sqlite3 shell is not installed")
class TestRunbook:
    @pytest.mark.parametrize(
        ("query", "lines"),
        [
            (
                "select id, issue_type, status from issues order by id desc limit 20;",
                ["6|SMS|OPEN", "5|CALL|RESOLVED", "4|CALL|OPEN", "3|SMS|OPEN", "2|SMS|RESOLVED", "1|SMS|OPEN"],
            ),
            (
                "select id, issue_type, phone, due_ts from issues where status='OPEN';",
                [
                    "1|SMS|+19405550138|2026-11-20T16:05:00.000Z",
                    "3|SMS|+19405550112|2026-11-20T16:40:00.000Z",
                    "4|CALL|+19405550141|2026-11-20T16:50:00.000Z",
                    "6|SMS|+19405550162|2026-11-20T17:25:00.000Z",
                ],
            ),
        ],
    )
    def test_its_queries_work_verbatim_in_the_shell(self, story: Story, query: str, lines: list[str]) -> None:
        assert shell(story.installation, query) == lines

    def test_the_watermarks_are_seen_in_the_shell(self, story: Story) -> None:
        assert "last_summary_ts|2026-11-23T14:00:00.000Z" in shell(story.installation, "select * from kv_store;")


def shell(installation: Installation, query: str) -> list[str]:
    done = subprocess.run(
        ["sqlite3", str(installation.database), query], check=True, capture_output=True, text=True, timeout=30
    )
    return done.stdout.splitlines()
