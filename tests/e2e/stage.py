"""Real processes to play on: the stand-in for GHL, the receiver, the operator's shell; each ends with its block."""

import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import httpx

from sentinel_cli.clock import pause

ROOT = Path(__file__).parent.parent.parent
CRONTAB = (ROOT / "deploy" / "crontab").read_text(encoding="utf-8")
SENTINEL = Path(sys.executable).with_name("sentinel")
SECRET = "e2e-9wQ4mVx2LrT7kBn8"
PAT, LEE, JO, SAM, DANA = (
    "CTCpat00000000000001",
    "CTClee00000000000002",
    "CTCjo000000000000003",
    "CTCsam00000000000004",
    "CTCdana0000000000005",
)
CASEY, MORGAN = "USRcasey000000000001", "USRmorgan00000000002"
MANAGERS = ["CTCmanagercasey00001", "CTCmanagermorgan0002"]

_CRON_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]{3,4}) cron: (\S+) (->|<-) (.+)")
_STARTED = re.compile(r"receiver\.started .*port=(\d+)")

T = TypeVar("T")


class CronLine(NamedTuple):
    """One of a run's two lines in logs/cron.log, taken apart."""

    at: str
    label: str
    arrow: str
    rest: str

    @property
    def exit(self) -> str:
        return self.rest.split()[0]


def cron_lines(log: str) -> list[CronLine]:
    """Every line of the exact form, in order; whatever else stands in the log is left out."""
    return [CronLine(*found.groups()) for line in log.splitlines() if (found := _CRON_LINE.fullmatch(line))]


def within(found: Callable[[], T], seconds: float) -> T:
    """What `found` gives as soon as that is true, or at last when `seconds` are over."""
    deadline = time.monotonic() + seconds
    while not (value := found()) and time.monotonic() < deadline:
        pause(0.05)
    return value


def until(found: Callable[[], T], seconds: float, what: str) -> T:
    """What `found` gives as soon as that is true; fails when it is not within `seconds`."""
    value = within(found, seconds)
    assert value, f"not within {seconds:g} s: {what}"
    return value


def coverage_of_children() -> dict[str, str]:
    """What lets `make coverage` see into the processes; nothing in any other run."""
    return {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}  # noqa: TID251


