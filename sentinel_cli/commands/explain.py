"""`sentinel issues explain`: why an issue exists, why it is due then, and why it is or is not resolved."""

from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.errors import Incomplete, StoreProblem

from .options import AsJson, FullPhone, IssueId
from .session import session_of

if TYPE_CHECKING:
    from .explained import Explained

__all__ = ["explain"]


def explain(
    context: typer.Context,
    issue_id: IssueId,
    around: Annotated[
        int, typer.Option("--around", metavar="N", min=0, help="So many events before and after the issue's own.")
    ] = 3,
    full_phone: FullPhone = False,
    as_json: AsJson = False,
) -> None:
    """Say why an issue exists, why it is due then, and why it is or is not resolved.

    Every message and action around it in order, with the rule that fired or
    nearly did; the due time interval by interval; each look at GHL; each letter
    that named it; each transition. It reads what is stored, judges it again
    by the rules of now, and says whether that gives the issue as it is stored.

    Message texts are shown: this is for the operator's own screen.

    For example:
      sentinel issues explain 41
      sentinel issues explain 41 --around 30 --full-phone
      sentinel issues explain 41 --json

    Exit codes: 66 no such issue, 74 it is not what its facts say (or there is
    no database), 75 it was judged by other settings, and poll-resolver has yet
    to judge it by these. Of settled issues a difference is told, and no error.
    """
    from sentinel_cli.opening import clock_of, open_store

    from .explained import explained
    from .explained_json import explained_fields
    from .explained_screen import show_explained

    session = session_of(context)
    settings = session.settings()
    with open_store(settings) as db:
        found = explained(db, issue_id, clock_of(settings)(), settings, around=around)
    if as_json:
        session.screen.json(explained_fields(found))
    else:
        show_explained(session.screen, found, full_phone=full_phone)
    _judge(found)


def _judge(found: "Explained") -> None:
    """Raise where the issue is not what its facts say."""
    if not found.differs:
        return
    fields = ", ".join(each.field for each in found.explanation.differences)
    if found.same_rules:
        raise StoreProblem(
            f"issue #{found.issue.id} is not what its facts say: {fields}",
            advice="was it edited by hand? sentinel db rebuild shows what all issues should be",
        )
    raise Incomplete(
        f"issue #{found.issue.id} was judged by other settings: {fields}",
        advice="sentinel poll-resolver judges it by those of now; a receiver takes them when it is restarted",
    )
