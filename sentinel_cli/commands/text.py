"""Text by strangers made safe to show: what customers write must not steer the operator's terminal."""

import json
import re

__all__ = ["escaped", "json_text", "one_line", "visible"]

# C0 and C1 controls (escape sequences begin there), direction overrides, lone surrogates (no encoding carries them).
_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """The text with every control character but the newline written out as its escape."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    """The text on one line, safe to show."""
    return visible(" ".join(text.split()))


def json_text(value: object) -> str:
    """The value as indented JSON that reads back the same and cannot steer a terminal."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    # Whatever is unsafe stands inside a JSON string, where \u escapes mean the same.
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def escaped(error: UnicodeError) -> tuple[str, int]:
    """What an encoding cannot carry, as the escapes that JSON reads back and people can look up."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end
