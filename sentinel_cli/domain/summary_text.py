"""A summary as the text a manager reads: plain GSM-7, whole lines only; refuses to know who waits, only how to say it.

Never "none" where nothing was checked: there `NOT CHECKED` stands, with what is known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .hours import BusinessHours
from .letters import Slot
from .model import Channel, Issue
from .sms import plain, segments
from .summary import Check, Line, Section, Summary, SummaryRules

__all__ = [
    "Words",
    "clock_text",
    "counted",
    "customer_of",
    "day_text",
    "flags_of",
    "line_text",
    "render",
    "reply_lines",
    "short_name",
    "span_text",
    "when_text",
    "with_room",
]

# GHL.md 4: carriers take up to 10 segments (1530 septets when concatenated).
LONGEST = 1500
# No text has room for more lines than this, whatever SUMMARY_MAX_ITEMS_PER_SECTION allows.
MOST_LINES = 100
LONGEST_NAME = 16
LONGEST_PROBLEM = 80
# A word of a name with that many digits is a phone that somebody typed there, and phones are masked.
DIGITS_OF_A_PHONE = 5

_NOUNS = {Channel.CALL: "call", Channel.EMAIL: "e-mail"}
# What is cut first where the text is too long.
_LEAST_URGENT_FIRST = (Section.TEXTS, Section.CALLS, Section.ESCALATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How instants, customers and their lines are said in a text whose clock is `at` and which is about `issues`."""

    at: datetime
    rules: SummaryRules
    issues: Sequence[Issue]

    def when(self, at: datetime) -> str:
        """An instant."""
        return when_text(at, self.at, self.rules.hours)

    def since(self, at: datetime | None) -> str:
        """` since Fri 3pm`, "" where nobody knows."""
        return f" since {self.when(at)}" if at else ""

    def name(self, issue: Issue) -> str:
        """The customer; two with one short name are told apart by the ends of their phones."""
        phone, name = issue.phone, self._short(issue)
        if phone and any(self._short(other) == name and other.phone != phone for other in self.issues):
            return name if name.endswith(phone[-4:]) else f"{name} ({phone[-4:]})"
        return name

    def _short(self, issue: Issue) -> str:
        return customer_of(issue, self.rules.masked, self.rules.spelled)

    def waits(self, line: Line) -> str:
        """How long the customer has waited in business time, or since when."""
        return f"since {self.when(line.since)}" if line.waited is None else f"waits {span_text(line.waited)}"

    def checked(self, check: Check) -> str:
        """The trust line."""
        return f"Checked {_many(check.threads, 'thread')} at {self.when(check.at)}"


def render(summary: Summary, rules: SummaryRules, *, max_items: int, missed: Sequence[tuple[date, Slot]] = ()) -> str:
    """The letter's text for a manager to whom the summaries `missed` were not sent.

    At most `max_items` lines a section and `LONGEST` septets in all; what has no room is counted ("+3 more"). The
    first line is unique to slot and date, and to the minute of a forced one: the letter is looked for by it.
    """
    words = Words(at=summary.edition.at, rules=rules, issues=[line.issues[0] for line in summary.lines])
    lines = {section: [line_text(line, words) for line in summary.of(section)] for section in Section}
    room = {section: min(max_items, len(lines[section]), MOST_LINES) for section in Section}
    while True:
        body = [line for section in Section for line in _section_text(section, lines[section], room[section], summary)]
        text = rules.spelled(
            "\n".join([*_opening(summary, words, missed), *_people(summary, body), *_closing(summary, words)])
        )
        fullest = max(_LEAST_URGENT_FIRST, key=lambda section: room[section])
        if segments(text).units <= LONGEST or not room[fullest]:
            return text
        room[fullest] -= 1


def _opening(summary: Summary, words: Words, missed: Sequence[tuple[date, Slot]]) -> list[str]:
    edition, check = summary.edition, summary.check
    today = words.rules.hours.local(edition.at)
    again = f", again {clock_text(today)}" if edition.again else ""
    lines = [f"Sentinel, {edition.slot}, {today:%a} {day_text(today)}{again}", *_missed(missed, today.date())]
    if not check.complete:
        problem = check.problem[:LONGEST_PROBLEM] or "The check was not completed"
        lines.append(f"{problem}{words.since(check.problem_since)}")
    return lines


def _missed(missed: Sequence[tuple[date, Slot]], today: date) -> list[str]:
    if len(missed) > 2:
        return [f"{len(missed)} summaries were not sent"]
    names = [slot.capitalize() if on == today else f"{on:%a} {slot}" for on, slot in missed]
    return [f"{name} summary was not sent" for name in names]


def _figure(summary: Summary, count: int) -> str:
    """A count where it was checked; else that it was not, and what is known."""
    if summary.check.complete:
        return str(count) if count else "none"
    return f"NOT CHECKED, known {count}" if count else "NOT CHECKED"


def _people(summary: Summary, sections: Sequence[str]) -> list[str]:
    if summary.check.complete and not summary.waiting:
        return ["Nobody is waiting."]
    lines = [*sections, f"Not yet due: {_figure(summary, summary.not_yet_due)}"]
    if summary.snoozed:
        lines.append(f"Snoozed: {summary.snoozed}")
    if summary.unlisted:
        lines.append(f"{summary.unlisted} answered by unlisted user")
    return lines


