"""`sentinel ghl`: what GHL says of our token, our managers and our people; it only reads, and nothing is stored."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from sentinel_cli.errors import GhlRejected

from .options import AsJson, FullPhone
from .session import Session, session_of
from .tables import Cell, Column

if TYPE_CHECKING:
    from sentinel_cli.ghl.client import GhlClient
    from sentinel_cli.ports import ContactCard

__all__ = ["app"]

T = TypeVar("T")

app = typer.Typer(name="ghl", no_args_is_help=True, help="What GHL says of our token, our managers and our people.")

_PEOPLE = (
    Column(name="id", breaks=True, least=10),
    Column(name="name", wraps=True),
    Column(name="phone"),
    Column(name="is"),
)
_USERS = (Column(name="id", breaks=True, least=10), Column(name="name", wraps=True), Column(name="an answer"))


@app.command("whoami")
def whoami(context: typer.Context, as_json: AsJson = False) -> None:
    """Ask GHL whether it takes our token for this location, and each scope by itself.

    One harmless question for each; nobody is texted.
    Needs GHL_TOKEN and GHL_LOCATION_ID alone.

    For example:
      sentinel ghl whoami

    Exit codes: 0 every scope answers, 75 GHL is away, 76 it answers
    strangely, 77 it refuses token, scope or location, 78 settings are missing.
    """
    from sentinel_cli.doctor.findings import exit_code
    from sentinel_cli.doctor.gather.ghl import see_account
    from sentinel_cli.doctor.judge.ghl import judge_ghl

    from .doctor import show_findings

    session = session_of(context)
    settings = session.settings()
    settings.require("GHL_TOKEN", "GHL_LOCATION_ID")
    findings = judge_ghl(see_account(settings).ghl)
    show_findings(session.screen, findings, as_json=as_json)
    raise typer.Exit(exit_code(findings))


@app.command("managers")
def managers(
    context: typer.Context,
    find: Annotated[
        str | None, typer.Option(metavar="WORDS", help="Instead: whoever has a conversation and is called so.")
    ] = None,
    full_phone: FullPhone = False,
    as_json: AsJson = False,
) -> None:
    """Show the contacts that MANAGER_CONTACT_IDS and INTERNAL_CONTACT_IDS name, as GHL has them.

    To find an id: let that person text the business number, then look for
    the name or the number with --find.

    For example:
      sentinel ghl managers
      sentinel ghl managers --find "Casey"

    Exit codes: 69 GHL has no contact of that id, 75 GHL is away, 77 it refuses
    us, 78 settings are missing.
    """
    from sentinel_cli.phones import masked

    session = session_of(context)
    settings = session.settings()
    if find:
        found = _asked(session, lambda client: client.people_called(find))
        rows = [(each.contact_id, each.name, each.phone, "") for each in found]
    else:
        if not settings.internal_contact_ids:
            settings.require("MANAGER_CONTACT_IDS")
        ids = dict.fromkeys([*settings.manager_contact_ids, *settings.internal_contact_ids])
        cards = _asked(session, lambda client: [(each, _card(client, each)) for each in ids])
        rows = [
            (
                each,
                card.name if card else None,
                card.phone if card else None,
                _standing(each in settings.manager_contact_ids, card),
            )
            for each, card in cards
        ]
    if as_json:
        items = [
            {"contact_id": id_, "name": name, "phone": phone, "is": said or None} for id_, name, phone, said in rows
        ]
        session.screen.json({"items": items, "total": len(items)})
    elif rows:
        shown = [
            [Cell(id_), Cell(name or "-"), Cell((phone if full_phone else masked(phone)) if phone else "-"), Cell(said)]
            for id_, name, phone, said in rows
        ]
        session.screen.table(_PEOPLE if not find else _PEOPLE[:3], [row if not find else row[:3] for row in shown])
    session.screen.note(f"{len(rows) or 'no'} {'contact' if len(rows) == 1 else 'contacts'}")
    unknown = [id_ for id_, *_, said in rows if said == _UNKNOWN]
    if unknown:
        raise GhlRejected(
            f"GHL has no contact {', '.join(unknown)}", status=400, advice="sentinel ghl managers --find NAME finds ids"
        )


_UNKNOWN = "nobody GHL knows"


def _card(client: "GhlClient", contact_id: str) -> "ContactCard | None":
    try:
        return client.contact(contact_id)
    except GhlRejected:
        return None


def _standing(is_manager: bool, card: "ContactCard | None") -> str:
    if card is None:
        return _UNKNOWN
    role = "manager" if is_manager else "colleague"
    if is_manager and not card.phone:
        return f"{role}, without a phone"
    return f"{role}, texts blocked (DND)" if is_manager and card.sms_blocked else role


@app.command("users")
def users(context: typer.Context, as_json: AsJson = False) -> None:
    """Show who has a login in the location, and whose replies are answers.

    INTERNAL_USER_IDS names them; where it is empty, everybody's are.

    For example:
      sentinel ghl users

    Exit codes: 75 GHL is away, 77 it refuses us, 78 settings are missing.
    """
    session = session_of(context)
    staff = session.settings().internal_user_ids
    found = _asked(session, lambda client: client.users())
    told = [(user.user_id, user.name, not staff or user.user_id in staff) for user in found]
    if as_json:
        items = [{"user_id": id_, "name": name, "answers": answers} for id_, name, answers in told]
        session.screen.json({"items": items, "total": len(items)})
        return
    rows = [[Cell(id_), Cell(name or "-"), Cell("yes" if answers else "no")] for id_, name, answers in told]
    session.screen.table(_USERS, rows)
    unnamed = "" if staff else "; INTERNAL_USER_IDS is not set, so everybody counts"
    session.screen.note(f"{len(rows)} {'user' if len(rows) == 1 else 'users'}{unnamed}")


def _asked(session: Session, question: "Callable[[GhlClient], Sequence[T]]") -> "Sequence[T]":
    """GHL's answer to a person who waits: one try."""
    from sentinel_cli.doctor.gather.ghl import ONCE
    from sentinel_cli.wiring import ghl_of

    from .progress import working

    with working(session.screen, "asking GHL"), ghl_of(session.settings(), retrying=ONCE) as client:
        return question(client)
