"""The control prefix `/_sandbox/...`: a script in another process drives the account; refuses to be part of the API."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as Path

from sentinel_cli.domain.instants import instant_text

from .fields import Fields, fault, row_fields
from .rows import Row, RowChanges
from .shapes import contact_card, exported_row, user_card
from .world import World

__all__ = ["control_routes"]

Script = Callable[[World, Fields], object]


def control_routes(world: World) -> list[Path]:
    """The routes that need no token, count in no limit, appear in no log and meet no fault."""
    return [Path(f"/_sandbox/{path}", _endpoint(world, script), methods=[method]) for method, path, script in _SCRIPTS]


def _endpoint(world: World, script: Script) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            given = await request.json() if await request.body() else {}
            fields = Fields({**given, **request.path_params})
            with world.lock:
                made = script(world, fields)
        except (LookupError, TypeError, ValueError) as problem:
            return JSONResponse({"error": f"{type(problem).__name__}: {problem}"}, 400)
        return JSONResponse(made)

    return endpoint


def _message(world: World, fields: Fields) -> object:
    return _told(world, _MESSAGES[fields.text("kind")](world, fields))


def _update(world: World, fields: Fields) -> object:
    changes: RowChanges = {}
    if "status" in fields:
        changes["status"] = fields.text("status")
    if "text" in fields:
        changes["text"] = fields.text("text")
    if "duration" in fields:
        changes["duration"] = fields.whole("duration")
    return _told(world, world.update_message(fields.text("message_id"), fields.at("at"), **changes))


def _told(world: World, row: Row) -> object:
    workflow = world.workflow_body(row) if row.is_inbound else None
    return {
        "message": exported_row(row, world.location.location_id),
        "webhooks": {"workflow": workflow, "app": world.app_body(row)},
    }


def _contact(world: World, fields: Fields) -> object:
    contact = world.add_contact(
        fields.text("name"),
        fields.maybe("phone"),
        contact_id=fields.maybe("contact_id") or world.new_id("CTC"),
        email=fields.maybe("email"),
        dnd=fields.flag("dnd"),
        sms_blocked=fields.flag("sms_blocked"),
        landline=fields.flag("landline"),
    )
    return {"contact": contact_card(contact, world.location.location_id)}


def _user(world: World, fields: Fields) -> object:
    return {"user": user_card(world.add_user(fields.text("name"), fields.maybe("user_id")), world.location.location_id)}


def _conversation(world: World, fields: Fields) -> object:
    kind = fields.maybe("kind") or "TYPE_PHONE"
    thread = world.add_conversation(fields.text("contact_id"), kind, fields.at("at"))
    return {"conversationId": thread.conversation_id}


def _merge(world: World, fields: Fields) -> object:
    survivor = world.merge_contacts(fields.text("gone"), fields.text("into"))
    return {"contact": contact_card(survivor, world.location.location_id)}


def _faults(world: World, fields: Fields) -> object:
    world.faults.add(fault(fields))
    return {"faults": [asdict(each) for each in world.faults.waiting()]}


def _no_faults(world: World, _: Fields) -> object:
    world.faults.clear()
    return {"faults": []}


def _clock(world: World, fields: Fields) -> object:
    now: datetime = world.now()
    if "advance_seconds" in fields:
        now = world.advance(timedelta(seconds=fields.number("advance_seconds")))
    elif "at" in fields:
        now = world.hold_clock(fields.at("at"))
    return {"now": instant_text(now)}


def _limit(world: World, fields: Fields) -> object:
    world.rate_limit.maximum = fields.whole("max")
    return {"max": world.rate_limit.maximum}


def _sent(world: World, _: Fields) -> object:
    return {"sent": [exported_row(row, world.location.location_id) for row in world.sent_texts]}


def _requests(world: World, _: Fields) -> object:
    return {"requests": [asdict(seen) for seen in world.requests]}


def _reset(world: World, _: Fields) -> object:
    world.reset()
    return {"now": instant_text(world.now())}


_MESSAGES: dict[str, Callable[[World, Fields], Row]] = {
    "inbound_text": lambda w, f: w.inbound_text(f.text("contact_id"), f.text("text"), **row_fields(f)),
    "inbound_call": lambda w, f: w.inbound_call(
        f.text("contact_id"), f.maybe("status") or "no-answer", f.whole("duration"), **row_fields(f)
    ),
    "voicemail": lambda w, f: w.voicemail(f.text("contact_id"), f.whole("duration"), **row_fields(f)),
    "reaction": lambda w, f: w.reaction(f.text("contact_id"), f.text("text"), **row_fields(f)),
    "inbound_email": lambda w, f: w.inbound_email(f.text("contact_id"), f.text("text"), **row_fields(f)),
    "staff_text": lambda w, f: w.staff_text(f.text("contact_id"), f.maybe("user_id"), f.text("text"), **row_fields(f)),
    "staff_call": lambda w, f: w.staff_call(
        f.text("contact_id"),
        f.maybe("user_id"),
        f.maybe("status") or "completed",
        duration=f.whole("duration"),
        **row_fields(f),
    ),
    "automation_text": lambda w, f: w.automation_text(f.text("contact_id"), f.text("text"), **row_fields(f)),
    "activity": lambda w, f: w.activity(f.text("contact_id"), f.text("text"), **row_fields(f)),
    "internal_comment": lambda w, f: w.internal_comment(
        f.text("contact_id"), f.text("user_id"), f.text("text"), **row_fields(f)
    ),
}

_SCRIPTS: tuple[tuple[str, str, Script], ...] = (
    ("POST", "messages", _message),
    ("POST", "messages/{message_id}", _update),
    ("POST", "contacts", _contact),
    ("POST", "users", _user),
    ("POST", "conversations", _conversation),
    ("POST", "merge", _merge),
    ("POST", "faults", _faults),
    ("DELETE", "faults", _no_faults),
    ("POST", "clock", _clock),
    ("POST", "limit", _limit),
    ("GET", "sent", _sent),
    ("GET", "requests", _requests),
    ("POST", "reset", _reset),
)
