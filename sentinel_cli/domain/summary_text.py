"""A summary as the text a manager reads: plain GSM-7, whole lines only; refuses to know who waits, only how to say it.

Never "none" where nothing was checked: there `NOT CHECKED` stands, with what is known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .hours import BusinessHours
from .ledger import Issue
from .letters import Slot
from .model import Channel
from .sms import plain, segments
from .summary import Line, Section, Summary, SummaryRules

__all__ = ["clock_text", "customer_of", "render", "short_name", "span_text", "when_text"]

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
class _Words:
    """The summary and how its instants are said."""

    summary: Summary
    rules: SummaryRules

    def when(self, at: datetime) -> str:
        return when_text(at, self.summary.edition.at, self.rules.hours)

    def since(self, at: datetime | None) -> str:
        return f" since {self.when(at)}" if at else ""

    def name(self, line: Line) -> str:
        """The customer; two with one short name are told apart by the ends of their phones."""
        phone, name = line.issues[0].phone, self._short(line)
        if phone and any(self._short(other) == name and other.issues[0].phone != phone for other in self.summary.lines):
            return name if name.endswith(phone[-4:]) else f"{name} ({phone[-4:]})"
        return name

    def _short(self, line: Line) -> str:
        return customer_of(line.issues[0], self.rules.masked)

    def figure(self, count: int) -> str:
        """A count where it was checked; else that it was not, and what is known."""
        if self.summary.check.complete:
            return str(count) if count else "none"
        return f"NOT CHECKED, known {count}" if count else "NOT CHECKED"


def render(summary: Summary, rules: SummaryRules, *, max_items: int, missed: Sequence[tuple[date, Slot]] = ()) -> str:
    """The letter's text for a manager to whom the summaries `missed` were not sent.

    At most `max_items` lines a section and `LONGEST` septets in all; what has no room is counted ("+3 more"). The
    first line is unique to slot and date, and to the minute of a forced one: the letter is looked for by it.
    """
    words = _Words(summary=summary, rules=rules)
    lines = {section: [_line_text(line, words) for line in summary.of(section)] for section in Section}
    room = {section: min(max_items, len(lines[section]), MOST_LINES) for section in Section}
    while True:
        body = [line for section in Section for line in _section_text(section, lines[section], room[section], words)]
        text = plain("\n".join([*_opening(words, missed), *_people(words, body), *_closing(words)]))
        fullest = max(_LEAST_URGENT_FIRST, key=lambda section: room[section])
        if segments(text).units <= LONGEST or not room[fullest]:
            return text
        room[fullest] -= 1


def _opening(words: _Words, missed: Sequence[tuple[date, Slot]]) -> list[str]:
    edition, check = words.summary.edition, words.summary.check
    today = words.rules.hours.local(edition.at)
    again = f", again {clock_text(today)}" if edition.again else ""
    lines = [f"Sentinel, {edition.slot}, {today:%a} {_day(today)}{again}", *_missed(missed, today.date())]
    if not check.complete:
        problem = check.problem[:LONGEST_PROBLEM] or "The check was not completed"
        lines.append(f"{problem}{words.since(check.problem_since)}")
    return lines


def _missed(missed: Sequence[tuple[date, Slot]], today: date) -> list[str]:
    if len(missed) > 2:
        return [f"{len(missed)} summaries were not sent"]
    names = [slot.capitalize() if on == today else f"{on:%a} {slot}" for on, slot in missed]
    return [f"{name} summary was not sent" for name in names]


def _people(words: _Words, sections: Sequence[str]) -> list[str]:
    summary = words.summary
    if summary.check.complete and not summary.waiting:
        return ["Nobody is waiting."]
    lines = [*sections, f"Not yet due: {words.figure(summary.not_yet_due)}"]
    if summary.snoozed:
        lines.append(f"Snoozed: {summary.snoozed}")
    if summary.unlisted:
        lines.append(f"{summary.unlisted} answered by unlisted user")
    return lines


def _closing(words: _Words) -> list[str]:
    summary, check = words.summary, words.summary.check
    median = f", median {span_text(summary.median)}" if summary.median is not None else ""
    lines = [f"Resolved{words.since(summary.edition.since)}: {words.figure(summary.resolved)}{median}"]
    if check.webhooks_silent:
        lines.append(f"Webhooks silent{words.since(check.last_delivery_at)}")
    if check.complete:
        lines.append(f"Checked {_many(check.threads, 'thread')} at {words.when(check.at)}")
    elif check.last_complete_at:
        lines.append(f"Last complete check {words.when(check.last_complete_at)}")
    return [*lines, *_reply(summary)]


def _reply(summary: Summary) -> list[str]:
    if not summary.edition.orders_active:
        return []
    first = next((line.ids[0] for section in Section for line in summary.of(section)), None)
    return ["Reply List"] if first is None else [f"Reply List, Open {first}, Resolve {first}"]


def _section_text(section: Section, lines: Sequence[str], room: int, words: _Words) -> list[str]:
    """A heading, the lines there is room for, and how many more there are."""
    if not lines:
        elsewhere = words.summary.check.complete and section in words.summary.elsewhere
        return [f"{section}: {'no others' if elsewhere else words.figure(0)}"]
    more = [f"+{len(lines) - room} more"] if len(lines) > room else []
    return [f"{section} {words.figure(len(lines))}:", *lines[:room], *more]


def _line_text(line: Line, words: _Words) -> str:
    """One customer, e.g. `#38 Lee E. 5h late, 3 texts` or `#41 #42 Pat E. call + 2 texts, 3h10m late`."""
    numbers = " ".join(f"#{id_}" for id_ in line.ids)
    counted = " + ".join(_counted(issue) for issue in line.issues)
    waits = _waits(line, words)
    if len(line.issues) > 1:
        said = [counted, waits]
    else:
        said = [waits, counted] if line.issues[0].inbound_count > 1 else [waits]
    return f"{numbers} {words.name(line)} {', '.join([*said, *_flags(line)])}"


def _waits(line: Line, words: _Words) -> str:
    if line.late is None:
        return f"since {words.when(line.since)}"
    if line.late < timedelta(minutes=1):
        # Due at closing time, and no business time has passed since.
        return f"due {words.when(line.issues[0].due_at)}"
    return f"{span_text(line.late)} late"


def _counted(issue: Issue) -> str:
    noun = _NOUNS.get(issue.channel, "text")
    return noun if issue.inbound_count == 1 else _many(issue.inbound_count, noun)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _flags(line: Line) -> list[str]:
    unlisted = any(issue.unlisted_user is not None for issue in line.issues)
    flags = {
        "auto-reply only": not unlisted and any(issue.automated_replies for issue in line.issues),
        "answered by unlisted user": unlisted,
        "unconfirmed": any(issue.unconfirmed for issue in line.issues),
        "unchecked": line.unchecked,
    }
    return [flag for flag, holds in flags.items() if holds]


def customer_of(issue: Issue, masked: Callable[[str], str]) -> str:
    """How a letter names a customer: "Pat E.", else the masked phone, else "unknown"."""
    return short_name(issue.contact_name or "") or (masked(issue.phone) if issue.phone else "unknown")


def short_name(name: str) -> str:
    """The first name and the initial of the last, in GSM-7; "" where the name has no letters a letter can show.

    GHL often keeps names in lower case (GHL.md 4), and a phone where it knows no name.
    """
    words = [word for word in plain(name).split() if _is_name(word)]
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
    return f"{local:%a} {clock_text(local)}" if 0 < days < 7 else _day(local)


def clock_text(local: datetime) -> str:
    """A local time of day: `3pm`, `7:58am`."""
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def _day(local: datetime) -> str:
    return f"{local:%b} {local.day}"


def span_text(span: timedelta) -> str:
    """A length of time in whole minutes: `40m`, `5h`, `3h10m`."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return "".join([f"{hours}h" if hours else "", f"{minutes}m" if minutes or not hours else ""])
