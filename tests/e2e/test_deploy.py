"""deploy/install.sh and deploy/deploy.sh as they run: releases come and go on one database while webhooks come in.

Real are git, the environments that are installed, the receivers, Caddy, and the stand-in for GHL. Played are the engine
of containers, which starts the host's own `sentinel serve` where docker would start the image's, and `crontab`, which
keeps a file of its own: this machine's may have a daemon that comes and goes with other tests.
"""

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from sentinel_cli.clock import cron_zone, pause

from .stage import ROOT, SECRET, Account, Installation, account, free_port, ran, running, until

CADDY = shutil.which("caddy")
HAS_SHELL_TOOLS = all(shutil.which(tool) for tool in ("git", "flock", "bash"))
AT = "2026-11-23T15:00:00Z"

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(CADDY is None, reason="needs Caddy (Debian's caddy)"),
    pytest.mark.skipif(not HAS_SHELL_TOOLS, reason="needs git, flock and bash"),
]

ENGINE = """\
#!/bin/bash
# docker, played: `compose up` starts the host's receiver anew.
set -eu
case "$*" in
  "compose build --quiet") ! grep -q 'never built' sentinel_cli/__init__.py ;;
  "compose up -d --no-build")
    [ ! -e receiver.pid ] || {{ kill "$(cat receiver.pid)" 2>/dev/null; sleep 1; }} || true
    setsid .venv/bin/sentinel serve --host 127.0.0.1 --port {port} >>logs/receiver.log 2>&1 8>&- 9>&- </dev/null &
    echo $! >receiver.pid ;;
  tag* | ps* | image*) ;;
  *) echo "unknown: $*" >&2; exit 1 ;;
esac
"""
CRONTAB = """\
#!/bin/bash
file="$(dirname "$0")/crontab.txt"
if [ "$1" = -l ]; then cat "$file" 2>/dev/null || { echo "no crontab for ops" >&2; exit 1; }; else cat >"$file"; fi
"""
STEP = '''def next_things(db: "sqlite_utils.Database") -> None:
    """Something that only a later release knows."""
    db.execute("create table next_things (id integer primary key)")
    db.execute("alter table issues add column next_thing text")


def migrate(database'''


