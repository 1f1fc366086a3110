"""Answers to orders as texts: plain GSM-7, whole lines; refuses to know what was done, only how it is told.

The first line of each says what it answers and when that was written: the letter is looked for by it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .model import Issue
from .orders import MOST_IDS, Mistake, Order, Verb, Wrong
from .sms import plain, segments
from .summary import Check, Line, SummaryRules, Urgency, is_snoozed, lines_of, urgency_of
from .summary_text import Words, clock_text, counted, customer_of, flags_of, line_text

__all__ = ["MANAGERS_ONLY", "TOO_LATE", "Page", "answer_text", "help_text", "issue_text", "mistake_text", "moment_text"]
__all__ += ["page_of", "undo_text"]

_TWO_SEGMENTS = 306
_LONGEST_QUOTE, _LONGEST_ECHO = 100, 24
_FRESH = timedelta(minutes=30)

TOO_LATE = "I read this only now, and things may have changed. Nothing was done: reply List, then send it again."
MANAGERS_ONLY = "Only managers can do that. You can send List, More, Open 12 and Help. Nothing was done."


def answer_text(
    asked: Order | Mistake | None, said: str, at: datetime, rules: SummaryRules, body: Iterable[str]
) -> str:
    """The whole answer to what was `said` at that instant; `asked` is None where it is not carried out any more."""
    return plain("\n".join([f"Sentinel, {_named(asked, said)}, {clock_text(rules.hours.local(at))}", *body]))


def _named(asked: Order | Mistake | None, said: str) -> str:
    match asked:
        case Order():
            return " ".join([asked.verb, *map(str, asked.ids)])
        case Mistake():
            return f'not understood "{_cut(said, _LONGEST_ECHO)}"'
    return "too late"


def help_text(*, to_manager: bool) -> list[str]:
    """Every order that the reader may give, in two segments."""
    looking = ["List, More: who waits", "Open 12: what it is about"]
    if not to_manager:
        return looking
    return [
        *looking,
        "Resolve 12 13, Reopen 12",
        "Snooze 12 2h, Snooze 12 until Mon 8am, Unsnooze 12",
        "Spam 12, Unspam 12",
        "Note 12 and your words",
    ]


def mistake_text(mistake: Mistake) -> list[str]:
    """What is missing, with an example that would do."""
    verb = mistake.verb
    said = {
        Wrong.WORD: f"Did you mean {verb}?",
        Wrong.NO_ID: f"Of which issue? Like this: {_EXAMPLES.get(verb, f'{verb} 12')}.",
        Wrong.TOO_MANY: f"At most {MOST_IDS} issues in one text.",
        Wrong.NO_TEXT: f"What shall it say? Like this: {_EXAMPLES[Verb.NOTE]}.",
        Wrong.NO_TIME: "Until when? Like this: Snooze 12 2h, Snooze 12 until Mon 8am.",
        Wrong.REST: f"{verb} stands alone." if verb in _ALONE else f"Only numbers follow {verb}: {verb} 12 13.",
    }
    return [said[mistake.wrong], "Nothing was done. Help says what I understand."]


_ALONE = frozenset({Verb.LIST, Verb.MORE})
_EXAMPLES = {Verb.NOTE: "Note 12 they are fine", Verb.SNOOZE: "Snooze 12 2h"}


def undo_text(verb: str, ids: Sequence[int], until: str = "") -> str:
    """How to take it back; of spam only what comes later can be.

    `until` is when the snooze that is taken back would have ended.
    """
    order = " ".join([verb, *map(str, ids)])
    if verb == Verb.UNSPAM:
        order = f"{order} lets what they send next count again"
        return f"A mistake? {order}."
    if verb == Verb.SNOOZE:
        order = f"{order} until {until}"
    return f"Undo: {order}"


def moment_text(at: datetime, now: datetime, rules: SummaryRules) -> str:
    """An instant of any time: `7:58am` today, `Mon 8am` within six days on either side, else `Nov 30 8am`."""
    local, today = rules.hours.local(at), rules.hours.local(now).date()
    days = abs((local.date() - today).days)
    if days == 0:
        return clock_text(local)
    day = f"{local:%a}" if days < 7 else f"{local:%b} {local.day}"
    return f"{day} {clock_text(local)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of the list, and the issues that were shown up to its end."""

    lines: tuple[str, ...]
    shown: tuple[int, ...]


