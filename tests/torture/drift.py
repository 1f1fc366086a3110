"""Every form that GHL's answers may drift into, and what is claimed of a run that meets one.

`drifts(answer)` walks a clean answer and gives every change of every field it finds, so that a new field is covered
the day it appears.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.torture import tries

from .morning import Change, Doing, Ended, Morning

Path_ = tuple[str | int, ...]


def as_json(body: object) -> httpx.Response:
    """An answer with that body; a lone surrogate goes as its escape."""
    return httpx.Response(200, content=json.dumps(body).encode(), headers={"Content-Type": "application/json"})


# What a field may turn into.

GONE = object()
TYPES: tuple[object, ...] = (True, 7, -1, 1.5, 10**40, ["x"], [], {"x": 1}, {})
NOTHINGS: tuple[object, ...] = (GONE, None, "", " ")
WORDS: tuple[object, ...] = ("sideways", "y" * 5000, "\ud800", "NaN", "12", "two words\nand more")
NUMBERS: tuple[object, ...] = (float("nan"), float("inf"))
FEW: tuple[object, ...] = (GONE, {"x": 1}, "sideways")


@dataclass(frozen=True)
class Drift:
    """One field of an answer and what it has become; `str` names it as `messages.3.dateAdded -> ...`."""

    answer: Any
    path: Path_
    value: object

    def __str__(self) -> str:
        shown = "gone" if self.value is GONE else json.dumps(self.value)[:30]
        return f"{'.'.join(map(str, self.path))} -> {shown}"

    def __call__(self, response: httpx.Response) -> httpx.Response:
        # Only the answer it was made from: elsewhere the same place holds another message.
        answer = json.loads(response.content)
        is_it = answer | {"traceId": 0} == self.answer | {"traceId": 0}
        return as_json(changed(self.answer, self.path, self.value)) if is_it else response

    @property
    def is_word(self) -> bool:
        """Whether a text, or nothing, stands where a text or nothing may stand: a word that GHL may come to say."""
        return self.value is GONE or self.value is None or isinstance(self.value, str)

    @property
    def names(self) -> set[str]:
        """How a complaint may call it: by its own name or one of those it stands in."""
        return {str(name) for name in self.path if isinstance(name, str)}


def changed(body: Any, path: Path_, value: object) -> Any:
    """The body with that one field changed."""
    head, rest = path[0], path[1:]
    copy = dict(body) if isinstance(body, dict) else list(body)
    if rest:
        copy[head] = changed(body[head], rest, value)
    elif value is GONE:
        del copy[head]
    else:
        copy[head] = value
    return copy


def places(body: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Every field of a body at every depth, with its value."""
    inside = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in inside:
        yield (*path, name), value
        yield from places(value, (*path, name))


def drifts(answer: Any) -> Iterator[Drift]:
    """Every change of every field; the short form tries a few.

    A row that is missing altogether is no drift: nothing in an answer can tell of it, and the next sweep shows it.
    """
    for path, clean in places(answer):
        long, short = (*NOTHINGS, *TYPES, *WORDS, *NUMBERS, *other_dates(clean)), (*FEW, *other_dates(clean)[:1])
        values = long if tries(0, 1) else short
        different = (value for value in values if json.dumps(clean) != json.dumps(value, default=str))
        yield from (Drift(answer, path, value) for value in different if value is not GONE or isinstance(path[-1], str))


def other_dates(clean: object) -> tuple[object, ...]:
    """The same instant in other forms, and instants that cannot be."""
    instant = _instant(clean)
    if instant is None:
        return ()
    seconds = instant.timestamp()
    return (
        int(seconds), int(seconds * 1e6), str(int(seconds)), instant.strftime("%Y-%m-%dT%H:%M:%S"),
        instant.strftime("%m/%d/%Y %H:%M"), instant.strftime("%Y-%m-%d"), "0001-01-01T00:00:00Z",
        "2031-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", int(seconds * 1000),
    )  # fmt: skip


