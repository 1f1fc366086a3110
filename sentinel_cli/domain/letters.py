"""The life of a letter: when it is sent, looked for, sent again or given up; refuses to know how any of it is done.

    owed ──claim──▶ claimed ──────▶ sent
     ▲                │ ├─────────▶ refused   (DND, landline, no phone: final for that manager)
     └─ known unsent ─┘ └─────────▶ unknown ──look──▶ sent │ claimed again, after two looks (an alert: owed again)
    owed, unknown ────────────────▶ expired
    owed, unknown ────────────────▶ withdrawn (there is nothing left to tell, or it is true no more)

A claim whose lease ran out has an unknown outcome: whoever held it died, perhaps after the text was accepted.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .instants import instant, instant_text

__all__ = [
    "LEASE",
    "LOOKS_APART",
    "LOOKS_NEEDED",
    "SLOT_TIMES",
    "Letter",
    "LetterState",
    "Slot",
    "Step",
    "alert_key",
    "expires_at",
    "is_text_of",
    "look_since",
    "next_step",
    "outage_key",
    "slot_instants",
    "summary_key",
]

LEASE = timedelta(minutes=5)
LOOKS_APART = timedelta(minutes=2)
LOOKS_NEEDED = 2
LIFETIME = timedelta(hours=2)
# GHL's clock and ours may differ; the letter's first line is unique, so looking further back finds no other letter.
CLOCK_SKEW = timedelta(hours=1)
# A letter that cannot be looked for (its contact is gone) does not stay unknown for ever.
LOOKED_FOR_UNTIL = timedelta(days=1)


class Slot(StrEnum):
    """When managers get a summary; at most one for each slot, local date and manager."""

    MORNING = "morning"
    MIDDAY = "midday"
    AFTERNOON = "afternoon"


# Local times, source: deploy/crontab.
SLOT_TIMES = {Slot.MORNING: time(8), Slot.MIDDAY: time(11), Slot.AFTERNOON: time(15)}


class LetterState(StrEnum):
    """Where a letter is in its life; see the drawing above."""

    OWED = "owed"
    CLAIMED = "claimed"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will be done about the letter."""
        return self in {LetterState.SENT, LetterState.REFUSED, LetterState.EXPIRED, LetterState.WITHDRAWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One text owed to one manager. `as_of` is the clock of its facts, `claimed_at` that of its first claim.

    `attempts` counts claims; `looks` counts complete looks since the last claim, each `LOOKS_APART` from the one
    before. `id` is 0 until the database has given one.
    """

    key: str
    kind: str
    slot: Slot | None
    on: date
    contact_id: str
    body: str
    as_of: datetime
    created_at: datetime
    expires_at: datetime
    id: int = 0
    state: LetterState = LetterState.OWED
    lease_until: datetime | None = None
    claimed_at: datetime | None = None
    attempts: int = 0
    looks: int = 0
    last_look_at: datetime | None = None
    message_id: str | None = None
    conversation_id: str | None = None
    sent_at: datetime | None = None
    error: str | None = None

    @property
    def first_line(self) -> str:
        """What the letter is known by in the manager's conversation."""
        return self.body.partition("\n")[0]


class Step(StrEnum):
    """What to do next about a letter."""

    CLAIM = "claim"
    WAIT = "wait"
    LOOK = "look"
    SEND_AGAIN = "send again"
    EXPIRE = "expire"
    NOTHING = "nothing"


def next_step(letter: Letter, now: datetime) -> Step:
    """What to do about the letter at `now` (DESIGN, send-summary).

    `WAIT` is for a claim that another run may still be carrying out, and for the time between two looks.
    """
    if letter.state.is_final:
        return Step.NOTHING
    expired = now >= letter.expires_at
    if letter.state is LetterState.OWED:
        return Step.EXPIRE if expired else Step.CLAIM
    if letter.lease_until is not None and now < letter.lease_until:
        return Step.WAIT
    return _step_of_expired_unknown(letter, now) if expired else _step_of_unknown(letter, now)


def _step_of_unknown(letter: Letter, now: datetime) -> Step:
    if letter.looks >= LOOKS_NEEDED:
        return Step.SEND_AGAIN
    return Step.LOOK if letter.last_look_at is None or now - letter.last_look_at >= LOOKS_APART else Step.WAIT


def _step_of_expired_unknown(letter: Letter, now: datetime) -> Step:
    """It will not be sent again; two looks, or one after its time, tell whether "was not sent" may be said of it.

    One made right after the claim does not: GHL may show a text late.
    """
    looked_late = letter.last_look_at is not None and letter.last_look_at >= letter.expires_at
    if looked_late or letter.looks >= LOOKS_NEEDED or now - letter.expires_at >= LOOKED_FOR_UNTIL:
        return Step.EXPIRE
    return Step.LOOK


def expires_at(slot: Slot | None, created_at: datetime, zone: ZoneInfo) -> datetime:
    """When a letter made at `created_at` is too old to send: at the next other slot of that local date, or in 2 hours.

    Without a slot (an alert) at any slot, for the summary tells it then. Aware UTC.
    """
    created = instant(created_at)
    begins = slot_instants(created.astimezone(zone).date(), zone)
    return min([created + LIFETIME, *(at for other, at in begins.items() if other is not slot and at > created)])


def slot_instants(on: date, zone: ZoneInfo) -> dict[Slot, datetime]:
    """When each slot of a local date begins."""
    return {slot: instant(datetime.combine(on, at, zone)) for slot, at in SLOT_TIMES.items()}


def summary_key(on: date, slot: Slot, contact_id: str, *, forced_at: datetime | None = None) -> str:
    """The unique key of a manager's summary: one for each slot and local date, and one for each that was forced."""
    again = f":force:{instant_text(forced_at)}" if forced_at else ""
    return f"summary:{on.isoformat()}:{slot}:{contact_id}{again}"


def alert_key(contact_id: str, written_at: datetime) -> str:
    """The unique key of a text to a manager about breaches."""
    return f"alert:{instant_text(written_at)}:{contact_id}"


def outage_key(contact_id: str, since: datetime) -> str:
    """The unique key of a text to a manager about GHL not answering: one for each outage."""
    return f"outage:{instant_text(since)}:{contact_id}"


def look_since(letter: Letter) -> datetime:
    """From when on the letter's text can stand in the manager's conversation: its first claim, minus clock skew."""
    return (letter.claimed_at or letter.created_at) - CLOCK_SKEW


def is_text_of(letter: Letter, at: datetime, text: str) -> bool:
    """Whether an outbound text of the manager's conversation is the letter.

    It was made since the first claim and begins with the letter's first line, whatever became of its white space: GHL
    and carriers may rewrap a text. "Nov 2" does not begin "Nov 23", nor "Nov 23" what was forced, "Nov 23, again".
    """
    line = r"\s*".join(map(re.escape, letter.first_line.split()))
    return at >= look_since(letter) and re.match(rf"\s*{line}(?![\d,])", text) is not None
