"""Letters by real processes that die, are killed, meet every fault: each manager gets one text, or it is said."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sentinel_cli.clock import pause
from tests.conftest import Figures
from tests.e2e.stage import MANAGERS, until
from tests.torture import tries
from tests.torture.dying import Point
from tests.torture.nights import Ended, Night, Stand, stand

pytestmark = [pytest.mark.torture, pytest.mark.real]

Cell = Callable[[Night], object]


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("stand")) as it:
        yield it


@pytest.fixture
def night(at_work: Stand, tmp_path: Path) -> Night:
    return at_work.night(tmp_path)


def played(
    at_work: Stand, tmp_path: Path, cells: Mapping[str, Cell], each: int, *, alerts: bool = False
) -> dict[str, Ended]:
    """How the night of every cell ended, briefly of one in `each`."""
    ended = {}
    for number, name in enumerate(list(cells)[:: tries(each, 1)]):
        night = at_work.night(tmp_path / str(number), alerts=alerts)
        cells[name](night)
        ended[name] = night.ended
    return ended


def counted(nights: Mapping[str, Ended]) -> dict[str, int]:
    return {
        "cells": len(nights),
        "runs": sum(len(night.codes) for night in nights.values()),
        "doubles": sum(max(night.each) > 1 for night in nights.values()),
        "silent_misses": sum(bool(night.silent) for night in nights.values()),
    }


def bad(nights: Mapping[str, Ended]) -> dict[str, Ended]:
    return {name: night for name, night in nights.items() if not night.is_good}


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
    nights = played(at_work, tmp_path, cells, each=17)
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
    nights = played(at_work, tmp_path, cells, each=31)
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
        pause(2.5)  # GHL does what it has received, and its caller is gone
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
    nights = played(at_work, tmp_path, KILLED, each=6)
    figures("a run is killed from outside", **counted(nights))
    assert bad(nights) == {}


def two_at_once(night: Night) -> None:
    night.fails("latency", seconds=1)
    with night.running("08:00"), night.running("08:00"):
        pass
    night.runs("08:10")


def again_within_the_lease(night: Night) -> None:
    night.dies("08:00", Point.DURING_POST, 1)
    night.runs("08:02", "08:10")


def forced_after_a_death(night: Night) -> None:
    """One text for the slot, and the one that was asked for; the other manager's letter was still owed."""
    night.dies("08:00", Point.AFTER_CLAIM, 1)
    night.runs("08:03", force=True).runs("08:10", "08:30")


def alert_cell(trouble: Callable[[Night], object]) -> Cell:
    """Trouble at 9:03, and the crontab's next lines."""

    def cell(night: Night) -> None:
        trouble(night)
        night.runs("09:08", "09:13", "09:18")

    return cell


def two_alerts_at_once(night: Night) -> None:
    night.fails("latency", seconds=1)
    with night.running("09:03"), night.running("09:03"):
        pass


def killed_alert(night: Night) -> None:
    night.fails("latency", seconds=1)
    asked = night.asked("send")
    with night.running("09:03") as process:
        until(lambda: night.asked("send") > asked, 20, "sends")
        process.kill()
    pause(2.5)


ALERTS: dict[str, Cell] = {
    "two at once": alert_cell(two_alerts_at_once),
    "killed while GHL takes a text": alert_cell(killed_alert),
    **{f"dies {at} {nth}": alert_cell(lambda night, at=at, nth=nth: night.dies("09:03", at, nth))  # type: ignore[misc]
       for at, nth in itertools.product(Point, (1, 2))},
    **{f"{name}, manager {skip + 1}": alert_cell(
           lambda night, name=name, skip=skip: (meets(night, name, skip), night.runs("09:03")))  # type: ignore[misc]
       for name in FAULTS for skip in (0, 1)},
}  # fmt: skip


def test_whatever_happens_to_an_alert_each_manager_has_one_text(
    at_work: Stand, tmp_path: Path, figures: Figures
) -> None:
    nights = played(at_work, tmp_path, ALERTS, each=26, alerts=True)
    figures("an alert's run dies, is killed, is doubled, or meets a fault", **counted(nights))
    assert bad(nights) == {}


def refused(night: Night) -> None:
    night.joins_blocked("CTCblocked0000000001", dnd=True)
    night.joins_blocked("CTClandline000000002", landline=True)
    night.home.setting(MANAGER_CONTACT_IDS=",".join(["CTCblocked0000000001", "CTClandline000000002", *MANAGERS]))
    night.runs("08:00", "08:10", "08:30")


def refused_until_eleven(night: Night) -> None:
    night.fails("401", "*", times=None)
    night.runs("08:00", "08:10", "08:30")
    night.ghl.recovers()
    night.runs("11:00", slot="midday")


def shown_after_both_looks(night: Night) -> None:
    """What is not promised: GHL has the text and shows it half an hour later."""
    night.dies("08:00", Point.DURING_POST, 1)
    night.fails("late_rows", "messages", seconds=3600, times=None)
    night.runs("08:10", "08:30")


ODD: dict[str, tuple[Cell, Ended]] = {
    "two at once": (two_at_once, Ended([1, 1], [0, 0, 0], [])),
    "a token revoked until eleven": (refused_until_eleven, Ended([0, 0], [77, 77, 77, 75], [])),
    "again within the lease": (again_within_the_lease, Ended([1, 1], [137, 75, 0], [])),
    "forced after a death": (forced_after_a_death, Ended([2, 1], [137, 75, 75, 0], [])),
    "blocked and landline": (refused, Ended([1, 1], [69, 0, 0], [])),
    "shown after both looks": (shown_after_both_looks, Ended([2, 1], [137, 75, 0], [])),
}


def test_odd_mornings_end_as_promised(at_work: Stand, tmp_path: Path, figures: Figures) -> None:
    nights = played(at_work, tmp_path, {name: cell for name, (cell, _) in ODD.items()}, each=5)
    figures("odd mornings (a forced text, and one shown after both looks, are second ones)", **counted(nights))
    assert nights == {name: ODD[name][1] for name in nights}


def test_what_was_not_sent_in_the_morning_is_said_at_eleven(night: Night) -> None:
    refused_until_eleven(night)
    assert night.midday[1] == "Morning summary was not sent"


def test_a_manager_who_cannot_be_texted_is_named(night: Night) -> None:
    refused(night)
    named = [manager in night.said[0] for manager in ("CTCblocked0000000001", "CTClandline000000002", *MANAGERS)]
    assert named == [True, True, False, False]