def _instant(value: object) -> datetime | None:
    try:
        if isinstance(value, str) and "T" in value:
            return datetime.fromisoformat(value)
        if isinstance(value, int) and value > 10**12:
            return datetime.fromtimestamp(value / 1000, UTC)
    except ValueError:
        pass
    return None


def _says(status: int, content: bytes = b"", kind: str = "application/json", **headers: str) -> Change:
    return lambda _: httpx.Response(status, content=content, headers={"Content-Type": kind, **headers})


def _of_clean(change: Callable[[bytes], bytes], **headers: str) -> Change:
    def respond(response: httpx.Response) -> httpx.Response:
        return httpx.Response(200, content=change(response.content), headers=headers)

    return respond


PAGE = b"<!doctype html><html><body>Please sign in</body></html>"
WHOLE: Mapping[str, Change] = {
    "page": _says(200, PAGE, "text/html"),
    "page called JSON": _says(200, PAGE),
    "nothing": _says(200),
    "204": _says(204),
    "201 nothing": _says(201),
    "null": _says(200, b"null"),
    "array": _says(200, b"[]"),
    "text": _says(200, b'"ok"'),
    "number": _says(200, b"12"),
    "false": _says(200, b"false"),
    "object": _says(200, b"{}"),
    "error in a 200": _says(200, b'{"error": "Internal error", "statusCode": 500}'),
    "wrapped": _of_clean(lambda body: b'{"data": ' + body + b"}"),
    "truncated": _of_clean(lambda body: body[: len(body) // 2]),
    "two answers": _of_clean(lambda body: body + body),
    "UTF-16 without a mark": _of_clean(lambda body: body.decode().encode("utf-16-be")[1:]),
    "broken UTF-8": _of_clean(lambda body: body.replace(b"e", b"\xe9")),
    "no gzip": _of_clean(lambda body: body, **{"Content-Encoding": "gzip"}),
    "deep": _says(200, b"[" * 100_000),
    "huge number": _says(200, b'{"messages": ' + b"9" * 5000 + b"}"),
    "sign in elsewhere": _says(302, b"", Location="https://login.ghl.test/"),
    "500": _says(500, PAGE, "text/html"),
    "502": _says(502, PAGE, "text/html"),
    "521": _says(521, PAGE, "text/html"),
    "1010": _says(403, b"error code: 1010", "text/plain"),
    "401": _says(401, b'{"message": "Invalid Private Integration token"}'),
    "422": _says(422, b'{"message": ["limit must be a number"]}'),
    "418 deep": _says(418, b"[" * 100_000),
}


# What is claimed of every drift.

Claim = Callable[[Ended, Ended, Ended], str]
"""What is wrong with a run, given it, the clean one, and the store before; "" when nothing is."""


@dataclass
class Tried:
    """How many drifts were tried, how the runs ended, and each that broke a claim."""

    codes: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def note(self, what: str, ended: Ended, wrong: str) -> None:
        """Count a run, and keep what is wrong with it."""
        self.codes[ended.code] += 1
        if wrong:
            self.broken.append(f"{what}: exit {ended.code} {ended.said!r}: {wrong}")

    @property
    def figures(self) -> dict[str, int]:
        """For the run's figures."""
        codes = {f"exit_{code}": count for code, count in sorted(self.codes.items())}
        return {"drifts": self.codes.total(), **codes, "broken": len(self.broken)}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A job that runs so many minutes after 8:00, the endpoint that drifts, and what is claimed of it.

    The short form takes one of `each` drifts.
    """

    name: str
    work: Doing
    endpoint: str
    claim: Claim
    each: int
    minutes: float = 60
    export: bool = True
    listed: bool = True

    def drifted(self, place: Path) -> Tried:
        """Every drift of every answer of the endpoint."""
        morning, before, clean = self._begun(place)
        answers = {json.dumps(answer | {"traceId": 0}): answer for answer in clean.answers[self.endpoint]}.values()
        found = Tried()
        for drift in [drift for answer in answers for drift in drifts(answer)][:: tries(self.each, 1)]:
            ended = morning.run(self.minutes, self.work, self.endpoint, drift)
            found.note(str(drift), ended, self.claim(ended, clean, before) or named(ended, clean, drift))
        return found

    def replaced(self, place: Path) -> Tried:
        """Every answer of the endpoint replaced as a whole."""
        morning, before, clean = self._begun(place)
        found = Tried()
        for name, change in list(WHOLE.items())[:: tries(self.each // 4 + 1, 1)]:
            ended = morning.run(self.minutes, self.work, self.endpoint, change)
            found.note(name, ended, self.claim(ended, clean, before))
        return found

    def _begun(self, place: Path) -> tuple[Morning, Ended, Ended]:
        morning = Morning(place, export=self.export, listed=self.listed)
        return morning, morning.start(), morning.run(self.minutes, self.work)


def named(ended: Ended, clean: Ended, drift: Drift) -> str:
    """A field in another form changes nothing, or is named; a new word may leave open what it does not answer."""
    if ended.code == 0:
        return "" if drift.is_word or ended.state == clean.state else "the issues are others"
    if ended.code == 76 and not any(name in ended.said for name in drift.names | {"messages[]"}):
        return "the field is not named"
    return ""


def all_or_nothing(ended: Ended, clean: Ended, before: Ended) -> str:
    """A run that ends with 0 hides nobody and resolves no more than the clean one; any other left all as it was."""
    if ended.code == 0:
        wrong = ended.hides(clean) or ended.resolves(clean) or ended.watermark != clean.watermark
        return "it hides or resolves a customer" if wrong else ""
    if ended.code not in {69, 75, 76, 77}:
        return "not an exit code for it"
    return "" if ended.is_as(before) else "it changed something"


def in_part(ended: Ended, clean: Ended, before: Ended) -> str:
    """As above; but while GHL fails to show single conversations, what the sweep has shown holds."""
    if ended.code == 75:
        return "it hides or resolves a customer" if ended.hides(clean) or ended.resolves(clean) else ""
    return all_or_nothing(ended, clean, before)


def without_names(ended: Ended, clean: Ended, before: Ended) -> str:
    """What is not known of a person costs the letters its name and nothing else."""
    same = len(ended.letters) == len(clean.letters) and ended.code == 0
    return all_or_nothing(ended, clean, before) if same else "a letter is missing"


def not_checked(ended: Ended, clean: Ended, before: Ended) -> str:
    """As above; a letter of a failed check says so, and never "none"."""
    letters = "".join(ended.letters)
    if ended.code and letters and (": none" in letters or "Nobody" in letters or "NOT CHECKED" not in letters):
        return "a letter sounds as if it had looked"
    return all_or_nothing(ended, clean, before)


def unchecked(ended: Ended, clean: Ended, before: Ended) -> str:
    """A direct read that fails hides and resolves nobody; the lines it leaves say `unchecked`."""
    if ended.hides(clean) or ended.resolves(clean):
        return "it hides or resolves a customer"
    if ended.code == 0:
        return "" if _named_in(ended.letters) == _named_in(clean.letters) else "the letters name others"
    if ended.code not in {75, 76, 77}:
        return "not an exit code for it"
    return "" if all("unchecked" in letter for letter in ended.letters) else "no line says unchecked"


def _named_in(letters: Sequence[str]) -> list[str]:
    """The issues on the letters' lines."""
    return [line.split()[0] for letter in letters for line in letter.splitlines() if line.startswith("#")]


def sent_once(ended: Ended, clean: Ended, before: Ended) -> str:
    """Whatever GHL answers to a send, nobody is texted twice, and a doubtful text is not called sent."""
    if len(ended.letters) > len(clean.letters):
        return "a manager is texted twice"
    return "" if ended.code in {0, 69, 75, 77} else "not an exit code for it"
