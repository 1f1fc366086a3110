"""Texts to managers as a command shows them: as on a phone, with size, odd characters and the price of a month."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol, TypeVar

from sentinel_cli.jobs.runner import Report

from .running import Phone, Shown

if TYPE_CHECKING:
    from sentinel_cli.jobs.drafts import Draft, Month
    from sentinel_cli.store.database import Database

__all__ = ["many", "named", "shown"]

_CENTS = Decimal("0.01")


class _Drafted(Report, Protocol):
    """The report of a job that writes letters."""

    @property
    def drafts(self) -> "Sequence[Draft]": ...

    @property
    def month(self) -> "Month | None": ...

    @property
    def dry_run(self) -> bool: ...


R = TypeVar("R", bound=_Drafted)


def shown(
    lines: Callable[[R, list[str]], list[str]], fields: Callable[[R], Mapping[str, object]], price: Decimal | None
) -> Shown[R]:
    """How such a report is shown: each text as on a phone, and below them the lines.

    `lines` is given what a dry run says of odd characters and of a month's price; of letters that are sent that is
    nothing. `fields` are the job's own, for programs.
    """
    return Shown(
        lines=lambda report: lines(
            report, _dry_run_lines(report.drafts, report.month, price) if report.dry_run else []
        ),
        fields=lambda report: {**fields(report), **_letters_json(report.drafts, report.month, price)},
        phones=lambda report: _phones_of(report.drafts),
    )


def named(db: "Database", drafts: "Sequence[Draft]") -> "list[Draft]":
    """The drafts with their managers' names, where the store knows them and no two share one."""
    from sentinel_cli.store.contacts import names_of

    from .issue_screens import shown_name

    names = names_of(db, [draft.contact_id for draft in drafts])
    bearers = Counter(names.values())
    alone = {contact_id: shown_name(name, whole=False) for contact_id, name in names.items() if bearers[name] == 1}
    return [replace(draft, name=alone.get(draft.contact_id, "")) for draft in drafts]


def _phones_of(drafts: "Sequence[Draft]") -> list[Phone]:
    """Each manager's text."""
    return [
        Phone(
            to=f"To {draft.name or draft.contact_id}",
            text=draft.body,
            foot=f"{draft.size.encoding}, {draft.size.units} characters, {many(draft.size.segments, 'segment')}",
        )
        for draft in drafts
    ]


def _dry_run_lines(drafts: "Sequence[Draft]", month: "Month | None", price: Decimal | None) -> list[str]:
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


def _letters_json(drafts: "Sequence[Draft]", month: "Month | None", price: Decimal | None) -> dict[str, object]:
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
