"""The README, followed on an empty Debian that has python3, venv, git, make and cron: demo, tests, and the real set-up;
then a day of production on it, in a minute or two: every line of the crontab, a deploy, a kill, a rollback.

Inside are the real make, pip, git, cron daemon, receiver and stand-in for GHL; before it stands a real Caddy that
speaks TLS. Played are what an empty root has not got: docker (it starts the host's receiver), sudo, an editor,
systemd's two commands, and a public name.
"""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cronsim import CronSim

from sentinel_cli.clock import pause, system_clock
from tests.documents import PAGES
from tests.torture import tries

from .debian import debian, needs_debian
from .stage import CASEY, ROOT, Account, Installation, bare, ran
from .tls import CADDY, speaking_tls

HOME = "opt/ntpp-sentinel"
RECEIVERS_SECRET = "rehearsal-0123456789"
[SETUP] = re.findall(r"```sh\n(sudo install .*?)```", PAGES["README.md"], re.DOTALL)
PLAYED = {
    "sudo": 'exec "$@"',
    "docker": """[ "$1 $2" = "compose up" ] || exit 0
! kill $(cat /tmp/receiver.pid 2>/dev/null) 2>/dev/null || while is_listening 8000; do sleep 0.2; done
.venv/bin/sentinel db migrate
setsid .venv/bin/sentinel serve --host 127.0.0.1 --port 8000 >>logs/receiver.log 2>&1 8>&- 9>&- </dev/null &
echo $! >/tmp/receiver.pid
for tenth in $(seq 300); do is_listening 8000 && exit; sleep 0.1; done""",
    "curl": "exec python3 -c 'import urllib.request as u; print(u.urlopen(\"http://127.0.0.1:8000/health\").read().decode())'",
    "fill-in": 'grep = /tmp/sandbox.log >"$1";'
    " printf 'WEBHOOK_SECRET=%s\\nLETTER_HOURS=00:00-24:00\\nTIMEZONE=UTC\\n'"
    ' rehearsal-0123456789 >>"$1"',
    "timedatectl": "true",
    "systemctl": "cron",
}
LISTENING = "is_listening() { (exec 3<>/dev/tcp/127.0.0.1/$1) 2>/dev/null; }"
CRON_HAS_RUN = r"""
for second in $(seq 75); do
  sentinel jobs list --job run-orders --json | grep -q '"exit_code": 0' && exit
  sleep 1
done
exit 1
"""
POST = """
import json, urllib.request
def ask(url, body, **headers):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json", **headers})
    return json.load(urllib.request.urlopen(request))
for contact in ("CTCpat00000000000001", "CTClee00000000000002"):
    text = {"kind": "inbound_text", "contact_id": contact, "text": "Is anyone coming?"}
    told = ask("http://127.0.0.1:8900/_sandbox/messages", text)["webhooks"]["workflow"]
    print(ask("http://127.0.0.1:8000/webhook/ghl/inbound_sms", told, **{"X-NTPP-Secret": "rehearsal-0123456789"}))
"""

pytestmark = [pytest.mark.real, pytest.mark.slow, needs_debian]
needs_caddy = pytest.mark.skipif(CADDY is None, reason="needs Caddy (Debian's caddy)")


@dataclass(frozen=True)
class Root:
    """The empty Debian, with a shell in it."""

    path: Path

    def types(self, script: str, within: float = 400) -> str:
        certificates = "/etc/ssl/certs/ca-certificates.crt"
        environ = {
            "PATH": f"/played:/{HOME}/.venv/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "USER": "root",
            "LOGNAME": "root",
            "EDITOR": "fill-in",
            "SSL_CERT_FILE": certificates,
            "PIP_CERT": certificates,
        }
        done = subprocess.run(
            ["/usr/sbin/chroot", self.path, "/bin/bash", "-ec", script],
            env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=within, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def killed(self, command: str) -> None:
        """Without a word of warning."""
        for pid in self.processes():
            if command in Path(f"/proc/{pid}/cmdline").read_text():
                os.kill(pid, signal.SIGKILL)

    def processes(self) -> list[int]:
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                found += [int(entry.name)] if (entry / "root").readlink() == self.path else []
        return found


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Root]:
    path = tmp_path_factory.mktemp("empty") / "root"
    subprocess.run(["cp", "-a", debian(tmp_path_factory), path], check=True)
    for name in ("etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt"):
        shutil.copy(f"/{name}", path / name)
    (path / "played").mkdir()
    for name, script in PLAYED.items():
        (path / "played" / name).write_text(f"#!/bin/bash\n{LISTENING}\n{script}\n")
        (path / "played" / name).chmod(0o755)
    # What is committed, and what is about to be.
    shutil.copytree(
        ROOT,
        path / "src",
        ignore=shutil.ignore_patterns(
            ".git", ".venv*", ".*_cache", "__pycache__", ".hypothesis", ".env", "*.db*", ".coverage*"
        ),
    )
    (path / "post.py").write_text(POST)
    subprocess.run(["mount", "-t", "proc", "proc", path / "proc"], check=True)
    here = Root(path)
    try:
        here.types(
            "cd /src && git init -q -b main && git add -A && git -c user.name=o -c user.email=o@x commit -qm all"
        )
        yield here
    finally:
        for pid in here.processes():
            os.kill(pid, signal.SIGKILL)
        subprocess.run(["umount", "-l", path / "proc"], check=True)


