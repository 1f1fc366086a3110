"""A backup takes the place of the database, which is kept; what happened since the backup is carried over from it.

At each moment the file in place is the old one or the new one, whole. Refuses to know who else is at work: its caller
has seen to it that no job is.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count
from pathlib import Path

from sentinel_cli.domain.instants import instant_text, parse_instant
from sentinel_cli.errors import StoreProblem

from . import kv, schema
from .backup_files import stamp
from .backups import as_plain_file, on_disk, write_copy
from .database import BUSY_ADVICE, Database, is_file

__all__ = ["Carried", "Restored", "restore"]

# A receiver that found the old file locked gives up after its busy time-out, and opens the file that is in place then.
_GIVES_UP_AFTER = 6.0
_ANOTHER = "name another file that db backup wrote; nothing was replaced"
_RANKS = "case state when 'sent' then 3 when 'refused' then 2 when 'owed' then 0 else 1 end"
# Who reads a list, a report or a backup has ended by then.
_READERS_END_AFTER = 10.0
_LOOKS_EVERY = 0.1
_LETTER_KEYS = "last_summary_ts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What came over from the replaced file: letters, and deliveries that the next resolver reads again.

    `actions` of people since the backup are only counted: what they were about may not be in the backup.
    """

    deliveries: int
    first_delivery: int | None
    last_delivery: int | None
    letters: int
    actions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did. `carried` is None when the replaced file could not be read; `covers` ends the backup's facts.

    `replaced` is None when there was no file to replace.
    """

    path: Path
    replaced: Path | None
    covers: str | None
    carried: Carried | None


def restore(source: Path, path: Path, now: datetime, pause: Callable[[float], None]) -> Restored:
    """Put a copy of `source` where `path` is. Raises StoreProblem, with the old file in place, when it cannot.

    Where `path` is a link, the file it leads to is replaced: its log lies beside that, perhaps on another disk.
    """
    path = Path(os.path.realpath(path))
    fresh = path.with_name(f".{path.name}.restoring")
    _clear(fresh)
    try:
        _copied(source, fresh)
        with _locked(path, pause) as readable:
            carried = _carry_over(path, fresh) if readable else None
            if carried is None:
                _forget_letters(fresh, now)
            as_plain_file(fresh)
            with Database.look(fresh) as db:
                covers = _covers(db)
            replaced = _swap(fresh, path, now, with_log=not readable)
            Database.open(path).close()  # with a write-ahead log from the start, as all of us open it
            if readable:
                pause(_GIVES_UP_AFTER)
    finally:
        _clear(fresh)
    return Restored(path=path, replaced=replaced, covers=covers, carried=carried)


def _copied(source: Path, fresh: Path) -> None:
    """A verified copy of the backup, at this release's schema. Raises StoreProblem when it is no sound database."""
    if not is_file(source):
        raise StoreProblem(
            f"no backup at {source}", advice="ls -lt backups, in the database's folder, shows those there are"
        )
    with ExitStack() as opened:
        try:
            backup = opened.enter_context(Database.look(source))
            is_ours = schema.is_ours(backup)
        except StoreProblem as problem:
            raise StoreProblem(problem.message, advice=_ANOTHER) from problem
        if not is_ours:
            raise StoreProblem(f"{source} is not a Sentinel database", advice=_ANOTHER)
        write_copy(backup, fresh)
    with Database.open(fresh) as db:
        schema.migrate(db)


def _clear(fresh: Path) -> None:
    """Nothing is left of it, nor of one that died: SQLite would replay its log into the next file of the name."""
    for suffix in ("", "-wal", "-shm"):
        _beside(fresh, suffix).unlink(missing_ok=True)


@contextmanager
def _locked(path: Path, pause: Callable[[float], None]) -> Iterator[bool]:
    """Nobody can write to the old file from now on, and all of it is in that one file; False when it is unreadable."""
    keeper = _keeper(path, pause)
    try:
        yield keeper is not None
    finally:
        if keeper is not None:
            keeper.close()


def _keeper(path: Path, pause: Callable[[float], None]) -> Database | None:
    """A connection that holds the old file's write lock, after all of its log was moved into it."""
    try:
        keeper = Database.open(path)
    except StoreProblem as problem:
        if problem.advice == BUSY_ADVICE:
            raise
        return None
    except sqlite3.Error:
        return None
    try:
        keeper.write("begin immediate")
        _move_log(path, pause)
    except BaseException as error:
        keeper.close()
        if isinstance(error, sqlite3.Error) or (isinstance(error.__cause__, sqlite3.DatabaseError) and _is_torn(error)):
            return None
        raise
    return keeper


def _move_log(path: Path, pause: Callable[[float], None]) -> None:
    """Move the log into the file. What somebody still reads in the log has to stay there, so readers are waited for."""
    for _ in range(round(_READERS_END_AFTER / _LOOKS_EVERY)):
        # Another connection than the keeper's, which cannot do it in its transaction.
        with Database.look(path, writing=True) as mover:
            row = mover.one("pragma wal_checkpoint(passive)")
        if row is not None and (row["busy"], row["checkpointed"]) == (0, row["log"]):
            return
        pause(_LOOKS_EVERY)
    raise StoreProblem(
        f"{path} cannot be replaced while somebody reads it without end",
        advice="end what reads it (lsof names it: a sqlite3 shell, the ui, the replica); nothing was replaced",
    )


