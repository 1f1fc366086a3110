"""What the documents say in the words of the model and of the tests, which are the ones in the code."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from sentinel_cli import wiring
from sentinel_cli.commands import running
from sentinel_cli.commands.standing import FIELDS, flags
from sentinel_cli.domain import alert_text, summary_text
from sentinel_cli.domain.answers import Role
from sentinel_cli.domain.letters import LetterState, Slot
from sentinel_cli.domain.model import IssueStatus, Rule
from sentinel_cli.domain.summary import Section
from sentinel_cli.intake import Recorded
from sentinel_cli.jobs import (
    alert_letters,
    deliver_outbox,
    fresh_check,
    order_agenda,
    poll_resolver,
    runner,
    send_alerts,
    send_summary,
)
from sentinel_cli.jobs.check import Check
from sentinel_cli.jobs.send_alerts import AlertsReport
from sentinel_cli.jobs.send_summary import SummaryReport
from sentinel_cli.store import kv

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


def test_the_fields_of_an_issue_are_those_of_the_code() -> None:
    assert named("docs/model.md", "Fields") == set(FIELDS)


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


# What contributors are told.


def test_each_word_of_the_model_is_added_where_the_steps_say() -> None:
    said = re.findall(r"`(sentinel_cli/\S+\.py)`: the word in `(\w+)`", PAGES["docs/contributing.md"])
    places = {
        name: [
            path
            for path in (ROOT / "sentinel_cli").rglob("*.py")
            if f"\nclass {name}(" in path.read_text(encoding="utf-8")
        ]
        for _, name in said
    }
    assert {name: [ROOT / path] for path, name in said} == places
    assert set(places) == {"Channel", "Rule"}


def test_every_section_that_the_code_cites_leads_to_a_page() -> None:
    places = [path for room in (*ROOMS, "tests") for path in (ROOT / room).rglob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in places)
    design = re.findall(r"DESIGN,? (§\d+|\"[^\"]+\"|[a-z][a-z -]+|SLA)", code)
    facts = re.findall(r"GHL\.md (\d+)(?:, (\d+))?", code)
    cited = {each.strip('"') for each in design} | {f"GHL.md {n}" for pair in facts for n in pair if n}
    assert (len(cited) > 10, cited - named("docs/contributing.md", "What the comments cite")) == (True, set())


# What a manager's text says.


class _Fragments(ast.NodeVisitor):
    """The words that stand fixed in a module: no docstrings, no format specifications."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_Assign(self, node: ast.Assign) -> None:
        if ast.unparse(node.targets[0]) != "__all__":
            self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> None:
        self.visit(node.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.found.add(node.value.strip(" \n,.:+#()"))


def fixed_words(*functions: Callable[..., object] | ModuleType) -> set[str]:
    fragments = _Fragments()
    for function in functions:
        fragments.visit(ast.parse(inspect.getsource(function)))
    return {words for words in fragments.found if len(words) > 1}


WORDS = fixed_words(summary_text, alert_text, fresh_check._in_few_words) | {*Section, *Slot}


@pytest.mark.parametrize("words", sorted(WORDS))
def test_every_word_of_a_summary_is_explained(words: str) -> None:
    explained = "\n".join(re.findall(r"^\| (`.+?) \|", PAGES["docs/summary.md"], re.MULTILINE))
    assert re.search(rf"(?<![a-z]){re.escape(words)}s?\b", explained)


# What cron.log says, and what the jobs remember.

ROOMS = ("sentinel_cli", "webhook")
EVERYTHING: dict[str, Any] = {
    "new": 1, "late": 1, "opened": 1, "resolved": 1, "reopened": 1, "withdrawn": 1, "silent": True, "unrouted": 1,
    "unread": frozenset({"contact"}), "stale_receiver": True,
}  # fmt: skip


def every_field_of_the_resolver() -> set[str]:
    check = Check(begun_at=MONDAY, since=MONDAY, reports=1, threads=frozenset(), **EVERYTHING)
    report = poll_resolver.ResolverReport(
        check=check, open=1, caught_up=1, mended=1, broken=1, introduced=1, staff_listed=False
    )
    return set(report.counts)


def summary(*, complete: bool) -> Any:
    line = SimpleNamespace(unchecked=True, issues=(SimpleNamespace(contact_id="CTC1"),))
    return SimpleNamespace(
        overdue=1, waiting=1, resolved=1, lines=(line,), check=SimpleNamespace(complete=complete, problem="")
    )


def every_field_of_the_summary() -> set[str]:
    letter: Any = SimpleNamespace(state=LetterState.SENT)
    delivery = deliver_outbox.DeliveryReport(**{f.name: (letter,) for f in fields(deliver_outbox.DeliveryReport)})
    reports = (
        SummaryReport(slot=Slot.MORNING, closed="Christmas Day"),
        SummaryReport(slot=Slot.MORNING, already=True, summary=summary(complete=True), delivery=delivery),
        SummaryReport(slot=Slot.MORNING, summary=summary(complete=False)),
    )
    return {name for report in reports for name in report.counts}


def test_the_fields_of_the_resolver_s_line_are_those_of_the_code() -> None:
    assert named("docs/runbook.md", "Fields of poll-resolver") == every_field_of_the_resolver()


def test_the_fields_of_the_summary_s_line_are_those_of_the_code() -> None:
    assert named("docs/runbook.md", "Fields of send-summary") == every_field_of_the_summary()


def test_the_fields_of_the_orders_line_are_those_of_the_code() -> None:
    letter: Any = SimpleNamespace(state=LetterState.SENT)
    delivery = deliver_outbox.DeliveryReport(**{f.name: (letter,) for f in fields(deliver_outbox.DeliveryReport)})
    report = order_agenda.OrdersReport(answers=(letter,), dropped=1, unread=1, delivery=delivery)
    assert named("docs/runbook.md", "Fields of run-orders") == set(report.counts)


def test_the_fields_of_the_alerts_line_are_those_of_the_code() -> None:
    letter: Any = SimpleNamespace(state=LetterState.SENT)
    delivery = deliver_outbox.DeliveryReport(**{f.name: (letter,) for f in fields(deliver_outbox.DeliveryReport)})
    check: Any = SimpleNamespace(complete=False)
    reports = (
        AlertsReport(quiet="closed"),
        AlertsReport(waits_for=Slot.MORNING, check=check, unread=1, breached=1, delivery=delivery),
    )
    assert named("docs/runbook.md", "Fields of send-alerts") == {name for report in reports for name in report.counts}


@pytest.mark.parametrize(
    ("heading", "job"), [("An order got no answer", "run-orders"), ("Nobody was told", "send-alerts")]
)
def test_what_a_run_can_end_with_is_explained_where_its_text_is_missed(heading: str, job: str) -> None:
    section = PAGES["docs/runbook.md"].partition(f"### {heading}\n")[2].partition("\n#")[0]
    assert named("docs/runbook.md", f"Fields of {job}") - set(re.findall(r"\b[a-z_]+\b", section)) == set()


def test_the_fields_of_every_line_are_those_of_the_code() -> None:
    said = inspect.getsource(runner.CronLines) + inspect.getsource(running.run)
    assert named("docs/runbook.md", "Fields of every run") == {"exit", *re.findall(r'counts\["(\w+)"\]', said)}


def kept() -> set[str]:
    """Every key under which `kv_store` is written to by the name of a constant."""
    code = "".join(path.read_text(encoding="utf-8") for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    constants = dict(re.findall(r'^([A-Z_]+) = "([a-z_]+)"$', code, re.MULTILINE))
    return {constants[name] for name in re.findall(r"\bkv\.put(?:_instant)?\([\w.]+, (?:\w+\.)?([A-Z_]+)\b", code)}


ASKING = [each.JOB for each in (order_agenda, poll_resolver, send_alerts, send_summary)]


def test_the_keys_that_the_jobs_remember_are_those_of_the_code() -> None:
    of_letters = {deliver_outbox.last_key(send_summary.KIND, slot) for slot in (None, *Slot)}
    of_letters |= {deliver_outbox.last_key(each.KIND) for each in (order_agenda, alert_letters)}
    of_letters.add(deliver_outbox.last_key(alert_letters.OUTAGE))
    assert named("docs/cli.md", "What the jobs remember") == {
        *kept(),
        *of_letters,
        kv.ADOPTED,
        *(f"{key}:{job}" for key in (wiring.GHL_REQUESTS, wiring.GHL_FAILURES) for job in ASKING),
    }


def test_every_exit_code_of_a_job_has_something_to_do() -> None:
    codes = {int(word) for word in named("docs/runbook.md", "exit= in cron.log")}
    assert codes == {1, 2, 69, 74, 75, 76, 77, 78, runner.INTERRUPTED}


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
    promised = re.findall(r"`(tests/[^`]+)`", PAGES["docs/reliability.md"])
    assert (len(promised) > 30, set(promised) - set(defined())) == (True, set())
