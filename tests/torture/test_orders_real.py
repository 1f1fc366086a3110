"""Orders by real processes that die, are killed, meet faults: each is carried out once, and answered once."""

import itertools
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import Figures
from tests.e2e.stage import MANAGERS, ROOT, SENTINEL, ran
from tests.torture import tries
from tests.torture.dying import DIED, Point
from tests.torture.nights import Night, Stand, monday, stand

pytestmark = [pytest.mark.torture, pytest.mark.real]

Cell = Callable[[Night], object]
CASEY, MORGAN = MANAGERS
DONE = ([("resolve", CASEY), ("note", MORGAN)], {CASEY: 1, MORGAN: 1}, 0)


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("stand")) as it:
        yield it


def runs(night: Night, *times: str) -> int:
    """The exit code of the last of the crontab's runs at these times."""
    for time in times:
        night.is_at(time)
        night.codes.append(night.home.sentinel("run-orders").returncode)
    return night.codes[-1]


def told(at_work: Stand, place: Path) -> Night:
    """Pat's issue is open, orders were read before; then Casey resolves it, and Morgan writes a note, by text."""
    night = at_work.night(place)
    night.is_at("08:30")
    night.home.sentinel("poll-resolver")
    runs(night, "08:30")
    night.ghl.happens("inbound_text", CASEY, monday("08:31"), text="Resolve 1")
    night.ghl.happens("inbound_text", MORGAN, monday("08:32"), text="note #1: I called Pat")
    return night


def came_to(night: Night) -> tuple[list[tuple[str, str]], dict[str, int], int]:
    """What was done by whom, how many texts each manager has, and the last exit code."""
    done = night.home.rows("select kind, actor from actions order by id")
    return done, dict(Counter(contact for contact, _ in night.ghl.sent)), night.codes[-1]


def played(at_work: Stand, tmp_path: Path, cells: Mapping[str, Cell], each: int) -> dict[str, object]:
    """What every cell came to by 8:45, briefly of one in `each`; only what is not as it should be."""
    wrong: dict[str, object] = {}
    for number, name in enumerate(list(cells)[:: tries(each, 1)]):
        night = told(at_work, tmp_path / str(number))
        cells[name](night)
        runs(night, "08:37", "08:42", "08:45")
        if came_to(night) != DONE:
            wrong[name] = (came_to(night), night.codes)
    return wrong


def figure(figures: Figures, what: str, cells: Mapping[str, Cell], each: int, wrong: Mapping[str, object]) -> None:
    figures(what, cells=len(list(cells)[:: tries(each, 1)]), wrong=len(wrong))


def death_cell(point: Point, nth: int) -> Cell:
    def cell(night: Night) -> None:
        night.is_at("08:36")
        argv = [sys.executable, "-m", "tests.torture.dying", point, str(nth), "sentinel", "run-orders"]
        assert ran(argv, night.environ, ROOT).returncode == DIED

    return cell


def test_wherever_a_run_dies_each_order_is_done_and_answered_once(
    at_work: Stand, tmp_path: Path, figures: Figures
) -> None:
    cells = {f"{point} {nth}": death_cell(point, nth) for point, nth in itertools.product(Point, (1, 2))}
    wrong = played(at_work, tmp_path, cells, each=18)
    figure(figures, "a run of orders dies at a point", cells, 18, wrong)
    assert wrong == {}


FAULTS: list[tuple[str, str, dict[str, object]]] = [
    ("drop", "send", {}),
    ("drop", "send", {"after_effect": True}),
    ("500", "send", {"after_effect": True}),
    ("429", "send", {"retry_after": 0, "times": 2}),
    ("401", "send", {"times": 2}),
    ("html", "send", {"after_effect": True}),
    ("drop", "search", {"times": 4}),
    ("500", "messages", {"times": 4}),
    ("html", "messages", {}),
    ("empty_body", "messages", {}),
]


def fault_cell(kind: str, route: str, fields: dict[str, object]) -> Cell:
    def cell(night: Night) -> None:
        night.fails(kind, route, **fields)
        runs(night, "08:36")

    return cell


def test_whatever_ghl_does_each_order_is_done_and_answered_once(
    at_work: Stand, tmp_path: Path, figures: Figures
) -> None:
    cells = {f"{kind} {route} {fields}": fault_cell(kind, route, fields) for kind, route, fields in FAULTS}
    wrong = played(at_work, tmp_path, cells, each=10)
    figure(figures, "a fault of GHL at an order or its answer", cells, 10, wrong)
    assert wrong == {}


def started(night: Night) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [str(SENTINEL), "run-orders"],
        cwd="/",
        env=night.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_cell(seconds: float) -> Cell:
    """Killed from outside, after so long or when it has ended."""

    def cell(night: Night) -> None:
        night.is_at("08:36")
        with started(night) as process:
            try:
                process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()

    return cell


def test_whenever_a_run_is_killed_each_order_is_done_and_answered_once(
    at_work: Stand, tmp_path: Path, figures: Figures
) -> None:
    cells = {f"after {ms} ms": kill_cell(ms / 1000) for ms in range(250, 850, 30)}
    wrong = played(at_work, tmp_path, cells, each=20)
    figure(figures, "a run of orders is killed", cells, 20, wrong)
    assert wrong == {}


def test_three_runs_at_once_do_and_answer_each_order_once(at_work: Stand, tmp_path: Path, figures: Figures) -> None:
    def cell(night: Night) -> None:
        night.is_at("08:36")
        for process in [started(night) for _ in range(3)]:
            assert process.wait(timeout=60) == 0

    cells = {f"round {number}": cell for number in range(tries(1, 10))}
    wrong = played(at_work, tmp_path, cells, each=1)
    figure(figures, "three runs of orders at once", cells, 1, wrong)
    assert wrong == {}
