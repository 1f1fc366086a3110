"""Reasons, deeds and due times of an explanation in words; refuses to know where on a screen they stand."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sentinel_cli.domain.answers import Judgement, Keeps, Reason
from sentinel_cli.domain.explanation import Basis, Deed, DueSum, Event, Verdict
from sentinel_cli.domain.model import IssueStatus, Rule
from sentinel_cli.domain.timeline import ActionKind, SpamSpan
from sentinel_cli.domain.waits import Did

from .human import local_time, open_duration

if TYPE_CHECKING:
    from sentinel_cli.domain.hours import BusinessHours, Interval
    from sentinel_cli.domain.sla import ClosedDay

    from .explained import Explained

__all__ = ["DEEDS", "KEEPS", "REASONS", "arithmetic", "deed_text", "meaning", "verdict_text", "when"]

REASONS = {
    Reason.SYSTEM_ROW: "a row of GHL's own, no message",
    Reason.AUTOMATION: "automation: never an answer",
    Reason.AUTOMATION_NOT_SENT: "automation, and it {fate}",
    Reason.STAFF_TEXT: "a text by staff",
    Reason.STAFF_TEXT_NOT_SENT: "would have been an answer, but {who}'s text {fate}",
    Reason.TEXT_NOT_SENT: "no answer: the text {fate}, and nobody of the staff wrote it",
    Reason.OUTBOUND_OFF_CHANNEL: "answers nothing: CHANNELS does not name {channel}",
    Reason.UNLISTED_USER: "answered by unlisted user {who}: answers nothing",
    Reason.CALL_CONNECTED: "a call by staff that connected",
    Reason.CALL_NOT_MADE: "the call failed: not even an attempt",
    Reason.CALL_NOT_CONNECTED: "call attempt ({outcome}): ends CALL only",
    Reason.CALL_TO_VOICEMAIL: "call attempt (it reached a voicemail): ends CALL only",
    Reason.CALL_WITHOUT_USER: "call attempt (GHL names no user, so nobody knows who spoke): ends CALL only",
    Reason.ATTEMPTS_DO_NOT_COUNT: "call attempt: ends nothing, for CALL_ATTEMPT_RESOLVES=0",
    Reason.TAKEN: "staff took the call ({duration}s; {least}s are enough)",
    Reason.TAKEN_FOR_UNKNOWN_LENGTH: "staff took the call ({outcome}; how long it was is not known)",
    Reason.TOO_SHORT: "unclear: {outcome} after {duration}s, less than ANSWERED_CALL_MIN_SECONDS={least}; perhaps a "
    "voicemail took it, so it opens and answers nothing",
    Reason.TAKEN_BY_MENU: "unclear: a phone menu took it, so it opens and answers nothing",
    Reason.MISSED: "nobody took the call ({outcome})",
    Reason.LEFT_VOICEMAIL: "the call went to voicemail",
    Reason.TOLD_MISSED: "the route for unanswered calls told of it",
    Reason.NOT_KNOWN_TO_BE_TAKEN: "a call counts as missed until its row says that staff took it ({outcome})",
    Reason.NOT_ROUTED: "a missed call, but no delivery says what CALL_ROUTE_FIELD must hold: opens nothing",
    Reason.OFF_CHANNEL: "opens nothing: CHANNELS does not name {channel}",
    Reason.REACTION: "a reaction: opens nothing",
    Reason.OPT_WORD: "a word for the carrier: opens nothing",
    Reason.AUTO_REPLY: "a word of AUTO_REPLY_WORDS: opens nothing, because our text of {ours} was no listed person's",
    Reason.AUTO_REPLY_TO_NOTHING: "a word of AUTO_REPLY_WORDS, but it opens: no text of ours stands before it",
    Reason.AUTO_REPLY_TO_PERSON: "a word of AUTO_REPLY_WORDS, but it opens: our text of {ours} was a person's",
    Reason.CLOSES_PERSON: "acknowledgement: opens nothing, because our {word} of {ours} was a person's, "
    "within {window}",
    Reason.CLOSES_AUTOMATION: "acknowledgement: opens nothing, because our {word} of {ours} was no listed person's "
    "and asks nothing, within {window}",
    Reason.THANKS_SWITCHED_OFF: "acknowledgement, but it opens: ACK_CLOSE_WINDOW_HOURS=0",
    Reason.THANKS_FOR_NOTHING: "acknowledgement, but it opens: nothing of ours stands before it",
    Reason.THANKS_WITH_ATTACHMENT: "acknowledgement, but it opens: something is attached",
    Reason.THANKS_TOO_LATE: "acknowledgement, but it opens: our {word} of {ours} is more than {window} older",
    Reason.THANKS_TO_A_QUESTION: "acknowledgement, but it opens: our {word} of {ours} was no listed person's, and asks",
    Reason.TEXT: "",
}
_FATES = {
    "failed": "failed",
    "undelivered": "was not delivered",
    "opt_out": "was refused, for the customer has opted out",
    "scheduled": "is only scheduled",
}
KEEPS = {
    Keeps.NO_ANSWER: "",
    Keeps.ATTEMPT_ENDS_CALLS_ONLY: "",
    Keeps.EMAIL_ENDS_EMAILS_ONLY: " (an e-mail ends e-mails only)",
}
DEEDS = {
    Did.OPENED: "opens {issue}",
    Did.EXTENDED: "extends {issue}, whose due time stays",
    Did.ENDED: "ends {issue}",
    Did.LEFT_OPEN: "{issue} goes on",
    Did.REOPENED: "reopens {issue}",
    Did.JOINED: "what had opened since is part of {issue}",
    Did.WAS_SETTLED: "opens nothing: its time is settled",
    Did.WAS_SPAM: "opens nothing: spam number since {since}",
    Did.FOUND_NOTHING: "does nothing: there was no such wait",
}
_ON_SPAM = "counts for nothing now, since the issue is spam"
_ACTIONS = {
    ActionKind.SPAM: "the issue is spam, and its number opens nothing from the issue's first message on",
    ActionKind.UNSPAM: "the number opens issues again from now on",
    ActionKind.SNOOZE: "hidden until {until}, or the contact's next message",
    ActionKind.UNSNOOZE: "hidden no more",
    ActionKind.NOTE: "",
    ActionKind.RESOLVE: "",
    ActionKind.REOPEN: "",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NAMED_APART = 3


def when(found: "Explained", at: datetime) -> str:
    """The instant as people here say it."""
    return local_time(at, found.now, found.rules.hours.zone)


def meaning(event: Event, found: "Explained") -> str:
    """What the event did, and why."""
    # The log has what it did then; spam is no wait, so that by the facts of now it finds none.
    is_spam = event.own and found.issue.status is IssueStatus.SPAM
    deeds = [_ON_SPAM if is_spam and deed.did is Did.FOUND_NOTHING else deed_text(deed, found) for deed in event.deeds]
    if event.action is not None:
        until = when(found, event.action.until) if event.action.until else ""
        return "; ".join(filter(None, [*deeds, _ACTIONS[event.action.kind].format(until=until)]))
    if event.judgement is None:
        return f"the same as {_mate(event, found)}"
    return " - ".join(filter(None, ["; ".join(deeds), reason_text(event, event.judgement, found)]))


def _mate(event: Event, found: "Explained") -> str:
    """The message that stands for this one, by its time and, where it has one, its delivery."""
    mate = next((each for each in found.events if each.key == event.same_as), None)
    if mate is None:
        return f"message {event.same_as}"
    kind = "webhook" if mate.row and mate.row.provisional else "message"
    sighting = found.sightings.get(mate.key)
    delivery = f" (delivery {sighting.delivery_id})" if sighting and sighting.delivery_id else ""
    return f"the {kind} of {when(found, mate.at)}{delivery}"


def reason_text(event: Event, judgement: Judgement, found: "Explained") -> str:
    """Why the message plays its role."""
    row, policy, ours = event.row, found.rules.policy, judgement.ours
    assert row is not None  # noqa: S101 - what is judged is a row
    return REASONS[judgement.reason].format(
        outcome=row.value("outcome") or "no outcome yet",
        fate=_FATES.get(row.value("outcome") or "", "was not sent"),
        duration=row.value("duration"),
        channel=row.channel.value,
        who=found.name_of(row.value("user_id")) or "nobody",
        least=policy.answered_call_min // timedelta(seconds=1),
        window=open_duration(policy.ack_window),
        word="text" if ours and ours.is_text else "call",
        ours=when(found, ours.at) if ours else "",
    )


def deed_text(deed: Deed, found: "Explained") -> str:
    """What was done, to which issue, by which rule."""
    issue = f"#{deed.issue}" if deed.issue else "a wait that is no issue here"
    span = deed.by if isinstance(deed.by, SpamSpan) else None
    said = DEEDS[deed.did].format(issue=issue, since=when(found, span.since) if span else "")
    if isinstance(deed.by, Rule):
        return f"{said} (rule {deed.by.value.replace('_', ' ')})"
    return said + (KEEPS[deed.by] if isinstance(deed.by, Keeps) else "")


def verdict_text(found: "Explained") -> str:
    """Whether the facts say what is stored."""
    basis, verdict = found.explanation.basis, found.explanation.verdict
    fields = ", ".join(each.field for each in found.explanation.differences)
    if verdict is Verdict.UNKNOWN:
        since = f"from before {when(found, found.facts_from)} " if found.facts_from else ""
        return f"not known any more: its messages {since}are not kept here, so what was stored then stands"
    if basis is Basis.HISTORY:
        said = f"{fields} would differ by the rules and facts of now; what is settled stays" if fields else "the same"
        late = f"; {found.late} messages of this contact came later than that and count nowhere" if found.late else ""
        return f"settled; judged again from all that is kept: {said}{late}"
    if verdict is Verdict.SAME:
        return "judged again from what is kept here: the same"
    why = "" if found.same_rules else "; it was judged by other settings"
    return f"DIFFERENT, judged again from what is kept here: {fields}{why}"


def arithmetic(due: DueSum, found: "Explained") -> str:
    """The due time interval by interval: `Fri 16:40-17:00 20 min; Sat, Sun closed; Mon 08:00-09:40 100 min = 2h`."""
    hours, today = found.rules.hours, found.rules.hours.local(found.now).date()
    said = [(hours.local(spell.opens).date(), _spell(spell, hours, today)) for spell in due.spells]
    said += [(days[0].on, _closure(days, today)) for days in _in_a_row(due.closed)]
    return f"{'; '.join(text for _, text in sorted(said, key=lambda item: item[0]))} = {open_duration(due.sla)}"


def _spell(spell: "Interval", hours: "BusinessHours", today: date) -> str:
    """Open time that counts. Cut to seconds at both ends, so that the lengths still make up the whole."""
    opens, closes = (at.replace(microsecond=0) for at in spell)
    start, end = hours.local(opens), hours.local(closes)
    minutes, seconds = divmod((closes - opens) // timedelta(seconds=1), 60)
    length = f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    is_wall_time = end.replace(tzinfo=None) - start.replace(tzinfo=None) == closes - opens
    aside = "" if is_wall_time else " (the clock changes)"
    return f"{_dated(start.date(), today)} {_clock(start)}-{_clock(end, end.date() > start.date())} {length}{aside}"


def _clock(local: datetime, is_next_day: bool = False) -> str:
    if is_next_day and (local.hour, local.minute, local.second) == (0, 0, 0):
        return "24:00"
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def _dated(on: date, today: date) -> str:
    """The weekday, with the date where it could mean another week's."""
    day = _DAYS[on.weekday()]
    return day if abs(on - today) < timedelta(days=7) else f"{day} {on:%b} {on.day}"


def _in_a_row(closed: "Sequence[ClosedDay]") -> "Iterator[list[ClosedDay]]":
    """Days that follow each other and are closed for one reason."""
    row: list[ClosedDay] = []
    for day in closed:
        if row and (day.holiday != row[-1].holiday or day.on - row[-1].on > timedelta(days=1)):
            yield row
            row = []
        row.append(day)
    if row:
        yield row


def _closure(days: "Sequence[ClosedDay]", today: date) -> str:
    """`Sat, Sun closed`, `Thu holiday (Thanksgiving Day)`."""
    names = [_dated(day.on, today) for day in days]
    dates = ", ".join(names) if len(names) <= _NAMED_APART else f"{names[0]} to {names[-1]}"
    return f"{dates} holiday ({days[0].holiday})" if days[0].holiday else f"{dates} closed"