def bare(**environ: str) -> dict[str, str]:
    """The environment that cron gives, and what the crontab's first line adds to it."""
    return (
        {"HOME": "/", "LOGNAME": "ops", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"} | coverage_of_children() | environ
    )


@contextmanager
def running(argv: Sequence[str], log: Path, environ: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that writes into `log`, and is gone when the block is left, however it is left."""
    with log.open("ab") as said:
        process = subprocess.Popen(argv, cwd="/", env=environ, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass(frozen=True)
class Account:
    """The stand-in for GHL in a process of its own, driven over HTTP; `settings` are the lines it has printed."""

    control: httpx.Client
    settings: Mapping[str, str]

    def happens(self, kind: str, contact_id: str, at: str, **fields: object) -> dict[str, Any]:
        """Something in the account; the webhooks that GHL would post of it, by `workflow` and `app`."""
        told = self._asked("POST", "messages", kind=kind, contact_id=contact_id, at=at, **fields)
        webhooks: dict[str, Any] = told["webhooks"]
        return webhooks

    def joins(self, name: str, phone: str | None, contact_id: str, **fields: object) -> None:
        """A contact, in place of the one with that id."""
        self._asked("POST", "contacts", name=name, phone=phone, contact_id=contact_id, **fields)

    def fails(self, kind: str, route: str = "*", **fields: object) -> None:
        """From now on, until `recovers`."""
        self._asked("POST", "faults", kind=kind, route=route, **{"times": None, **fields})

    def recovers(self) -> None:
        self._asked("DELETE", "faults")

    def unlimited(self) -> None:
        """No limit of requests, and no word of one."""
        self._asked("POST", "limit", max=None)

    def clock(self, at: str) -> None:
        self._asked("POST", "clock", at=at)

    @property
    def sent(self) -> list[tuple[str, str]]:
        """To whom and what was sent through the API."""
        return [(row["contactId"], row["body"]) for row in self._asked("GET", "sent")["sent"]]

    @property
    def asked_for(self) -> list[str]:
        """The paths of all requests so far."""
        return [seen["path"] for seen in self._asked("GET", "requests")["requests"]]

    def _asked(self, method: str, path: str, **fields: object) -> Any:
        answer = self.control.request(method, path, json=fields or None)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def account(place: Path) -> Iterator[Account]:
    """`sentinel sandbox`, at work."""
    log, port = place / "sandbox.log", free_port()
    with (
        running([str(SENTINEL), "sandbox", "--port", str(port)], log, bare()) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}/_sandbox", trust_env=False, timeout=20) as control,
    ):
        until(lambda: _answers(control, "sent", process, log), 30, "the sandbox answers")
        printed = [line for line in log.read_text().splitlines() if re.match(r"[A-Z_]+=", line)]
        yield Account(control, dict(line.split("=", 1) for line in printed))


@dataclass(frozen=True)
class Installation:
    """A home with `.env`, the executable where the crontab has it, and a log folder; SENTINEL_HOME leads there."""

    home: Path

    @property
    def database(self) -> Path:
        return self.home / "data" / "sentinel.db"

    @property
    def cron_log(self) -> Path:
        return self.home / "logs" / "cron.log"

    def settings(self, given: Mapping[str, str]) -> None:
        """Write `.env`, as nobody else may read it."""
        (self.home / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
        (self.home / ".env").chmod(0o600)

    def setting(self, **changed: str) -> None:
        """Write these into `.env`, in place of what they were."""
        env = self.home / ".env"
        kept = [line for line in env.read_text().splitlines() if line.partition("=")[0] not in changed]
        env.write_text(
            "".join(f"{line}\n" for line in [*kept, *(f"{name}={value}" for name, value in changed.items())])
        )

    def clock(self, at: str) -> None:
        """What time it is for every process started from now on."""
        self.setting(SENTINEL_NOW=at)

    def sentinel(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        """`sentinel argv` with nothing but SENTINEL_HOME to go by."""
        return ran([str(SENTINEL), *argv], bare(SENTINEL_HOME=str(self.home)))

    def cron(self, job: str) -> list[CronLine]:
        """What logs/cron.log has more after the crontab's own line for `job`, run as cron runs it."""
        before = len(self.cron_log.read_text()) if self.cron_log.exists() else 0
        ran(["/bin/sh", "-c", crontab_command(job)], bare(SENTINEL_HOME=str(self.home)))
        return cron_lines(self.cron_log.read_text()[before:])

    def json(self, *argv: str) -> Any:
        done = self.sentinel(*argv, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)) as reader:
            return reader.execute(sql, values).fetchall()


def installed(home: Path, settings: Mapping[str, str]) -> Installation:
    """A home as an operator makes it, but for the database."""
    (home / "logs").mkdir(parents=True)
    (home / ".venv" / "bin").mkdir(parents=True)
    (home / ".venv" / "bin" / "sentinel").symlink_to(SENTINEL)
    installation = Installation(home)
    installation.settings(settings)
    return installation


def migrated(home: Path, settings: Mapping[str, str]) -> Installation:
    """A home as an operator makes it, with an empty database."""
    installation = installed(home, settings)
    made = installation.sentinel("db", "migrate")
    assert made.returncode == 0, made.stderr
    return installation


@dataclass(frozen=True)
class Served:
    """A receiver at work; `ghl` posts as GHL does, with the secret in the header."""

    ghl: httpx.Client
    process: "subprocess.Popen[bytes]"
    log: Path
    port: int


@contextmanager
def serving(installation: Installation, *by: str) -> Iterator[Served]:
    """`sentinel serve`, at work, started `by` another way where one is given; its log begins anew."""
    log = installation.home / "logs" / "receiver.log"
    log.unlink(missing_ok=True)
    argv = [*(by or [str(SENTINEL)]), "serve", "--host", "127.0.0.1", "--port", "0"]
    with running(argv, log, bare(SENTINEL_HOME=str(installation.home))) as process:
        port = int(until(lambda: _port(process, log), 30, "the receiver has a port") or 0)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as ghl:
            ghl.headers["X-NTPP-Secret"] = SECRET
            until(lambda: _answers(ghl, "health", process, log), 30, "the receiver is healthy")
            yield Served(ghl, process, log, port)


@contextmanager
def receiver(installation: Installation) -> Iterator[httpx.Client]:
    """The client of a receiver at work."""
    with serving(installation) as served:
        yield served.ghl


def ran(argv: Sequence[str], environ: Mapping[str, str], cwd: Path = Path("/")) -> "subprocess.CompletedProcess[str]":
    """What became of a command that no terminal watches."""
    return subprocess.run(
        argv,
        cwd=cwd,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def crontab_command(job: str) -> str:
    """What deploy/crontab starts for a job, or for a slot."""
    [entry] = [line for line in CRONTAB.splitlines() if line[:1] in set("*0123456789") and f" {job} " in line]
    return entry.split(maxsplit=5)[5]


def _port(process: "subprocess.Popen[bytes]", log: Path) -> str | None:
    _alive(process, log)
    started = _STARTED.search(log.read_text())
    return started[1] if started else None


def _answers(client: httpx.Client, path: str, process: "subprocess.Popen[bytes]", log: Path) -> bool:
    _alive(process, log)
    try:
        return client.get(path).status_code == 200
    except httpx.TransportError:
        return False


def _alive(process: "subprocess.Popen[bytes]", log: Path) -> None:
    assert process.poll() is None, log.read_text()