def _is_torn(error: BaseException) -> bool:
    return getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _swap(fresh: Path, path: Path, now: datetime, *, with_log: bool) -> Path | None:
    """Keep the old file under another name, then put the new one in its place.

    The old one's log goes before the new one comes: SQLite would replay it into whatever database it stands beside. It
    is kept `with_log` where it could not be moved into the old file.
    """
    replaced = _free(_beside(path, f".replaced-{stamp(now)}")) if path.exists() else None
    try:
        if replaced:
            os.link(path, replaced)
            if with_log and _beside(path, "-wal").exists():
                os.link(_beside(path, "-wal"), _beside(replaced, "-wal"))
            on_disk(path.parent)
        for suffix in ("-wal", "-shm"):
            _beside(path, suffix).unlink(missing_ok=True)
        fresh.replace(path)
        on_disk(path.parent)
    except OSError as error:
        raise StoreProblem(f"cannot replace {path}: {error}", advice="look at the folder and df") from error
    return replaced


def _free(path: Path) -> Path:
    """That name, or with a number where a restore of the same second has taken it."""
    names = chain([path], (_beside(path, f"-{number}") for number in count(2)))
    return next(name for name in names if not name.exists())


def _covers(db: Database) -> str | None:
    """Up to when the backup knows what GHL shows; where no resolver has run yet, a day before its newest delivery."""
    watermark = kv.get_instant(db, "resolver_watermark_ts")
    if watermark is not None:
        return instant_text(watermark)
    row = db.one("select max(received_ts) from raw_events")
    return instant_text(parse_instant(row[0]) - timedelta(days=1)) if row and row[0] else None


def _carry_over(path: Path, fresh: Path) -> Carried | None:
    """Bring from the old file what the backup is too old to know, and nobody could find out again.

    A letter that was sent must not be sent again. A delivery that was acknowledged must not be lost: it is marked as
    one that could not be read, so that the next resolver reads it. None when the old file cannot be read.
    """
    with Database.open(fresh) as db:
        try:
            db.read("attach database ? as old", f"{path.resolve().as_uri()}?mode=ro")
            with db.transaction():
                letters, (count, first, last) = _letters(db), _deliveries(db)
                _alerts(db)
                actions = _newer_actions(db)
        except (sqlite3.Error, StoreProblem):
            return None
    return Carried(deliveries=count, first_delivery=first, last_delivery=last, letters=letters, actions=actions)


def _forget_letters(fresh: Path, now: datetime) -> None:
    """Say that letters of today may be out: whatever this file knows, they are looked for before they are sent."""
    with Database.open(fresh) as db, db.transaction():
        kv.put_instant(db, kv.LETTERS_FORGOTTEN, now)


def _newer_actions(db: Database) -> int:
    row = db.one("select count(*) from old.actions where id > (select coalesce(max(id), 0) from main.actions)")
    return int(row[0]) if row else 0


def _shared(db: Database, table: str, *without: str) -> str:
    """The columns that a table has in both files, but for some."""
    old = {row["name"] for row in db.read(f"pragma old.table_info({table})")} - {"id", *without}
    return ", ".join(row["name"] for row in db.read(f"pragma main.table_info({table})") if row["name"] in old)


def _letters(db: Database) -> int:
    """Of each letter the further one; and when letters were last accepted."""
    columns = _shared(db, "outbox")
    further = f"m.letter_key = o.letter_key and {_of('m')} >= {_of('o')}"
    rows = db.read(
        f"""
        select id, letter_key from old.outbox o
        where not exists (select 1 from main.outbox m where {further}) order by id
        """  # noqa: S608 - the clause is ours
    )
    for row in rows:
        db.write("delete from main.outbox where letter_key = ?", row["letter_key"])
        db.write(f"insert into main.outbox ({columns}) select {columns} from old.outbox where id = ?", row["id"])  # noqa: S608
    db.write(
        """
        insert into main.kv_store (key, value) select key, value from old.kv_store where key like ? || '%'
        on conflict (key) do update set value = max(value, excluded.value)
        """,
        _LETTER_KEYS,
    )
    return len(rows)


def _alerts(db: Database) -> None:
    """Who was told of which breach; of issues that are not in the backup nothing, for their ids are given anew."""
    # A file of the release before has no such table.
    if db.one("select 1 from old.sqlite_master where name = 'alerts'"):
        db.write(
            """
            insert into main.alerts (issue_id, contact_id, letter_key)
            select issue_id, contact_id, letter_key from old.alerts where issue_id in (select id from main.issues)
            on conflict (issue_id, contact_id) do update set letter_key = excluded.letter_key
            """
        )


def _of(table: str) -> str:
    return f"(({_RANKS.replace('state', f'{table}.state')}) * 1000 + min({table}.attempts, 999))"


def _deliveries(db: Database) -> tuple[int, int | None, int | None]:
    """How many came over, the first and the last."""
    names = _shared(db, "raw_events", "outcome", "contact_id", "message_key", "issue_id")
    newer = """
        from old.raw_events where id > (select coalesce(max(id), 0) from main.raw_events)
        and coalesce(delivery_key, '') not in (select delivery_key from main.raw_events where delivery_key is not null)
    """
    row = db.one(f"select count(*), min(id), max(id) {newer}")
    db.write(f"insert into main.raw_events (id, outcome, {names}) select id, 'error:Restored', {names} {newer}")
    return (row[0], row[1], row[2]) if row else (0, None, None)
