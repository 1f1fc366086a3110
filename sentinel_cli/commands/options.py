"""The options that several commands share, said once."""

from typing import Annotated

import typer

__all__ = ["LARGEST", "AsJson", "FullPhone", "Limit"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
FullPhone = Annotated[bool, typer.Option("--full-phone", help="Show phone numbers whole.")]
LARGEST = 2**63 - 1
"""The largest number SQLite can hold, and so the largest id there can be."""

Limit = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, max=LARGEST, help="Show at most N, the first in order.")
]