def test_the_two_commands_that_a_newcomer_types_do_all_the_set_up(root: Root) -> None:
    story = root.types("git clone -q /src /try && cd /try && make demo 2>&1")
    assert "texts that the managers' phones have received: 2" in story
    chosen = tries("tests/domain tests/payloads", "")
    tested = root.types(f"cd /try && make test PYTEST_ARGS='-q {chosen}' 2>&1", within=tries(400, 2400))
    assert re.search(r"^=* ?\d+ passed", tested, re.MULTILINE)


def test_the_real_set_up_ends_with_a_doctor_that_finds_nothing(root: Root) -> None:
    root.types("(exec setsid /try/.venv/bin/sentinel sandbox --port 8900 >/tmp/sandbox.log 2>&1 </dev/null &)")
    root.types("until grep -q GHL_TOKEN= /tmp/sandbox.log; do sleep 0.2; done")
    root.types(SETUP.replace("<this repository>", "/src"))
    root.types(f"cd /{HOME} && sed -i /SENTINEL_SITE/d .env && python3 /post.py && sentinel poll-resolver")
    root.killed("serve")
    root.types(f"cd /{HOME} && docker compose up -d && python3 /post.py")
    # The next full minute of the real cron starts run-orders, the one line that is due in any minute.
    root.types(f"cd /{HOME} && {CRON_HAS_RUN}")
    root.types(
        f"cd /{HOME} && sentinel send-summary --slot morning --force && sentinel send-alerts && sentinel db backup"
    )
    assert "no problem found" in root.types(f"cd /{HOME} && sentinel doctor 2>&1")


@dataclass
class Day:
    """A day on that server: its clock, its crontab, and the customers who write through the proxy."""

    root: Root
    home: Installation
    account: Account
    proxy: httpx.Client
    now: datetime
    ends: list[tuple[str, int]] = field(default_factory=list)
    answered: dict[str, int] = field(default_factory=dict)

    def goes_on(self, until_hour: str) -> None:
        """Each half hour, each line of the crontab that was due in it, at the last minute for which it was."""
        end = self.now.replace(hour=int(until_hour[:2]), minute=int(until_hour[3:]))
        while self.now < end:
            before, self.now = self.now, self.now + timedelta(minutes=30)
            self.runs_what_was_due(before)

    def runs_what_was_due(self, since: datetime) -> None:
        for at, command in sorted(self._due(since)):
            self.clock(at)
            environ = bare(SENTINEL_HOME=f"/{HOME}", PATH="/usr/bin:/bin")
            argv = ["/usr/sbin/chroot", str(self.root.path), "/bin/sh", "-c", command]
            self.ends.append((f"{at:%a %H:%M} {command}", ran(argv, environ).returncode))

    def _due(self, since: datetime) -> Iterator[tuple[datetime, str]]:
        for line in self.root.types("crontab -l").splitlines():
            if line[:1] in set("*0123456789"):
                *fields, command = line.split(maxsplit=5)
                last = next(CronSim(" ".join(fields), self.now + timedelta(minutes=1), reverse=True))
                if last > since:
                    yield last, command

    def clock(self, at: datetime) -> None:
        self.home.clock(f"{at:%Y-%m-%dT%H:%M:00Z}")
        self.account.clock(f"{at:%Y-%m-%dT%H:%M:00Z}")

    def writes(self) -> str:
        """Somebody new writes, and GHL posts it once and never again; who."""
        number = len(self.answered)
        contact = f"CTCnew{number:014d}"
        self.account.joins(f"New {number}", f"+1940556{number:04d}", contact)
        at = f"{self.now:%Y-%m-%dT%H:%M:00Z}"
        told = self.account.happens("inbound_text", contact, at, text="Is anyone there?")["workflow"]
        answer = self.proxy.post("/webhook/ghl/inbound_sms", json=told, headers={"X-NTPP-Secret": RECEIVERS_SECRET})
        self.answered[contact] = answer.status_code
        return contact

    def shell(self, script: str) -> str:
        """What the operator types, at the time that it is."""
        self.clock(self.now)
        return self.root.types(f"cd /{HOME} && {script}")

    def while_customers_write(self, script: str) -> str:
        self.clock(self.now)
        with ThreadPoolExecutor(1) as operator:
            typed = operator.submit(self.root.types, f"cd /{HOME} && {script}")
            while not typed.done():
                self.writes()
                pause(0.3)
            return typed.result()


