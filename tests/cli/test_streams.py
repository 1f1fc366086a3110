"""Streams that break, fill up or speak another alphabet: the work is done, and no traceback is shown."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from sentinel_cli.store.database import Database

from .installation import Installation, furnish, learn, text, write_env

pytestmark = pytest.mark.real

SENTINEL = Path(sys.executable).with_name("sentinel")
LISTINGS = [
    [],
    ["--help"],
    ["--version"],
    ["issues", "list"],
    ["issues", "list", "--help"],
    ["issues", "list", "--csv"],
    ["issues", "show", "1"],
    ["issues", "explain", "1"],
    ["deliveries", "list"],
    ["kv", "show"],
    ["report", "--since", "30d"],
]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    home = tmp_path_factory.mktemp("home")
    write_env(home)
    installation = Installation(home=home)
    furnish(installation)
    learn(installation, text("CTCzoe00000000000007", "2026-11-23T14:00:00Z", "Zoë?", contact_name="Zoë 😀"))
    return installation


def ran(argv: Sequence[str], home: Path, out: int, err: int, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SENTINEL), *argv],
        cwd=home,
        env={"PATH": "/usr/bin:/bin", **environ},
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def gone() -> int:
    """A pipe that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.fixture
def full() -> int:
    """A disk without room."""
    return os.open("/dev/full", os.O_WRONLY)


@pytest.mark.parametrize("argv", LISTINGS, ids=" ".join)
def test_a_reader_that_stops_early_is_no_bug(company: Installation, gone: int, argv: list[str]) -> None:
    done = ran(argv, company.home, gone, subprocess.PIPE)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("argv", [["issues", "list"], ["issues", "note", "1", "hi"]], ids=" ".join)
def test_messages_that_nobody_reads_stop_no_work(company: Installation, gone: int, argv: list[str]) -> None:
    done = ran(argv, company.home, subprocess.PIPE, gone)
    assert (done.returncode, "#1" in done.stdout or "Jo Everett" in done.stdout) == (0, True)


def test_an_error_keeps_its_exit_code_where_nobody_reads_it(company: Installation, gone: int) -> None:
    assert ran(["issues", "show", "99"], company.home, subprocess.PIPE, gone).returncode == 66


@pytest.mark.parametrize("argv", [["issues", "list"], ["issues", "list", "--json"]], ids=" ".join)
def test_a_full_disk_behind_the_output_is_said(company: Installation, full: int, argv: list[str]) -> None:
    done = ran(argv, company.home, full, subprocess.PIPE)
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        74,
        "error: the output cannot be written: No space left on device",
    )


def test_a_job_whose_log_cannot_be_written_is_done_all_the_same(company: Installation, full: int) -> None:
    done = ran(["prune"], company.home, full, full)
    with Database.look(company.db_path) as db:
        runs = db.read("select exit_code from job_runs where job = 'prune'")
    assert (done.returncode, [run["exit_code"] for run in runs]) == (0, [0])


@pytest.mark.parametrize(
    "argv", [["issues", "list"], ["issues", "list", "--csv"], ["issues", "show", "8"]], ids=" ".join
)
def test_an_alphabet_without_a_letter_shows_its_escape(company: Installation, argv: list[str]) -> None:
    done = ran(argv, company.home, subprocess.PIPE, subprocess.PIPE, PYTHONIOENCODING="ascii")
    assert (done.returncode, r"Zo\u00eb" in done.stdout, done.stderr.count("Traceback")) == (0, True, 0)


def test_json_in_another_alphabet_reads_back_the_same(company: Installation) -> None:
    done = ran(
        ["issues", "show", "8", "--json"], company.home, subprocess.PIPE, subprocess.PIPE, PYTHONIOENCODING="ascii"
    )
    assert json.loads(done.stdout)["contact_name"] == "Zoë 😀"


@pytest.mark.parametrize(
    "argv",
    [
        ["issues", "note", "1", "\udcff"],
        ["issues", "resolve", "1", "--why", "\udcff"],
        ["issues", "resolve", "1", "--by", "\udcff"],
        ["issues", "list", "--contact", "\udcff"],
    ],
    ids=ascii,
)
def test_bytes_that_are_no_text_are_typed_wrongly(company: Installation, argv: list[str]) -> None:
    done = ran(argv, company.home, subprocess.PIPE, subprocess.PIPE)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, r"error: '\udcff' is no UTF-8 text")
