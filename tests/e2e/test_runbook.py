"""The runbook, typed from the first line to the last on a scratch installation, and its stated outputs compared.

Played are the host's own commands that no test may use on the machine it runs on (docker, systemctl, crontab) and the
two lines that other tests type for real (`make install`, `sentinel serve`).
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

from tests.documents import PAGES, named

from .stage import (
    LEE,
    PAT,
    ROOT,
    SECRET,
    SENTINEL,
    Installation,
    account,
    bare,
    free_port,
    migrated,
    ran,
    running,
    until,
)

NOW = "2026-11-25T08:25:00-06:00"
PAGE = PAGES["docs/runbook.md"]
SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
_BLOCK = re.compile(r"^```(sh|text|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)
# What a doctor may say of a scratch installation on a machine without cron and the public name.
_JUDGES = ("sentinel doctor", "sentinel cron check", "env -i")
_PLAYED = {
    "docker": """case "$*" in
  *"litestream restore"*) sqlite3 data/sentinel.db ".backup data/from-replica.db" ;;
  *"ps"*) echo "ntpp-sentinel  Up 3 hours (healthy)" ;;
esac""",
    "systemctl": "echo active",
    "crontab": """f="$HOME/crontab"
case "$1" in
  -l) cat "$f" 2>/dev/null || { echo "no crontab for ops" >&2; exit 1; } ;;
  -) cat >"$f" ;;
