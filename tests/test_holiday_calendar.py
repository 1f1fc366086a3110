"""The closed days that a HOLIDAYS text describes, by the real holidays library."""

import subprocess
import sys
from datetime import date

import pytest

from sentinel_cli.holiday_calendar import closures


def printed(asked: str, **environment: str) -> str:
    told = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    return told.stdout


@pytest.mark.parametrize(
    ("spec", "on", "name"),
    [
        ("US", "2026-11-26", "Thanksgiving Day"),
        ("US", "2026-11-27", None),
        ("US", "2026-07-03", "Independence Day (observed)"),
        ("US", "1999-12-25", "Christmas Day"),
        ("US", "2099-12-25", "Christmas Day"),
        ("USA", "2026-12-25", "Christmas Day"),
        ("US-TX", "2026-11-27", "Friday After Thanksgiving"),
        ("US-TX", "2026-11-30", None),
        ("GB-ENG", "2026-12-28", "Boxing Day (observed)"),
        ("BB", "2026-11-30", "Independence Day"),
        ("US/Thanksgiving Day", "2026-11-26", "Thanksgiving Day"),
        ("US/Thanksgiving Day", "2027-11-25", "Thanksgiving Day"),
        ("US/Thanksgiving Day", "2026-12-25", None),
        ("US/Thanksgiving Day", "2026-11-24", None),
        # Two holidays on one date; a name that only some years have; observed days are names of their own.
        ("US-TX", "2026-06-19", "Emancipation Day In Texas; Juneteenth National Independence Day"),
        ("US-TX/Emancipation Day In Texas", "2026-06-19", "Emancipation Day In Texas"),
        ("US/Independence Day", "2026-07-03", None),
        ("US/Independence Day (observed)", "2026-07-03", "Independence Day (observed)"),
        ("2026-12-24", "2026-12-24", "company holiday"),
        ("2026-12-24", "2027-12-24", None),
        ("2026-12-25,US/Christmas Day", "2026-12-25", "Christmas Day"),
        (" US/Labor Day , 2026-12-24,, US/Christmas Day ", "2026-12-24", "company holiday"),
        (" US/Labor Day , 2026-12-24,, US/Christmas Day ", "2026-09-07", "Labor Day"),
        ("", "2026-12-25", None),
        (" , ", "2026-12-25", None),
    ],
)
def test_a_date_is_closed_by_what_the_text_names(spec: str, on: str, name: str | None) -> None:
    assert closures(spec)(date.fromisoformat(on)) == name


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("US/Thanksgivng Day", "'US/Thanksgivng Day': no such holiday; did you mean US/Thanksgiving Day"),
        ("US/thanksgiving day", "'US/thanksgiving day': no such holiday; did you mean US/Thanksgiving Day?"),
        ("US/Diwali", "'US/Diwali': no such holiday; there are US/Christmas Day, US/"),
        ("US/", "'US/': no such holiday; there are US/Christmas Day, US/"),
        ("US-ZZ", "'US-ZZ': no such subdivision; did you mean US-"),
        ("US-", "'US-': no such subdivision; did you mean US-"),
        ("us-tx", "'us-tx': no such country; did you mean US?"),
        ("UX", "'UX': no such country; did you mean "),
        ("Thanksgiving Day", "'Thanksgiving Day': no such country; 'US', 'US-TX' and 'US/Labor Day' are examples"),
        ("2026-02-30", "'2026-02-30': there is no such date"),
        ("2026-1-1", "'2026-1-1': a date is written like 2026-12-24"),
        ("20261224", "'20261224': a date is written like 2026-12-24"),
    ],
)
def test_a_strange_item_is_refused_with_the_nearest_valid_ones(spec: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=r"no such|a date is") as refused:
        closures(spec)
    assert str(refused.value).startswith(complaint)


def test_all_strange_items_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"^'XQ/Day': no such country; .*; '2026-13-01': there is no such date$"):
        closures("XQ/Day,US,2026-13-01")


def test_names_do_not_depend_on_the_locale_of_the_host() -> None:
    asked = "from datetime import date; from sentinel_cli.holiday_calendar import closures"
    asked += "; print(closures('FR')(date(2026, 5, 1)))"
    assert printed(asked, LANGUAGE="fr") == "Labor Day\n"


@pytest.mark.parametrize("spec", ["", "2026-12-24"])
def test_the_library_is_loaded_only_for_those_who_name_a_country(spec: str) -> None:
    asked = f"import sys; from sentinel_cli.holiday_calendar import closures; closures({spec!r})"
    asked += "; print('holidays' in sys.modules)"
    assert printed(asked) == "False\n"
