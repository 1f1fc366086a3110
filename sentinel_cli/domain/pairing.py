"""Which messages without an id are the same as which others: a function of the facts, whatever came first.

A body of a workflow has no message id and no event time. Its row stays, and another row may *stand for* it: the real
message once it is known, or the first of several bodies about one message. Source of the rules: DESIGN, "Facts merge".
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import groupby

from .closeout import normalised_text
from .facts import Row
from .kinds import VOICEMAIL_KINDS
from .model import Channel, Direction

__all__ = ["REAL_AFTER", "REAL_BEFORE", "stand_ins"]

_REPEAT_WITHIN = timedelta(minutes=10)
REAL_BEFORE = timedelta(hours=2)
REAL_AFTER = timedelta(minutes=2)
_EXACT_WITHIN = timedelta(seconds=5)

Taken = Callable[[Row], bool]


def stand_ins(rows: Iterable[Row], taken: Taken) -> dict[str, str]:
    """Key of each row that another stands for → key of that other, never a chain. All rows are of one contact.

    `taken` says of an inbound call's row that staff took it: such a call stands for no missed one.
    """
    ordered = sorted(rows, key=lambda row: (row.at, row.key))
    real = [row for row in ordered if not row.provisional]
    exact = [row for row in ordered if row.provisional and not row.at_is_receipt]
    bodies = [row for row in ordered if row.provisional and row.at_is_receipt and not row.adopted]
    adopted = [row for row in ordered if row.adopted]

    mates = _paired(exact, real, taken)
    standing = real + [row for row in exact if row.key not in mates]
    repeats = _repeats(bodies, [row for row in ordered if row.direction is Direction.OUTBOUND])
    firsts = [row for row in bodies if row.key not in repeats]
    mates |= _paired([*firsts, *adopted], standing, taken)
    return mates | {key: mates.get(first, first) for key, first in repeats.items()}


def _content(row: Row) -> tuple[str, str, str]:
    """What two bodies about one message have in common, contact apart."""
    word = "taken" if row.value("outcome") in {"completed", "answered"} else "missed"
    return row.channel, row.direction, word if row.channel is Channel.CALL else normalised_text(row.value("text") or "")


def _repeats(bodies: Sequence[Row], ours: Sequence[Row]) -> dict[str, str]:
    """Bodies that tell again, within ten minutes of the first, with nothing of ours in between."""
    found: dict[str, str] = {}
    for _, group in groupby(sorted(bodies, key=lambda row: (_content(row), row.at, row.key)), key=_content):
        firsts: list[Row] = []
        for row in group:
            first = firsts[-1] if firsts else None
            if first is not None and _tells_again(row, first, ours):
                found[row.key] = first.key
            else:
                firsts.append(row)
    return found


def _tells_again(row: Row, first: Row, ours: Sequence[Row]) -> bool:
    if row.at - first.at > _REPEAT_WITHIN:
        return False
    return not any(first.at < our.at < row.at and _content(our) != _content(row) for our in ours)


def _paired(rows: Sequence[Row], others: Sequence[Row], taken: Taken) -> dict[str, str]:
    """Nearest first; a text stands for one row only, a call for as many as there are.

    Adopted rows come last: they fit whatever is near, and must not take what a body names by its text.
    """
    by_instant = sorted(others, key=lambda other: other.at)
    candidates = sorted(
        (row.adopted, abs(other.at - row.at), other.key, row.key, row.channel)
        for row in rows
        for other in _around(row, by_instant)
        if _tell_the_same(row, other, taken)
    )
    mates: dict[str, str] = {}
    used: set[str] = set()
    for *_, other_key, key, channel in candidates:
        if key not in mates and (channel is Channel.CALL or other_key not in used):
            mates[key] = other_key
            used.add(other_key)
    return mates


def _around(row: Row, by_instant: Sequence[Row]) -> Sequence[Row]:
    """The rows near enough in time to be the same message."""
    before, after = (REAL_BEFORE, REAL_AFTER) if row.at_is_receipt else (_EXACT_WITHIN, _EXACT_WITHIN)
    start = bisect_left(by_instant, row.at - before, key=lambda other: other.at)
    return by_instant[start : bisect_right(by_instant, row.at + after, key=lambda other: other.at)]


def _tell_the_same(row: Row, other: Row, taken: Taken) -> bool:
    if (row.channel, row.direction) != (other.channel, other.direction):
        return False
    if row.channel is Channel.CALL:
        # An event time within seconds says more than an outcome, which may have been news from a ringing phone.
        return row.direction is Direction.OUTBOUND or not row.at_is_receipt or _is_missed(row) != taken(other)
    text, other_text = row.value("text"), other.value("text")
    if row.adopted:
        return True
    if not text:
        return bool(other.value("attachments")) or not other_text
    return normalised_text(text) == normalised_text(other_text or "")


def _is_missed(row: Row) -> bool:
    return row.value("outcome") not in {"completed", "answered"} or row.value("kind") in VOICEMAIL_KINDS
