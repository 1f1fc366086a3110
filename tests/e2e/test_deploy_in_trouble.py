"""deploy/install.sh and deploy/deploy.sh where something stands in the way: how they end, and what is as before.

Real are both scripts, git, and this checkout's own `sentinel` with its doctor, backup and crontab, on the stand-in for
GHL. Played are the engine of containers, which notes what it is told, `crontab`, and the making of an environment,
which takes half a minute for real (test_deploy.py).
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sentinel_cli.clock import cron_zone
from tests.documents import PAGES

from .stage import ROOT, SECRET, SENTINEL, Account, Installation, account, free_port, migrated, running

AT = "2026-11-23T15:00:00Z"
CRONTAB = """\
file="$(dirname "$0")/crontab.txt"
if [ "$1" = -l ]; then cat "$file" 2>/dev/null || { echo "no crontab for ops" >&2; exit 1; }; else cat >"$file"; fi
"""
# `hook` is what happens meanwhile; `running` are the names of the containers at work.
ENGINE = """\
place="$(dirname "$0")"
echo "$*" >>"$place/engine.log"
[ "$1" != ps ] || grep -x "$(sed 's/.*^\\(.*\\)\\$/\\1/' <<<"$*")" "$place/running" || true
[ ! -e "$place/hook" ] || . "$place/hook"
"""
ENVIRONMENT = f"""\
case "$1 $2" in
  "-m venv") mkdir -p "$3/bin" && ln -s {SENTINEL} "$3/bin/sentinel" && ln -s "$(readlink -f "$0")" "$3/bin/python" ;;
  "-m pip") ;;
  *) exec {sys.executable} "$@" ;;
