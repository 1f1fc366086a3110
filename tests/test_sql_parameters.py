"""SQL is made of our own words alone: whatever comes from outside goes in as a parameter.

Every statement in `store/` is followed back to what it is made of. Literals are ours, and so are lists of literals, the
keys of dicts whose keys are literals, and what is joined or counted of these; nothing else is.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

STORE = Path(__file__).parent.parent / "sentinel_cli" / "store"
RUN_SQL = frozenset(
    {"execute", "executemany", "executescript", "insert", "one", "query", "read", "write", "write_many"}
)
# A number, and a name as SQL quotes it: the names of tables and columns cannot be parameters.
SAFE_CALLS = frozenset({"len", "quoted"})
# The methods that pass a statement on; what they are given is followed in their callers.
PASSES_ON = {"database.py"}

# Statements whose words are ours though a name of them comes from elsewhere: of tables and columns, quoted where they
# are another service's, columns that SQLite itself lists, or clauses that an enum of ours chooses.
LET_THROUGH = frozenset(
    {
        "adoption.py: select count(*) from {table}",
        (
            "distinct.py: with recursive found(value) as ( select min({column}) from {table} union all select"
            " (select min({column}) from {table} where {column} > found.value) from found where value is not null )"
            " select value from found where value is not null"
        ),
        "health.py: pragma {name}",
        "invariants.py: {sql} limit {_SHOWN}",
        "invariants.py: select rowid from {table} where {wrong} limit {_SHOWN}",
        "issue_lists.py: select * from ({found}) order by {_ORDERS[wanted.order]} limit :limit",
        "issue_lists.py: select * from ({found})",
        "issue_lists.py: select count(*) from issues where {where}",
        (
            "issue_lists.py: select coalesce(sum(kept), 0) as total, coalesce(sum(not kept), 0) as others,"
            " coalesce(sum(kept and overdue), 0) as overdue, coalesce(sum(kept and escalated), 0) as escalated,"
            " coalesce(sum(kept and snoozed), 0) as snoozed from (select {kept[wanted.snoozed]} as kept,"
            " {_OVERDUE} as overdue, {_ESCALATED} as escalated, coalesce({_SNOOZED}, 0) as snoozed"
            " from issues where {_OPEN} and {fits})"
        ),
        "older_tables.py: drop {row['type']} {quoted(row['name'])}",
        "older_tables.py: alter table {table.name} add column {quoted(names[-1])} {_type(table.columns[extra])}",
        "older_tables.py: insert into {table} ({names}) values ({marks})",
        "older_tables.py: select {wanted} as older_id, * from {quoted(self.aside)} order by 1",
        "rebuilding.py: create temp table was_{table} as select {columns} from {table}",
        (
            "recovery.py: select id, letter_key from old.outbox o where not exists "
            "(select 1 from main.outbox m where {further}) order by id"
        ),
        "recovery.py: insert into main.outbox ({columns}) select {columns} from old.outbox where id = ?",
        "recovery.py: insert into main.raw_events (id, outcome, {names}) select id, 'error:Restored', {names} {newer}",
    }
)

Function = ast.FunctionDef | ast.Module


def call_parts(call: ast.Call) -> list[ast.expr] | None:
    """A safe call gives nothing of what it is given; `join` and `split` give nothing that was not there before."""
    if not isinstance(call.func, ast.Attribute):
        return []
    known = {"join": [call.func.value, *call.args], "split": [call.func.value]}
    return known.get(call.func.attr)


def operands(node: ast.BinOp) -> list[ast.expr] | None:
    if isinstance(node.op, ast.Mult):
        return [node.left]
    return [node.left, node.right] if isinstance(node.op, ast.Add | ast.BitOr) else None


PARTS: dict[type[ast.AST], Callable[[Any], list[ast.expr] | None]] = {
    ast.Constant: lambda _: [],
    ast.JoinedStr: lambda node: node.values,
    ast.FormattedValue: lambda node: [node.value],
    ast.Starred: lambda node: [node.value],
    ast.List: lambda node: node.elts,
    ast.Tuple: lambda node: node.elts,
    ast.Dict: lambda node: [key or value for key, value in zip(node.keys, node.values, strict=True)],
    ast.GeneratorExp: lambda node: [node.elt],
    ast.ListComp: lambda node: [node.elt],
    ast.BinOp: operands,
    ast.Call: call_parts,
}
"""What each kind of expression is made of; an expression of any other kind is not ours."""


def bindings(node: ast.AST) -> list[tuple[ast.AST | None, ast.AST | None]]:
    """The names that a statement binds or adds to, each with what they take; of a pair of values the first."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            return list(zip(names, values, strict=True))
        case ast.Assign(targets=[ast.Subscript(value=target, slice=value)]):
            return [(target, value)]
        case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=value):
            return [(first_of(target), first_of(value))]
        case (
            ast.AugAssign(target=target, value=value)
            | ast.Call(func=ast.Attribute(value=target, attr="append"), args=[value])
        ):
            return [(target, value)]
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            return [(first_of(target), firsts(value))]
    return []


