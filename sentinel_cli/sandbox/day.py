"""A scripted day at the sandbox's pool company: who writes, calls and answers when, and which webhooks tell of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from .rows import Row
from .sample import CUSTOMERS, USERS
from .world import World

__all__ = ["CHECKED_AT", "SPAM_PHONE", "SUMMARY_AT", "Posted", "Scene", "scenes"]

_ZONE = ZoneInfo("America/Chicago")
CHECKED_AT = datetime(2026, 11, 23, 7, 55, tzinfo=_ZONE)
SUMMARY_AT = datetime(2026, 11, 23, 8, 0, tzinfo=_ZONE)
SPAM_PHONE = "+19405550166"

PAT, LEE, JO, SAM, DANA = CUSTOMERS
KIM, LOU, CALLER = "CTCkim00000000000006", "CTClou00000000000007", "CTCspam0000000000008"
CASEY, MORGAN, _ROBIN = USERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A webhook: the last part of its path, its body, how long after the event it arrives."""

    route: str
    body: Mapping[str, object]
    minutes_later: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Something that happens at an instant; `play` does it in the account and gives the webhooks that follow."""

    at: datetime
    told: str
    play: Callable[[], list[Posted]]


def _at(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=_ZONE)


def scenes(world: World, secret: str) -> Iterator[Scene]:
    """The day in order. Each scene is to be played with the account's clock at its instant."""
    world.add_contact("Kim Alvarez", "+19405550162", contact_id=KIM)
    world.add_contact("Lou Becker", "+19405550163", contact_id=LOU)
    world.add_contact("Solar Offers", SPAM_PHONE, contact_id=CALLER)

    def text(contact: str, said: str) -> Callable[[], list[Posted]]:
        return lambda: [_workflow(world, world.inbound_text(contact, said), "inbound_sms", secret)]

    def app_text_twice(contact: str, said: str) -> list[Posted]:
        body = world.app_body(world.inbound_text(contact, said))
        return [Posted(route="ghl", body=body), Posted(route="ghl", body=body, minutes_later=1)]

    def missed_call(contact: str, *, texted_back: bool = False) -> list[Posted]:
        row = world.inbound_call(contact, "no-answer", 0)
        if texted_back:
            world.automation_text(contact)
        return [_workflow(world, row, "unanswered_call", secret)]

    def voicemail(contact: str) -> list[Posted]:
        return [_workflow(world, world.voicemail(contact), "unanswered_call", secret)]

    def two_out_of_order(contact: str) -> list[Posted]:
        first = world.app_body(world.inbound_text(contact, "Gate code is 4471", at=_at(20, 14, 5)))
        second = world.app_body(world.inbound_text(contact, "When will you be here?", at=_at(20, 14, 6)))
        return [Posted(route="ghl", body=second), Posted(route="ghl", body=first, minutes_later=1)]

    def silently(act: Callable[[], object]) -> Callable[[], list[Posted]]:
        def play() -> list[Posted]:
            act()
            return []

        return play

    yield Scene(
        at=_at(17, 16, 30), told="Jo texts: Can you quote a new heater?", play=text(JO, "Can you quote a heater?")
    )
    yield Scene(
        at=_at(20, 9, 5),
        told="Lee texts; the same delivery comes twice",
        play=lambda: app_text_twice(LEE, "The pump is leaking"),
    )
    yield Scene(at=_at(20, 9, 20), told="Lee follows up", play=text(LEE, "It is getting worse, please call"))
    yield Scene(at=_at(20, 10, 0), told="Dana texts", play=text(DANA, "Is Tuesday still ok?"))
    yield Scene(
        at=_at(20, 10, 20),
        told="Casey answers Dana (no webhook says so)",
        play=silently(lambda: world.staff_text(DANA, CASEY, "Yes, Tuesday at 9.")),
    )
    yield Scene(at=_at(20, 10, 22), told='Dana texts "Thanks!"', play=text(DANA, "Thanks!"))
    yield Scene(
        at=_at(20, 11, 30),
        told="Pat calls, nobody takes it; GHL texts back by itself",
        play=lambda: missed_call(PAT, texted_back=True),
    )
    yield Scene(at=_at(20, 13, 15), told="Sam leaves a voicemail", play=lambda: voicemail(SAM))
    yield Scene(
        at=_at(20, 13, 40),
        told="Morgan calls Sam back, four minutes",
        play=silently(lambda: world.staff_call(SAM, MORGAN, "completed", 240)),
    )
    yield Scene(
        at=_at(20, 14, 6),
        told="Lou texts twice; the webhooks come in the wrong order",
        play=lambda: two_out_of_order(LOU),
    )
    yield Scene(at=_at(20, 14, 30), told="a number marked as spam calls", play=lambda: missed_call(CALLER))
    yield Scene(
        at=_at(20, 16, 45),
        told="Kim texts, and the webhook is lost",
        play=silently(lambda: world.inbound_text(KIM, "Water is green again")),
    )


def _workflow(world: World, row: Row, route: str, secret: str) -> Posted:
    return Posted(route=f"ghl/{route}", body=world.workflow_body(row, secret))
