"""The options that several commands share, said once."""

from typing import Annotated

import typer

from sentinel_cli.errors import UsageProblem

from .completion import issue_ids

__all__ = ["LARGEST", "AsJson", "Contact", "FullPhone", "IssueId", "Limit", "Phone", "as_text"]


def as_text(typed: str | None) -> str | None:
    """What was typed, as it can be stored. Raises UsageProblem for bytes that are no text."""
    try:
        (typed or "").encode()
    except UnicodeEncodeError:
        advice = "type it in UTF-8; look at the terminal's locale"
        raise UsageProblem(f"{typed!r} is no UTF-8 text", advice=advice) from None
    return typed


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
FullPhone = Annotated[bool, typer.Option("--full-phone", help="Show phone numbers whole.")]
Phone = Annotated[
    str | None, typer.Option(metavar="NUMBER", help="Only that number: in any format, or its last digits.")
]
Contact = Annotated[
    str | None,
    typer.Option(metavar="WHO", callback=as_text, help="Only that contact: GHL's id, or a part of the name."),
]
LARGEST = 2**63 - 1
"""The largest number SQLite can hold, and so the largest id there can be."""


def _issue_id(text: str) -> int:
    """The number of `41` or `#41`, as it stands in texts and tables."""
    digits = text.removeprefix("#")
    if not digits.isascii() or not digits.isdigit():
        raise typer.BadParameter(f"{text!r} is not a whole number")
    if not 1 <= int(digits) <= LARGEST:
        raise typer.BadParameter(f"{digits} is no issue's number")
    return int(digits)


IssueId = Annotated[
    int,
    typer.Argument(metavar="ID", parser=_issue_id, help="The issue's number.", autocompletion=issue_ids),
]
Limit = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, max=999_999_999, help="Show at most N, the first in order.")
]
