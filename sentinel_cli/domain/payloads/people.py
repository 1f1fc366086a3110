"""Whom a workflow's body tells of: contact id, phone and name, wherever they stand; refuses to know what happened."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sentinel_cli.domain.model import Direction

from .reading import Body, ReadingPolicy
from .values import Fields, fields, first, id_said, name_said, said

__all__ = ["Person", "person"]

_PHONE_FIELDS = (
    "phone", "phonenumber", "contactphone", "contactphonenumber", "customerphone", "customerphonenumber",
    "mobile", "mobilephone", "mobilenumber", "cell", "cellphone", "telephone",
)  # fmt: skip
_CALLER_FIELDS = ("caller", "callerid", "callernumber", "callerphone", "from", "fromnumber")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`phone` is E.164; `has_caller` also where the number cannot be dialled ("anonymous")."""

    contact_id: str | None
    phone: str | None
    name: str | None
    has_caller: bool

    @property
    def is_named(self) -> bool:
        """Whether a contact id or a phone leads to a customer."""
        return self.contact_id is not None or self.phone is not None


def person(body: Body, custom: Fields, direction: Direction, policy: ReadingPolicy) -> Person:
    """Whom the body tells of; the vendor's own fields come before those that somebody mapped."""
    root, contact = fields(body), _contact(body)
    numbers = list(_numbers(root, custom, contact, direction))
    return Person(
        contact_id=_contact_id(root, custom, contact),
        phone=next((phone for number in numbers if (phone := policy.e164(number)) is not None), None),
        name=_name(root) or _name(custom) or _name(contact),
        has_caller=bool(numbers),
    )


def _contact(body: Body) -> Fields:
    """The root's `contact`, unless it is the attribution object that workflows send under that name (GHL.md 2)."""
    contact = body.get("contact")
    if not isinstance(contact, Mapping) or {"attributionSource", "lastAttributionSource"} & contact.keys():
        return {}
    return fields(contact)


def _contact_id(root: Fields, custom: Fields, contact: Fields) -> str | None:
    """The root's `id` is left out: it may be an opportunity's (GHL.md 2)."""
    return (
        first(id_said, root, ("contactid",))
        or first(id_said, custom, ("contactid", "id"))
        or first(id_said, contact, ("id", "contactid"))
    )


def _numbers(root: Fields, custom: Fields, contact: Fields, direction: Direction) -> Iterator[str]:
    """The phone numbers a body says, best first. On an outbound call the caller is us."""
    names = _PHONE_FIELDS if direction is Direction.OUTBOUND else _PHONE_FIELDS + _CALLER_FIELDS
    for place, sought in ((root, ("phone",)), (custom, names), (contact, names), (root, names)):
        for name in sought:
            number = first(said, place, (name,))
            if number is not None:
                yield number


def _name(place: Fields) -> str | None:
    whole = first(name_said, place, ("fullname", "contactname", "customername"))
    parts = [first(name_said, place, (name,)) for name in ("firstname", "lastname")]
    return whole or " ".join(filter(None, parts)) or first(name_said, place, ("name",))
