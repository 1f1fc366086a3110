"""The one place that reads the clock and lets time pass; everybody else is told the time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from sentinel_cli.domain.instants import instant

__all__ = ["Clock", "Sleep", "cron_zone", "host_zone", "pause", "system_clock"]

Clock = Callable[[], datetime]
Sleep = Callable[[float], None]


def system_clock() -> datetime:
    """Now, in aware UTC, to the millisecond."""
    return instant(datetime.now(UTC))  # noqa: TID251 - this is the place


def pause(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)  # noqa: TID251 - this is the place


def host_zone() -> str:
    """The name of the host's own time zone: what cron goes by."""
    return time.tzname[0]


def cron_zone(localtime: Path = Path("/etc/localtime")) -> tzinfo:
    """The zone that the host's daemons go by, whatever TZ says in this shell; UTC where the host names none."""
    try:
        with localtime.open("rb") as file:
            return ZoneInfo.from_file(file, key=localtime.resolve().as_posix().rpartition("zoneinfo/")[2])
    except (OSError, ValueError):
        return UTC
