"""Letters by real processes that die, are killed, meet every fault: each manager gets one text, or it is said."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sentinel_cli.clock import pause
from tests.conftest import Figures
from tests.e2e.stage import until
from tests.torture import tries
from tests.torture.dying import Point
from tests.torture.nights import Night, Stand, stand

pytestmark = [pytest.mark.torture, pytest.mark.real]

Cell = Callable[[Night], object]


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("stand")) as it:
        yield it


@pytest.fixture
def night(at_work: Stand, tmp_path: Path) -> Night:
    return at_work.night(tmp_path)


def played(at_work: Stand, tmp_path: Path, cells: Mapping[str, Cell], each: int) -> dict[str, Night]:
    """The night of every cell, briefly of one in `each`."""
    nights = {}
    for number, name in enumerate(list(cells)[:: tries(each, 1)]):
        nights[name] = at_work.night(tmp_path / str(number))
        cells[name](nights[name])
    return nights


def counted(nights: Mapping[str, Night]) -> dict[str, int]:
    return {
        "cells": len(nights),
        "runs": sum(len(night.codes) for night in nights.values()),
        "doubles": sum(max(night.each) > 1 for night in nights.values()),
        "silent_misses": sum(bool(night.silent) for night in nights.values()),
    }


def bad(nights: Mapping[str, Night]) -> dict[str, Any]:
    return {name: (night.each, night.codes, night.silent) for name, night in nights.items() if not night.is_good}


# A letter's text as GHL may treat it. `skip` is filled in: the fault meets the first manager's text or the second's.
FAULTS: dict[str, list[dict[str, Any]]] = {
    "dropped before": [{"kind": "drop"}],
    "dropped after": [{"kind": "drop", "after_effect": True}],
    "dropped after, white space squeezed": [{"kind": "drop", "after_effect": True}, {"kind": "white_space"}],
    "dropped after, read late": [
        {"kind": "drop", "after_effect": True},
        {"kind": "late_rows", "route": "messages", "seconds": 90, "times": None},
    ],
    "dropped after, indexed late": [
        {"kind": "drop", "after_effect": True},
        {"kind": "index_lag", "route": "*", "seconds": 600, "times": None},
    ],
    "500 before": [{"kind": "500"}],
    "500 after": [{"kind": "500", "after_effect": True}],
    "429 once": [{"kind": "429", "retry_after": 0}],
    "429 in that run": [{"kind": "429", "retry_after": 0, "times": 2}],
    "401 once": [{"kind": "401"}],
    "401 in that run": [{"kind": "401", "times": 2}],
    "403": [{"kind": "403"}],
    "HTML before": [{"kind": "html"}],
    "HTML after": [{"kind": "html", "after_effect": True}],
    "accepted without a word": [{"kind": "empty_body", "after_effect": True, "status": 201}],
    "slow": [{"kind": "latency", "seconds": 1}],
}


def meets(night: Night, name: str, skip: int = 0) -> None:
    for fault in FAULTS[name]:
        night.fails(**{"skip": skip if fault.get("times", 1) else 0, **fault})


def fault_cell(name: str, skip: int) -> Cell:
    def cell(night: Night) -> None:
        meets(night, name, skip)
        night.runs("08:00", "08:10", "08:30")

    return cell


def test_whatever_ghl_does_to_a_text_each_manager_has_one(at_work: Stand, tmp_path: Path, figures: Figures) -> None:
    cells = {f"{name}, manager {skip + 1}": fault_cell(name, skip) for name in FAULTS for skip in (0, 1)}
    nights = played(at_work, tmp_path, cells, each=13)
    figures("a fault of GHL at a manager's text", **counted(nights))
    assert bad(nights) == {}


def death_cell(point: Point, nth: int, then: str) -> Cell:
    """Dies at 8:00; at 8:10 it dies there again, or meets a fault, or nothing; the line is repeated."""

    def cell(night: Night) -> None:
        night.dies("08:00", point, nth)
        assert night.codes == [137]
        if then == "dies again":
            night.dies("08:10", point, 1)
        else:
            if then in FAULTS:
                meets(night, then)
            night.runs("08:10")
        night.runs("08:20", "08:30")
        if then != "all is well":
            night.runs("08:40")

    return cell


AFTER_A_DEATH = ["dies again", "dropped before", "dropped after", "500 after", "401 in that run", "403"]


def test_wherever_a_run_dies_each_manager_has_one_text(at_work: Stand, tmp_path: Path, figures: Figures) -> None:
    once = itertools.product(Point, (1, 2), ["all is well"])
    twice = itertools.product([Point.AFTER_CLAIM, Point.DURING_POST, Point.BEFORE_MARK], (1, 2), AFTER_A_DEATH)
    cells = {f"{point} {nth}, then {then}": death_cell(point, nth, then) for point, nth, then in (*once, *twice)}
    nights = played(at_work, tmp_path, cells, each=19)
    figures("a run dies at a point", **counted(nights))
    assert bad(nights) == {}


def kill_cell(route: str, time: str, **fault: Any) -> Cell:
    """A run is killed while GHL is busy with a request of that kind; what GHL has received it does."""

    def cell(night: Night) -> None:
        if time != "08:00":
            night.fails("drop")
            night.runs("08:00")
        night.fails(route=route, **fault)
        asked = night.asked(route)
        with night.running(time) as process:
            until(lambda: night.asked(route) > asked, 20, f"asks {route}")
            process.kill()
        pause(1.2)  # GHL does what it has received, and its caller is gone
        night.runs("08:20", "08:30", "08:40")

    return cell


KILLED = {
    "while it sweeps": kill_cell("export", "08:00", kind="latency", seconds=1),
    "while GHL takes the first text": kill_cell("send", "08:00", kind="latency", seconds=1),
    "while GHL takes the second text": kill_cell("send", "08:00", kind="latency", seconds=1, skip=1),
    "while GHL loses the text": kill_cell("send", "08:00", kind="hang", seconds=1),
    "while it looks for the conversation": kill_cell("search", "08:00", kind="latency", seconds=1, times=None),
    "while it looks for the text": kill_cell("messages", "08:10", kind="latency", seconds=1, times=None),
    "while GHL takes what is sent again": kill_cell("send", "08:10", kind="latency", seconds=1),
}


def test_whenever_a_run_is_killed_each_manager_has_one_text(at_work: Stand, tmp_path: Path, figures: Figures) -> None:
    nights = played(at_work, tmp_path, KILLED, each=4)
    figures("a run is killed from outside", **counted(nights))
    assert bad(nights) == {}
