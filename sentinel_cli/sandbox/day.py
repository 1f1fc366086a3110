"""A scripted day at the sandbox's pool company: who writes, calls and answers when, and which webhooks tell of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from .rows import Row
from .sample import CUSTOMERS, USERS
from .world import World

__all__ = ["CHECKED_AT", "REPEATED_AT", "SPAM_PHONE", "SUMMARY_AT", "Posted", "Scene", "scenes"]

_ZONE = ZoneInfo("America/Chicago")
CHECKED_AT = datetime(2026, 11, 23, 7, 55, tzinfo=_ZONE)
SUMMARY_AT = datetime(2026, 11, 23, 8, 0, tzinfo=_ZONE)
REPEATED_AT = SUMMARY_AT + timedelta(minutes=10)
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


class _Script:
    """What can happen at the company, each with the webhooks that follow it."""

    def __init__(self, world: World, secret: str) -> None:
        self.world = world
        self.secret = secret

    def text(self, contact: str, said: str) -> list[Posted]:
        return [self._workflow(self.world.inbound_text(contact, said), "inbound_sms")]

    def app_text_twice(self, contact: str, said: str) -> list[Posted]:
        body = self.world.app_body(self.world.inbound_text(contact, said))
        return [Posted(route="ghl", body=body), Posted(route="ghl", body=body, minutes_later=1)]

    def two_out_of_order(self, contact: str, first: str, second: str) -> list[Posted]:
        now = self.world.now()
        earlier = self.world.app_body(self.world.inbound_text(contact, first, at=now - timedelta(minutes=1)))
        later = self.world.app_body(self.world.inbound_text(contact, second))
        return [Posted(route="ghl", body=later), Posted(route="ghl", body=earlier, minutes_later=1)]

    def missed_call(self, contact: str, *, texted_back: bool = False) -> list[Posted]:
        row = self.world.inbound_call(contact, "no-answer", 0)
        if texted_back:
            self.world.automation_text(contact, at=self.world.now() + timedelta(seconds=20))
        return [self._workflow(row, "unanswered_call")]

    def voicemail(self, contact: str) -> list[Posted]:
        return [self._workflow(self.world.voicemail(contact), "unanswered_call")]

    def lost_text(self, contact: str, said: str) -> list[Posted]:
        self.world.inbound_text(contact, said)
        return []

    def answer(self, contact: str, user: str, said: str) -> list[Posted]:
        self.world.staff_text(contact, user, said)
        return []

    def call_back(self, contact: str, user: str, seconds: int) -> list[Posted]:
        self.world.staff_call(contact, user, "completed", seconds)
        return []

    def _workflow(self, row: Row, route: str) -> Posted:
        return Posted(route=f"ghl/{route}", body=self.world.workflow_body(row, self.secret))


def scenes(world: World, secret: str) -> list[Scene]:
    """The day in order. Each scene is to be played with the account's clock at its instant."""
    world.add_contact("Kim Alvarez", "+19405550162", contact_id=KIM)
    world.add_contact("Lou Becker", "+19405550163", contact_id=LOU)
    world.add_contact("Solar Offers", SPAM_PHONE, contact_id=CALLER)
    script = _Script(world, secret)
    told: list[tuple[datetime, str, Callable[[], list[Posted]]]] = [
        (_at(17, 16, 30), "Jo texts", partial(script.text, JO, "Can you quote a new heater?")),
        (_at(20, 9, 5), "Lee texts; GHL delivers it twice", partial(script.app_text_twice, LEE, "The pump is leaking")),
        (_at(20, 9, 20), "Lee follows up", partial(script.text, LEE, "It is getting worse, please call")),
        (_at(20, 10, 0), "Dana texts", partial(script.text, DANA, "Is Tuesday still ok?")),
        (_at(20, 10, 20), "Casey answers Dana", partial(script.answer, DANA, CASEY, "Yes, Tuesday at 9.")),
        (_at(20, 10, 22), 'Dana texts "Thanks!"', partial(script.text, DANA, "Thanks!")),
        (
            _at(20, 11, 30),
            "Pat calls in vain; GHL texts back by itself",
            partial(script.missed_call, PAT, texted_back=True),
        ),
        (_at(20, 13, 15), "Sam leaves a voicemail", partial(script.voicemail, SAM)),
        (_at(20, 13, 40), "Morgan calls Sam back, four minutes", partial(script.call_back, SAM, MORGAN, 240)),
        (
            _at(20, 14, 6),
            "Lou texts twice; the webhooks come in the wrong order",
            partial(script.two_out_of_order, LOU, "Gate code is 4471", "When will you be here?"),
        ),
        (_at(20, 14, 30), "a number marked as spam calls", partial(script.missed_call, CALLER)),
        (_at(20, 16, 45), "Kim texts, and the webhook is lost", partial(script.lost_text, KIM, "Water is green again")),
    ]
    return [Scene(at=at, told=what, play=play) for at, what, play in told]
