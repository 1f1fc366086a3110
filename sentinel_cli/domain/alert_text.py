"""The texts that come between summaries: who has just become overdue, and that GHL does not answer.

Plain GSM-7, whole lines only. Refuses to know who was told before, and how a text is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .model import Issue
from .sms import segments
from .summary import Check, SummaryRules, lines_of
from .summary_text import LONGEST, MOST_LINES, Words, clock_text, day_text, line_text, reply_lines, with_room

__all__ = ["Alert", "render_alert", "render_outage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What one manager is told at `at`: the breached issues that this manager was not told of.

    `orders_active` says that a manager's reply would be read.
    """

    issues: Sequence[Issue]
    check: Check
    at: datetime
    orders_active: bool = False


def render_alert(alert: Alert, rules: SummaryRules, *, max_items: int) -> str:
    """One line for each customer, the longest due first; at most `max_items`, the rest are counted (`+3 more`).

    The first line is unique to the minute: the letter is looked for by it.
    """
    lines = lines_of(alert.issues, alert.check, alert.at, rules)
    words = Words(at=alert.at, rules=rules, issues=[line.issues[0] for line in lines])
    said = [line_text(line, words, kinds=True) for line in lines]
    reply = reply_lines(lines[0].ids[0] if lines else None, active=alert.orders_active)
    room = min(max_items, len(said), MOST_LINES)
    while True:
        body = [f"Now overdue {len(said)}:", *with_room(said, room), words.checked(alert.check), *reply]
        text = rules.spelled("\n".join([_first_line("alert", alert.at, rules), *body]))
        if segments(text).units <= LONGEST or not room:
            return text
        room -= 1


def render_outage(waiting: Sequence[Issue], check: Check, at: datetime, rules: SummaryRules) -> str:
    """That GHL cannot be asked, why and since when; how many customers are known to wait past due, and what to do."""
    lines = lines_of(waiting, check, at, rules)
    words = Words(at=at, rules=rules, issues=[line.issues[0] for line in lines])
    last = [f"Last complete check {words.when(check.last_complete_at)}"] if check.last_complete_at else []
    seem = "customer seems" if len(lines) == 1 else "customers seem"
    return rules.spelled(
        "\n".join(
            [
                _first_line("GHL trouble", at, rules),
                f"{check.problem}{words.since(check.problem_since)}",
                f"{len(lines)} {seem} overdue, NOT CHECKED",
                "Look into GHL's own inbox",
                *last,
            ]
        )
    )


def _first_line(kind: str, at: datetime, rules: SummaryRules) -> str:
    local = rules.hours.local(at)
    return f"Sentinel, {kind}, {local:%a} {day_text(local)} {clock_text(local)}"
