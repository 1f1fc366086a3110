"""Sentinel's part of somebody's crontab, between two marks; every other line stays as it is, byte for byte.

Refuses to know how a crontab is read or installed.
"""

from .judge.crontab import read_crontab

__all__ = ["with_block", "without_block"]

_BEGIN = "# BEGIN Sentinel in {}: written by `sentinel cron install`, which writes it anew"
_END = "# END Sentinel in {}"


def with_block(current: bytes, delivered: str, home: str) -> bytes:
    """The crontab with our lines for `home`: in the place of those that were there, else at the end.

    Lines of ours that were pasted in by hand go, or each job would be started twice.
    """
    block = _block(delivered, home)
    before, ours, after = _parts(current, home)
    wanted = {entry.typed for entry in read_crontab(delivered).entries}
    before, after = _unpasted(before, wanted, home), _unpasted(after, wanted, home)
    if ours is None and before and not before.endswith("\n"):
        before += "\n"
    return f"{before}{block}{after}".encode("latin-1")


def without_block(current: bytes, home: str) -> bytes:
    """The crontab without our lines for `home`."""
    before, _, after = _parts(current, home)
    return f"{before}{after}".encode("latin-1")


def _block(delivered: str, home: str) -> str:
    lines = [f"SENTINEL_HOME={home}" if line.startswith("SENTINEL_HOME=") else line for line in delivered.splitlines()]
    # In bytes, since the rest of the crontab may be in any encoding.
    text = "\n".join([_BEGIN.format(home), *lines, _END.format(home), ""])
    return text.encode().decode("latin-1")


def _parts(current: bytes, home: str) -> tuple[str, str | None, str]:
    """What stands before our block, the block (None: there is none), and what stands after it."""
    text = current.decode("latin-1")
    begin, end = (f"{mark.format(home)}".encode().decode("latin-1") for mark in ("# BEGIN Sentinel in {}:", _END))
    lines = text.splitlines(keepends=True)
    first = next((n for n, line in enumerate(lines) if line.startswith(begin)), None)
    if first is None:
        return text, None, ""
    last = next((n for n, line in enumerate(lines[first:], first) if line.rstrip() == end), None)
    if last is None:
        # Somebody has removed its end: what follows may be theirs, so only the lines that are ours go.
        return "".join(lines[:first]), "", "".join(lines[first + 1 :])
    return "".join(lines[:first]), "".join(lines[first : last + 1]), "".join(lines[last + 1 :])


def _unpasted(text: str, wanted: set[str], home: str) -> str:
    """The text without lines that start our jobs for the same home."""
    kept, named = [], ""
    for line in text.splitlines(keepends=True):
        found = read_crontab(line)
        named = found.variables.get("SENTINEL_HOME", named)
        ours = named.rstrip("/") == home.rstrip("/") and (
            "SENTINEL_HOME" in found.variables or any(entry.typed in wanted for entry in found.entries)
        )
        kept += [] if ours else [line]
    return "".join(kept)
