"""The options that several commands share, said once."""

from typing import Annotated

import typer

__all__ = ["AsJson", "FullPhone", "Limit"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
FullPhone = Annotated[bool, typer.Option("--full-phone", help="Show phone numbers whole.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Show at most N, the first in order.")]
