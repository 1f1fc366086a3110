"""A page of a terminal, drawn in place of the one before: what is most urgent stays in sight."""

import io

import pytest

from sentinel_cli.commands.tables import Screen

ROWS = "".join(f"row {number}\n" for number in range(1, 9))


def page(height: int, text: str = ROWS, foot: str = "foot\n", width: int = 80) -> str:
    out = io.StringIO()
    Screen(out=out, err=io.StringIO(), terminal=True, width=width, height=height).page(text, foot)
    return out.getvalue()


def test_it_starts_at_the_top_of_an_empty_terminal() -> None:
    assert page(24, "row\n") == "\x1b[H\x1b[2Jrow\nfoot\n"


@pytest.mark.parametrize(
    ("height", "last_rows"),
    [
        (11, ["row 8", "foot"]),
        (10, ["(1 more lines below)", "foot"]),
        (6, ["(5 more lines below)", "foot"]),
        (1, ["(7 more lines below)", "foot"]),
    ],
)
def test_it_keeps_the_first_rows_and_says_how_many_lines_there_was_no_room_for(
    height: int, last_rows: list[str]
) -> None:
    assert page(height).splitlines()[-2:] == last_rows


@pytest.mark.parametrize("height", range(4, 14))
def test_it_never_scrolls(height: int) -> None:
    assert page(height).count("\n") < height


def test_a_foot_that_takes_two_lines_has_both() -> None:
    assert page(10, foot="a foot of nineteen \n", width=10).splitlines()[-2:] == [
        "(2 more lines below)",
        "a foot of nineteen ",
    ]
