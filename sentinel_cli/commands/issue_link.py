"""`sentinel issues open`: the conversation of an issue in GHL; refuses to know what a browser is."""

from typing import Annotated

import typer

from sentinel_cli.errors import Misconfigured, NoSuchIssue, SentinelError

from .options import AsJson, IssueId
from .session import session_of

__all__ = ["open_"]


def open_(
    context: typer.Context,
    issue_id: IssueId,
    only_print: Annotated[bool, typer.Option("--print", help="Print the link; open no browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the link to an issue's conversation in GHL, and open it where there is a display.

    For example:
      sentinel issues open 41
      sentinel issues open 41 --print
      sentinel issues open 41 --json | jq -r .link

    --json opens no browser either.

    Exit codes: 66 no such issue, or its conversation is not known yet,
    74 no database, 78 GHL_LOCATION_ID is not set.
    """
    from sentinel_cli.opening import open_store
    from sentinel_cli.store.issues import one
    from sentinel_cli.wiring import link_of

    session = session_of(context)
    settings = session.settings()
    with open_store(settings) as db:
        issue = one(db, issue_id)
    link = link_of(settings, issue.conversation_id)
    if link is None:
        raise _unknown(issue_id, issue.conversation_id)
    if as_json:
        session.screen.json({"id": issue.id, "conversation_id": issue.conversation_id, "link": link})
        return
    session.screen.line(link)
    if session.browse is not None and not only_print and not session.browse(link):
        session.screen.note("no browser could be started")


def _unknown(issue_id: int, conversation_id: str | None) -> SentinelError:
    """Why there is no link, and what to do about it."""
    if conversation_id:
        return Misconfigured(
            ["GHL_LOCATION_ID is not set, which every link into GHL names"],
            advice=f"set it in .env; the conversation of #{issue_id} is {conversation_id}",
        )
    return NoSuchIssue(
        f"the conversation of #{issue_id} is not known here", advice="sentinel poll-resolver asks GHL for it"
    )
