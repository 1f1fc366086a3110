"""Texts to managers as a command shows them: as on a phone, with size, odd characters and the price of a month."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from .running import Phone

if TYPE_CHECKING:
    from sentinel_cli.jobs.drafts import Draft, Month

__all__ = ["dry_run_lines", "letters_json", "many", "phones_of"]

_CENTS = Decimal("0.01")


def phones_of(drafts: "Sequence[Draft]") -> list[Phone]:
    """Each manager's text."""
    return [
        Phone(
            to=f"To {draft.contact_id}",
            text=draft.body,
            foot=f"{draft.size.encoding}, {draft.size.units} characters, {many(draft.size.segments, 'segment')}",
        )
        for draft in drafts
    ]


def dry_run_lines(drafts: "Sequence[Draft]", month: "Month | None", price: Decimal | None) -> list[str]:
    """What would force UCS-2, and what a month costs."""
    return [*(_foreign(drafts) if drafts else []), *(_price(month, price) if month else [])]


def _foreign(drafts: "Sequence[Draft]") -> list[str]:
    found = next((draft.foreign for draft in drafts if draft.foreign), None)
    if found is None:
        return ["UCS-2: no character would force it"]
    return [f"UCS-2: {found} would force it;", "  it is written otherwise or left out"]


def _price(month: "Month", price: Decimal | None) -> list[str]:
    segments, basis = many(month.segments, "segment"), f"  ({month.basis})"
    if price is None:
        return [f"a month: {segments}; SMS_SEGMENT_PRICE is not set", basis]
    return [f"a month: about {_cost(month, price)} for {segments} at {price}", basis]


def _cost(month: "Month", price: Decimal) -> Decimal:
    return (month.segments * price).quantize(_CENTS)


def letters_json(drafts: "Sequence[Draft]", month: "Month | None", price: Decimal | None) -> dict[str, object]:
    """The same for a program; `price` is a decimal number as text, null where SMS_SEGMENT_PRICE is not set."""
    told: dict[str, object] = {"letters": [_letter(draft) for draft in drafts]}
    if month is not None:
        cost = str(_cost(month, price)) if price is not None else None
        told["month"] = {"segments": month.segments, "basis": month.basis, "price": cost}
    return told


def _letter(draft: "Draft") -> dict[str, object]:
    found = draft.foreign
    return {
        "contact_id": draft.contact_id,
        "body": draft.body,
        "encoding": draft.size.encoding.value,
        "segments": draft.size.segments,
        "would_force_ucs2": {"character": found.character, "line": found.line} if found else None,
    }


def many(count: int, noun: str) -> str:
    """`1 segment`, `2 segments`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
