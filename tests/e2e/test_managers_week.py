"""A manager's week on real parts: summaries, alerts, orders, snoozes, spam, an outage, a holiday; every text in full.

Thanksgiving week of 2026. The account is the stand-in for GHL, the jobs are the crontab's own lines; the clock is set
before each. What the managers' phones get, and when, stands in `managers_week.txt`, as a person has read it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from .stage import CASEY, DANA, JO, LEE, MANAGERS, MORGAN, PAT, SAM, SECRET, Account, Installation, account, migrated
from .stage import receiver as receiver_of

pytestmark = [pytest.mark.real, pytest.mark.slow]

SEEN = Path(__file__).with_name("managers_week.txt")
BOT = "CTCbot00000000000006"
OWNER, DISPATCH = MANAGERS
NAMES = {OWNER: "Casey", DISPATCH: "Morgan"}
SLOTS = ("morning", "midday", "afternoon")
# The stand-in gives others each time.
_THREAD = re.compile(r"CNV\w+")
DAYS = {"Mon": 23, "Tue": 24, "Wed": 25, "Thu": 26, "Fri": 27}


def instant(at: str) -> str:
    day, clock = at.split()
    return f"2026-11-{DAYS[day]}T{clock}:00-06:00"


@dataclass
class Week:
    """What happens, and what it makes of the managers' phones."""

    account: Account
    installation: Installation
    told: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    known: int = 0

    def writes(self, contact: str, at: str, text: str) -> None:
        self.account.happens("inbound_text", contact, instant(at), text=text)

    def answers(self, contact: str, at: str, text: str) -> None:
        self.account.happens("staff_text", contact, instant(at), user_id=CASEY, text=text)

    def runs(self, at: str, *jobs: str) -> None:
        """The crontab's lines at that minute, and what is on the phones after them."""
        self.account.clock(instant(at))
        self.installation.clock(instant(at))
        for job in ("run-orders", *jobs) if set(jobs) & set(SLOTS) else jobs:
            lines = self.installation.cron(job)
            self.ends += [f"{at} {job} {line.exit}" for line in lines if line.arrow == "<-"]
        sent = self.account.sent
        for number, (to, body) in enumerate(sent[self.known :], self.known):
            before = sent[number - 1] if number > self.known else None
            if before is not None and before[1] == body:
                self.told[-1] = self.told[-1].replace(":\n", f" and {NAMES[to]}:\n", 1)
            else:
                self.told.append(f"{at}, to {NAMES[to]}:\n{_THREAD.sub('CNV', body)}\n")
        self.known = len(sent)

    def orders(self, manager: str, at: str, text: str) -> None:
        """A manager texts, and the next minute's run reads it."""
        self.told.append(f"{at}, {NAMES[manager]} writes: {text}\n")
        self.writes(manager, at, text)
        day, clock = at.split()
        hour, minute = map(int, clock.split(":"))
        self.runs(f"{day} {hour + (minute + 5) // 60:02}:{(minute + 5) % 60:02}", "run-orders")


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    place = tmp_path_factory.mktemp("week")
    with account(place) as at_work:
        staff = {"INTERNAL_USER_IDS": f"{CASEY},{MORGAN}", "HOLIDAYS": "US/Thanksgiving Day"}
        home = migrated(place / "home", {**at_work.settings, "WEBHOOK_SECRET": SECRET, **staff})
        week = Week(at_work, home)
        at_work.unlimited()
        at_work.joins("SEO Experts", "+13125550199", BOT)
        monday(week)
        tuesday(week)
        wednesday(week)
        thursday(week)
        friday(week)
        yield week


