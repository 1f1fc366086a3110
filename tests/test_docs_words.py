"""What the documents say in the words of the model and of the tests, which are the ones in the code."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from sentinel_cli.commands.standing import flags
from sentinel_cli.domain.answers import Role
from sentinel_cli.domain.letters import LetterState
from sentinel_cli.domain.model import IssueStatus, Rule
from sentinel_cli.intake import Recorded

from .documents import PAGES, ROOT, named

MONDAY = datetime(2026, 11, 23, 15, tzinfo=UTC)


def every_flag() -> set[str]:
    """What `flags` says of an issue of which everything holds, open and closed."""
    open_, resolved = (
        SimpleNamespace(
            issue=SimpleNamespace(status=status, snoozed_until=MONDAY, unlisted_user="x", unconfirmed=1, withdrawn=1),
            overdue=is_open, escalated=1, breached=1, auto_reply_only=1, snoozed=1, now=MONDAY,
        )
        for status, is_open in ((IssueStatus.OPEN, True), (IssueStatus.RESOLVED, False))
    )  # fmt: skip
    settings: Any = SimpleNamespace(timezone=MONDAY.tzinfo)
    said = [flag for standing in (open_, resolved) for flag in flags(standing, settings)]  # type: ignore[arg-type]
    return {"snoozed" if flag.startswith("snoozed until") else flag for flag in said}


REASONS = re.findall(
    r"ignored\(\"([a-z-]+)\"|\"((?:no|unknown)-(?:message|contact|event))\"",
    "".join(path.read_text(encoding="utf-8") for path in (ROOT / "sentinel_cli/domain/payloads").glob("*.py")),
)


def test_the_rules_are_those_of_the_code() -> None:
    assert named("docs/model.md", "Rules") == set(Rule)


def test_the_roles_are_those_of_the_code() -> None:
    assert named("docs/model.md", "Roles") == set(Role)


def test_the_statuses_are_those_of_the_code() -> None:
    assert named("docs/model.md", "Statuses") == set(IssueStatus)


def test_the_flags_are_those_of_the_code() -> None:
    assert named("docs/model.md", "Flags") == every_flag()


def test_the_states_of_a_letter_are_those_of_the_code() -> None:
    assert named("docs/architecture.md", "The life of a letter") == set(LetterState)


def test_the_outcomes_of_a_delivery_are_those_of_the_code() -> None:
    said = re.findall(r"`([a-z]+)(?::<\w+>)?`", (Recorded.__doc__ or "").partition("Outcomes")[2])
    assert named("docs/model.md", "What became of a delivery") == set(said)


@pytest.mark.parametrize("reason", sorted({a or b for a, b in REASONS}))
def test_each_reason_for_ignoring_a_delivery_is_named(reason: str) -> None:
    assert f"`ignored:{reason}`" in PAGES["docs/model.md"]


def test_the_tables_of_the_database_are_those_of_the_schema() -> None:
    schema = (ROOT / "sentinel_cli/store/schema.py").read_text(encoding="utf-8")
    assert named("docs/architecture.md", "The file") == set(re.findall(r"^create table (\w+)", schema, re.MULTILINE))


# What is promised.


def defined() -> Iterator[str]:
    for path in (ROOT / "tests").rglob("test_*.py"):
        place = path.relative_to(ROOT).as_posix()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                yield from (f"{place}::{node.name}::{inner.name}" for inner in node.body if hasattr(inner, "name"))
            elif isinstance(node, ast.FunctionDef):
                yield f"{place}::{node.name}"
            elif isinstance(node, ast.Assign):
                yield f"{place}::{ast.unparse(node.targets[0])}"


def test_every_test_that_a_promise_names_exists() -> None:
    promised = re.findall(r"`(tests/[^`]+)`", PAGES["docs/promises.md"])
    assert (len(promised) > 30, set(promised) - set(defined())) == (True, set())
