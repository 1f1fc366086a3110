"""An explanation as an operator sees it: the answers first, then all that they were found in."""

from collections.abc import Iterator, Sequence, Set
from datetime import datetime
from typing import TYPE_CHECKING

from sentinel_cli.domain.explanation import Difference, Event, Verdict
from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.model import Answer, Author
from sentinel_cli.domain.waits import Did

from .explained_answers import answers
from .explained_words import meaning, when
from .issue_screens import log_row, shown_name
from .tables import Cell, Column, Screen

if TYPE_CHECKING:
    from sentinel_cli.store.evidence import CheckRun, NamedIn, Sighting

    from .explained import Explained

__all__ = ["show_explained"]

_ANSWERS = (Column(name="question"), Column(name="answer", wraps=True, least=30))
_STORY = (Column(name=""), Column(name="when"), Column(name="what happened", wraps=True, least=30))
_LOOKS = (
    Column(name="run", right=True),
    Column(name="when"),
    Column(name="job"),
    Column(name="how it ended", wraps=True),
)
_LETTERS = (Column(name="when"), Column(name="to", wraps=True), Column(name="letter"), Column(name="line", wraps=True))
_LOG = (Column(name="when"), Column(name="event"), Column(name="cause"), Column(name="evidence", wraps=True, least=16))
_DIFFERENCES = (
    Column(name="field"), Column(name="stored", wraps=True), Column(name="by its facts", wraps=True),
)  # fmt: skip
_DELIVERIES = (Column(name="delivery", right=True), Column(name="when"), Column(name="route"), Column(name="outcome"))
_RUNS_SHOWN = 6
_VERDICT_STYLES = {Verdict.SAME: "green", Verdict.DIFFERENT: "red", Verdict.UNKNOWN: "yellow"}


def show_explained(screen: Screen, found: "Explained", *, full_phone: bool) -> None:
    """Why it exists, why it is due then, why it is or is not resolved; then the evidence, in order."""
    screen.table(_ANSWERS, list(_answers(found, full_phone=full_phone)))
    if found.explanation.differences:
        screen.heading("Where it differs")
        screen.table(_DIFFERENCES, [_difference(each, full_phone=full_phone) for each in found.explanation.differences])
    if found.events:
        screen.heading("What happened, in order (* has to do with it)")
        screen.table(_STORY, [row for event in found.events for row in _story(event, found)])
    unread = [each for each in found.deliveries if each.message_key is None]
    if unread:
        screen.heading("Deliveries that told of no message")
        rows = [[Cell(str(d.id)), Cell(when(found, d.received_at)), Cell(d.source), Cell(d.outcome)] for d in unread]
        screen.table(_DELIVERIES, rows)
    screen.heading("Looks at GHL")
    _show_looks(screen, found)
    if found.letters:
        screen.heading("Letters that named it")
        screen.table(_LETTERS, [row for letter in found.letters for row in _letter(letter, found)])
    if found.log:
        screen.heading("What was recorded of it")
        screen.table(_LOG, [log_row(line, found.now, found.rules.hours.zone, found.names) for line in found.log])
    if found.left_out:
        more = "1 more message or action" if found.left_out == 1 else f"{found.left_out} more messages and actions"
        screen.note(f"{more} of this contact; --around N shows more of them")


def _answers(found: "Explained", *, full_phone: bool) -> list[Sequence[Cell]]:
    from sentinel_cli.phones import masked

    issue = found.issue
    name = shown_name(issue.contact_name, whole=full_phone) or "no name"
    phone = "no phone" if not issue.phone else issue.phone if full_phone else masked(issue.phone)
    pairs = {
        "which issue": f"#{issue.id} {issue.channel.value} {issue.status.value}, {name}, {phone}",
        **answers(found),
    }
    styles = {"by its facts": _VERDICT_STYLES[found.explanation.verdict]}
    return [[Cell(question), Cell(text, styles.get(question, ""))] for question, text in pairs.items() if text]


def _difference(found: Difference, *, full_phone: bool) -> Sequence[Cell]:
    is_private = found.field in {"phone", "contact_name"} and not full_phone
    values = ("***", "***") if is_private else (found.stored, found.by_facts)
    return [Cell(found.field), *(Cell(_value(value), "red") for value in values)]


def _value(value: object) -> str:
    match value:
        case datetime():
            return instant_text(value)
        case Answer():
            return f"{value.rule.value} by {value.by} at {instant_text(value.at)} ({value.key})"
    return "-" if value is None else str(value)