esac""",
    "make": "true",
    "df": 'exec /bin/df "$@"',
}

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(shutil.which(tool) for tool in ("bash", "curl", "git", "sqlite3")),
        reason="needs bash, curl, git, sqlite3",
    ),
]


@dataclass
class Host:
    """A server like the runbook's, somewhere else."""

    home: Path
    site: str
    typed: int = 0

    def types(self, line: str) -> "subprocess.CompletedProcess[str]":
        here = line.replace("/opt/ntpp-sentinel", str(self.home)).replace("https://sentinel.example.com", self.site)
        here = here.replace("http://127.0.0.1:8000", self.site).replace("<commit>", "HEAD")
        self.typed += 1
        environ = bare(
            SENTINEL_HOME=str(self.home),
            SENTINEL_NOW=(datetime.fromisoformat(NOW) + timedelta(seconds=self.typed)).isoformat(),
            HOME=str(self.home.parent),
            PATH=f"{self.home.parent / 'played'}:{self.home / '.venv/bin'}:/usr/local/bin:/usr/bin:/bin",
        )
        return subprocess.run(
            ["bash", "-c", here], cwd=self.home, env=environ, capture_output=True, text=True, timeout=120, check=False
        )


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Two customers wait, the managers have had the morning's summary, and last night's backup lies in its folder."""
    place = tmp_path_factory.mktemp("runbook")
    (place / "played").mkdir()
    for name, script in _PLAYED.items():
        (place / "played" / name).write_text(f"#!/bin/bash\n{script}\n")
        (place / "played" / name).chmod(0o755)
    with account(place) as ghl:
        ghl.unlimited()
        ghl.clock(NOW)
        ghl.happens("inbound_text", PAT, "2026-11-24T15:00:00-06:00", text="Is anyone coming?")
        ghl.happens("inbound_call", LEE, "2026-11-25T08:10:00-06:00", status="no-answer")
        port = free_port()
        settings = {
            **ghl.settings,
            "WEBHOOK_SECRET": SECRET,
            "SENTINEL_NOW": NOW,
            "RECEIVER_URL": f"http://127.0.0.1:{port}",
        }
        installation = migrated(place / "ntpp-sentinel", settings)
        home = installation.home
        (home / ".venv/bin/python").symlink_to(SENTINEL.with_name("python"))
        (home / ".venvs").mkdir()
        (home / ".venv").rename(home / ".venvs/1")
        (home / ".venv").symlink_to(".venvs/1")
        shutil.copytree(ROOT / "deploy", home / "deploy")
        (home / "deploy/install.sh").write_text("#!/bin/sh\n")
        upstream = place / "upstream.git"
        for line in (
            "git init -q -b main",
            "git add deploy",
            "git -c user.name=o -c user.email=o@x commit -qm 'Release 1'",
            f"git clone -q --bare . {upstream}",
            f"git remote add origin {upstream}",
            "git fetch -q",
            "git branch -q -u origin/main",
        ):
            assert Host(home, "").types(line).returncode == 0, line
        for job in ("poll-resolver", "send-summary --slot morning", "db backup"):
            assert installation.sentinel(*job.split()).returncode == 0, job
        [backup] = (home / "data/backups").glob("*.db")
        backup.rename(backup.with_name("sentinel-20261125T082500Z.db"))
        (home / "logs" / "cron.log").write_text("2026-11-25 08:00:00 CST cron: morning <- exit=0 sent=2\n")
        argv = [str(SENTINEL), "serve", "--host", "127.0.0.1", "--port", str(port)]
        with running(argv, place / "receiver.log", bare(SENTINEL_HOME=str(home))):
            here = Host(home, f"http://127.0.0.1:{port}")
            until(
                lambda: here.types("curl -fsS https://sentinel.example.com/health").returncode == 0,
                30,
                "the receiver is up",
            )
            yield here


def heading(section: str) -> str:
    return section.partition("\n")[0]


@pytest.mark.parametrize("section", SECTIONS, ids=heading)
def test_every_command_of_the_section_does_what_it_says(host: Host, section: str) -> None:
    for language, text in _BLOCK.findall(section):
        lines = text.splitlines()
        if language == "console":
            typed, _, said = text.removeprefix("$ ").partition("\n")
            expected = re.escape(said.replace("/opt/ntpp-sentinel", str(host.home))).replace(re.escape("..."), ".+?")
            done = host.types(f"{typed} 2>&1")
            if not section.startswith("Every field"):  # those are the demo's
                assert re.fullmatch(expected, done.stdout), (typed, done.stdout)
            continue
        for line in lines:
            if line.startswith(("export PATH=", "sentinel serve")) or not line.strip():
                continue
            done = host.types(line)
            good = done.returncode == 0 or (line.startswith(_JUDGES) and done.returncode in {74, 75, 77, 78})
            assert good, (line, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
            assert "Traceback" not in done.stderr, line


ANOTHER = 1001
# Root without its power over others' files is a user like any, and may read the environment wherever that lies.
POWERLESS = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


@pytest.fixture
def of_another(tmp_path: Path) -> Installation:
    """A home whose data belongs to somebody else than who starts the receiver."""
    made = migrated(tmp_path / "home", {"WEBHOOK_SECRET": SECRET})
    for path in (made.database.parent, *made.database.parent.iterdir()):
        os.chown(path, ANOTHER, ANOTHER)
    return made


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs setpriv, and root to be two users"
)
@pytest.mark.parametrize(
    ("folder", "file"),
    [(0o700, 0o600), (0o755, 0o600), (0o755, 0o644), (0o755, None)],
    ids=lambda mode: f"{mode or 0:o}",
)
def test_what_a_wrong_uid_gives_is_in_the_table(of_another: Installation, folder: int, file: int | None) -> None:
    of_another.database.parent.chmod(folder)
    if file is None:
        of_another.database.unlink()
    else:
        of_another.database.chmod(file)
    argv = [*POWERLESS, str(SENTINEL), "db", "migrate"]
    done = ran(argv, bare(SENTINEL_HOME=str(of_another.home)))
    words = named("docs/runbook.md", "6. The container does not start")
    told = [re.escape(word).replace(r"\.\.\.", ".+") for word in words]
    assert done.returncode == 74
    assert re.search("|".join(told), done.stderr), done.stderr


RESET = PAGE.partition("**A full reset.**")[2].partition("```text\n")[2].partition("```")[0].splitlines()


def test_the_full_reset_first_stops_all_that_has_the_database_open() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    holders = [name for name, each in services.items() if any(path.startswith("./data:") for path in each["volumes"])]
    profiles = [f"--profile {profile}" for name in holders for profile in services[name].get("profiles", [])]
    assert RESET[0].partition(" #")[0].rstrip() == f"docker compose {' '.join(profiles)} stop {' '.join(holders)}"


def test_the_full_reset_can_be_done_again(host: Host) -> None:
    for line in RESET * 2:
        done = host.types(line)
        assert done.returncode == 0 or line.startswith(_JUDGES), (line, done.stderr)
    assert len({path.name for path in (host.home / "data").glob("lost*")}) >= 2


def test_it_has_a_section_for_each_of_twelve_questions() -> None:
    numbers = [int(found) for found in re.findall(r"^## (\d+)\. ", PAGE, re.MULTILINE)]
    assert numbers == list(range(1, 13))


def test_the_table_of_symptoms_comes_first_and_its_commands_can_be_typed(host: Host) -> None:
    table = PAGE.partition("## 1. ")[0]
    commands = re.findall(r"\| `(sentinel [^`]+)` \|", table)
    assert len(commands) >= 6
    codes = {line: host.types(line).returncode for line in commands}
    assert {line: code for line, code in codes.items() if code and not line.startswith(_JUDGES)} == {}