def _closing(summary: Summary, words: Words) -> list[str]:
    check = summary.check
    median = f", median {span_text(summary.median)}" if summary.median is not None else ""
    lines = [f"Resolved{words.since(summary.edition.since)}: {_figure(summary, summary.resolved)}{median}"]
    if check.webhooks_silent:
        lines.append(f"Webhooks silent{words.since(check.last_delivery_at)}")
    if check.complete:
        lines.append(words.checked(check))
    elif check.last_complete_at:
        lines.append(f"Last complete check {words.when(check.last_complete_at)}")
    first = next((line.ids[0] for section in Section for line in summary.of(section)), None)
    return [*lines, *reply_lines(first, active=summary.edition.orders_active)]


def reply_lines(first: int | None, *, active: bool) -> list[str]:
    """What can be texted back, where that is read; with the first issue of the text as the example."""
    if not active:
        return []
    return ["Reply List"] if first is None else [f"Reply List, Open {first}, Resolve {first}"]


def _section_text(section: Section, lines: Sequence[str], room: int, summary: Summary) -> list[str]:
    """A heading, the lines there is room for, and how many more there are."""
    if not lines:
        elsewhere = summary.check.complete and section in summary.elsewhere
        return [f"{section}: {'no others' if elsewhere else _figure(summary, 0)}"]
    return [f"{section} {_figure(summary, len(lines))}:", *with_room(lines, room)]


def with_room(lines: Sequence[str], room: int) -> list[str]:
    """The lines there is room for, whole, and how many more there are."""
    return [*lines[:room], *([f"+{len(lines) - room} more"] if len(lines) > room else [])]


def line_text(line: Line, words: Words, *, kinds: bool = False) -> str:
    """One customer, e.g. `#38 Lee E. waits 7h, 3 texts` or `#41 #42 Pat E. call + 2 texts, waits 5h10m`.

    `kinds` says of every line whether it is about a call or texts, where no heading does.
    """
    numbers = " ".join(f"#{id_}" for id_ in line.ids)
    often = " + ".join(counted(issue) for issue in line.issues)
    if kinds or len(line.issues) > 1:
        said = [often, words.waits(line)]
    else:
        said = [words.waits(line), often] if line.issues[0].inbound_count > 1 else [words.waits(line)]
    return (
        f"{numbers} {words.name(line.issues[0])} {', '.join([*said, *flags_of(line.issues, unchecked=line.unchecked)])}"
    )


def counted(issue: Issue) -> str:
    """How often the customer wrote or called: `call`, `2 texts`."""
    noun = _NOUNS.get(issue.channel, "text")
    return noun if issue.inbound_count == 1 else _many(issue.inbound_count, noun)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def flags_of(issues: Sequence[Issue], *, unchecked: bool = False) -> list[str]:
    """What is odd about a customer's open issues."""
    unlisted = any(issue.unlisted_user is not None for issue in issues)
    flags = {
        "auto-reply only": not unlisted and any(issue.automated_replies for issue in issues),
        "answered by unlisted user": unlisted,
        "unconfirmed": any(issue.unconfirmed for issue in issues),
        "unchecked": unchecked,
    }
    return [flag for flag, holds in flags.items() if holds]


def customer_of(issue: Issue, masked: Callable[[str], str], spelled: Callable[[str], str] = plain) -> str:
    """How a letter names a customer: "Pat E.", else the masked phone, else "unknown"."""
    return short_name(issue.contact_name or "", spelled) or (masked(issue.phone) if issue.phone else "unknown")


def short_name(name: str, spelled: Callable[[str], str] = plain) -> str:
    """The first name and the initial of the last, in GSM-7; "" where the name has no letters a letter can show.

    GHL often keeps names in lower case (GHL.md 4), and a phone where it knows no name.
    """
    words = [word for word in spelled(name).split() if _is_name(word)]
    if not words:
        return ""
    first = words[0][:LONGEST_NAME]
    first = first.title() if first.islower() or name.isupper() else first
    initial = next(letter for letter in words[-1] if letter.isalpha())
    return f"{first} {initial.upper()}." if len(words) > 1 else first


def _is_name(word: str) -> bool:
    return any(map(str.isalpha, word)) and sum(map(str.isdigit, word)) < DIGITS_OF_A_PHONE


def when_text(at: datetime, now: datetime, hours: BusinessHours) -> str:
    """An instant as people say it: `7:58am` today, `Fri 4:30pm` in the week before, else `Nov 12`."""
    local, today = hours.local(at), hours.local(now).date()
    days = (today - local.date()).days
    if days == 0:
        return clock_text(local)
    return f"{local:%a} {clock_text(local)}" if 0 < days < 7 else day_text(local)


def clock_text(local: datetime) -> str:
    """A local time of day: `3pm`, `7:58am`."""
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def day_text(local: datetime) -> str:
    """A local date: `Nov 2`."""
    return f"{local:%b} {local.day}"


def span_text(span: timedelta) -> str:
    """A length of time in whole minutes: `40m`, `5h`, `3h10m`."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return "".join([f"{hours}h" if hours else "", f"{minutes}m" if minutes or not hours else ""])
