"""`sentinel db check` and `db rebuild`: whether the database is what it should be."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.errors import StoreProblem, UsageProblem

from .options import AsJson
from .progress import working
from .session import session_of
from .tables import Cell, Column

if TYPE_CHECKING:
    from sentinel_cli.domain.ledger import Rules
    from sentinel_cli.jobs.rebuild import Rebuilt
    from sentinel_cli.settings import Settings
    from sentinel_cli.store.database import Database
    from sentinel_cli.store.rebuilding import Difference

    from .tables import Screen

__all__ = ["check", "rebuild"]

_ANOTHER = "look at another copy before you restore one"
_PROBLEMS = (Column(name="what is wrong", wraps=True, least=24), Column(name="what to do", wraps=True, least=24))
_DIFFERENCES = (
    Column(name="what", wraps=True, least=12),
    Column(name="field"),
    Column(name="here", wraps=True, least=12),
    Column(name="by its facts", wraps=True, least=12),
)


def check(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(show_default=False, help="A copy to look at instead, such as a backup.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the database is sound: the file, its rows, and the issues by their facts.

    It only reads, so the receiver goes on meanwhile.

    For example:
      sentinel db check
      sentinel db check data/backups/sentinel-20261125T140000Z.db

    Exit codes: 74 something is wrong, or there is no database.
    """
    from sentinel_cli.jobs.invariants import judged_by_these, problems
    from sentinel_cli.opening import clock_of
    from sentinel_cli.store.database import Database
    from sentinel_cli.store.invariants import Problem

    session = session_of(context)
    settings, screen = session.settings(), session.screen
    path = session.cwd / file if file else settings.db_path
    if file and not path.is_file():
        raise StoreProblem(f"no file at {path}", advice=_ANOTHER)
    with working(screen, "looking at every row"), Database.look(path) as db:
        rules = _rules(settings, db)
        same = rules is None or judged_by_these(db, rules)
        found = list(problems(db, rules if same else None, clock_of(settings)()))
    if file:
        # What mends the database does not mend a copy of it.
        found = [Problem(what=each.what, advice=_ANOTHER) for each in found]
    if as_json:
        items = [{"what": each.what, "advice": each.advice} for each in found]
        screen.json({"items": items, "total": len(found), "path": str(path), "derived": same})
    elif found:
        screen.table(_PROBLEMS, [[Cell(each.what, "red"), Cell(each.advice)] for each in found])
    else:
        screen.line(f"{path} is sound")
    if not same:
        screen.note(
            "the settings have changed since the last poll-resolver: whether its issues follow was not looked at"
        )
    if found:
        raise StoreProblem(f"{path}: {_many(len(found), 'problem')}", advice=found[0].advice)


def _rules(settings: "Settings", db: "Database") -> "Rules | None":
    """The rules by the users known; None where the file is too damaged to tell them."""
    from sentinel_cli.store.users import all_users
    from sentinel_cli.wiring import rules_of

    try:
        return rules_of(settings, all_users(db))
    except (sqlite3.Error, StoreProblem):
        return None


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
    from sentinel_cli.jobs.rebuild import Terms
    from sentinel_cli.jobs.rebuild import rebuild as rebuilt_in
    from sentinel_cli.opening import clock_of, open_store
    from sentinel_cli.store.backup_files import stamp
    from sentinel_cli.store.users import all_users
    from sentinel_cli.wiring import reading_policy, rules_of

    session = session_of(context)
    settings, now = session.settings(), clock_of(session.settings())()
    target = session.cwd / output if output else None
    if target and target.exists():
        raise UsageProblem(f"{target} exists already", advice="name another file")
    with working(session.screen, "deriving every issue anew") as tell, open_store(settings) as db:
        beside = db.path.with_name(f"{db.path.name}.rebuilt-{stamp(now)}")
        by = Terms(rules=rules_of(settings, all_users(db)), reading=reading_policy(settings), now=now)
        done = rebuilt_in(db, target or beside, by, tell)
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
    counted = (f"{_many(done.issues, 'issue')} derived anew", f"{_many(done.bodies, 'body', 'bodies')} read again")
    said = ", ".join([*counted, _many(done.differing, "difference")])
    kept = f"; kept as they are, for their facts are not here any more: {done.kept}" if done.kept else ""
    screen.line(said + kept)
    if done.settled:
        screen.line(f"settled, perhaps judged by older settings: {done.settled}")


def _row(found: "Difference") -> list[Cell]:
    style = "dim" if found.settled else "red"
    what = f"{found.what} (settled)" if found.settled else found.what
    return [Cell(what, style), Cell(found.field), Cell(_said(found.here)), Cell(_said(found.by_facts))]


def _many(count: int, noun: str, plural: str = "") -> str:
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}"


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
