"""What a shell may complete to: numbers of issues, words of short lists; never raises, for nobody could read why."""

from collections.abc import Iterable, Sequence

import typer

from sentinel_cli.errors import SentinelError

from .session import session_of

__all__ = ["OUTCOMES", "issue_ids", "issue_types", "job_names", "outcomes"]

_MOST = 30
OUTCOMES = (
    "opened",
    "extended",
    "resolved",
    "recorded",
    "repeated",
    "duplicate",
    "late",
    "received",
    "ignored",
    "undecodable",
    "error",
)
"""What may become of a delivery, without reasons and classes."""


def issue_ids(context: typer.Context, incomplete: str) -> Sequence[tuple[str, str]]:
    """Issues whose number begins so, open ones first, each with its type, status and customer."""
    from sentinel_cli.store.database import Database
    from sentinel_cli.store.issue_lists import ids_like

    from .issue_screens import shown_name

    try:
        with Database.look(session_of(context).settings().db_path) as db:
            found = ids_like(db, incomplete.removeprefix("#"), _MOST)
    except SentinelError:
        return ()
    return [
        (str(each.id), f"{each.channel} {each.status} {shown_name(each.contact_name, whole=False)}".strip())
        for each in found
    ]


def job_names(incomplete: str) -> list[str]:
    """Jobs whose runs are kept."""
    from .job_runs import JOBS

    return _begun(incomplete, JOBS)


def outcomes(incomplete: str) -> list[str]:
    """What may have become of a delivery."""
    return _begun(incomplete, OUTCOMES)


def issue_types(incomplete: str) -> list[str]:
    """Types of issues, small as they are typed."""
    from sentinel_cli.domain.vocabulary import Channel

    return _begun(incomplete, (channel.lower() for channel in Channel if channel is not Channel.OTHER))


def _begun(incomplete: str, words: Iterable[str]) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]
