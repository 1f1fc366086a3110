"""`sentinel doctor`: the production checklist on the screen, each line with what mends it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson
from .session import Session, session_of
from .tables import Cell, Column, Screen

if TYPE_CHECKING:
    from sentinel_cli.doctor.findings import Finding

__all__ = ["doctor", "show_findings"]

_COLUMNS = (Column(name=""), Column(name="check", wraps=True, least=12), Column(name="found", wraps=True, least=24))
_PIPED = (Column(name="pillar"), *_COLUMNS, Column(name="fix"))
_NAMED = 3
_STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red", "skipped": "dim"}


def doctor(
    context: typer.Context,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask neither GHL nor the public address; the receiver here is asked.")
    ] = False,
    send_test: Annotated[bool, typer.Option("--send-test", help="Then text one manager, once.")] = False,
    to: Annotated[
        str | None, typer.Option("--to", metavar="CONTACT", help="With --send-test: this manager, not the first.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check settings, database, receiver, GHL, summaries, cron and clock.

    Each line says what was found, and below it what mends it. All is well
    when no line is a problem: a warning is something to know that breaks
    nothing, a skipped line could not be looked at and says why. Nothing is
    changed and nobody is texted, unless --send-test asks for it, at any hour.
    Run it as the user who runs cron, on the host; it takes half a minute at
    most. What mends comes first in the order of the lines.

    For example:
      sentinel doctor
      sentinel doctor --json | jq '.items[] | select(.verdict=="problem")'
      sentinel doctor --send-test

    Exit codes: 0 all is well, else that of the gravest problem: 78 settings
    or host, 74 database, 77 GHL refuses token, scope or location, 69 a manager
    or contact is not as GHL needs it, 76 GHL answers strangely, 75 anything
    else, 1 a bug in a check; 2 --to is no manager.
    """
    from sentinel_cli.doctor.checkup import checkup
    from sentinel_cli.doctor.findings import exit_code
    from sentinel_cli.errors import UsageProblem

    if to is not None and not send_test:
        raise UsageProblem("--to says whom --send-test texts", advice="sentinel doctor --send-test --to CONTACT")
    session = session_of(context)
    receiver = _receiver(session, to) if send_test else None
    findings = checkup(session.environ, session.cwd, session.checkout, offline=offline)
    if receiver is not None:
        findings += _tested(session, receiver)
    show_findings(session.screen, findings, as_json=as_json)
    raise typer.Exit(exit_code(findings))


def _receiver(session: Session, to: str | None) -> str:
    from sentinel_cli.doctor.send_test import receiver_of_test

    return receiver_of_test(session.settings(), to)


def _tested(session: Session, contact_id: str) -> "Sequence[Finding]":
    from sentinel_cli.clock import pause, system_clock
    from sentinel_cli.doctor.checkup import Look
    from sentinel_cli.doctor.findings import Pillar
    from sentinel_cli.doctor.gather.ghl import ONCE
    from sentinel_cli.doctor.send_test import send_test
    from sentinel_cli.opening import open_store
    from sentinel_cli.wiring import ghl_of

    settings = session.settings()

    def work() -> "Sequence[Finding]":
        with open_store(settings) as db, ghl_of(settings, retrying=ONCE) as ghl:
            return send_test(db, ghl, settings, contact_id, clock=system_clock, sleep=pause)

    return Look(pillar=Pillar.SUMMARY, check="test text", work=work).findings()


def show_findings(screen: Screen, findings: "Sequence[Finding]", *, as_json: bool) -> None:
    """The checklist: a table on a terminal with each fix below its line, a line each in a pipe, or one envelope."""
    counts = {verdict: sum(f.verdict == verdict for f in findings) for verdict in _STYLES}
    if as_json:
        counted = {f"{verdict}s" if verdict in {"problem", "warning"} else verdict: n for verdict, n in counts.items()}
        screen.json({"items": [asdict(f) for f in findings], "total": len(findings), **counted})
    elif screen.terminal:
        screen.table(_COLUMNS, [row for rows in map(_rows, findings, [None, *findings]) for row in rows])
    else:
        rows = [(Cell(finding.pillar), *_row(finding), Cell(finding.fix)) for finding in findings]
        screen.table(_PIPED, rows)
    screen.note(_ending(findings, counts))


def _rows(finding: "Finding", before: "Finding | None") -> list[tuple[Cell, ...]]:
    """The finding, under its pillar's name where that is new, and below it what mends it."""
    is_first = before is None or before.pillar is not finding.pillar
    rows: list[tuple[Cell, ...]] = [(Cell(finding.pillar, "bold"), Cell(""), Cell(""))] if is_first else []
    rows.append(_row(finding))
    if finding.fix:
        rows.append((Cell(""), Cell(""), Cell(f"fix: {finding.fix}", "cyan")))
    return rows


def _row(finding: "Finding") -> tuple[Cell, Cell, Cell]:
    style = _STYLES[finding.verdict]
    loud = style if finding.verdict in {"problem", "warning"} else ""
    verdict = finding.verdict.upper() if finding.verdict == "problem" else finding.verdict.value
    return Cell(verdict, style), Cell(finding.check, loud), Cell(finding.found, loud)


def _ending(findings: "Sequence[Finding]", counts: dict[str, int]) -> str:
    """How it stands in one line, and where the problems are: the end of the screen is what a person reads first."""
    words = {"warning": "to know", "ok": "ok", "skipped": "skipped"}
    rest = ", ".join(f"{counts[verdict]} {word}" for verdict, word in words.items() if counts[verdict])
    problems = [finding for finding in findings if finding.verdict == "problem"]
    if not problems:
        return f"{'no problem found' if counts['skipped'] else 'all is well'}: {rest}"
    places = [f"{finding.pillar}: {finding.check}" for finding in problems]
    if len(problems) > _NAMED:
        pillars = Counter(finding.pillar.value for finding in problems)
        places = [f"{pillar} {count}" for pillar, count in pillars.items()]
    said = f"{len(problems)} problem{'s' if len(problems) > 1 else ''} ({'; '.join(places)})"
    return f"{said}, {rest}" if rest else said
