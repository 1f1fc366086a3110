"""Texts as they would be sent, for whoever looks before they are: size, odd characters, what a month of them takes.

Refuses to know what they say, and what a segment costs.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sentinel_cli.domain.hours import BusinessHours
from sentinel_cli.domain.letters import SLOT_TIMES, Letter
from sentinel_cli.domain.sms import SmsSize, first_foreign, segments

__all__ = ["Draft", "Foreign", "Month", "drafts_of", "month_of_alerts", "month_of_summaries"]

# deploy/crontab sends summaries from Monday to Friday.
_LAST_WEEKDAY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """The first character of a text that would turn all of it into UCS-2, and in which line it stands (from 1)."""

    character: str
    line: int

    def __str__(self) -> str:
        name = unicodedata.name(self.character, "")
        return f"U+{ord(self.character):04X}{f' {name}' if name else ''} in line {self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One manager's text, as it is or would be sent.

    `unspelled` is how it reads with names as GHL has them, `name` the manager's where it is known.
    """

    contact_id: str
    body: str
    unspelled: str = ""
    name: str = ""

    @property
    def size(self) -> SmsSize:
        """Encoding and segments."""
        return segments(self.body)

    @property
    def foreign(self) -> Foreign | None:
        """What would force UCS-2 if it were not written in the cheap alphabet, None where nothing would."""
        found = first_foreign(self.unspelled)
        return Foreign(character=found[1], line=self.unspelled.count("\n", 0, found[0]) + 1) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """The segments of a month's texts, and in words what that is estimated from."""

    segments: int
    basis: str


def drafts_of(letters: Sequence[Letter], unspelled: Sequence[Letter] = ()) -> list[Draft]:
    """The letters as texts; `unspelled` are the same ones with names as GHL has them."""
    as_typed = {letter.contact_id: letter.body for letter in unspelled}
    return [
        Draft(contact_id=each.contact_id, body=each.body, unspelled=as_typed.get(each.contact_id, ""))
        for each in letters
    ]


def month_of_summaries(drafts: Sequence[Draft], on: date, hours: BusinessHours) -> Month:
    """Texts like these in every slot of the local month: the crontab's days, without holidays."""
    first = on.replace(day=1)
    days = [first + timedelta(days=ahead) for ahead in range(31)]
    open_days = sum(
        day.month == on.month and day.weekday() <= _LAST_WEEKDAY and not hours.closed_on(day) for day in days
    )
    each = sum(draft.size.segments for draft in drafts)
    slots = len(SLOT_TIMES)
    return Month(segments=each * slots * open_days, basis=f"{each} segments a slot, {slots} slots on {open_days} days")


def month_of_alerts(bodies: Iterable[str]) -> Month:
    """The alerts of the last 30 days, whose texts these are: how many come depends on how fast staff answer."""
    sizes = [segments(body).segments for body in bodies]
    texts = f"{len(sizes)} text{'' if len(sizes) == 1 else 's'}"
    return Month(segments=sum(sizes), basis=f"{sum(sizes)} segments of the last 30 days' {texts}")
