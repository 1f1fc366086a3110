"""The orders that managers text: what a text asks for, or what is wrong with it; refuses to know who sent it.

Whatever is no order, and does not look like a mistyped one, is somebody talking, and none of our business.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

__all__ = ["LONGEST_NOTE", "MOST_IDS", "SHOWN_WITHIN", "STALE_AFTER", "Mistake", "Order", "Verb", "Wrong", "order_of"]

SHOWN_WITHIN = timedelta(minutes=10)
"""What GHL does not show by then was never sent, as far as we know."""

STALE_AFTER = timedelta(minutes=60)
"""An order first seen so late may meet another issue than its author had in mind: it is not carried out."""

MOST_IDS = 10
"""Issues in one order: each gets its line in the answer."""

LONGEST_NOTE, LONGEST_TIME = 500, 40


class Verb(StrEnum):
    """What can be ordered, as it is written in answers."""

    LIST = "List"
    MORE = "More"
    OPEN = "Open"
    RESOLVE = "Resolve"
    REOPEN = "Reopen"
    SPAM = "Spam"
    UNSPAM = "Unspam"
    NOTE = "Note"
    SNOOZE = "Snooze"
    UNSNOOZE = "Unsnooze"
    HELP = "Help"

    @property
    def changes(self) -> bool:
        """Whether it is for managers only."""
        return self not in {Verb.LIST, Verb.MORE, Verb.OPEN, Verb.HELP}


class Wrong(StrEnum):
    """Why a text that looks like an order is none."""

    WORD = "word"
    NO_ID = "no id"
    TOO_MANY = "too many"
    NO_TEXT = "no text"
    NO_TIME = "no time"
    REST = "rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do to which issues; `text` is a note, or until when a snooze lasts. `sure` is the yes to a question."""

    verb: Verb
    ids: tuple[int, ...] = ()
    text: str = ""
    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What was probably meant, and what is wrong with it."""

    verb: Verb
    wrong: Wrong


_WORDS = {verb.casefold(): verb for verb in Verb}
# What people say instead, where the number of an issue follows.
_ALIASES = {"close": Verb.RESOLVE, "done": Verb.RESOLVE, "show": Verb.OPEN}
# "re-open", "un-spam", "un-snooze".
_HYPHEN = re.compile(r"(?<=\bre)-(?=open)|(?<=\bun)-(?=s(?:pam|nooze))", re.IGNORECASE)
_POLITE = re.compile(r"\A[\W_]*(?:please|pls)\b", re.IGNORECASE)
_FIRST = re.compile(r"[^\w?]*(?:([^\W\d_]+)|\?+)[\W_]*?(?=[#\w]|$)(.*)", re.DOTALL)
_NUMBER = r"[^\w#?]*(?:and\b\s*)?(?:#\s*)?(\d{1,9})(?!\d|[.:/-]\d)"
_ID = re.compile(_NUMBER, re.IGNORECASE)
# Before a snooze's "2h", "3 pm" or "2 hours" the numbers of issues end.
_UNITLESS_ID = re.compile(
    _NUMBER + r"(?!\s*(?:[wdhm]|weeks?|days?|h(?:ou)?rs?|min(?:ute)?s?|[ap]m)(?![^\W\d]))", re.IGNORECASE
)
# After the first number of a note only "12,13", "#12, #13" and "12 and #13" go on: "12 2 techs came" is its words.
_NOTED_TOO = re.compile(r"(?:,|\s*(?:,|&|\+|and\b)\s*#\s*)(\d{1,9})(?!\w|[.:/-]\d)", re.IGNORECASE)
_FILLERS = {"please", "pls", "thanks", "thank", "you", "thx", "now"}
_UNTIL = re.compile(r"(?:until|till|til|for)\b\s*", re.IGNORECASE)
_AROUND = " \t\r\n\"'“”‘’.,;:!?-–—"


def order_of(text: str) -> Order | Mistake | None:
    """The order, or what is wrong with what looks like one; None when somebody is only talking.

    A text is looked at as an order only when its first word is one, or is one letter away from one and stands alone or
    before a number; "done 12" and "please resolve 12" are orders too. Case, punctuation, emoji and the width of digits
    do not matter.
    """
    found = _FIRST.match(_HYPHEN.sub("", _POLITE.sub("", _plain_digits(text), count=1), count=1))
    if found is None:
        return None
    word, rest = (found[1] or "help").casefold(), found[2]
    verb = _WORDS.get(word) or (_ALIASES.get(word) if _ID.match(rest) else None)
    if verb is not None:
        return _READERS.get(verb, _of_issues)(verb, rest)
    meant = next((verb for known, verb in _WORDS.items() if _is_slip(word, known)), None)
    stands_so = not re.search(r"\w", rest) or _ID.match(rest)
    return Mistake(verb=meant, wrong=Wrong.WORD) if meant and stands_so else None


def _plain_digits(text: str) -> str:
    """The same characters, but for digits and number signs of another width or script, and what nobody can see.

    "1" and "2" with a mark of no width between them look like 12. What joins an emoji stays: a note may hold one.
    """
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else "#" if letter == "＃" else letter
        for letter in text
        if unicodedata.category(letter) != "Cf" or letter == "\u200d"
    )


def _words(rest: str) -> list[str]:
    """What is left that means something."""
    return [word for word in re.findall(r"\w+", rest.casefold()) if word not in _FILLERS]


def _ids(rest: str, number: re.Pattern[str] = _ID, later: re.Pattern[str] | None = None) -> tuple[tuple[int, ...], str]:
    """The numbers at the beginning, each once, and what comes after them; `later` are those after the first."""
    ids: dict[int, None] = {}
    while found := number.match(rest):
        ids[int(found[1])] = None
        rest = rest[found.end() :]
        number = later or number
    return tuple(ids), rest


def _alone(verb: Verb, rest: str) -> Order | Mistake:
    return Mistake(verb=verb, wrong=Wrong.REST) if _words(rest) else Order(verb=verb)


def _help(verb: Verb, _rest: str) -> Order:
    return Order(verb=verb)


def _of_issues(verb: Verb, rest: str) -> Order | Mistake:
    ids, left = _ids(rest)
    words = _words(left)
    sure = verb is Verb.SPAM and words == ["yes"]
    if not ids:
        return Mistake(verb=verb, wrong=Wrong.NO_ID)
    if len(ids) > MOST_IDS:
        return Mistake(verb=verb, wrong=Wrong.TOO_MANY)
    # "Resolve 12 or 13?" and "Resolve 12 not yet" are not carried out half.
    return Mistake(verb=verb, wrong=Wrong.REST) if words and not sure else Order(verb=verb, ids=ids, sure=sure)


def _note(verb: Verb, rest: str) -> Order | Mistake:
    """What comes after its issues is the note, as it was typed."""
    ids, left = _ids(rest, later=_NOTED_TOO)
    said = left.strip(_AROUND)[:LONGEST_NOTE]
    if not ids:
        return Mistake(verb=verb, wrong=Wrong.NO_ID)
    if len(ids) > MOST_IDS:
        return Mistake(verb=verb, wrong=Wrong.TOO_MANY)
    return Order(verb=verb, ids=ids, text=said) if said else Mistake(verb=verb, wrong=Wrong.NO_TEXT)


def _snooze(verb: Verb, rest: str) -> Order | Mistake:
    ids, left = _ids(rest, _UNITLESS_ID)
    until = _UNTIL.sub("", left.strip(_AROUND), count=1).strip(_AROUND)[:LONGEST_TIME]
    if not ids:
        return Mistake(verb=verb, wrong=Wrong.NO_ID)
    if len(ids) > MOST_IDS:
        return Mistake(verb=verb, wrong=Wrong.TOO_MANY)
    return Order(verb=verb, ids=ids, text=until) if until else Mistake(verb=verb, wrong=Wrong.NO_TIME)


_READERS: dict[Verb, Callable[[Verb, str], Order | Mistake]] = {
    Verb.LIST: _alone,
    Verb.MORE: _alone,
    Verb.HELP: _help,
    Verb.NOTE: _note,
    Verb.SNOOZE: _snooze,
}


def _is_slip(typed: str, known: str) -> bool:
    """Whether one letter is wrong, missing or too much, or two neighbours have changed places."""
    if abs(len(typed) - len(known)) > 1:
        return False
    same = next((place for place, pair in enumerate(zip(typed, known, strict=False)) if pair[0] != pair[1]), None)
    if same is None:
        return True  # one is the beginning of the other
    typed, known = typed[same:], known[same:]
    swapped = typed[:2] == known[1::-1] and typed[2:] == known[2:]
    return swapped or typed[1:] == known[1:] or typed[1:] == known or typed == known[1:]
