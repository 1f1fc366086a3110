"""`sentinel deliveries`: what GHL posted to the receiver, as it came."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.errors import UsageProblem

from .completion import outcomes
from .options import LARGEST, AsJson, Contact, Limit, Phone
from .session import session_of
from .tables import Cell, Column
from .text import json_text
from .watching import Watch, watched

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sentinel_cli.settings import Settings
    from sentinel_cli.store.deliveries import Delivery
    from sentinel_cli.store.delivery_lists import DeliveryFilter

    from .tables import Screen

__all__ = ["list_", "show"]

_COLUMNS = (
    Column(name="id", right=True),
    Column(name="received"),
    Column(name="route"),
    Column(name="outcome", wraps=True, least=22),
    Column(name="contact", breaks=True),
    Column(name="issue", right=True),
)
_NAME = Column(name="name", wraps=True, least=11)
# Wide enough for the name beside the contact's id.
_WIDE = 100


def list_(  # noqa: PLR0913, PLR0917 - its options are the command's interface
    context: typer.Context,
    outcome: Annotated[
        str | None,
        typer.Option(
            metavar="WORD",
            help="Only outcomes that begin so: opened, ignored, error, undecodable ...",
            autocompletion=outcomes,
        ),
    ] = None,
    phone: Phone = None,
    contact: Contact = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    watch: Watch = None,
) -> None:
    """List deliveries, newest first, with what became of each.

    By --phone or --contact also those of customers who have no issue, as
    long as Sentinel knows their number or name. Filters combine.

    For example:
      sentinel deliveries list --outcome error
      sentinel deliveries list --phone 0147
      sentinel deliveries list --watch 2
      sentinel deliveries list --limit 500 --json

    Exit codes: 74 no database.
    """
    if as_json and watch is not None:
        raise UsageProblem("--json and --watch exclude each other", advice="choose one")
    from sentinel_cli.store.delivery_lists import DeliveryFilter

    from .human import phone_end, who_typed

    session = session_of(context)
    settings = session.settings()
    wanted = DeliveryFilter(
        outcome=outcome,
        contact=who_typed(contact) if contact is not None else None,
        phone_ends=phone_end(phone) if phone is not None else None,
        limit=limit,
    )

    def shown(screen: "Screen") -> None:
        _show(screen, settings, wanted, as_json=as_json)

    watched(session.screen, shown, watch)


def _show(screen: "Screen", settings: "Settings", wanted: "DeliveryFilter", *, as_json: bool) -> None:
    from sentinel_cli.opening import clock_of, open_store
    from sentinel_cli.store.delivery_lists import list_deliveries, names_of

    is_wide = screen.terminal and screen.width >= _WIDE
    with open_store(settings) as db:
        found, total = list_deliveries(db, wanted)
        names = names_of(db, [delivery.contact_id for delivery in found]) if is_wide else None
    if as_json:
        screen.json({"items": [_fields(delivery, settings) for delivery in found], "total": total})
        return
    now = clock_of(settings)()
    if found:
        columns = _COLUMNS if names is None else (*_COLUMNS[:-1], _NAME, _COLUMNS[-1])
        screen.table(columns, [_row(delivery, now, settings, names) for delivery in found])
    screen.note(_footer(len(found), total, wanted))


def show(
    context: typer.Context,
    delivery_id: Annotated[int, typer.Argument(metavar="ID", min=1, max=LARGEST, help="The delivery's number.")],
    as_json: AsJson = False,
) -> None:
    """Show one delivery with its whole body.

    Phone numbers and texts included: this is for the operator's own
    screen. Only secrets were removed when it was stored.

    For example:
      sentinel deliveries show 17
      sentinel deliveries show 17 --json

    Exit codes: 2 no such delivery, 74 no database.
    """
    from sentinel_cli.opening import open_store
    from sentinel_cli.store.deliveries import one_delivery

    session = session_of(context)
    settings, screen = session.settings(), session.screen
    with open_store(settings) as db:
        delivery = one_delivery(db, delivery_id)
    if delivery is None:
        raise UsageProblem(f"no delivery {delivery_id}", advice="sentinel deliveries list shows the newest")
    fields = _fields(delivery, settings)
    if as_json:
        screen.json({**fields, "payload": _payload(delivery)})
        return
    screen.facts([(name, Cell("-" if value is None else str(value))) for name, value in fields.items()])
    screen.write("\n")
    payload = _payload(delivery)
    screen.line(payload if isinstance(payload, str) else json_text(payload))


def _row(delivery: "Delivery", now: "datetime", settings: "Settings", names: "Mapping[str, str] | None") -> list[Cell]:
    from .human import local_time
    from .issue_screens import shown_name

    style = "red" if delivery.outcome.startswith(("error", "undecodable")) else ""
    named = [] if names is None else [Cell(shown_name(names.get(delivery.contact_id or ""), whole=False) or "-")]
    return [
        Cell(str(delivery.id)),
        Cell(local_time(delivery.received_at, now, settings.timezone)),
        Cell(delivery.route),
        Cell(delivery.outcome, style),
        Cell(delivery.contact_id or "-"),
        *named,
        Cell(f"#{delivery.issue_id}" if delivery.issue_id else "-"),
    ]


def _fields(delivery: "Delivery", settings: "Settings") -> dict[str, object]:
    return {
        "id": delivery.id,
        "received_ts": instant_text(delivery.received_at),
        "received_local": delivery.received_at.astimezone(settings.timezone).isoformat(timespec="seconds"),
        "source": delivery.route,
        "content_type": delivery.content_type,
        "outcome": delivery.outcome,
        "contact_id": delivery.contact_id,
        "message_key": delivery.message_key,
        "issue_id": delivery.issue_id,
        "tries": delivery.tries,
        "bytes": len(delivery.payload),
        "pruned_ts": instant_text(delivery.pruned_at) if delivery.pruned_at else None,
    }


def _payload(delivery: "Delivery") -> object:
    """The body as JSON where it is some, else as text."""
    text = delivery.payload.decode(errors="backslashreplace")
    try:
        payload = json.loads(text)
        # What can be read can still be nested too deep to be written.
        json_text(payload)
    except (ValueError, RecursionError):
        return text
    return payload


def _footer(shown: int, total: int, wanted: "DeliveryFilter") -> str:
    kind = "matching " if wanted.contact or wanted.phone_ends else ""
    outcome = f" with outcome {wanted.outcome}" if wanted.outcome else ""
    if not total:
        return f"no {kind}deliveries{outcome}"
    if shown < total:
        return f"{shown} of {total} {kind}deliveries{outcome} shown; --limit {total} shows all"
    return f"{total} {kind}{'delivery' if total == 1 else 'deliveries'}{outcome}"
