"""The real executable, in an environment as bare as cron's."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from .installation import Installation, screen_of

pytestmark = pytest.mark.real

SENTINEL = Path(sys.executable).with_name("sentinel")
BARE = {"PATH": "/usr/bin:/bin", "LANG": "C"}


def ran(argv: Sequence[str], cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv, cwd=cwd, env=BARE | environ, capture_output=True, text=True, timeout=60, check=False, encoding="utf-8"
    )


def test_sentinel_help_runs(tmp_path: Path) -> None:
    done = ran([str(SENTINEL), "--help"], tmp_path)
    assert (done.returncode, "poll-resolver" in done.stdout, done.stderr) == (0, True, "")


def test_sentinel_issues_list_runs(pool_company: Installation) -> None:
    done = ran([str(SENTINEL), "issues", "list"], pool_company.home)
    assert (done.returncode, done.stdout) == (0, screen_of("issues-list-pipe"))


def test_python_m_is_the_same(pool_company: Installation) -> None:
    done = ran(
        [sys.executable, "-m", "sentinel_cli", "issues", "list"], Path("/"), SENTINEL_HOME=str(pool_company.home)
    )
    assert (done.returncode, done.stdout) == (0, screen_of("issues-list-pipe"))


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_stops_no_work(pool_company: Installation, closed: str) -> None:
    done = ran(["sh", "-c", f"{SENTINEL} issues list {closed}"], pool_company.home)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)


def test_an_error_reaches_the_shell(bare: Installation) -> None:
    done = ran([str(SENTINEL), "issues", "list"], bare.home)
    assert (done.returncode, done.stdout, done.stderr.splitlines()[0]) == (
        74,
        "",
        f"error: no database at {bare.db_path}",
    )


LOADED = """
import sys
from sentinel_cli.cli import main
code = main(sys.argv[1:])
heavy = {"httpx", "rich", "starlette", "uvicorn", "sqlite_utils", "holidays", "stamina", "prometheus_client"}
print(*sorted(heavy & set(sys.modules)), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(
    "argv",
    [
        ("issues", "list", "--json"),
        ("issues", "list", "--csv"),
        ("issues", "list"),
        ("issues", "show", "2", "--json"),
        ("kv", "show"),
        ("deliveries", "list"),
        ("jobs", "list"),
    ],
    ids=" ".join,
)
def test_a_pipe_waits_for_no_library_it_does_not_need(pool_company: Installation, argv: tuple[str, ...]) -> None:
    done = ran([sys.executable, "-c", LOADED, *argv], pool_company.home)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "")


@pytest.mark.parametrize("argv", [("issues", "list", "--json"), ("--help",), ("issues", "--help"), ("report",)])
def test_a_reader_that_stops_early_hears_no_complaint(pool_company: Installation, argv: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        done = subprocess.run(
            [str(SENTINEL), *argv],
            cwd=pool_company.home,
            env=BARE,
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (141, "")


def test_completion_can_be_installed(tmp_path: Path) -> None:
    done = ran([str(SENTINEL), "--show-completion", "bash"], tmp_path, SHELL="/bin/bash")
    assert (done.returncode, "_SENTINEL_COMPLETE" in done.stdout) == (0, True)


def test_the_sandbox_prints_the_settings_of_a_rehearsal_and_answers(tmp_path: Path) -> None:
    import httpx

    port = _free_port()
    sandbox = subprocess.Popen(
        [str(SENTINEL), "sandbox", "--port", str(port)],
        cwd=tmp_path,
        env=BARE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert sandbox.stdout is not None
        settings = dict(sandbox.stdout.readline().strip().split("=", 1) for _ in range(4))
        transport = httpx.HTTPTransport(retries=5)  # it prints before it listens
        with httpx.Client(transport=transport, base_url=settings["GHL_BASE_URL"]) as client:
            users = client.get(
                "/users/",
                params={"locationId": settings["GHL_LOCATION_ID"]},
                headers={"Authorization": f"Bearer {settings['GHL_TOKEN']}", "Version": "2021-07-28"},
            )
        assert len(users.json()["users"]) == 3
    finally:
        sandbox.send_signal(signal.SIGINT)
        sandbox.communicate(timeout=30)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_the_sandbox_refuses_a_port_that_is_taken(bare: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ran_here = bare.run("sandbox", "--port", str(port))
    assert (ran_here.code, ran_here.out) == (2, "")
    assert ran_here.err.startswith(f"error: cannot listen on 127.0.0.1:{port}: ")
    assert f"ss -ltnp 'sport = :{port}' shows who holds this one" in ran_here.err


def test_the_json_of_a_real_process_is_json(pool_company: Installation) -> None:
    done = ran([str(SENTINEL), "issues", "list", "--json"], pool_company.home)
    assert json.loads(done.stdout)["total"] == 3


@pytest.mark.parametrize(("group", "row"), [("issues", b"Jo Everett"), ("deliveries", b"undecodable")])
def test_a_watch_shows_the_list_anew_until_ctrl_c(pool_company: Installation, group: str, row: bytes) -> None:
    ours, theirs = os.openpty()
    watch = subprocess.Popen(
        [str(SENTINEL), group, "list", "--watch", "1"],
        cwd=pool_company.home,
        env=BARE | {"TERM": "xterm", "COLUMNS": "80"},
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    shown = b""
    while shown.count(b"\x1b[2J") < 3:
        shown += os.read(ours, 4096)
    watch.send_signal(signal.SIGINT)
    _, said = watch.communicate(timeout=20)
    os.close(ours)
    assert (watch.returncode, shown.count(row) >= 2, shown.count(b"Ctrl-C ends it") >= 2) == (0, True, True)
    assert said == b"\n"
