"""`sentinel issues resolve`, `reopen`, `spam` ...: what an operator does to issues; refuses to judge what may be."""

import os
import pwd
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.errors import NoSuchIssue, UsageProblem

from .completion import issue_ids
from .options import LARGEST, AsJson, as_text
from .session import Session, session_of

if TYPE_CHECKING:
    from datetime import datetime

    from sentinel_cli.domain.ledger import Rules
    from sentinel_cli.domain.model import Issue
    from sentinel_cli.settings import Settings
    from sentinel_cli.store.database import Database
    from sentinel_cli.triage import Done, Intent
    from sentinel_cli.triage_words import Words

__all__ = ["note", "reopen", "resolve", "snooze", "spam", "unsnooze", "unspam"]

Ids = Annotated[
    list[str], typer.Argument(metavar="ID", help="Their numbers: 12 13, or 12,13.", autocompletion=issue_ids)
]
Why = Annotated[
    str | None, typer.Option("--why", metavar="TEXT", callback=as_text, help="The reason, kept with the issue.")
]
By = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="NAME", show_default=False, callback=as_text, help="Who does it; else your login name."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would become of them; change nothing.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What was typed beside the verb and the ids."""

    by: str | None
    dry_run: bool
    as_json: bool
    note: str | None = None
    until: "datetime | None" = None
    sure: bool = False


def resolve(
    context: typer.Context, ids: Ids, why: Why = None, by: By = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Close issues that were answered where GHL cannot see it.

    What the customer writes afterwards opens a new one.

    For example:
      sentinel issues resolve 12 --why "called back from my own phone"
      sentinel issues list --phone 0147 --ids | xargs -r sentinel issues resolve

    Exit codes: 66 no such issue, or none that this can be done to (the
    others are done all the same), 74 no database.
    """
    _act(context, ids, ActionKind.RESOLVE, _Asked(note=why, by=by, dry_run=dry_run, as_json=as_json))


