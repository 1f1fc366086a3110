"""`sentinel issues open`: the conversation of an issue in GHL; refuses to know what a browser is."""

from typing import Annotated

import typer

from sentinel_cli.errors import NoSuchIssue

from .options import IssueId
from .session import session_of

__all__ = ["open_"]


def open_(
    context: typer.Context,
    issue_id: IssueId,
    only_print: Annotated[bool, typer.Option("--print", help="Print the link; open no browser.")] = False,
) -> None:
    """Print the link to an issue's conversation in GHL, and open it where there is a display.

    For example:
      sentinel issues open 41
      sentinel issues open 41 --print

    Exit codes: 66 no such issue, or its conversation is not known yet,
    74 no database.
    """
    from sentinel_cli.store.issues import one
    from sentinel_cli.wiring import link_of, open_store

    session = session_of(context)
    settings = session.settings()
    with open_store(settings) as db:
        issue = one(db, issue_id)
    link = link_of(settings, issue.conversation_id)
    if link is None:
        raise NoSuchIssue(
            f"the conversation of #{issue_id} is not known here",
            advice="sentinel poll-resolver asks GHL for it; GHL_LOCATION_ID has to be set",
        )
    session.screen.line(link)
    if session.browse is not None and not only_print and not session.browse(link):
        session.screen.note("no browser could be started")
