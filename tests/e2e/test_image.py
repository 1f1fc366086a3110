"""The image, built from the Dockerfile without an engine, and the receiver run in it.

No registry is asked: the base is a Debian made by debootstrap, under the name that stands in FROM. What that cannot
show is what only an engine does: limits of memory and processes, the health check's own clock.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.torture import tries

from .debian import debian, needs_debian
from .stage import ROOT, SECRET, free_port, running, until

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
BASE = "docker.io/library/" + re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)[0]

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    needs_debian,
    pytest.mark.skipif(shutil.which("buildah") is None, reason="needs buildah (Debian's package of that name)"),
]


@dataclass(frozen=True)
class Builder:
    """buildah without an engine, its stores in a folder that goes with the test."""

    place: Path

    def does(self, *argv: str, within: float = 300) -> str:
        stores = ("--storage-driver", "vfs", "--root", f"{self.place}/store", "--runroot", f"{self.place}/run")
        done = subprocess.run(
            ["buildah", *stores, *argv], cwd=ROOT, capture_output=True, text=True, timeout=within, check=False
        )
        assert done.returncode == 0, f"buildah {argv[0]}: {done.stdout[-1500:]}{done.stderr[-3000:]}"
        return done.stdout.strip()

    def builds(self, tag: str) -> None:
        self.does(
            "build", "--isolation", "chroot", "--network", "host", "--format", "docker", "--timestamp", "315532800",
            "--volume", "/etc/ssl/certs:/etc/ssl/certs:ro", "--tag", tag, ".",
        )  # fmt: skip

    @contextmanager
    def opened(self, image: str) -> Iterator[tuple[str, Path]]:
        """A container of the image, and where its files are."""
        container = self.does("from", "--pull-never", image)
        root = Path(self.does("mount", container))
        try:
            yield container, root
        finally:
            self.does("umount", container)
            self.does("rm", container)


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    place = tmp_path_factory.mktemp("image")
    there = Builder(place)
    container = there.does("from", "scratch")
    root = there.does("mount", container)
    subprocess.run(["cp", "-a", f"{debian(tmp_path_factory)}/.", root], check=True)
    there.does("umount", container)
    there.does("commit", container, BASE)
    there.does("rm", container)
    there.builds("ntpp-sentinel")
    return there


@pytest.fixture(scope="module")
def image(builder: Builder) -> Iterator[tuple[str, Path]]:
    with builder.opened("ntpp-sentinel") as opened:
        yield opened


def sums(root: Path) -> str:
    argv = "find venv usr/local etc -type f -print0 | sort -z | xargs -0 sha256sum"
    return subprocess.run(argv, shell=True, cwd=root, check=True, capture_output=True, text=True).stdout  # noqa: S602


def test_nothing_in_it_builds_or_installs(image: tuple[str, Path]) -> None:
    _, root = image
    programs = {path.name for folder in ("venv/bin", "usr/local/bin") for path in (root / folder).iterdir()}
    assert [name for name in programs if re.match(r"pip|gcc|cc$|make|hatch|uv$", name)] == []
    assert list(root.glob("venv/lib/python3*/site-packages/pip*")) == []


def test_only_what_the_allow_list_names_went_in(image: tuple[str, Path]) -> None:
    _, root = image
    ours = [path for folder in ("opt", "src", "venv/lib") for path in (root / folder).rglob("*")]
    assert [path for path in ours if path.name in {".env", ".git", "compose.yaml"}] == []
    assert {path.name for path in (root / "opt" / "ntpp-sentinel").iterdir()} == {"data", "logs"}
    assert list(root.glob("venv/lib/python3*/site-packages/tests")) == []


def test_its_code_is_compiled_without_dates(image: tuple[str, Path]) -> None:
    _, root = image
    compiled = list(root.glob("venv/lib/python3*/site-packages/sentinel_cli/**/*.pyc"))
    # PEP 552: bit 0 of the flags says that a hash stands where a date would; without bit 1 nobody compares it.
    assert len(compiled) > 100
    assert {path.read_bytes()[4:8] for path in compiled} == {b"\x01\x00\x00\x00"}


def test_it_runs_as_nobody_special_in_the_folder_that_compose_names(builder: Builder) -> None:
    told = builder.does(
        "inspect",
        "--type",
        "image",
        "--format",
        "{{.Docker.Config.User}} {{.Docker.Config.WorkingDir}}",
        "ntpp-sentinel",
    )
    assert told == "1000:1000 /opt/ntpp-sentinel"


@pytest.mark.torture
@pytest.mark.skipif(not tries(0, 1), reason="builds the image a second time: make torture does")
def test_the_same_lock_makes_the_same_image(builder: Builder, image: tuple[str, Path]) -> None:
    builder.builds("again")
    with builder.opened("again") as (_, root):
        assert sums(root) == sums(image[1])


def test_the_receiver_in_it_stores_what_is_posted_and_ends_when_it_is_told(
    builder: Builder, image: tuple[str, Path], tmp_path: Path
) -> None:
    container, _ = image
    data, port = tmp_path / "data", free_port()
    tmp_path.chmod(0o755)
    data.mkdir(mode=0o700)
    os.chown(data, 1000, 1000)
    [command] = re.findall(r'^CMD \["sh", "-c", "(.+)"\]$', DOCKERFILE, re.MULTILINE)
    command = command.replace("0.0.0.0 --port 8000", f"127.0.0.1 --port {port}")
    stores = ["--storage-driver", "vfs", "--root", f"{builder.place}/store", "--runroot", f"{builder.place}/run"]
    argv = [
        "buildah", *stores, "run", "--isolation", "chroot", "--network", "host", "--user", "1000:1000",
        "--volume", f"{data}:/opt/ntpp-sentinel/data", "--env", f"WEBHOOK_SECRET={SECRET}",
        "--env", "GHL_LOCATION_ID=LOC1", container, "sh", "-c", command,
    ]  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    with running(argv, tmp_path / "log", {"PATH": os.environ["PATH"]}) as process:  # noqa: TID251
        until(lambda: _is_up(base), 60, "the receiver in the image answers")
        body = {"contact_id": "CTC1", "location": {"id": "LOC1"}, "message": {"type": 2, "body": "Hello?"}}
        answer = httpx.post(
            f"{base}/webhook/ghl/inbound_sms", json=body, headers={"X-NTPP-Secret": SECRET}, trust_env=False
        )
        inner = _pid_of(f"--port {port}")
        assert (answer.json()["outcome"], _uid_of(inner)) == ("opened", 1000)
        os.kill(inner, 15)
        assert process.wait(20) == 0
    log = (tmp_path / "log").read_text()
    assert ("receiver.stopped" in log, "uvloop" in _loaded(image[1])) == (True, True)
    assert {path.name for path in data.iterdir()} >= {"sentinel.db"}


# As compose has it: nothing can be written but the data, the logs and /tmp.
READ_ONLY = """
set -e
root=$1; shift
mount --make-rprivate /
mount --bind "$root" "$root"
for name in data logs; do mkdir -p "$root/opt/ntpp-sentinel/$name"; done
mount -o remount,ro,bind "$root"
mount --bind "$1" "$root/opt/ntpp-sentinel/data"; shift
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=0777 tmpfs "$root/opt/ntpp-sentinel/logs"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
exec chroot --userspec=1000:1000 "$root" /usr/bin/env -C /opt/ntpp-sentinel "$@"
"""


def test_on_a_read_only_root_it_works_and_its_health_check_agrees(image: tuple[str, Path], tmp_path: Path) -> None:
    data, port = tmp_path / "data", free_port()
    tmp_path.chmod(0o755)
    data.mkdir(mode=0o700)
    os.chown(data, 1000, 1000)
    [command] = re.findall(r'^CMD \["sh", "-c", "(.+)"\]$', DOCKERFILE, re.MULTILINE)
    [check] = re.findall(r"^ +CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)
    inside = ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh", str(image[1]), str(data)]
    path = next(line for line in DOCKERFILE.splitlines() if "PATH=" in line).partition("PATH=")[2].split()[0]
    environ = {"PATH": f"{path.replace('$PATH', '')}:/usr/sbin:/usr/bin:/sbin:/bin", "GHL_LOCATION_ID": "LOC1"}
    environ |= {"WEBHOOK_SECRET": SECRET, "SENTINEL_HOME": "/opt/ntpp-sentinel"}
    here = command.replace("0.0.0.0 --port 8000", f"127.0.0.1 --port {port}")
    checked = [*inside, *(word.replace("127.0.0.1:8000", f"127.0.0.1:{port}") for word in json.loads(check))]
    with running([*inside, "sh", "-c", here], tmp_path / "log", environ):
        until(lambda: _is_up(f"http://127.0.0.1:{port}"), 60, (tmp_path / "log").read_text())
        written = subprocess.run([*inside, "touch", "/x"], env=environ, capture_output=True, text=True, check=False)
        healthy = subprocess.run(checked, env=environ, capture_output=True, text=True, check=False)
    ill = subprocess.run(checked, env=environ, capture_output=True, text=True, check=False)
    assert "Read-only file system" in written.stderr
    assert (healthy.returncode, healthy.stderr, ill.returncode) == (0, "", 1)


def _is_up(base: str) -> bool:
    try:
        return httpx.get(f"{base}/health", trust_env=False, timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def _pid_of(words: str) -> int:
    """The Python that serves: not the shell that became it, nor buildah before that."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        argv = entry.read_bytes().decode(errors="replace").replace("\0", " ")
        if words in argv and "/venv/bin/python" in argv.split(" ")[0]:
            return int(entry.parent.name)
    raise AssertionError(f"no process with {words}")


def _uid_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def _loaded(root: Path) -> set[str]:
    return {path.name for path in root.glob("venv/lib/python3*/site-packages/*")}
