"""The older service's tables: found, set aside under another name, and read whatever their columns are.

Refuses to know what becomes of their rows.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sentinel_cli.errors import StoreProblem

from .database import Database, Row

__all__ = ["SHARED", "OlderTable", "drop", "fill", "id_of", "quoted", "set_aside", "widen"]

SHARED = ("raw_events", "issues", "spam_phones", "kv_store")
"""The tables that both services have under one name."""

_CHUNK = 500
_AS_IT_IS = "this file cannot be adopted as it is; nothing of it was changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderTable:
    """A table of the older service under the name it was set aside as; `columns` maps names to declared types.

    `last_id` is the largest id it has ever given, as far as SQLite remembers.
    """

    name: str
    aside: str
    columns: Mapping[str, str]
    last_id: int = 0
    has_rowid: bool = True

    def pick(self, *names: str) -> str | None:
        """The first of these columns that it has."""
        return next((name for name in names if name in self.columns), None)

    def extras(self, used: Iterable[str | None]) -> list[str]:
        """The columns that have no counterpart with us."""
        return [name for name in self.columns if name not in set(used)]

    def is_numbered(self, db: Database) -> bool:
        """Whether every id is a whole number; places are, where there is no column of that name."""
        if self.pick("id") is None:
            return True
        aside = quoted(self.aside)
        return not db.read(f"select 1 from {aside} where typeof(\"id\") <> 'integer' limit 1")  # noqa: S608

    def rows(self, db: Database, *, by_place: bool = False) -> Iterator[Row]:
        """Every row, by id; `older_id` is its id, or its place in the table where it has none or that is wanted."""
        wanted = '"id"' if self.pick("id") and not by_place else "rowid" if self.has_rowid else "null"
        return db.raw.execute(f"select {wanted} as older_id, * from {quoted(self.aside)} order by 1")  # noqa: S608


def set_aside(db: Database, ours: Iterable[str]) -> tuple[dict[str, OlderTable], list[str]]:
    """The shared tables, renamed; and which others had to give way to tables of ours, kept as `older_…`.

    Indexes and triggers of a renamed table go: they were the older service's, and their names may be ours. Views and
    other tables that name it will find our table of that name. Call with `legacy_alter_table` on, foreign keys off.
    """
    found, kept = {}, []
    for row in db.read("select name, type from sqlite_master where type in ('table', 'view') order by name"):
        name = row["name"].lower()
        if name not in set(ours):
            continue
        if row["type"] == "view":
            raise StoreProblem(f"{db.path}: a view is called {name}, as a table of ours is", advice=f"drop view {name}")
        table = _renamed(db, row["name"], f"older_{name}")
        if name in SHARED:
            found[name] = table
        else:
            kept.append(table.aside)
    return found, kept


def _renamed(db: Database, name: str, aside: str) -> OlderTable:
    columns = db.read("select name, type from pragma_table_xinfo(?) where hidden <> 1", name)
    sql = db.one("select sql from sqlite_master where name = ? and type = 'table'", name)
    last_id = db.read("select seq from sqlite_sequence where name = ?", name) if _counts(db) else []
    for row in db.read(
        "select type, name from sqlite_master where tbl_name = ? and type in ('index', 'trigger') and sql is not null",
        name,
    ):
        db.write(f"drop {row['type']} {quoted(row['name'])}")
    db.write(f"alter table {quoted(name)} rename to {quoted(aside)}")
    return OlderTable(
        name=name.lower(),
        aside=aside,
        columns={column["name"].lower(): column["type"] for column in columns},
        last_id=int(last_id[0]["seq"] or 0) if last_id else 0,
        has_rowid=sql is None or "without rowid" not in sql["sql"].lower(),
    )


def _counts(db: Database) -> bool:
    return db.one("select 1 from sqlite_master where name = 'sqlite_sequence'") is not None


def widen(db: Database, table: OlderTable, extras: Iterable[str]) -> list[str]:
    """Give our table of that name the columns that only the older one has; their names there, in order.

    One that is called as a column of ours, and means something else, becomes `older_…`.
    """
    ours = {row["name"] for row in db.read("select name from pragma_table_info(?)", table.name)}
    names = []
    for extra in extras:
        names.append(f"older_{extra}" if extra in ours else extra)
        db.write(f"alter table {table.name} add column {quoted(names[-1])} {_type(table.columns[extra])}")
    return names


def _type(declared: str) -> str:
    """A declared type as a column may have it: without what would be a constraint or a function call there."""
    return f'"{declared.replace(chr(34), "")}"' if declared else ""


def quoted(name: str) -> str:
    """The name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def id_of(table: OlderTable, row: Row) -> int:
    """The row's id. Raises StoreProblem where it is no whole number: ours are, and every id is kept."""
    value = row["older_id"]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    if isinstance(value, int):
        return value
    raise StoreProblem(f"{table.name} holds the id {value!r}, which is no whole number", advice=_AS_IT_IS)


def fill(db: Database, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert the rows, some hundred at a time; how many there were."""
    names, marks = ", ".join(map(quoted, columns)), ", ".join("?" * len(columns))
    rest, count = iter(rows), 0
    while chunk := list(islice(rest, _CHUNK)):
        try:
            db.write_many(f"insert into {table} ({names}) values ({marks})", chunk)  # noqa: S608 - the names are quoted
        except sqlite3.IntegrityError as error:
            raise StoreProblem(f"{table} of the older service: {error}", advice=_AS_IT_IS) from error
        count += len(chunk)
    return count


def drop(db: Database, tables: Iterable[OlderTable]) -> None:
    """Remove what was set aside, and let ids go on after the largest that was ever given."""
    for table in tables:
        db.write(f"drop table {quoted(table.aside)}")
        db.write("update sqlite_sequence set seq = max(seq, ?) where name = ?", table.last_id, table.name)