def _story(event: Event, found: "Explained") -> Iterator[Sequence[Cell]]:
    """What was heard or done; below it what that did and why, and how we know of it."""
    style = "" if event.own else "dim"
    mark, at = Cell("*" if event.own else ""), Cell(when(found, event.at), style)
    yield [mark, at, Cell(_heard(event, found), style)]
    if said := meaning(event, found):
        yield [Cell(""), Cell(""), Cell(f"-> {said}", _style(event))]
    if known := _known(event, found):
        yield [Cell(""), Cell(""), Cell(f"   {known}", "dim")]


def _heard(event: Event, found: "Explained") -> str:
    if event.action is not None:
        note = f": {found.notes[event.key]}" if event.key in found.notes else ""
        return f"{event.action.kind.value} by {found.name_of(event.action.actor)}{note}"
    row = event.row
    assert row is not None  # noqa: S101 - an event is a row or an action
    who = found.name_of(row.value("user_id")) or row.author.value if row.author is Author.STAFF else row.author.value
    asides = [row.value("outcome") or "", f"{row.value('duration')}s" if row.value("duration") is not None else ""]
    said = f'"{row.value("text")}"' if row.value("text") else ""
    attached = "with an attachment" if row.value("attachments") else ""
    aside = ", ".join(filter(None, [*asides, attached]))
    return " ".join(filter(None, [f"{who}, {row.channel.value}:", said, f"({aside})" if aside else ""]))


def _style(event: Event) -> str:
    did = {deed.did for deed in event.deeds}
    if not event.own:
        return "dim"
    return "green" if Did.ENDED in did else "yellow" if did & {Did.OPENED, Did.REOPENED} else "cyan"


def _known(event: Event, found: "Explained") -> str:
    """By which deliveries a message is known, since when GHL shows it, and when it was looked for there in vain."""
    sighting = found.sightings.get(event.key)
    if sighting is None:
        return ""
    told = [
        f"delivery {each.id} by {each.source}, {when(found, each.received_at)}"
        for each in found.deliveries
        if each.message_key == event.key or each.id == sighting.delivery_id
    ]
    return "; ".join(filter(None, [*told, _shown_by_ghl(event, sighting, found)]))


def _shown_by_ghl(event: Event, sighting: "Sighting", found: "Explained") -> str:
    if sighting.api_seen_at:
        return f"GHL showed it {when(found, sighting.api_seen_at)}"
    if event.same_as is not None:
        return ""
    return f"not found in GHL {when(found, sighting.looked_at)}" if sighting.looked_at else "GHL has not shown it yet"


def _show_looks(screen: Screen, found: "Explained") -> None:
    """The looks while it waited: all where they are few, else those that changed it, the failed, the first and last."""
    complete = sum(run.exit_code == 0 for run in found.runs)
    failed = sum(run.exit_code not in {0, None} for run in found.runs)
    changed = {line.cause for line in found.log}
    telling = [run for run in found.runs if run.exit_code != 0 or f"run:{run.id}" in changed]
    shown = {run.id for run in [*found.runs[:1], *telling[-_RUNS_SHOWN:], *found.runs[-1:]]}
    rows = [_look(run, changed, found) for run in found.runs if len(found.runs) <= _RUNS_SHOWN or run.id in shown]
    if rows:
        screen.table(_LOOKS, rows)
    span = f"{when(found, found.issue.first_at)} to {when(found, found.until)}"
    screen.line(f"{complete} complete, {failed} failed, {span}" if found.runs else f"none, {span}")


def _look(run: "CheckRun", changed: Set[str], found: "Explained") -> Sequence[Cell]:
    ended = {0: "complete", None: "not ended"}.get(run.exit_code, f"exit {run.exit_code}")
    aside = "; it changed this issue" if f"run:{run.id}" in changed else ""
    said = f"{ended}: {run.error}" if run.error else ended
    style = "" if run.exit_code == 0 else "red"
    return [Cell(str(run.id)), Cell(when(found, run.started_at)), Cell(run.job), Cell(f"{said}{aside}", style)]


def _letter(letter: "NamedIn", found: "Explained") -> Iterator[Sequence[Cell]]:
    kind = " ".join(filter(None, [letter.slot, letter.kind]))
    for line in letter.lines:
        yield [Cell(when(found, letter.at)), Cell(letter.to), Cell(f"{kind}, {letter.state}"), Cell(line)]
