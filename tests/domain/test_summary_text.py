"""The words of a letter as tables: customers, instants, spans of time."""

from datetime import timedelta

import pytest

from sentinel_cli.domain.summary_text import customer_of, short_name, span_text, when_text
from sentinel_cli.phones import masked
from tests.builders import HOURS, MONDAY
from tests.domain.test_summary import PHONE, chicago, issue


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Pat Example", "Pat E."),
        ("pat example", "Pat E."),
        ("PAT Q. EXAMPLE", "Pat E."),
        ("JD Example", "JD E."),
        ("McKay o'example", "McKay O."),
        ("mary-ann example", "Mary-Ann E."),
        ("Pat", "Pat"),
        ("José Núñez", "José N."),
        ("Łukasz Żak", "Lukasz Z."),
        ("Pat 🏊", "Pat"),
        ("Pat (Example)", "Pat E."),
        ("Bartholomew-Maximilian Example", "Bartholomew-Maxi E."),
        ("  Pat \n Example ", "Pat E."),
        ("李 雷", ""),
        ("+12175550147", ""),
        ("(217) 555-0147", ""),
        ("tel:+12175550147 Pat", "Pat"),
        ("", ""),
    ],
)
def test_a_customer_is_named_by_first_name_and_initial(name: str, short: str) -> None:
    assert short_name(name) == short


@pytest.mark.parametrize(
    ("name", "phone", "customer"),
    [
        ("Pat Example", PHONE, "Pat E."),
        ("(217) 555-0147", PHONE, "+1***0147"),
        ("李 雷", PHONE, "+1***0147"),
        (None, PHONE, "+1***0147"),
        (None, None, "unknown"),
    ],
)
def test_a_customer_without_a_name_is_known_by_a_masked_phone(
    name: str | None, phone: str | None, customer: str
) -> None:
    assert customer_of(issue(1, "Nov 20 10:00", name, phone=phone), masked) == customer


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("Nov 23 00:00", "12am"),
        ("Nov 23 07:58", "7:58am"),
        ("Nov 23 12:05", "12:05pm"),
        ("Nov 22 23:59", "Sun 11:59pm"),
        ("Nov 17 08:00", "Tue 8am"),
        ("Nov 16 23:59", "Nov 16"),
    ],
)
def test_an_instant_is_said_as_people_say_it(at: str, said: str) -> None:
    assert when_text(chicago(at), MONDAY, HOURS) == said


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0m"), (0.9, "0m"), (40, "40m"), (60, "1h"), (190.5, "3h10m"), (1800, "30h")]
)
def test_a_span_is_said_in_whole_minutes(minutes: float, said: str) -> None:
    assert span_text(timedelta(minutes=minutes)) == said
