"""The dead man's switch: pinged when a run begins and ends, and of no matter to the run."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sentinel_cli.clock import pause
from sentinel_cli.commands.heartbeat import Heartbeat, pings
from sentinel_cli.errors import Incomplete
from sentinel_cli.jobs.locks import lock_path, locked

from .installation import Installation, write_env

FAILING = "http://127.0.0.1:1"


class Service:
    """A real one: what it was asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200
        service = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.asked.append(self.path)
                self.send_response(service.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ping/uuid"

    @property
    def steps(self) -> list[str]:
        """What was asked, without the run."""
        return [path.partition("?")[0].removeprefix("/ping/uuid") for path in self.asked]


@pytest.fixture
def service() -> Iterator[Service]:
    at_work = Service()
    threading.Thread(target=at_work.server.serve_forever, args=(0.01,), daemon=True).start()
    yield at_work
    at_work.server.shutdown()
    at_work.server.server_close()


@contextmanager
def ran(url: str) -> Iterator[Heartbeat]:
    with Heartbeat("prune", url).around() as heartbeat:
        heartbeat.begins()
        yield heartbeat


def test_a_run_that_ends_well_is_begun_and_done(service: Service) -> None:
    with ran(service.url):
        pass
    assert service.steps == ["/start", ""]


def test_both_pings_name_the_same_run(service: Service) -> None:
    with ran(service.url):
        pass
    assert len({path.partition("?rid=")[2] for path in service.asked}) == 1


@pytest.mark.parametrize(
    ("error", "code"), [(Incomplete("x"), "/75"), (KeyboardInterrupt(), "/130"), (LookupError(), "/1")]
)
def test_a_run_that_fails_tells_its_exit_code(service: Service, error: BaseException, code: str) -> None:
    with pytest.raises(type(error)), ran(service.url):
        raise error
    assert service.steps == ["/start", code]


def test_a_run_that_leaves_its_work_to_another_tells_nothing(service: Service) -> None:
    with Heartbeat("prune", service.url).around() as heartbeat:
        heartbeat.leaves()
    assert service.asked == []


def test_without_an_address_nobody_is_asked(service: Service) -> None:
    with ran(""):
        pass
    assert service.asked == []


@pytest.mark.parametrize("status", [404, 500])
def test_what_the_service_answers_is_of_no_matter(
    service: Service, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    service.status = status
    with ran(service.url):
        pass
    assert service.url not in caplog.text


def test_a_service_that_never_answers_costs_a_run_seconds_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        with ran(f"http://127.0.0.1:{silent.getsockname()[1]}/uuid"):
            pass
        took = time.monotonic() - begun
    assert took < 10


def test_cronitor_is_told_in_its_own_words() -> None:
    assert pings("https://cronitor.link/p/KEY/job?env=live", "R1") == (
        "https://cronitor.link/p/KEY/job?env=live&state=run&series=R1",
        "https://cronitor.link/p/KEY/job?env=live&state=complete&series=R1",
        "https://cronitor.link/p/KEY/job?env=live&state=fail&series=R1&status_code={}",
    )


@pytest.fixture
def company(tmp_path: Path) -> Installation:
    write_env(tmp_path)
    installation = Installation(home=tmp_path)
    installation.make_database().close()
    return installation


def test_a_job_pings_its_own_address(company: Installation, service: Service) -> None:
    code = company.run("prune", HEALTHCHECK_URL_PRUNE=service.url, HEALTHCHECK_URL_DB_BACKUP=FAILING).code
    assert (code, service.steps) == (0, ["/start", ""])


def test_the_backup_s_address_is_named_as_its_command_is_typed(company: Installation, service: Service) -> None:
    code = company.run("db", "backup", HEALTHCHECK_URL_DB_BACKUP=service.url).code
    assert (code, service.steps) == (0, ["/start", ""])


def test_a_dry_run_pings_nobody(company: Installation, service: Service) -> None:
    company.run("prune", "--dry-run", HEALTHCHECK_URL_PRUNE=service.url)
    assert service.asked == []


def test_a_job_without_a_database_is_a_failure_that_never_began(tmp_path: Path, service: Service) -> None:
    write_env(tmp_path)
    code = Installation(home=tmp_path).run("prune", HEALTHCHECK_URL_PRUNE=service.url).code
    assert (code, service.steps) == (74, ["/74"])


def test_a_service_that_is_down_is_a_line_in_the_log_and_no_more(company: Installation) -> None:
    done = company.run("prune", HEALTHCHECK_URL_PRUNE=f"{FAILING}/secret-uuid")
    assert (done.code, done.err.count("heartbeat.failed"), "secret-uuid" in done.err + done.out) == (0, 2, False)


def test_an_address_that_is_none_is_said_without_showing_it(company: Installation) -> None:
    done = company.run("kv", "show", HEALTHCHECK_URL_PRUNE="hc-ping.com/secret-uuid")
    assert (done.code, done.err.splitlines()[0]) == (78, "error: HEALTHCHECK_URL_PRUNE is not an http or https address")


def test_a_run_that_finds_the_lock_held_pings_nobody(company: Installation, service: Service) -> None:
    with locked(lock_path(company.db_path, "prune"), wait_seconds=0, sleep=pause) as held:
        code = company.run("prune", HEALTHCHECK_URL_PRUNE=service.url).code
    assert (held, code, service.asked) == (True, 0, [])


KILLED = """
import os, signal, sys
from sentinel_cli.commands.heartbeat import Heartbeat
with Heartbeat("prune", sys.argv[1]).around() as heartbeat:
    heartbeat.begins()
    heartbeat._first.join()
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()
"""


def test_a_run_that_is_killed_has_begun_and_says_no_more(service: Service) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, service.url], timeout=20, check=False)
    assert (done.returncode, service.steps) == (-signal.SIGTERM, ["/start"])
