"""Statements as they are really executed, how SQLite means to find the rows of each, and what they cost it."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from tests.builders import store

__all__ = ["Overheard", "Statement", "indexes", "overheard", "scans"]

Statement = tuple[str, Any]
"""Its text and its parameters."""

_PLANNED = ("select", "with", "insert", "update", "delete")
_ALIAS = re.compile(r"\b(?:from|join|into|update)\s+(\w+)\s+(?:as\s+)?(\w+)")
_USED = re.compile(r"\bINDEX (\w+)")
# An index that is made for one statement reads the whole table first.
_WHOLE = re.compile(r"^SCAN (\w+)|^SEARCH (\w+) USING AUTOMATIC")


@dataclass
class Overheard:
    """The statements in the order they were executed, and the tens of instructions that SQLite took for all."""

    statements: list[Statement] = field(default_factory=list)
    tens: int = 0

    def step(self) -> None:
        self.tens += 1


@contextmanager
def overheard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Overheard]:
    """What every connection that is opened inside executes."""
    heard = Overheard()

    class Connection(sqlite3.Connection):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.set_progress_handler(heard.step, 10)

        def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
            heard.statements.append((sql, parameters))
            return super().execute(sql, parameters)

        def executemany(self, sql: str, parameters: Iterable[Any]) -> sqlite3.Cursor:
            sets = list(parameters)
            heard.statements.extend((sql, each) for each in sets[:1])
            return super().executemany(sql, sets)

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Connection))
        yield heard


def scans(statements: Sequence[Statement]) -> set[tuple[str, str]]:
    """Table and statement of each plan that reads a whole table, or the whole of an index, of which nothing is known.

    A file of ours has no statistics, so that the plan is the same one however much it holds.
    """
    return {(table, sql) for sql, line in _plans(statements) for table in _read_whole(sql, line)}


def indexes(statements: Sequence[Statement]) -> set[str]:
    """The names of all indexes that are used."""
    return {name for _, line in _plans(statements) for name in _USED.findall(line)}


def _plans(statements: Sequence[Statement]) -> Iterator[tuple[str, str]]:
    """Each statement with each line of its plan."""
    distinct = {" ".join(sql.split()): parameters for sql, parameters in statements}
    with store() as db:
        for sql, parameters in distinct.items():
            if sql.startswith(_PLANNED):
                yield from ((sql, row["detail"]) for row in db.raw.execute(f"explain query plan {sql}", parameters))


def _read_whole(sql: str, line: str) -> list[str]:
    tables = {alias: table for table, alias in _ALIAS.findall(sql)}
    return [tables.get(name, name) for found in _WHOLE.findall(line) for name in found if name]
