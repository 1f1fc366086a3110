"""Each benchmark still runs: so little of it that its figures mean nothing."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS, measured
from benchmarks.derive import watched
from benchmarks.ingest import is_up, stored
from benchmarks.load import Load
from benchmarks.report import machine, markdown
from benchmarks.scale import TINY
from tests.e2e.stage import ROOT, bare, free_port, ran, running, until

pytestmark = pytest.mark.real


@pytest.mark.parametrize("name", BENCHMARKS)
def test_it_runs_and_fills_its_table(name: str, tmp_path: Path) -> None:
    [table] = measured([name], TINY, tmp_path)
    assert {len(row) for row in table.rows} == {len(table.columns)}


def test_a_table_is_a_section_of_the_document(tmp_path: Path) -> None:
    [table] = measured(["derive"], TINY, tmp_path)
    assert markdown(table).count("\n| ") == len(table.rows) + 2


def test_without_wrk_a_generator_of_our_own_posts(tmp_path: Path) -> None:
    port, environ = free_port(), bare(PYTHONPATH=str(ROOT))
    floor = [sys.executable, "-m", "benchmarks.floors", "commit", str(port), str(tmp_path / "floor.db")]
    with running(floor, tmp_path / "log", environ):
        url = f"http://127.0.0.1:{port}/webhook/ghl"
        until(lambda: is_up(port), 30, "the floor answers")
        ended = ran([sys.executable, "-m", "benchmarks.load", url, "secret", "R", "2", "0.3"], environ)
    load = Load(**json.loads(ended.stdout))
    assert (load.rate > 0, load.refused, stored(tmp_path / "floor.db")) == (True, 0, load.answered)


def test_the_memory_of_a_program_is_its_own_and_not_ours() -> None:
    ours = b"x" * 200_000_000
    _, small = watched([sys.executable, "-c", "pass"], bare())
    _, large = watched([sys.executable, "-c", "b'x' * 200_000_000"], bare())
    assert (len(ours), small < 50, large > 180) == (200_000_000, True, True)


def test_the_machine_is_named(tmp_path: Path) -> None:
    assert " cores (" in machine(tmp_path)[0]
