"""What a shell may complete to: numbers of issues; never raises, since nobody could read why."""

from collections.abc import Sequence

import typer

from sentinel_cli.errors import SentinelError

from .session import session_of

__all__ = ["issue_ids"]

_MOST = 30


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
