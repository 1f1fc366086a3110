"""Tables as CSV, for spreadsheets: what strangers wrote steers neither those nor a terminal."""

import csv
import io
import re
from collections.abc import Mapping, Sequence

from .standing import FIELDS
from .text import visible

__all__ = ["csv_text"]

# A spreadsheet runs a cell that begins so, and names are typed by strangers (OWASP, "CSV Injection"). A number of a
# phone runs nothing.
_FORMULA, _PHONE = re.compile("[=+@-]"), re.compile(r"\+[0-9]+")


def csv_text(rows: Sequence[Mapping[str, object]], fields: Sequence[str] = FIELDS) -> str:
    """The fields, an issue's unless said, with their names on the first line.

    Flags are `true` and `false`, what is unknown is empty.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(row[name]) for name in fields} for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        safe = visible(value)
        return f"'{safe}" if _FORMULA.match(safe) and not _PHONE.fullmatch(safe) else safe
    return value