@dataclass
class Host:
    """A server with the checkout at work on it, and the upstream that its releases come from."""

    upstream: Path
    home: Path
    account: Account
    proxy: str
    receiver_port: int
    answered: list[tuple[str, int]] = field(default_factory=list)
    minute: int = 0

    @property
    def installation(self) -> Installation:
        return Installation(self.home)

    def environ(self) -> dict[str, str]:
        """An operator's shell, on which `docker` is the player."""
        kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "REQUESTS_"))}  # noqa: TID251
        return {
            **kept,
            "PATH": f"{self.home.parent / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home.parent),
            "PATIENCE": "6",
            "PYTHON": shutil.which("python3") or "python3",
        }

    def types(self, *argv: str, within: float = 180) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            argv, cwd=self.home, env=self.environ(), capture_output=True, text=True, timeout=within, check=False
        )

    def deploys(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        """A deploy, a minute after whatever was before."""
        self.minute += 1
        now = f"2026-11-23T15:{self.minute:02d}:00Z"
        self.installation.clock(now)
        self.account.clock(now)
        return self.types("deploy/deploy.sh", *argv)

    def releases(self, version: str, **edits: tuple[str, str, str]) -> str:
        """A commit upstream of that version, with more edits (file, old, new); its name."""
        for path, old, new in (
            ("sentinel_cli/__init__.py", r'__version__ = ".*"', f'__version__ = "{version}"'),
            *edits.values(),
        ):
            file = self.upstream / path
            text = file.read_text(encoding="utf-8")
            assert re.search(old, text), (path, old)
            file.write_text(re.sub(old, lambda _: new, text, count=1), encoding="utf-8")  # noqa: B023
        git(self.upstream, "commit", "-qam", f"Release {version}")
        return git(self.upstream, "rev-parse", "HEAD")

    @property
    def version(self) -> str:
        return self.types(".venv/bin/sentinel", "--version").stdout.strip()

    @property
    def commit(self) -> str:
        return git(self.home, "rev-parse", "HEAD")

    @contextmanager
    def customers_write(self) -> Iterator[None]:
        """All the while another customer writes every 0.2 seconds, and GHL posts each once and never again."""
        stop = threading.Event()
        thread = threading.Thread(target=self._write, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _write(self, stop: threading.Event) -> None:
        with httpx.Client(base_url=self.proxy, trust_env=False, timeout=20) as ghl:
            while not stop.is_set():
                number = len(self.answered)
                contact = f"CTCnew{number:014d}"
                self.account.joins(f"New {number}", f"+1940556{number:04d}", contact)
                told = self.account.happens("inbound_text", contact, AT, text="Is anyone there?")
                answer = ghl.post("/webhook/ghl/inbound_sms", json=told["workflow"], headers={"X-NTPP-Secret": SECRET})
                self.answered.append((contact, answer.status_code))
                pause(0.2)

    def waiting(self) -> set[str]:
        return {contact for (contact,) in self.installation.rows("select contact_id from issues where status = 'OPEN'")}


def git(place: Path, *argv: str) -> str:
    who = ("-c", "user.name=Ops", "-c", "user.email=ops@example.com")
    return subprocess.run(["git", *who, *argv], cwd=place, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The first release, installed as the README says, with Caddy before it."""
    place = tmp_path_factory.mktemp("host")
    upstream, home, port, public = place / "upstream", place / "ntpp-sentinel", free_port(), free_port()
    _begins(upstream)
    (place / "bin").mkdir()
    for name, script in (("docker", ENGINE.format(port=port)), ("crontab", CRONTAB)):
        (place / "bin" / name).write_text(script)
        (place / "bin" / name).chmod(0o755)
    config = place / "Caddyfile"
    config.write_text(
        (ROOT / "deploy/Caddyfile")
        .read_text()
        .replace("sentinel:8000", f"127.0.0.1:{port}")
        .replace("lb_try_duration 5s", "lb_try_duration 0s")
    )
    caddy = {
        "SENTINEL_SITE": f"http://127.0.0.1:{public}",
        "CADDY_ADMIN": "off",
        "HOME": str(place),
        "XDG_DATA_HOME": str(place / "caddy"),
    }
    with (
        account(place) as ghl,
        running(
            [str(CADDY), "run", "--config", str(config), "--adapter", "caddyfile"],
            place / "caddy.log",
            {"PATH": "/usr/bin:/bin", **caddy},
        ),
    ):
        ghl.unlimited()
        ghl.clock(AT)
        here = Host(upstream, home, ghl, f"http://127.0.0.1:{public}", port)
        here.releases("1.0.0")
        git(place, "clone", "-q", str(upstream), str(home))
        made = here.types("deploy/install.sh")
        assert made.returncode == 0, made.stdout + made.stderr
        here.installation.settings(
            {
                **ghl.settings,
                "WEBHOOK_SECRET": SECRET,
                "SENTINEL_NOW": AT,
                "RECEIVER_URL": f"http://127.0.0.1:{port}",
                "TIMEZONE": str(cron_zone()),
                "LETTER_HOURS": "00:00-24:00",
            }
        )
        for argv in (("db", "migrate"), ("cron", "install")):
            done = here.types(".venv/bin/sentinel", *argv)
            assert done.returncode == 0, done.stdout + done.stderr
        here.types("docker", "compose", "up", "-d", "--no-build")
        until(lambda: _is_up(here), 30, "the receiver answers")
        yield here
        with suppress(OSError, ValueError):
            os.kill(int((home / "receiver.pid").read_text()), signal.SIGTERM)


def _begins(upstream: Path) -> None:
    """The repository that releases come from, with everything up to now as one commit."""
    shutil.copytree(
        ROOT,
        upstream,
        ignore=shutil.ignore_patterns(
            ".git", ".venv", ".venvs", ".*_cache", "__pycache__", ".hypothesis", "data", "logs", ".env", ".coverage*"
        ),
    )
    for folder in ("data", "logs"):
        (upstream / folder).mkdir()
        (upstream / folder / ".gitkeep").touch()
    git(upstream, "init", "-q", "-b", "main")
    git(upstream, "add", "-A")
    git(upstream, "commit", "-qm", "All that was before")


def _is_up(here: Host) -> bool:
    try:
        return httpx.get(f"{here.proxy}/health", trust_env=False, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def found_by_the_next_check(host: Host) -> None:
    done = host.types(".venv/bin/sentinel", "poll-resolver")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {contact for contact, _ in host.answered} <= host.waiting()


def test_an_installation_is_the_locked_packages_and_no_tools_of_developers(host: Host) -> None:
    listed = host.types(".venv/bin/python", "-m", "pip", "list", "--format=freeze").stdout
    locked = set(re.findall(r"^([\w.-]+==\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    names = {line.partition("==")[0].lower().replace("_", "-") for line in listed.splitlines()}
    assert {"pytest", "ruff", "mypy"} & names == set()
    assert {line.partition("==")[0] for line in locked} - names <= {"colorama", "tzdata", "win32-setctime", "pywin32"}


def test_the_checkout_is_clean_and_only_its_owner_may_read_what_is_kept(host: Host) -> None:
    assert git(host.home, "status", "--porcelain") == "?? receiver.pid"
    assert [oct((host.home / name).stat().st_mode & 0o777) for name in ("data", "logs", ".env")] == [
        "0o700",
        "0o700",
        "0o600",
    ]


def test_where_nothing_is_new_nothing_is_done(host: Host) -> None:
    done = host.deploys()
    assert (done.returncode, done.stdout.splitlines()[-1].partition(" ")[2]) == (0, "nothing to do")


def test_a_release_is_deployed_while_customers_write_and_nobody_is_lost(host: Host) -> None:
    host.releases(
        "2.0.0",
        step=("sentinel_cli/store/schema.py", r"def migrate\(database", STEP),
        names=("sentinel_cli/store/schema.py", r'"further_indexes"\)', '"further_indexes", "next_things")'),
        steps=("sentinel_cli/store/schema.py", r"further_indexes\):", "further_indexes, next_things):"),
    )
    dry = host.deploys("--dry-run")
    assert ("Release 2.0.0" in dry.stdout, host.version) == (True, "sentinel 1.0.0")
    with host.customers_write():
        pause(1)
        done = host.deploys()
        pause(1)
    assert (done.returncode, host.version) == (0, "sentinel 2.0.0"), done.stdout + done.stderr
    assert {status for _, status in host.answered} <= {200, 429}
    assert list((host.home / "data" / "backups").glob("*.db"))
    found_by_the_next_check(host)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "webhook/server.py",
            r"def run\(app.*\n",
            "def run(app, listener):\n    raise SystemExit(3)\n",
            "does not answer",
        ),
        ("sentinel_cli/__init__.py", r"\Z", "# never built\n", "building the image"),
        (
            "sentinel_cli/doctor/judge/store.py",
            r'seen.journal == "wal"',
            'seen.journal == "of stone"',
            "doctor names what it did not name before",
        ),
    ],
    ids=["no receiver", "no image", "no doctor"],
)
def test_a_release_that_does_not_hold_is_taken_back_by_itself(
    host: Host, file: str, old: str, new: str, said: str
) -> None:
    good, version = host.commit, host.version
    host.releases("3.0.0", broken=(file, old, new))
    with host.customers_write():
        done = host.deploys()
        pause(0.5)
    git(host.upstream, "revert", "--no-edit", "HEAD")
    assert (done.returncode, said in done.stdout, host.commit, host.version) == (1, True, good, version), (
        done.stdout + done.stderr
    )
    assert _is_up(host)
    found_by_the_next_check(host)


def test_the_release_before_runs_on_the_newer_database(host: Host) -> None:
    first = git(host.home, "log", "--format=%H", "--grep=Release 1.0.0")
    before = host.installation.rows("select count(*) from issues")
    with host.customers_write():
        done = host.deploys(first)
    assert (done.returncode, host.version) == (0, "sentinel 1.0.0"), done.stdout + done.stderr
    assert host.installation.rows("select count(*) from issues") >= before
    found_by_the_next_check(host)
    assert host.types(".venv/bin/sentinel", "db", "check").returncode == 0
    rebuilt = host.types(".venv/bin/sentinel", "db", "rebuild")
    assert (rebuilt.returncode, "0 differences" in rebuilt.stdout) == (0, True), rebuilt.stdout


def test_changed_files_are_not_overwritten(host: Host) -> None:
    (host.home / "README.md").write_text("mine")
    done = host.deploys()
    git(host.home, "checkout", "README.md")
    assert (done.returncode, "files of the checkout were changed" in done.stderr) == (78, True)


def test_two_deploys_at_once_are_one(host: Host) -> None:
    argv = ["flock", str(host.home / ".venvs" / "deploy.lock"), "sleep", "3"]
    with running(argv, host.home.parent / "lock.log", {"PATH": "/usr/bin:/bin"}):
        pause(0.5)
        done = host.deploys()
    assert (done.returncode, "another deploy is at work" in done.stderr) == (75, True)


def test_cron_finds_a_whole_program_in_every_moment_of_an_installation(host: Host) -> None:
    ends: list[int] = []
    stop = threading.Event()

    def minutes() -> None:
        while not stop.is_set():
            ends.append(ran([str(host.home / ".venv/bin/sentinel"), "--version"], host.environ()).returncode)

    cron = threading.Thread(target=minutes)
    cron.start()
    done = host.types("deploy/install.sh")
    stop.set()
    cron.join()
    assert (done.returncode, len(ends) > 10, set(ends)) == (0, True, {0})
