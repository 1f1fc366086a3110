"""`sentinel db check` and `db rebuild`: whether the database is what it should be."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.errors import StoreProblem, UsageProblem

from .options import AsJson
from .session import session_of
from .tables import Cell, Column

if TYPE_CHECKING:
    from sentinel_cli.jobs.rebuild import Rebuilt
    from sentinel_cli.store.rebuilding import Difference

    from .tables import Screen

__all__ = ["rebuild"]

_DIFFERENCES = (
    Column(name="what", wraps=True, least=12),
    Column(name="field"),
    Column(name="here", wraps=True, least=12),
    Column(name="by its facts", wraps=True, least=12),
)


def rebuild(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Leave the rebuilt copy there, equal or not.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Derive all issues anew from what was received, in a copy, and report every difference.

    Equality proves that nothing was lost or edited by hand. The database
    itself is not written to; a copy that differs is kept beside it, to look at
    and, where it is the better one, to put in place with sentinel db restore.

    For example:
      sentinel db rebuild
      sentinel db rebuild --json

    Exit codes: 2 FILE is there already, 74 the database differs or is damaged.
    """
    from sentinel_cli.jobs.rebuild import rebuild as rebuilt_in
    from sentinel_cli.store.backups import stamp
    from sentinel_cli.store.users import all_users
    from sentinel_cli.wiring import clock_of, open_store, reading_policy, rules_of

    session = session_of(context)
    settings, now = session.settings(), clock_of(session.settings())()
    target = session.cwd / output if output else None
    if target and target.exists():
        raise UsageProblem(f"{target} exists already", advice="name another file")
    with open_store(settings) as db:
        beside = db.path.with_name(f"{db.path.name}.rebuilt-{stamp(now)}")
        rules = rules_of(settings, all_users(db))
        done = rebuilt_in(db, target or beside, rules, reading_policy(settings), now)
    is_kept = target is not None or not done.equal
    if not is_kept:
        done.copy.unlink()
    _show(session.screen, done, as_json=as_json, is_kept=is_kept)
    if not done.equal:
        raise StoreProblem(
            f"{done.differing} fields of the database are not what its facts say; the rebuilt copy is {done.copy}",
            advice=f"compare the two, then keep this one or run: sentinel db restore {done.copy}",
        )


def _show(screen: "Screen", done: "Rebuilt", *, as_json: bool, is_kept: bool) -> None:
    counts = {"issues": done.issues, "kept": done.kept, "bodies": done.bodies, "settled": done.settled}
    if as_json:
        items = [_fields(each) for each in done.differences]
        copy = str(done.copy) if is_kept else None
        screen.json({"items": items, "total": done.differing, **counts, "equal": done.equal, "copy": copy})
        return
    if done.differences:
        screen.table(_DIFFERENCES, [_row(each) for each in done.differences])
    said = f"{done.issues} issues derived anew, {done.bodies} bodies read again, {done.differing} differences"
    kept = f"; kept as they are, for their facts are not here any more: {done.kept}" if done.kept else ""
    screen.line(said + kept)
    if done.settled:
        screen.line(f"settled, perhaps judged by older settings: {done.settled}")


def _row(found: "Difference") -> list[Cell]:
    style = "dim" if found.settled else "red"
    what = f"{found.what} (settled)" if found.settled else found.what
    return [Cell(what, style), Cell(found.field), Cell(_said(found.here)), Cell(_said(found.by_facts))]


def _said(value: object) -> str:
    return "-" if value is None else str(value)


def _fields(found: "Difference") -> dict[str, object]:
    return {
        "what": found.what,
        "field": found.field,
        "here": found.here,
        "by_facts": found.by_facts,
        "settled": found.settled,
    }
