"""The closed days that `HOLIDAYS` describes, through the holidays library; refuses to know what closing means."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cache

__all__ = ["closures"]

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_OWN_DAY = "company holiday"
# Names are looked for in these years: all that move, are observed on another day or began lately occur in them.
_YEARS_OF_NAMES = range(2021, 2041)
_FEW = 30

_Calendar = Callable[[int], Mapping[date, str]]
_Closure = Callable[[date], str | None]


def closures(spec: str) -> _Closure:
    """A function that names the holiday of a local date, or gives None; years are worked out when first asked for.

    `spec` is empty (no holidays) or comma-separated: a country or subdivision of the holidays library (`US`,
    `US-TX`) for all its public holidays, `US/Thanksgiving Day` for one by its exact English name, where a date
    that is merely observed is a name of its own (`US/Independence Day (observed)`), or an ISO date.
    Raises ValueError that names every item that is none of these, with the nearest valid ones.
    """
    own: set[date] = set()
    named: list[_Closure] = []
    problems: list[str] = []
    for item in filter(None, (piece.strip() for piece in spec.split(","))):
        try:
            if item[0].isdigit():
                own.add(_iso_date(item))
            else:
                named.append(_holidays(item))
        except ValueError as problem:
            problems.append(f"{item!r}: {problem}")
    if problems:
        raise ValueError("; ".join(problems))

    return _Closures(spec, tuple(named), frozenset(own))


@dataclass(frozen=True, slots=True)
class _Closures:
    """What `closures` gives; `spec` tells two of them apart."""

    spec: str
    named: tuple[_Closure, ...] = field(repr=False)
    own: frozenset[date] = field(repr=False)

    def __call__(self, on: date) -> str | None:
        names = (holiday(on) for holiday in self.named)
        return next(filter(None, names), _OWN_DAY if on in self.own else None)


def _holidays(item: str) -> _Closure:
    code, slash, name = (part.strip() for part in item.partition("/"))
    calendar = _calendar(code)
    if not slash:
        return lambda on: calendar(on.year).get(on)
    known = _known_name(name, code, calendar)
    return lambda on: known if known in _names(calendar(on.year).get(on, "")) else None


def _iso_date(item: str) -> date:
    if not _ISO_DATE.fullmatch(item):
        raise ValueError("a date is written like 2026-12-24")
    try:
        return date.fromisoformat(item)
    except ValueError:
        raise ValueError("there is no such date") from None


def _known_name(name: str, code: str, calendar: _Calendar) -> str:
    known: set[str] = set()
    for year in _YEARS_OF_NAMES:
        known.update(*(_names(names) for names in calendar(year).values()))
        if name in known:
            return name
    raise ValueError(f"no such holiday; {_nearest(name, sorted(known), before=f'{code}/')}")


def _names(found: str) -> list[str]:
    # The library joins the names that share a date.
    return found.split("; ")


def _nearest(wrong: str, valid: list[str], before: str = "") -> str:
    """What to type instead; `before` stands in front of each, and is not compared."""
    spelled = {word.casefold(): word for word in valid}
    cutoff = 1.0 if wrong.casefold() in spelled else 0.5
    near = [before + spelled[word] for word in get_close_matches(wrong.casefold(), spelled, n=3, cutoff=cutoff)]
    if near:
        return f"did you mean {' or '.join(near)}?"
    if len(valid) <= _FEW:
        return f"there are {', '.join(before + word for word in valid)}"
    return "'US', 'US-TX' and 'US/Labor Day' are examples"


def _calendar(code: str) -> _Calendar:
    # Here, not above: nobody without a HOLIDAYS setting pays for the import.
    from holidays import country_holidays, list_supported_countries

    countries = list_supported_countries()
    country, dash, subdivision = code.partition("-")
    if country not in countries:
        raise ValueError(f"no such country; {_nearest(country, sorted(countries))}")
    subdivisions = [f"{country}-{part}" for part in sorted(countries[country])]
    if dash and code not in subdivisions:
        raise ValueError(f"no such subdivision; {_nearest(code, subdivisions)}")

    # The names must not depend on the host's locale, which the library follows when no language is given.
    languages = country_holidays(country).supported_languages
    language = "en_US" if "en_US" in languages else None

    @cache
    def days(year: int) -> Mapping[date, str]:
        return country_holidays(
            country, subdiv=subdivision or None, years=year, expand=False, observed=True, language=language
        )

    return days