def reopen(
    context: typer.Context, ids: Ids, why: Why = None, by: By = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Open issues again whose answer was none.

    For example:
      sentinel issues reopen 12

    Exit codes: 66 no such issue, or none that this can be done to: another
    of that customer is open, or it was settled long ago; 74 no database.
    """
    _act(context, ids, ActionKind.REOPEN, _Asked(note=why, by=by, dry_run=dry_run, as_json=as_json))


def spam(  # noqa: PLR0913, PLR0917 - its options are the command's interface
    context: typer.Context,
    ids: Ids,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, though staff have answered the number.")] = False,
    why: Why = None,
    by: By = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Mark issues and their numbers as spam: its texts and calls open nothing.

    A customer whom staff have ever answered is hardly spam: you are asked.

    For example:
      sentinel issues spam 12
      sentinel issues spam 12 --yes --why "robocaller"

    Exit codes: 66 no such issue, or staff have answered that customer and
    nobody could be asked (--yes), 74 no database.
    """
    _act(context, ids, ActionKind.SPAM, _Asked(note=why, by=by, dry_run=dry_run, as_json=as_json, sure=yes))


def unspam(
    context: typer.Context, ids: Ids, why: Why = None, by: By = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Let texts and calls of a number open issues again; what it sent before stays spam.

    For example:
      sentinel issues unspam 12

    Exit codes: 66 no such issue, 74 no database.
    """
    _act(context, ids, ActionKind.UNSPAM, _Asked(note=why, by=by, dry_run=dry_run, as_json=as_json))


def note(
    context: typer.Context,
    typed: Annotated[
        list[str],
        typer.Argument(
            metavar="ID TEXT",
            help="Their numbers, 12 13 or 12,13, and what whoever comes next should know, in quotes.",
            autocompletion=issue_ids,
        ),
    ],
    by: By = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Keep a note with issues; `issues show` has it.

    For example:
      sentinel issues note 12 "gate code is 4471"
      sentinel issues note 12 13 "they are neighbours"

    Exit codes: 66 no such issue, or it has become a part of another,
    74 no database.
    """
    numbers = list(takewhile(re.compile(r"[#\d,]+").fullmatch, typed[:-1])) or typed[:1]
    text = as_text(" ".join(typed[len(numbers) :])) or ""
    if not text.strip():
        raise UsageProblem("the note is empty", advice='type it in quotes: sentinel issues note 12 "gate code 4471"')
    _act(context, numbers, ActionKind.NOTE, _Asked(note=text.strip(), by=by, dry_run=dry_run, as_json=as_json))


def snooze(  # noqa: PLR0913, PLR0917 - its options are the command's interface
    context: typer.Context,
    ids: Ids,
    length: Annotated[str | None, typer.Option("--for", metavar="LENGTH", help="So long: 90m, 2h, 1d 4h, 1w.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="WHEN", help='Until then: 3pm, tomorrow, "Mon 8am", 2026-11-30.')
    ] = None,
    why: Why = None,
    by: By = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take issues off lists and texts until a time, or until the customer writes or calls again.

    For example:
      sentinel issues snooze 12 --for 2h
      sentinel issues snooze 12 13 --until "Mon 8am" --why "parts arrive then"

    Exit codes: 2 no such time, or more than 90 days ahead, 66 no such issue,
    or it is not open, 74 no database.
    """
    from sentinel_cli.domain.snooze import length_typed, until_typed
    from sentinel_cli.opening import clock_of

    if length and until:
        raise UsageProblem("--for and --until exclude each other", advice="choose one")
    if (length is None) == (until is None):
        raise UsageProblem("a snooze needs --for or --until", advice='--for 2h, or --until "Mon 8am"')
    settings = session_of(context).settings()
    now = clock_of(settings)()
    try:
        ends = length_typed(length, now) if length else until_typed(until or "", now, settings.business_hours)
    except ValueError as error:
        raise UsageProblem(str(error), advice='--for 2h, or --until "Mon 8am"') from None
    _act(context, ids, ActionKind.SNOOZE, _Asked(note=why, by=by, dry_run=dry_run, as_json=as_json, until=ends))


def unsnooze(
    context: typer.Context, ids: Ids, why: Why = None, by: By = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Put snoozed issues back on lists and texts.

    For example:
      sentinel issues unsnooze 12

    Exit codes: 66 no such issue, or it is not open, 74 no database.
    """
    _act(context, ids, ActionKind.UNSNOOZE, _Asked(note=why, by=by, dry_run=dry_run, as_json=as_json))


class _Rehearsed(Exception):
    """Takes a dry run back, with what came of it."""

    def __init__(self, done: "Done") -> None:
        super().__init__()
        self.done = done


def _act(context: typer.Context, typed: Sequence[str], kind: ActionKind, asked: _Asked) -> None:
    """Do it to each issue in a transaction of its own, and say of each what became of it."""
    from sentinel_cli.opening import clock_of, open_store
    from sentinel_cli.store.users import all_users
    from sentinel_cli.triage import Intent
    from sentinel_cli.wiring import rules_of

    session = session_of(context)
    settings, ids = session.settings(), _numbers(typed)
    now = clock_of(settings)()
    intent = Intent(kind=kind, actor=asked.by or _login(), at=now, until=asked.until, note=asked.note, sure=asked.sure)
    with open_store(settings) as db:
        users = all_users(db)
        rules = rules_of(settings, users)
        names = {user.user_id: user.name for user in users if user.name}
        told = _Told(session, settings, now, names, as_json=asked.as_json)
        for issue_id in ids:
            try:
                told.add(_done(db, issue_id, intent, rules, told, dry_run=asked.dry_run))
            except NoSuchIssue as problem:
                told.refused.append(problem.message)
                told.unknown = True
    told.finish(dry_run=asked.dry_run)


def _done(db: "Database", issue_id: int, intent: "Intent", rules: "Rules", told: "_Told", *, dry_run: bool) -> "Done":
    from sentinel_cli.triage import Refusal, judge

    # Asked outside the transaction: nobody else waits for a person.
    if judge(db, issue_id, intent).refusal is Refusal.ASKS_FIRST and told.is_sure(judge(db, issue_id, intent)):
        intent = replace(intent, sure=True)
    return _performed(db, issue_id, intent, rules, dry_run=dry_run)


def _performed(db: "Database", issue_id: int, intent: "Intent", rules: "Rules", *, dry_run: bool) -> "Done":
    from sentinel_cli.triage import perform

    try:
        with db.transaction():
            done = perform(db, issue_id, intent, rules)
            if dry_run:
                raise _Rehearsed(done)
    except _Rehearsed as rehearsed:
        return rehearsed.done
    return done


class _Told:
    """What became of each issue: lines for people, items for programs, and the sentences of what was refused."""

    def __init__(
        self, session: Session, settings: "Settings", now: "datetime", names: dict[str, str], *, as_json: bool
    ) -> None:
        self.refused: list[str] = []
        self.unknown = False
        self._unsure: list[str] = []
        self._items: list[dict[str, object]] = []
        self._undo: dict[tuple[ActionKind, str], list[int]] = {}
        self._session, self._settings, self._now, self._names = session, settings, now, names
        self._as_json = as_json

    def is_sure(self, done: "Done") -> bool:
        """Whether the person at the terminal says so; nobody else can be asked."""
        from sentinel_cli.triage_words import why_not

        ask = self._session.ask
        return ask is not None and not self._as_json and ask(why_not(done, self._words(done.before)))

    def add(self, done: "Done") -> None:
        """Say it, or keep it for the end."""
        from sentinel_cli.triage import Refusal
        from sentinel_cli.triage_words import opposite, what_changed, why_not

        words, undo = self._words(done.after), opposite(done)
        if done.refusal is None:
            line = f"{self._customer(done.after)}: {what_changed(done, words)}"
            if undo:
                self._undo.setdefault((undo, self._again(done, undo)), []).append(done.before.id)
        else:
            line = why_not(done, words)
        self._items.append(_item(done, undo, line))
        if done.refusal not in {None, Refusal.ALREADY}:
            self.refused.append(line)
            self._unsure += [str(done.before.id)] if done.refusal is Refusal.ASKS_FIRST else []
        elif not self._as_json:
            self._session.screen.line(line)

    def finish(self, *, dry_run: bool) -> None:
        """Say how it is undone. Raises NoSuchIssue for what could not be done."""
        screen = self._session.screen
        if self._as_json:
            screen.json({"items": self._items, "total": len(self._items), "dry_run": dry_run})
        elif dry_run:
            screen.note("dry run: nothing was changed")
        else:
            for (undo, again), ids in self._undo.items():
                later = ": what they send next counts again" if undo is ActionKind.UNSPAM else ""
                label = "a mistake?" if later else "undo:"
                screen.note(f"{label} sentinel issues {undo} {' '.join(map(str, ids))}{again}{later}")
        if self.refused:
            sure = f"if you are sure: sentinel issues spam {' '.join(self._unsure)} --yes" if self._unsure else ""
            listed = "sentinel issues list --status all shows those there are" if self.unknown else ""
            raise NoSuchIssue("\n".join(self.refused), advice=sure or listed)

    def _again(self, done: "Done", undo: ActionKind) -> str:
        """Until when a snooze that was taken back would have lasted, as it is typed."""
        until = done.before.snoozed_until
        if undo is not ActionKind.SNOOZE or until is None:
            return ""
        return f' --until "{until.astimezone(self._settings.timezone):%Y-%m-%d %H:%M}"'

    def _customer(self, issue: "Issue") -> str:
        from sentinel_cli.phones import masked

        from .issue_screens import shown_name

        name = shown_name(issue.contact_name, whole=False)
        return " ".join(filter(None, (f"#{issue.id}", name, masked(issue.phone) if issue.phone else "")))

    def _words(self, issue: "Issue") -> "Words":
        from sentinel_cli.triage_words import Words

        from .human import local_time
        from .issue_screens import shown_name

        return Words(
            now=self._now,
            customer=shown_name(issue.contact_name, whole=False) or "the customer",
            when=lambda at: local_time(at, self._now, self._settings.timezone),
            who=lambda by: self._names.get(by, by),
            order=lambda kind, issue_id: f"{kind} {issue_id}",
        )


def _item(done: "Done", undo: ActionKind | None, line: str) -> dict[str, object]:
    return {
        "id": done.before.id,
        "done": done.refusal is None,
        "refusal": done.refusal.value if done.refusal else None,
        "status_before": done.before.status.value,
        "status": done.after.status.value,
        "other": done.other.id if done.other else None,
        "undo": undo.value if undo else None,
        "said": line,
    }


def _numbers(typed: Sequence[str]) -> list[int]:
    """The ids, each once, in the order they were typed. Raises UsageProblem for what is none."""
    words = [word for each in typed for word in re.split(r"[\s,]+", each) if word]
    found = [re.fullmatch(r"#?0*([1-9][0-9]{0,18})", word) for word in words]
    wrong = [word for word, number in zip(words, found, strict=True) if not number or int(number[1]) > LARGEST]
    if wrong or not words:
        what = f"{', '.join(map(repr, wrong))} is no issue's number" if wrong else "no issue is named"
        raise UsageProblem(what, advice="type them like 12 13, or #12,13")
    return list(dict.fromkeys(int(number[1]) for number in found if number))


def _login() -> str:
    """Who runs this, by the system's own record."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
