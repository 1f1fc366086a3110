"""What strangers wrote, made safe to show."""

import json

import pytest

from sentinel_cli.commands.text import json_text, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë wrote 👩‍👧 “ok”", "Zoë wrote 👩‍👧 “ok”"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("\x9b31m", "\\x9b31m"),
        ("a\rb\x00", "a\\rb\\x00"),
        ("user\u202egnp.exe", "user\\u202egnp.exe"),
        ("half \ud83d", "half \\ud83d"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_what_could_steer_a_terminal_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_cell_is_one_line() -> None:
    assert one_line("  Hi,\n\tthe  pump\r\nis loud ") == "Hi, the pump is loud"


@pytest.mark.parametrize("text", ["\x9b31m", "\u202e", "\ud83d", "\x7f", "tab\tand\nline"])
def test_json_reads_back_the_same_and_is_safe_to_show(text: str) -> None:
    written = json_text({"text": text})
    assert (json.loads(written), visible(written)) == ({"text": text}, written)
