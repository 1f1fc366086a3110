"""Phone numbers in the forms that GHL, telephone systems and people write them."""

import pytest

from sentinel_cli.phones import e164, masked, national


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(217) 555-0164", "+12175550164"),
        ("217.555.0164", "+12175550164"),
        ("2175550164", "+12175550164"),
        ("12175550164", "+12175550164"),
        ("1-217-555-0164", "+12175550164"),
        (" +1 (217) 555-0164 ", "+12175550164"),
        ("+20 12 25550199", "+201225550199"),
        ("+44 20 7946 0958", "+442079460958"),
        ("011 44 20 7946 0958", "+442079460958"),
        ("tel:+1-217-555-0164", "+12175550164"),
        ("tel:2175550164;phone-context=+1", "+12175550164"),
        ("sip:+12175550164@pbx.example:5060", "+12175550164"),
        ("SIP:2175550164@pbx.example", "+12175550164"),
        ("2175550164 ext 5", "+12175550164"),
        # Possible, though in no area that exists.
        ("+1 (555) 555-0147", "+15555550147"),
        # RESTRICTED with a plus is a withheld caller; these digits alone are a number in Austin.
        ("7378742833", "+17378742833"),
    ],
)
def test_a_number_is_read_in_any_usual_form(text: str, number: str) -> None:
    assert e164(text) == number


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "null",
        "None",
        "anonymous",
        "Restricted",
        "Unavailable",
        "+",
        "{{contact.phone}}",
        "pat@example.com",
        "411",
        "5550164",
        "+1217555016",
        "+121755501644",
        "2175550164 or 2175550165",
        "1" * 300,
        "sip:",
        "sip:1001@pbx",
        "sip:anonymous@anonymous.invalid",
        "0000000000",
        "+10000000000",
        "1175550164",
        "266696687",
        "86282452253",
        "+266696687",
        "+7378742833",
        "+2562533",
        "+8656696",
        "+86282452253",
        "+7748283",
    ],
)
def test_what_nobody_can_dial_is_no_number(text: str | None) -> None:
    assert e164(text) is None


def test_a_number_without_country_code_is_read_where_the_business_is() -> None:
    assert e164("020 7946 0958", "GB") == "+442079460958"


def test_a_number_in_e164_is_read_as_itself() -> None:
    assert e164("+12175550147") == "+12175550147"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+12175550147", "+1***0147"),
        ("+201225550199", "+20***0199"),
        ("+3545550147", "+354***0147"),
        ("2175550147", "***0147"),
        ("(217) 555-0147", "***0147"),
        ("+0000000000", "***0000"),
        ("+1234567", "***"),
        ("5550147", "***"),
        ("0147", "***"),
        ("+1", "***"),
        ("anonymous", "***"),
        ("", "***"),
    ],
)
def test_a_masked_number_keeps_its_country_and_last_four_digits(number: str, shown: str) -> None:
    assert masked(number) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+12175550164", "(217) 555-0164"),
        ("+442079460958", "+44 20 7946 0958"),
        ("anonymous", "anonymous"),
        ("", ""),
    ],
)
def test_a_national_number_is_as_people_here_write_it(number: str, shown: str) -> None:
    assert national(number) == shown


def test_a_national_number_elsewhere_is_as_people_there_write_it() -> None:
    assert national("+442079460958", "GB") == "020 7946 0958"