def monday(week: Week) -> None:
    week.writes(LEE, "Mon 07:30", "Pump is leaking since Saturday")
    week.runs("Mon 07:50", "poll-resolver", "run-orders")
    week.runs("Mon 08:00", "morning")
    week.orders(DISPATCH, "Mon 08:05", "list")
    week.answers(LEE, "Mon 08:30", "On our way")
    week.account.clock(instant("Mon 09:20"))
    week.installation.clock(instant("Mon 09:20"))
    with receiver_of(week.installation) as ghl:
        told = week.account.happens("inbound_call", PAT, instant("Mon 09:20"))["workflow"]
        assert ghl.post("/webhook/ghl/unanswered_call", json=told).json()["outcome"] == "opened"
    week.account.happens("automation_text", PAT, instant("Mon 09:21"), text="Sorry we missed you!")
    week.writes(BOT, "Mon 09:30", "We rank your site #1 on Google")
    week.runs("Mon 11:00", "midday")
    week.runs("Mon 11:23", "send-alerts")
    week.runs("Mon 11:28", "send-alerts")
    week.runs("Mon 11:33", "send-alerts")
    week.orders(OWNER, "Mon 11:35", "Spam 3")
    week.orders(OWNER, "Mon 11:41", "Note 2 I called Pat from my own phone, they are fine")
    week.orders(OWNER, "Mon 11:47", "resolve #2.")
    week.writes(BOT, "Mon 14:00", "Last chance: SEO audit for free")
    week.runs("Mon 15:00", "afternoon")


def tuesday(week: Week) -> None:
    week.writes(DANA, "Tue 08:10", "When is the new heater coming?")
    week.runs("Tue 08:00", "morning")
    week.runs("Tue 08:20", "poll-resolver")
    week.orders(DISPATCH, "Tue 08:30", "Snooze 4 until 3pm")
    week.runs("Tue 10:13", "send-alerts")
    week.runs("Tue 11:00", "midday")
    week.orders(DISPATCH, "Tue 11:05", "Open 4")
    week.runs("Tue 15:00", "afternoon")
    week.orders(OWNER, "Tue 15:10", "resolv 4")
    week.orders(OWNER, "Tue 15:16", "Resolve 4 99")
    week.orders(OWNER, "Tue 15:22", "thanks, see you tomorrow")


def wednesday(week: Week) -> None:
    week.runs("Wed 08:00", "morning")
    week.writes(JO, "Wed 08:05", "Is anyone coming today?")
    week.runs("Wed 08:20", "poll-resolver")
    week.account.fails("500", "export")
    week.account.fails("500", "messages")
    for at in ("10:08", "10:38", "10:43"):
        week.runs(f"Wed {at}", "send-alerts")
    week.account.recovers()
    week.runs("Wed 10:48", "send-alerts")
    week.runs("Wed 10:53", "send-alerts")
    week.orders(DISPATCH, "Wed 10:53", "Snooze 5 tomorrow")
    week.runs("Wed 11:00", "midday")
    week.writes(SAM, "Wed 16:30", "Do you have filters in stock?")
    week.runs("Wed 16:50", "poll-resolver")


def thursday(week: Week) -> None:
    week.runs("Thu 08:00", "morning")
    week.runs("Thu 11:03", "send-alerts")
    week.orders(OWNER, "Thu 12:00", "List")


def friday(week: Week) -> None:
    week.runs("Fri 08:00", "morning")
    week.runs("Fri 09:33", "send-alerts")
    week.answers(SAM, "Fri 09:40", "Yes, come by")
    week.runs("Fri 09:50", "poll-resolver")
    week.orders(OWNER, "Fri 10:00", "Reopen 6")
    week.orders(OWNER, "Fri 10:06", "Resolve 6")
    week.orders(OWNER, "Fri 10:12", "Unspam 3")
    week.runs("Fri 11:00", "midday")


def test_every_text_is_the_one_that_was_read(week: Week) -> None:
    assert "\n".join(week.told) == SEEN.read_text(encoding="utf-8")


def test_a_slot_and_an_answer_are_told_to_each_manager_once(week: Week) -> None:
    texts = week.account.sent
    assert len(set(texts)) == len(texts)


def test_no_issue_is_alerted_twice_to_anybody(week: Week) -> None:
    alerts = [(to, body) for to, body in week.account.sent if body.startswith("Sentinel, alert") and "Now" in body]
    told = sorted((number, to) for to, body in alerts for number in re.findall(r"^#(\d+)", body, re.MULTILINE))
    assert told == [(number, manager) for number in ("2", "3", "5", "6") for manager in sorted(MANAGERS)]


def test_nothing_is_wrong_with_the_books_in_the_end(week: Week) -> None:
    assert week.installation.sentinel("db", "check").returncode == 0
    assert week.installation.sentinel("db", "rebuild").returncode == 0


def test_only_the_outage_ended_otherwise_than_well(week: Week) -> None:
    failed = [f"Wed {at} send-alerts exit=75" for at in ("10:08", "10:38", "10:43")]
    assert [end for end in week.ends if not end.endswith("exit=0")] == failed