esac
"""

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(shutil.which(tool) for tool in ("bash", "curl", "flock", "git")), reason="needs bash, curl, flock, git"
    ),
]


@dataclass(frozen=True)
class Host:
    """A server with the checkout at work on it; `upstream` is where its releases come from."""

    place: Path
    ghl: Account

    @property
    def home(self) -> Path:
        return self.place / "ntpp-sentinel"

    @property
    def upstream(self) -> Path:
        return self.place / "upstream"

    @property
    def played(self) -> Path:
        return self.place / "bin"

    def plays(self, name: str, script: str) -> None:
        (self.played / name).write_text(f"#!/bin/bash\n{script}")
        (self.played / name).chmod(0o755)

    def meanwhile(self, command: str, does: str) -> None:
        """While `docker command` is at work in the checkout."""
        with (self.played / "hook").open("a") as hook:
            hook.write(f'[ "$*" != "{command}" ] || {{ {does}; }}\n')

    def types(self, *argv: str, at: Path | None = None) -> "subprocess.CompletedProcess[str]":
        environ = {
            "PATH": f"{self.played}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.place),
            "PATIENCE": "6",
            "PYTHON": str(self.played / "python3"),
        }
        return subprocess.run(
            argv, cwd=at or self.home, env=environ, capture_output=True, text=True, timeout=120, check=False
        )

    def deploys(self, *argv: str) -> tuple[int, str]:
        """How it ended, and all that it said."""
        done = self.types("deploy/deploy.sh", *argv)
        return done.returncode, done.stdout + done.stderr

    def releases(self, path: str, text: str) -> None:
        """A commit upstream in which that file has more text."""
        with (self.upstream / path).open("a") as file:
            file.write(text)
        git(self.upstream, "add", path)
        git(self.upstream, "commit", "-qm", f"More in {path}")

    @property
    def told(self) -> list[str]:
        """What the engine was told since it was asked last."""
        log = self.played / "engine.log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    @property
    def crontab(self) -> str:
        return self.types("crontab", "-l").stdout

    @property
    def standing(self) -> tuple[str, str, str]:
        """Code, environment, crontab."""
        return git(self.home, "rev-parse", "HEAD"), str((self.home / ".venv").resolve()), self.crontab


def git(place: Path, *argv: str) -> str:
    who = ("-c", "user.name=Ops", "-c", "user.email=ops@example.com")
    return subprocess.run(["git", *who, *argv], cwd=place, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Account, str]]:
    """GHL, and a receiver that is up."""
    place, port = tmp_path_factory.mktemp("world"), free_port()
    with account(place) as ghl:
        ghl.unlimited()
        ghl.clock(AT)
        home = migrated(place / "home", {**ghl.settings, "WEBHOOK_SECRET": SECRET, "SENTINEL_NOW": AT}).home
        argv = [str(SENTINEL), "serve", "--host", "127.0.0.1", "--port", str(port)]
        with running(argv, place / "receiver.log", {"SENTINEL_HOME": str(home), "PATH": "/usr/bin:/bin"}):
            yield ghl, f"http://127.0.0.1:{port}"


@pytest.fixture
def host(tmp_path: Path, world: tuple[Account, str]) -> Iterator[Host]:
    """The first release, installed as the README says; a second one is out."""
    ghl, receiver = world
    here = Host(tmp_path, ghl)
    here.played.mkdir()
    for name, script in (("docker", ENGINE), ("crontab", CRONTAB), ("python3", ENVIRONMENT)):
        here.plays(name, script)
    (here.played / "running").write_text("ntpp-sentinel\nntpp-caddy\n")
    here.upstream.mkdir()
    git(here.upstream, "init", "-q", "-b", "main")
    shutil.copytree(ROOT / "deploy", here.upstream / "deploy")
    for name in (".env.example", ".gitignore", "compose.yaml", "requirements.lock"):
        shutil.copy(ROOT / name, here.upstream)
    git(here.upstream, "add", "-A")
    git(here.upstream, "commit", "-qm", "The first release")
    git(tmp_path, "clone", "-q", str(here.upstream), str(here.home))
    made = here.types("deploy/install.sh")
    assert made.returncode == 0, made.stdout + made.stderr
    Installation(here.home).settings(
        {
            **ghl.settings,
            "WEBHOOK_SECRET": SECRET,
            "SENTINEL_NOW": AT,
            "RECEIVER_URL": receiver,
            "TIMEZONE": str(cron_zone()),
            "LETTER_HOURS": "00:00-24:00",
            "SENTINEL_UID": str(os.getuid()),
            "SENTINEL_GID": str(os.getgid()),
        }
    )
    for argv in (("db", "migrate"), ("cron", "install")):
        done = here.types(".venv/bin/sentinel", *argv)
        assert done.returncode == 0, done.stdout + done.stderr
    here.releases("README.md", "What is new.\n")
    yield here
    ghl.recovers()


@pytest.mark.parametrize("script", ["deploy/deploy.sh", "deploy/install.sh"])
def test_nobody_but_the_checkout_s_owner_deploys_or_installs(host: Host, script: str) -> None:
    host.plays("id", 'if [ "$*" = -u ]; then echo 4242; else /usr/bin/id "$@"; fi\n')
    before, environments = host.standing, sorted((host.home / ".venvs").iterdir())
    done = host.types(script)
    assert (done.returncode, "belongs to" in done.stderr, "next: " in done.stderr) == (78, True, True)
    assert (host.standing, sorted((host.home / ".venvs").iterdir())) == (before, environments)


def test_an_installation_through_a_symbolic_link_keeps_what_it_has_made(host: Host) -> None:
    (host.place / "link").symlink_to(host.home)
    done = host.types("bash", "-c", "cd link && deploy/install.sh", at=host.place)
    assert (done.returncode, (host.home / ".venv/bin/sentinel").exists()) == (0, True), done.stderr
    code, said = host.deploys()
    assert (code, (host.home / ".venv/bin/sentinel").exists()) == (0, True), said


def test_a_release_that_is_taken_back_takes_its_crontab_with_it(host: Host) -> None:
    before = host.standing
    host.releases("deploy/crontab", '7 7 * * * "$SENTINEL_HOME/.venv/bin/sentinel" jobs list\n')
    host.meanwhile("compose up -d --no-build", "chmod 644 .env")
    code, said = host.deploys()
    assert (code, '+7 7 * * * "$SENTINEL_HOME' in said, "everything is as before" in said) == (1, True, True), said
    assert host.standing == before


@pytest.mark.parametrize("signal", ["HUP", "INT", "TERM"])
def test_a_deploy_that_is_broken_off_goes_back(host: Host, signal: str) -> None:
    before = host.standing
    host.meanwhile("compose build --quiet", f"kill -{signal} $PPID")
    code, said = host.deploys()
    assert (code, host.standing) == (1, before), said


@pytest.mark.parametrize(
    ("command", "does", "named"),
    [
        ("compose build --quiet", "touch .git/index.lock; exit 1", "the code"),
        ("compose build --quiet", "rm .venv; cp -r .venvs .venv; exit 1", "the host's .venv"),
        ("tag ntpp-sentinel:before ntpp-sentinel:latest", "exit 1", "the image"),
    ],
    ids=["code", "environment", "image"],
)
def test_what_could_not_be_taken_back_is_named(host: Host, command: str, does: str, named: str) -> None:
    host.meanwhile(command, does)
    host.meanwhile("compose up -d --no-build", "chmod 644 .env")
    code, said = host.deploys()
    assert (code, f"error: not as before: {named}" in said) == (2, True), said
    assert "everything is as before" not in said


def test_a_folder_in_the_place_of_the_link_is_refused_before_anything_is_done(host: Host) -> None:
    made = (host.home / ".venv").resolve()
    (host.home / ".venv").unlink()
    shutil.copytree(made, host.home / ".venv", symlinks=True)
    before = host.standing
    code, said = host.deploys()
    assert (code, "next: make install" in said, host.standing) == (78, True, before), said


def test_an_outage_of_ghl_during_a_deploy_takes_no_release_back(host: Host) -> None:
    control = host.ghl.control.base_url.join("faults")
    body = '{"kind": "500", "route": "*", "times": null}'
    host.meanwhile("compose build --quiet", f"curl -fsS -X POST -d '{body}' {control} >&2")
    host.meanwhile("compose up -d --no-build", ".venv/bin/sentinel send-summary --slot morning || true")
    code, said = host.deploys()
    assert (code, "exit=75" in said) == (0, True), said
    doctor = host.types(".venv/bin/sentinel", "doctor", "--json").stdout
    assert ("GHL answers" in doctor, "send-summary, last end" in doctor) == (True, True)


def test_exactly_the_new_problems_are_listed(host: Host) -> None:
    host.meanwhile("compose up -d --no-build", "chmod 644 .env")
    _, said = host.deploys()
    listed = said.partition("did not name before:\n")[2].splitlines()
    assert [line for line in listed if line.startswith("  ")] == [
        f"  Settings: .env: {host.home}/.env is readable by others (mode 644); chmod 600 {host.home}/.env"
    ], said


@pytest.mark.parametrize(
    ("before", "code", "told"),
    [
        ("git remote set-url origin nowhere", 78, "next: git fetch"),
        ("mv data/sentinel.db data/kept.db", 78, "next: sentinel db backup"),
        ("exec flock data/sentinel.db.backup.lock deploy/deploy.sh", 75, "another backup is at work"),
        ("git checkout --quiet --detach HEAD", 78, "next: git checkout -B main"),
    ],
    ids=["nothing fetched", "no database", "another backup", "no upstream"],
)
def test_a_deploy_that_cannot_begin_changes_nothing_and_says_what_to_do(
    host: Host, before: str, code: int, told: str
) -> None:
    stood = host.standing
    done = host.types("bash", "-c", f"{before}; deploy/deploy.sh")
    assert (done.returncode, told in done.stdout + done.stderr, host.standing) == (code, True, stood), done.stderr


def test_what_it_tells_a_checkout_without_an_upstream_helps(host: Host) -> None:
    git(host.home, "checkout", "-q", "--detach", "HEAD")
    [advice] = re.findall("next: (.*)", host.deploys()[1])
    assert host.types("bash", "-c", advice).returncode == 0
    assert host.deploys()[0] == 0


def test_the_runbook_s_way_back_by_hand_leaves_the_next_deploy_its_upstream(host: Host) -> None:
    [by_hand] = re.findall(r"^By hand, .*?`(git [^`]+ <commit>)`", PAGES["docs/runbook.md"], re.MULTILINE)
    assert host.deploys()[0] == 0
    assert host.types(*by_hand.replace("<commit>", "HEAD~1").split()).returncode == 0
    code, said = host.deploys("--dry-run")
    assert (code, "More in README.md" in said) == (0, True), said


@pytest.mark.parametrize(
    ("file", "mounted_by"),
    [("Caddyfile", "caddy"), ("datasette.yaml", "datasette"), ("litestream.yml", "litestream")],
)
def test_a_mounted_file_that_has_changed_is_mounted_anew_forth_and_back(host: Host, file: str, mounted_by: str) -> None:
    anew = f"compose up -d --no-deps --force-recreate {mounted_by}"
    host.releases(f"deploy/{file}", "# more\n")
    (host.played / "running").write_text(f"ntpp-sentinel\nntpp-{mounted_by}\n")
    host.meanwhile("compose up -d --no-build", "chmod 644 .env")
    code, said = host.deploys()
    assert (code, [line for line in host.told if "--force-recreate" in line]) == (1, [anew, anew]), said


def test_a_container_that_does_not_run_or_whose_file_is_as_before_is_left_alone(host: Host) -> None:
    host.releases("deploy/datasette.yaml", "# more\n")
    code, said = host.deploys()
    assert (code, [line for line in host.told if "--force-recreate" in line]) == (0, []), said


def test_images_that_no_name_leads_to_go_after_a_deploy_and_cannot_make_it_fail(host: Host) -> None:
    host.meanwhile("image prune --force", "exit 1")
    code, said = host.deploys()
    assert (code, host.told.count("image prune --force")) == (0, 1), said
