"""What a process holds in memory, as the kernel says."""

import re
from pathlib import Path

__all__ = ["megabytes"]

_RSS = re.compile(r"VmRSS:\s+(\d+) kB")


def megabytes(process: int | str) -> int:
    """Resident memory of a process by its id, or of this one: `self`."""
    found = _RSS.search(Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) // 1024
