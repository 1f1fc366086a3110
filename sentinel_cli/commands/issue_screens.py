"""Issues as an operator sees them on a screen."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sentinel_cli.domain.model import Answer, IssueStatus
from sentinel_cli.domain.notes import Note
from sentinel_cli.domain.older_values import instant_meant
from sentinel_cli.store.issues import LogLine, TimelineLine

from .human import local_time, open_duration
from .standing import flags
from .tables import Cell, Column, Screen

if TYPE_CHECKING:
    from sentinel_cli.settings import Settings
    from sentinel_cli.store.issue_lists import Found

    from .dossier import Dossier
    from .standing import Standing

__all__ = ["log_row", "show_dossier", "show_list", "shown_name"]

_LIST = (
    Column(name="id", right=True),
    Column(name="type"),
    Column(name="status"),
    Column(name="customer", wraps=True, least=11),
    Column(name="phone"),
    Column(name="waiting", right=True),
    Column(name="due"),
    Column(name="flags", wraps=True, least=11),
)
_LAST_WORDS = Column(name="last words", wraps=True, least=24)
_STATUS_STYLES = {IssueStatus.OPEN: "", IssueStatus.RESOLVED: "green", IssueStatus.SPAM: "dim"}
_DIGITS_OF_A_PHONE = 5
_NUMBER = re.compile(r"[+(]*\d(?:[\d\s().+-]*\d)?")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_CONVERSATION = (
    Column(name=""),
    Column(name="when"),
    Column(name="who", wraps=True),
    Column(name="channel"),
    Column(name="message", wraps=True, least=16),
)
_NOTES = (Column(name="when"), Column(name="who", wraps=True), Column(name="note", wraps=True, least=16))
_LOG = (Column(name="when"), Column(name="event"), Column(name="cause"), Column(name="evidence", wraps=True, least=16))


def show_list(
    screen: Screen,
    standings: "Sequence[Standing]",
    found: "Found",
    settings: "Settings",
    *,
    full_phone: bool,
    words: Mapping[int, str] | None = None,
) -> None:
    """The table of issues, then what it holds and what it leaves out; `words` are the customers' last, where shown."""
    rows = [_row(standing, settings, full_phone=full_phone) for standing in standings]
    if words is not None:
        said = [Cell(shown_name(words.get(each.issue.id), whole=full_phone), "dim") for each in standings]
        rows = [[*row, cell] for row, cell in zip(rows, said, strict=True)]
    if rows:
        screen.table(_LIST if words is None else (*_LIST, _LAST_WORDS), rows)
    screen.note(_footer(standings, found))


def _row(standing: "Standing", settings: "Settings", *, full_phone: bool) -> list[Cell]:
    issue = standing.issue
    urgent = "red" if standing.overdue else ""
    return [
        Cell(str(issue.id)),
        Cell(issue.channel.value),
        Cell(issue.status.value, _STATUS_STYLES[issue.status]),
        Cell(shown_name(issue.contact_name, whole=full_phone) or "-"),
        Cell(_phone(issue.phone, whole=full_phone)),
        Cell(open_duration(standing.waiting)),
        Cell(local_time(issue.due_at, standing.now, settings.timezone), urgent),
        Cell(", ".join(flags(standing, settings)), urgent),
    ]


def _phone(number: str | None, *, whole: bool) -> str:
    from sentinel_cli.phones import masked

    return "-" if not number else number if whole else masked(number)


def shown_name(name: str | None, *, whole: bool) -> str:
    """The name; digits in it are masked where there are so many that they are a phone that somebody typed there."""
    from sentinel_cli.phones import masked

    if not name or whole or sum(map(str.isdecimal, name)) < _DIGITS_OF_A_PHONE:
        return name or ""
    return _NUMBER.sub(lambda found: masked(found[0]), name)


def _footer(standings: "Sequence[Standing]", found: "Found") -> str:
    left_out = f"{found.left_out} snoozed left out (--snoozed)" if found.left_out else ""
    if not found.total:
        nobody = f"nobody {'else ' if left_out else ''}waits" if found.everybody else "no issues match"
        return "; ".join(filter(None, (nobody, left_out)))
    counts = {"overdue": found.overdue, "escalated": found.escalated, "snoozed": found.snoozed}
    said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    issues = f"{found.total} issue{'' if found.total == 1 else 's'}"
    if len(standings) < found.total:
        cut = (f"{len(standings)} of {issues} shown", f"of all {said}" if said else "", left_out)
        return "; ".join(filter(None, (*cut, f"--limit {found.total} shows all")))
    return "; ".join(filter(None, (f"{issues}: {said}" if said else issues, left_out)))


def show_dossier(screen: Screen, found: "Dossier", settings: "Settings", *, full_phone: bool) -> None:
    """Facts, evidence, log and conversation of one issue."""
    standing = found.standing
    screen.facts(_facts(found, settings, full_phone=full_phone))
    if found.notes:
        screen.heading("Notes")
        screen.table(_NOTES, [_note_row(note, found, settings, whole=full_phone) for note in found.notes])
    if found.log:
        screen.heading("What happened to it")
        screen.table(_LOG, [log_row(line, standing.now, settings.timezone, found.names) for line in found.log])
    if found.conversation:
        screen.heading("The conversation around it (* marks its own messages)")
        customer = shown_name(standing.issue.contact_name, whole=full_phone) or "customer"
        rows = [_message_row(line, found, settings, customer) for line in found.conversation]
        screen.table(_CONVERSATION, rows)
    if found.left_out:
        more = "1 more message" if found.left_out == 1 else f"{found.left_out} more messages"
        screen.note(f"{more} of this contact; --around N shows more of them")


