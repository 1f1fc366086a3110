"""Findings in the short form in which the tables of these tests compare them."""

from collections.abc import Iterable

from sentinel_cli.doctor.findings import Finding


def verdicts(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """Check and verdict of each, in order."""
    return [(finding.check, finding.verdict.value) for finding in findings]


def one(findings: Iterable[Finding], check: str) -> Finding:
    """The only finding of that check."""
    [found] = [finding for finding in findings if finding.check == check]
    return found


def judged(findings: Iterable[Finding], check: str) -> tuple[str, int]:
    """Verdict and exit code of the only finding of that check."""
    found = one(findings, check)
    return found.verdict.value, found.code


def unmended(findings: Iterable[Finding]) -> list[str]:
    """The problems and warnings that say nothing of what mends them: there should be none."""
    return [finding.check for finding in findings if finding.verdict in {"problem", "warning"} and not finding.fix]
