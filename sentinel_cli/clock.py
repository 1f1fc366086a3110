"""The one place that reads the clock; everybody else is told the time."""

from collections.abc import Callable
from datetime import UTC, datetime

from sentinel_cli.domain.instants import instant

__all__ = ["Clock", "system_clock"]

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in aware UTC, to the millisecond."""
    return instant(datetime.now(UTC))
