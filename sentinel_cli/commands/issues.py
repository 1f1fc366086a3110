"""`sentinel issues`: who waits, and what is known of it."""

from typing import Annotated

import typer

from .options import AsJson, FullPhone, IssueId
from .session import session_of

__all__ = ["show"]


def show(
    context: typer.Context,
    issue_id: IssueId,
    around: Annotated[
        int, typer.Option("--around", metavar="N", min=0, help="So many messages before and after the issue's own.")
    ] = 6,
    full_phone: FullPhone = False,
    as_json: AsJson = False,
) -> None:
    """Show one issue: its facts, what answered it, its log, the conversation around it.

    Message texts are shown: this is for the operator's own screen.

    For example:
      sentinel issues show 41
      sentinel issues show 41 --around 30 --full-phone
      sentinel issues show 41 --json

    Exit codes: 66 no such issue, 74 no database.
    """
    from sentinel_cli.opening import clock_of, open_store

    from .dossier import dossier, dossier_fields
    from .issue_screens import show_dossier

    session = session_of(context)
    settings = session.settings()
    with open_store(settings) as db:
        found = dossier(db, issue_id, clock_of(settings)(), settings, around=around)
    if as_json:
        session.screen.json(dossier_fields(found, settings))
    else:
        show_dossier(session.screen, found, settings, full_phone=full_phone)