@dataclass
class Source:
    """A module: its functions, and what each name in one of them may hold."""

    tree: ast.Module
    seen: set[int] = field(default_factory=set)

    def strangers(self) -> Iterator[str]:
        """The statements that hold something that is not ours."""
        for function in [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)]:
            for call in ast.walk(function):
                if is_statement(call) and not self.is_ours(call.args[0], function):
                    yield f"{call.lineno}: {ast.unparse(call.args[0])}"

    def is_ours(self, node: ast.AST | None, function: Function) -> bool:
        """Whether a value, or the items or keys of it, are made of literals of this module."""
        if isinstance(node, ast.Name):
            # A constant of this module or another; ruff holds such names to be constants.
            return node.id.isupper() or self._holds_ours(node.id, function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in SAFE_CALLS:
            return self._gives_ours(node.func.id)
        parts = PARTS[type(node)](node) if type(node) in PARTS else None
        return parts is not None and all(self.is_ours(part, function) for part in parts)

    def _gives_ours(self, name: str) -> bool:
        """Whether every `return` of our function of that name gives what is ours."""
        made = [node for node in self.tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
        returns = [node for each in made for node in ast.walk(each) if isinstance(node, ast.Return)]
        return bool(returns) and all(self.is_ours(first_of(node.value), made[0]) for node in returns)

    def _holds_ours(self, name: str, function: Function) -> bool:
        """Whether all that a name is bound to is ours; a parameter is what the callers in this module give."""
        held = [*self._bound(name, function), *self._given(name, function)]
        if not held and isinstance(function, ast.FunctionDef):
            return self._holds_ours(name, self.tree)
        fresh = [value for value in held if id(value[0]) not in self.seen]
        self.seen.update(id(value) for value, _ in fresh)
        return bool(held) and all(self.is_ours(value, where) for value, where in fresh)

    def _bound(self, name: str, function: Function) -> Iterator[tuple[ast.AST, Function]]:
        nodes = ast.walk(function) if isinstance(function, ast.FunctionDef) else iter(function.body)
        for target, value in (pair for node in nodes for pair in bindings(node)):
            if isinstance(target, ast.Name) and target.id == name:
                yield value, function

    def _given(self, name: str, function: Function) -> Iterator[tuple[ast.AST, Function]]:
        if not isinstance(function, ast.FunctionDef) or name not in (
            names := [each.arg for each in function.args.args]
        ):
            return
        place = names.index(name)
        for caller in [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)]:
            for call in ast.walk(caller):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == function.name:
                    yield call.args[place], caller


def first_of(node: ast.AST | None) -> ast.AST | None:
    """Of a pair its first half, which is where our words stand."""
    return node.elts[0] if isinstance(node, ast.Tuple) and node.elts else node


def firsts(node: ast.AST) -> ast.AST:
    """What a loop's first name takes: the first halves of a literal list of pairs, else what it runs over."""
    if isinstance(node, ast.Tuple | ast.List) and all(isinstance(each, ast.Tuple) for each in node.elts):
        return ast.List(elts=[first_of(each) for each in node.elts])
    return node


def is_statement(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in RUN_SQL
        and bool(node.args)
    )


def strangers(text: str) -> list[str]:
    return list(Source(ast.parse(text)).strangers())


def in_words(found: str) -> str:
    """The statement without its line's number, its quotes and its line ends."""
    text = found.partition(": ")[2].removeprefix("f").strip("\"'")
    return " ".join(text.replace("\\n", " ").split())


@pytest.mark.parametrize("path", sorted(STORE.glob("*.py")), ids=lambda path: path.name)
def test_every_statement_is_made_of_our_own_words(path: Path) -> None:
    found = [] if path.name in PASSES_ON else strangers(path.read_text(encoding="utf-8"))
    assert [each for each in found if f"{path.name}: {in_words(each)}" not in LET_THROUGH] == []


@pytest.mark.parametrize(
    "built",
    [
        "db.read(f'select * from issues where id = {issue_id}')",
        "db.read('select * from issues where id = %s' % issue_id)",
        "db.read('select * from issues where id = {}'.format(issue_id))",
        "db.read('select * from issues where id = ' + issue_id)",
        "db.read(issue_id)",
        "db.read(f\"select {', '.join(issue_id)} from issues\")",
        "db.read(f'select * from issues where {issue_id.clause}')",
        "sql = 'select 1'\n    sql += issue_id\n    db.read(sql + issue_id)",
    ],
)
def test_what_comes_from_outside_is_found(built: str) -> None:
    assert len(strangers(f"def find(db, issue_id):\n    {built}\n")) == 1


@pytest.mark.parametrize(
    "built",
    [
        "db.read('select * from issues where id = ?', issue_id)",
        "columns = {'id': issue_id}\n    db.write(f\"insert into t ({', '.join(columns)})\", *columns.values())",
        "parts = ['a = ?']\n    parts.append('b = ?')\n    db.read(f\"select {' and '.join(parts)}\")",
        "db.read(f'pragma user_version={len(issue_id)}')",
        "for pragma in ('a', 'b'):\n        db.read(f'pragma {pragma}')",
    ],
)
def test_what_is_our_own_is_let_through(built: str) -> None:
    assert strangers(f"def find(db, issue_id):\n    {built}\n") == []
