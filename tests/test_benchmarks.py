"""Each benchmark still runs: so little of it that its figures mean nothing."""

from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS, measured
from benchmarks.report import machine, markdown
from benchmarks.scale import TINY

pytestmark = pytest.mark.real


@pytest.mark.parametrize("name", BENCHMARKS)
def test_it_runs_and_fills_its_table(name: str, tmp_path: Path) -> None:
    [table] = measured([name], TINY, tmp_path)
    assert {len(row) for row in table.rows} == {len(table.columns)}


def test_a_table_is_a_section_of_the_document(tmp_path: Path) -> None:
    [table] = measured(["derive"], TINY, tmp_path)
    assert markdown(table).count("\n| ") == len(table.rows) + 2


def test_the_machine_is_named(tmp_path: Path) -> None:
    assert " cores (" in machine(tmp_path)[0]
