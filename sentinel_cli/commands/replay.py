"""`sentinel deliveries replay`: what was not understood, read once more; refuses to know how a body is read."""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.errors import Incomplete, UsageProblem

from .options import LARGEST, AsJson
from .session import session_of
from .tables import Cell, Column

if TYPE_CHECKING:
    from sentinel_cli.domain.ledger import Rules
    from sentinel_cli.domain.payloads import ReadingPolicy
    from sentinel_cli.store.database import Database

    from .tables import Screen

__all__ = ["replay"]

_COLUMNS = (
    Column(name="id", right=True),
    Column(name="was", wraps=True, least=16),
    Column(name="is", wraps=True, least=16),
    Column(name="issue", right=True),
    Column(name="why", wraps=True, least=20),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Replayed:
    """What came of one delivery; `why` says why nothing was done, or what is left to do."""

    id: int
    was: str
    outcome: str
    issue_id: int | None
    why: str


def replay(
    context: typer.Context,
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="ID", min=1, max=LARGEST, show_default=False, help="Their numbers.")
    ] = None,
    errors: Annotated[
        bool, typer.Option("--errors", help="All that broke our reading (error) or could not be read (undecodable).")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of them; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read stored deliveries again that broke our reading or were not understood.

    For after an upgrade that reads what the last one could not, or a
    setting that was wrong, such as GHL_LOCATION_ID: each counts as come
    when it came. What was understood is left as it is, so a second replay
    changes nothing; what prune has emptied cannot be read again. Errors are
    tried again by each poll-resolver too.

    For example:
      sentinel deliveries replay --errors --dry-run
      sentinel deliveries replay 17 18

    Exit codes: 2 no such delivery, 74 no database, 75 one broke our reading
    again: the next poll-resolver tries it too.
    """
    from sentinel_cli.opening import open_store
    from sentinel_cli.store.deliveries import failed
    from sentinel_cli.store.users import all_users
    from sentinel_cli.wiring import reading_policy, rules_of

    if bool(ids) == errors:
        raise UsageProblem("which ones?", advice="name their numbers, or --errors for all that failed")
    session = session_of(context)
    settings = session.settings()
    with ExitStack() as opened:
        db = opened.enter_context(open_store(settings))
        wanted = list(dict.fromkeys(ids or failed(db)))
        _require(db, wanted)
        used = opened.enter_context(db.copy()) if dry_run else db
        rules, reading = rules_of(settings, all_users(db)), reading_policy(settings)
        done = [_one(used, delivery_id, rules, reading) for delivery_id in wanted]
    _show(session.screen, done, dry_run=dry_run, as_json=as_json)
    if broken := sum(each.outcome.startswith("error:") for each in done):
        raise Incomplete(
            f"{broken} of {len(done)} broke our reading again",
            advice="sentinel deliveries show ID shows the body; a release that reads it is needed",
        )


def _require(db: "Database", wanted: Sequence[int]) -> None:
    """Raise UsageProblem, before anything is done, where one does not exist."""
    from sentinel_cli.store.deliveries import one_delivery

    missing = [delivery_id for delivery_id in wanted if one_delivery(db, delivery_id) is None]
    if missing:
        named = ", ".join(map(str, missing))
        raise UsageProblem(f"no delivery {named}", advice="sentinel deliveries list shows the newest")


def _one(db: "Database", delivery_id: int, rules: "Rules", reading: "ReadingPolicy") -> _Replayed:
    from sentinel_cli.intake import replay as replayed
    from sentinel_cli.store.deliveries import one_delivery

    before = one_delivery(db, delivery_id)
    recorded = replayed(db, delivery_id, rules, reading)
    after = one_delivery(db, delivery_id)
    if before is None or after is None:
        raise RuntimeError("deliveries are never deleted")
    why = ""
    if recorded is None:
        why = "its body was pruned" if before.pruned_at else "understood already: left as it is"
    elif not after.understood:
        why = "still not understood"
    return _Replayed(id=delivery_id, was=before.outcome, outcome=after.outcome, issue_id=after.issue_id, why=why)


def _show(screen: "Screen", done: Sequence[_Replayed], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        screen.json({"items": [asdict(each) for each in done], "total": len(done), "dry_run": dry_run})
    elif done:
        screen.table(_COLUMNS, [_row(each) for each in done])
    words = Counter("left as it was" if each.was == each.outcome else each.outcome for each in done)
    said = ", ".join(f"{count} {word}" for word, count in words.items()) or "nothing to replay"
    screen.note(f"{said} (dry run: nothing was changed)" if dry_run else said)


def _row(each: _Replayed) -> list[Cell]:
    style = "red" if each.outcome.startswith(("error", "undecodable")) else ""
    issue = f"#{each.issue_id}" if each.issue_id else "-"
    return [Cell(str(each.id)), Cell(each.was), Cell(each.outcome, style), Cell(issue), Cell(each.why)]
