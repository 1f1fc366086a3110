"""What `sentinel db migrate` says of an adopted database; refuses to know how it was adopted."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sentinel_cli.jobs.adoption import AdoptionReport

__all__ = ["fields", "lines"]

_NAMED = 20


def fields(report: "AdoptionReport", path: Path, backup: Path | None, unused: Sequence[str]) -> dict[str, object]:
    """The report for programs."""
    told = asdict(report) | {"merged": [{"id": gone, "into": into} for gone, into in sorted(report.merged.items())]}
    where = {"path": str(path), "created": False, "adopted": True, "backup": str(backup) if backup else None}
    return {**where, **told, "settings_not_used": list(unused)}


def lines(report: "AdoptionReport", path: Path, backup: Path | None, unused: Sequence[str]) -> Iterator[str]:
    """The report for a person: what was taken over, then what deserves a look, one line each."""
    yield f"adopted {path}"
    if backup:
        yield f"  the file as it was: {backup}"
    yield f"  deliveries: {report.deliveries}"
    yield f"  issues: {report.issues} of {report.contacts} contacts; {report.pending} were PENDING and are OPEN"
    yield f"  numbers of spam: {report.spam_numbers}"
    yield f"  keys: {report.keys}"
    yield f"  due times that are other by the settings here: {report.due_changed}"
    yield from (f"  {line}" for line in _remarks(report))
    if unused:
        yield f"  in .env and not used by Sentinel: {', '.join(unused)}"


def _remarks(report: "AdoptionReport") -> Iterator[str]:
    if report.merged:
        pairs = [f"#{gone} into #{into}" for gone, into in sorted(report.merged.items())]
        yield f"open issues that one contact had twice, merged into the oldest: {_some(pairs)}"
    if report.withdrawn:
        withdrawn = [f"#{id_}" for id_ in report.withdrawn]
        yield f"withdrawn, since CHANNELS, INTERNAL_CONTACT_IDS or spam leave them out: {_some(withdrawn)}"
    if report.unknown_statuses:
        yield f"issues of an unknown status: {report.unknown_statuses}; open unless they bear a resolution"
    if report.unknown_types:
        yield f"issues of an unknown type: {report.unknown_types}; they count as SMS, and their log names the type"
    if report.spam_open:
        yield f"numbers of spam with an open issue: {report.spam_open}; the issues stay open, later messages are spam"
    if report.unread:
        columns = [f"{column} {count}" for column, count in sorted(report.unread.items())]
        yield f"instants that cannot be read, or lie ahead: {_some(columns)}; their texts are kept"
    if report.keys_renamed:
        yield f"keys that have another meaning here, renamed: {_some(report.keys_renamed)}"
    if report.tables_renamed:
        yield f"tables that were in the way, renamed: {_some(report.tables_renamed)}"


def _some(texts: Sequence[str]) -> str:
    rest = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return ", ".join(texts[:_NAMED]) + rest
