"""Tables as CSV, for spreadsheets."""

import csv
import io
from collections.abc import Mapping, Sequence

from .standing import FIELDS

__all__ = ["csv_text"]

# A spreadsheet runs a cell that begins so, and names are typed by strangers (OWASP, "CSV Injection").
_NAMES = {"contact_name", "person"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Sequence[Mapping[str, object]], fields: Sequence[str] = FIELDS) -> str:
    """The fields, an issue's unless said, with their names on the first line.

    Flags are `true` and `false`, what is unknown is empty.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(name, row[name]) for name in fields} for row in rows)
    return text.getvalue()


def _cell(name: str, value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if name in _NAMES and isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
