"""The conversation in docs/orders.md, held once more: every order, and the whole text that answers it."""

import re
from pathlib import Path

import pytest

from sentinel_cli.domain.model import User
from sentinel_cli.domain.sms import Encoding, segments
from tests.builders import CASEY
from tests.jobs.conftest import MANAGER, SECOND, Company
from tests.jobs.orders import HELPER, ORDER_RULES, Orders

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "orders.md"
PHONES = {">": MANAGER, "colleague>": HELPER}
SAID = re.compile(
    r"^(?:> ```|```)text\n(?P<who>(?:colleague)?>) (?P<order>.+)\n(?P<answer>(?:.*\n)*?)```", re.MULTILINE
)


def a_monday(company: Company) -> Orders:
    """Who waits on Monday at 9:45: the page says so too."""
    company.rules = ORDER_RULES
    company.managers = (MANAGER, SECOND)
    for number, name in enumerate(("Pat Ellison", "Lee Emerson", "Jo King", "Kim Novak", ""), start=1):
        company.named(f"CTC{number}", name, f"+1217555014{number}")
    company.ghl.people = [User(user_id=CASEY, name="Casey Rivera")]
    company.writes("M1", -3 * 24 * 60 + 380, "CTC1", text="The pump is loud again, can you come by?")
    company.calls("M2", 1, "CTC2")
    company.writes("M3", 2, "CTC3", text="What does the heater cost?")
    company.answers("M4", 12, "CTC3")
    company.writes("M5", 90, "CTC3", text="And when could you install it?")
    company.writes("M6", 95, "CTC4", text="Are you open on Friday?")
    company.calls("M7", 100, "CTC5")
    company.polls(104)
    orders = Orders(company)
    orders.hears(80, "Good morning", first_name="Morgan", last_name="Diaz")
    orders.run(105)
    return orders


def test_the_page_shows_what_is_answered(company: Company) -> None:
    orders, minute = a_monday(company), 106
    held = []
    for said in SAID.finditer(PAGE.read_text(encoding="utf-8")):
        before = len(company.ghl.sent)
        orders.texts(f"O{minute}", minute, said["order"], PHONES[said["who"]])
        orders.hears(minute, said["order"], PHONES[said["who"]])
        orders.run(minute + 0.5)
        answers = [out.text for out in company.ghl.sent[before:]]
        held.append((said["order"], said["answer"], f"{answers[0]}\n" if answers else "(no answer)\n"))
        minute += 1
    assert [(order, shown) for order, shown, _ in held] == [(order, answer) for order, _, answer in held]


def test_every_answer_of_the_page_is_cheap() -> None:
    sizes = {
        said["order"]: segments(said["answer"].strip()) for said in SAID.finditer(PAGE.read_text(encoding="utf-8"))
    }
    assert len(sizes) > 20
    assert {
        order: size for order, size in sizes.items() if size.segments > 2 or size.encoding is not Encoding.GSM_7
    } == {}


@pytest.mark.parametrize(
    "verb", ["List", "More", "Open", "Resolve", "Reopen", "Spam", "Unspam", "Note", "Snooze", "Unsnooze", "Help"]
)
def test_the_page_shows_every_order(verb: str) -> None:
    assert f"> {verb}" in PAGE.read_text(encoding="utf-8")
