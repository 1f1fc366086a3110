"""An empty Debian, made by debootstrap once for all tests of a run; needs root and the network."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

__all__ = ["NEEDS", "debian", "needs_debian"]

NEEDS = "needs root and debootstrap (Debian's package of that name)"
# What the README asks for, and what the image's base has beside Python.
_PACKAGES = "python3,python3-venv,ca-certificates,git,make,cron"
_MIRROR = "http://deb.debian.org/debian"

needs_debian = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("debootstrap", path="/usr/sbin:/usr/bin") is None, reason=NEEDS
)


def debian(factory: pytest.TempPathFactory) -> Path:
    """Its root, to be copied and not changed."""
    place = factory.getbasetemp().parent / "debian"
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "made").exists():
            argv = [
                "/usr/sbin/debootstrap",
                "--variant=minbase",
                f"--include={_PACKAGES}",
                "bookworm",
                str(place / "root"),
            ]
            shutil.rmtree(place / "root", ignore_errors=True)
            # chroot, which it calls by its name, is no program of every user's PATH.
            environ = {**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}  # noqa: TID251
            done = subprocess.run(
                [*argv, _MIRROR], env=environ, capture_output=True, text=True, timeout=300, check=False
            )
            assert done.returncode == 0, f"no Debian could be made: {done.stdout[-400:]}"
            (place / "made").touch()
    return place / "root"
