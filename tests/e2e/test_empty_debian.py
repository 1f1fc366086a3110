"""The README, followed on an empty Debian that has python3, venv, git, make and cron: demo, tests, and the real set-up.

Inside are the real make, pip, cron daemon, receiver and stand-in for GHL. Played are what an empty root has not got:
docker (it starts the host's receiver), sudo, an editor, systemd's two commands, and a public name.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.documents import PAGES
from tests.torture import tries

from .debian import debian, needs_debian
from .stage import ROOT

HOME = "opt/ntpp-sentinel"
[SETUP] = re.findall(r"```sh\n(sudo install .*?)```", PAGES["README.md"], re.DOTALL)
PLAYED = {
    "sudo": 'exec "$@"',
    "docker": ".venv/bin/sentinel db migrate && (exec setsid .venv/bin/sentinel serve --host 127.0.0.1 --port 8000"
    " >>logs/receiver.log 2>&1 </dev/null &); sleep 3",
    "curl": "exec python3 -c 'import urllib.request as u; print(u.urlopen(\"http://127.0.0.1:8000/health\").read().decode())'",
    "fill-in": 'grep = /tmp/sandbox.log >"$1";'
    " printf 'WEBHOOK_SECRET=%s\\nLETTER_HOURS=00:00-24:00\\nTIMEZONE=UTC\\n'"
    ' rehearsal-0123456789 >>"$1"',
    "timedatectl": "true",
    "systemctl": "cron",
}
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
        (path / "played" / name).write_text(f"#!/bin/bash\n{script}\n")
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
    root.types("(exec setsid /try/.venv/bin/sentinel sandbox --port 8900 >/tmp/sandbox.log 2>&1 </dev/null &); sleep 4")
    root.types(SETUP.replace("<this repository>", "/src"))
    root.types(f"cd /{HOME} && sed -i /SENTINEL_SITE/d .env && python3 /post.py && sentinel poll-resolver")
    [pid] = [pid for pid in root.processes() if "serve" in Path(f"/proc/{pid}/cmdline").read_text()]
    os.kill(pid, signal.SIGKILL)
    root.types(f"cd /{HOME} && docker compose up -d && python3 /post.py")
    # The next full minute of the real cron starts run-orders, the one line that is due in any minute.
    root.types(f"cd /{HOME} && {CRON_HAS_RUN}")
    root.types(
        f"cd /{HOME} && sentinel send-summary --slot morning --force && sentinel send-alerts && sentinel db backup"
    )
    assert "no problem found" in root.types(f"cd /{HOME} && sentinel doctor 2>&1")


def test_at_the_end_the_books_balance(root: Root) -> None:
    told = root.types(f"cd /{HOME} && sentinel db check && sentinel db rebuild --json")
    kept, waiting = (
        json.loads(root.types(f"cd /{HOME} && sentinel {what} list --json"))["total"]
        for what in ("deliveries", "issues")
    )
    assert ('"equal": true' in told, kept, waiting) == (True, 4, 2)