@pytest.fixture(scope="module")
def day(root: Root, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """The Tuesday after the next weekend, as it went: the real cron, which would run by the real clock, is stopped."""
    root.killed("cron")
    home = Installation(root.path / HOME)
    today = system_clock().replace(hour=0, minute=0, second=0, microsecond=0)
    tuesday = today + timedelta(days=8 - today.weekday())
    place = tmp_path_factory.mktemp("caddy")
    with (
        httpx.Client(base_url="http://127.0.0.1:8900/_sandbox", trust_env=False, timeout=20) as control,
        speaking_tls(place, receiver=8000) as (proxy, _),
    ):
        day = Day(root, home, Account(control, {}), proxy, tuesday)
        day.runs_what_was_due(today + timedelta(days=1))
        day.goes_on("09:00")
        day.shell("docker compose up -d")
        answered = day.writes()
        day.account.happens("staff_text", answered, f"{day.now:%Y-%m-%d}T09:20:00Z", user_id=CASEY, text="Today at two")
        day.goes_on("11:00")
        root.types("cd /src && sed -i 's/^__version__ = .*/__version__ = \"9.0.0\"/' sentinel_cli/__init__.py")
        root.types("cd /src && git -c user.name=o -c user.email=o@x commit -qam 'Release 9.0.0'")
        deployed = day.while_customers_write("deploy/deploy.sh && sentinel --version")
        assert deployed.endswith("sentinel 9.0.0\n")
        day.goes_on("13:00")
        root.killed("serve")
        assert [day.answered[day.writes()] for _ in range(3)] == [429, 429, 429]
        day.shell("docker compose up -d")
        day.writes()
        day.goes_on("16:00")
        back = day.while_customers_write("deploy/deploy.sh HEAD~1 && sentinel --version")
        assert not back.endswith("sentinel 9.0.0\n")
        day.goes_on("18:30")
        # A file's time is the real clock's.
        os.utime(home.cron_log, (day.now.timestamp(),) * 2)
        root.types("cron")
        yield day


@needs_caddy
def test_every_line_of_the_crontab_ended_well_all_day(day: Day) -> None:
    assert [end for end in day.ends if end[1] != 0] == []
    jobs = ("poll-resolver", "send-summary --slot morning", "run-orders", "send-alerts", "db backup", "prune")
    assert [job for job in jobs if not any(f" {job} " in command for command, _ in day.ends)] == []


@needs_caddy
def test_nobody_who_wrote_is_lost_and_who_was_answered_does_not_wait(day: Day) -> None:
    assert {200, 429} == set(day.answered.values())
    states = dict(day.home.rows("select contact_id, status from issues where contact_id like 'CTCnew%'"))
    first, *others = day.answered
    assert states == {first: "RESOLVED", **dict.fromkeys(others, "OPEN")}


@needs_caddy
def test_each_manager_has_read_each_slot_of_that_day_once(day: Day) -> None:
    told = "select slot, count(*), count(distinct contact_id) from outbox"
    sent = " where kind = 'summary' and state = 'sent' and on_date = ? group by slot order by slot"
    slots = [(slot, 2, 2) for slot in ("afternoon", "midday", "morning")]
    assert day.home.rows(told + sent, f"{day.now:%Y-%m-%d}") == slots


@needs_caddy
def test_at_the_end_of_the_day_doctor_finds_nothing(day: Day) -> None:
    assert "no problem found" in day.shell("sentinel doctor 2>&1")


def test_at_the_end_the_books_balance(root: Root) -> None:
    told = root.types(f"cd /{HOME} && sentinel db check && sentinel db rebuild --json")
    assert '"equal": true' in told


@needs_caddy
def test_what_was_acknowledged_is_what_is_kept(day: Day) -> None:
    [(kept,)] = day.home.rows("select count(*) from raw_events")
    acknowledged = sum(status == 200 for status in day.answered.values())
    assert kept == acknowledged + 4