def page_of(
    waiting: Iterable[Issue], shown: Collection[int], now: datetime, checked_at: datetime | None, rules: SummaryRules
) -> Page:
    """The most urgent issues that were not `shown` yet, as many as two segments hold, and how many are left.

    Snoozed ones are only counted. `checked_at` is the newest complete check: nobody else asks GHL for a list.
    """
    every = list(waiting)
    heard = [issue for issue in every if not is_snoozed(issue, now)]
    ordered = sorted(heard, key=lambda issue: (_urgency(issue, now, rules), issue.due_at, issue.id))
    left = [issue for issue in ordered if issue.id not in shown]
    late = sum(_urgency(issue, now, rules) < Urgency.NOT_YET_DUE for issue in heard)
    counts = [f"{len(heard)} open", *([f"{late} overdue"] if late else [])]
    counts += [f"{len(every) - len(heard)} snoozed"] if len(every) > len(heard) else []
    first = ", ".join(counts) if every else "Nobody is known to wait."
    trust = _trust(checked_at, now, rules)
    if heard and not left:
        return Page(lines=("That was all.", first, trust), shown=tuple(shown))
    room, words = len(left), Words(at=now, rules=rules, issues=heard)
    while room > 1 and _too_long(lines := _page(left, room, first, trust, words)):
        room -= 1
    lines = _page(left, room, first, trust, words)
    return Page(lines=lines, shown=(*shown, *(issue.id for issue in left[:room])))


def _page(left: Sequence[Issue], room: int, first: str, trust: str, words: Words) -> tuple[str, ...]:
    more = [f"+{len(left) - room} more: reply More"] if len(left) > room else []
    return (first, *(_line(issue, words) for issue in left[:room]), *more, trust)


def _too_long(lines: Iterable[str]) -> bool:
    # The longest first line of a page is "Sentinel, List, 12:34pm".
    return segments(plain("\n".join(["Sentinel, List, 12:34pm", *lines]))).units > _TWO_SEGMENTS


def _trust(checked_at: datetime | None, now: datetime, rules: SummaryRules) -> str:
    if checked_at is None:
        return "NOT CHECKED"
    when = moment_text(checked_at, now, rules)
    return f"Checked {when}" if now - checked_at <= _FRESH else f"NOT CHECKED since {when}"


def _urgency(issue: Issue, now: datetime, rules: SummaryRules) -> Urgency:
    return urgency_of(issue, now, rules.hours, rules.escalate_after)


def _line(issue: Issue, words: Words) -> str:
    """As in a summary, `#41 Pat E. call, waits 3h10m, auto-reply only`; one that is not due, when it will be."""
    if line := _pressing(issue, words.at, words.rules):
        return line_text(line, words, kinds=True)
    return f"#{issue.id} {words.name(issue)} {counted(issue)}, {_due(issue, words)}"


def _pressing(issue: Issue, now: datetime, rules: SummaryRules) -> Line | None:
    return next(iter(lines_of([issue], Check(complete=True, at=now), now, rules)), None)


def _due(issue: Issue, words: Words) -> str:
    line = _pressing(issue, words.at, words.rules)
    urgency = f"overdue, {words.waits(line)}" if line else f"due {moment_text(issue.due_at, words.at, words.rules)}"
    return ", ".join([urgency, *flags_of([issue])])


def issue_text(issue: Issue, last: str | None, link: str | None, now: datetime, rules: SummaryRules) -> list[str]:
    """An open issue: who, what, since when, how urgent, the customer's last words, the way into GHL."""
    name = customer_of(issue, rules.masked)
    phone = f" {rules.masked(issue.phone)}" if issue.phone and name != rules.masked(issue.phone) else ""
    said = f'"{_cut(last, _LONGEST_QUOTE)}"' if last else ""
    until = (
        [f"snoozed until {moment_text(issue.snoozed_until, now, rules)}"]
        if issue.snoozed_until and is_snoozed(issue, now)
        else []
    )
    return [
        f"#{issue.id} {name}{phone}",
        ", ".join(
            [
                f"{counted(issue)} since {moment_text(issue.first_at, now, rules)}",
                _due(issue, Words(at=now, rules=rules, issues=[issue])),
                *until,
            ]
        ),
        *([said] if said else []),
        *([link] if link else []),
    ]


def _cut(text: str, longest: int) -> str:
    said = " ".join(plain(text).split())
    return said if len(said) <= longest else f"{said[: longest - 3].rstrip()}..."