def _facts(found: "Dossier", settings: "Settings", *, full_phone: bool) -> list[tuple[str, Cell]]:
    standing, issue = found.standing, found.standing.issue
    said, waited_for = flags(standing, settings), issue.status is not IssueStatus.SPAM
    pairs = {
        "issue": f"#{issue.id} {issue.channel.value} {issue.status.value}",
        "flags": ", ".join(said),
        "customer": shown_name(issue.contact_name, whole=full_phone) or "-",
        "phone": _phone(issue.phone, whole=full_phone),
        "waiting" if issue.answer is None else "waited": _waiting(found, settings) if waited_for else "",
        "due": _due(found, settings),
        "messages": _messages(found, settings),
        "answered": _answered(found, issue.answer, settings) if issue.answer else "",
        "unlisted user": found.name_of(issue.unlisted_user) or "",
        "withdrawn": _withdrawn(found),
        "conversation": "its messages are not kept here: pruned, or from before Sentinel" if found.incomplete else "",
        "open in GHL": found.link or "",
    }
    styles = {"flags": "red" if standing.overdue else "", "open in GHL": "underline"}
    return [(name, Cell(text, styles.get(name, ""))) for name, text in pairs.items() if text]


def _waiting(found: "Dossier", settings: "Settings") -> str:
    standing = found.standing
    since = local_time(standing.issue.first_at, standing.now, settings.timezone)
    word = "from" if standing.issue.answer else "since"
    return f"{open_duration(standing.waiting)} of business time, {word} {since}"


def _due(found: "Dossier", settings: "Settings") -> str:
    standing = found.standing
    due = local_time(standing.issue.due_at, standing.now, settings.timezone)
    return f"{due} ({open_duration(standing.late)} late)" if standing.breached else due


def _messages(found: "Dossier", settings: "Settings") -> str:
    standing, issue = found.standing, found.standing.issue
    last = local_time(issue.last_at, standing.now, settings.timezone)
    replies = issue.automated_replies
    automatic = f"; {replies} automatic {'reply' if replies == 1 else 'replies'}" if replies else ""
    return f"{issue.inbound_count}, the last {last}{automatic}"


def _answered(found: "Dossier", answer: Answer, settings: "Settings") -> str:
    at = local_time(answer.at, found.standing.now, settings.timezone)
    by = f" by {found.name_of(answer.by)}" if answer.by else ""
    # What the older service closed has no message of ours to show for it.
    evidence = ", ".join(filter(None, (answer.rule.value.replace("_", " "), answer.key)))
    return f"{at}{by} ({evidence})"


def _withdrawn(found: "Dossier") -> str:
    issue = found.standing.issue
    if not issue.withdrawn:
        return ""
    if issue.merged_into is None:
        return "nothing of it is left to answer"
    return f"its messages belong to #{issue.merged_into} now: sentinel issues show {issue.merged_into}"


def _note_row(note: Note, found: "Dossier", settings: "Settings", *, whole: bool) -> list[Cell]:
    at = instant_meant(note.at)
    when = local_time(at, found.standing.now, settings.timezone) if at else note.at or ""
    return [Cell(when), Cell(found.name_of(note.by) or "", "cyan"), Cell(shown_name(note.text, whole=whole))]


def log_row(line: LogLine, now: datetime, zone: ZoneInfo, names: Mapping[str, str]) -> list[Cell]:
    """One transition of an issue: when, what, by which cause or whom, on what evidence."""
    cause = " ".join(names.get(word, word) for word in line.cause.split(" "))
    evidence: Mapping[str, object] = json.loads(line.evidence)

    def shown(name: str, value: object) -> object:
        # What a person wrote stays as it was written.
        if name == "note" or not isinstance(value, str):
            return value
        at = instant_meant(value) if _INSTANT.fullmatch(value) else None
        return local_time(at, now, zone) if at else names.get(value, value)

    said = " ".join(f"{name}={shown(name, value)}" for name, value in evidence.items())
    return [Cell(local_time(line.at, now, zone)), Cell(line.event), Cell(cause), Cell(said, "dim")]


def _message_row(line: TimelineLine, found: "Dossier", settings: "Settings", customer: str) -> list[Cell]:
    issue = found.standing.issue
    who = Cell(customer) if line.author == "customer" else Cell(_who(line, found), "cyan")
    return [
        Cell("*" if line.issue_id == issue.id else ""),
        Cell(local_time(line.at, found.standing.now, settings.timezone)),
        who,
        Cell(line.channel),
        Cell(_said(line)),
    ]


def _who(line: TimelineLine, found: "Dossier") -> str:
    return (found.name_of(line.user_id) if line.author == "staff" else None) or line.author


def _said(line: TimelineLine) -> str:
    """The text, and in parentheses what became of the message where that tells more."""
    asides = [line.outcome or ""] if line.channel == "CALL" or line.outcome in {"failed", "undelivered"} else []
    if line.duration is not None:
        asides.append(f"{line.duration}s")
    if line.provisional:
        asides.append("not seen in GHL yet")
    aside = ", ".join(filter(None, asides))
    return " ".join(filter(None, (line.text, f"({aside})" if aside else "")))
