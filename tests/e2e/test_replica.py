"""The replica that deploy/litestream.yml makes is the database: from it alone a lost server comes back."""

import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.documents import PAGES

from .stage import (
    LEE,
    PAT,
    ROOT,
    SECRET,
    SENTINEL,
    Account,
    Installation,
    account,
    bare,
    migrated,
    ran,
    receiver,
    running,
    until,
)

LITESTREAM = Path(sys.executable).with_name("litestream")
INSIDE = "/srv/data"
CONTAINER = "docker compose --profile replica run --rm litestream"
DELIVERIES = "select id from raw_events order by id"

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(not LITESTREAM.exists(), reason="litestream is for Linux"),
]


@pytest.fixture
def ghl(tmp_path: Path) -> Iterator[Account]:
    with account(tmp_path) as started:
        yield started


@pytest.fixture
def home(tmp_path: Path, ghl: Account) -> Installation:
    """With the configuration of Litestream that production has, but for a folder in the place of the S3 store."""
    own = {"WEBHOOK_SECRET": SECRET, "SENTINEL_NOW": "2026-11-23T12:00:00-06:00", "LITESTREAM_BUCKET": "ntpp"}
    made = migrated(tmp_path / "home", {**ghl.settings, **own})
    told: dict[str, Any] = yaml.safe_load((ROOT / "deploy/litestream.yml").read_text())
    [database] = told["dbs"]
    [replica] = database["replicas"]
    kept = {name: replica[name] for name in ("snapshot-interval", "retention")}
    database["path"] = str(made.database)
    database["replicas"] = [{"type": "file", "path": str(tmp_path / "store"), **kept}]
    (made.home / "litestream.yml").write_text(yaml.safe_dump(told))
    return made


def types(home: Installation, line: str) -> None:
    """A line of the runbook, at home; what it does in a container is done without one."""
    here = line.replace(f"{CONTAINER} restore", f"{LITESTREAM} restore -config litestream.yml")
    here = here.replace(INSIDE, str(home.home / "data")).replace("sentinel db", f"{SENTINEL} db")
    done = ran(["/bin/sh", "-c", here], bare(SENTINEL_HOME=str(home.home)), cwd=home.home)
    assert done.returncode == 0, (here, done.stderr)


@contextmanager
def replicating(home: Installation) -> Iterator[None]:
    with running(
        [str(LITESTREAM), "replicate", "-config", str(home.home / "litestream.yml")],
        home.home / "logs" / "litestream.log",
        bare(),
    ):
        yield


def replica(home: Installation, work: Path) -> list[tuple[Any, ...]]:
    """The deliveries that a restore of the replica would bring; none where it brings no database yet."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    config = str(home.home / "litestream.yml")
    argv = [str(LITESTREAM), "restore", "-config", config, "-o", str(work / "look.db"), str(home.database)]
    if ran(argv, bare()).returncode:
        return []
    with closing(sqlite3.connect(work / "look.db")) as found:
        return found.execute(DELIVERIES).fetchall()


def happen(ghl: Account, post: httpx.Client, contact_id: str, minutes: range) -> None:
    for minute in minutes:
        at = f"2026-11-23T09:{minute:02d}:00-06:00"
        told = ghl.happens("inbound_text", contact_id, at, text="Is anyone coming?")
        assert post.post("/webhook/ghl", json=told["app"]).status_code == 200


def test_it_is_tried_with_the_release_that_compose_starts() -> None:
    image = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["litestream"]["image"]
    assert ran([str(LITESTREAM), "version"], bare()).stdout.strip() == f"v{image.partition(':')[2]}"


@pytest.mark.parametrize("has_run", [False, True], ids=["as the runbook says", "over a fresh installation"])
def test_a_lost_server_comes_back(ghl: Account, home: Installation, tmp_path: Path, has_run: bool) -> None:
    recipe = re.search(rf"^{CONTAINER} .*\n(?:.+\n)+?(?=```)", PAGES["docs/runbook.md"], re.MULTILINE)
    assert recipe is not None
    *lines, again = recipe[0].splitlines()
    with receiver(home) as post, replicating(home):
        happen(ghl, post, PAT, range(20))
        assert home.sentinel("poll-resolver").returncode == 0
        happen(ghl, post, LEE, range(20, 40))
        deliveries, issues = home.rows(DELIVERIES), home.json("issues", "list")
        until(lambda: replica(home, tmp_path / "look") == deliveries, 30, "all of it in the replica")
    shutil.rmtree(home.database.parent)
    home.database.parent.mkdir()
    if has_run:
        assert home.sentinel("db", "migrate").returncode == 0
        assert home.sentinel("poll-resolver").returncode == 0
    for line in lines:
        types(home, line)
    assert (home.rows(DELIVERIES), home.json("issues", "list")) == (deliveries, issues)
    assert home.sentinel("db", "check").returncode == 0
    assert list(home.database.parent.glob("*replica*")) == []
    assert again == "docker compose --profile replica up -d --build"


def test_what_the_recipe_takes_the_place_of_is_the_set_up_s_own_line() -> None:
    named = re.search(r"in the place of its line `(.+?)`", PAGES["docs/runbook.md"])
    assert named is not None
    assert re.search(rf"^{named[1]} +# makes the database", PAGES["README.md"], re.MULTILINE)


def test_what_is_restored_here_is_in_the_replica_too(ghl: Account, home: Installation, tmp_path: Path) -> None:
    with receiver(home) as post:
        with replicating(home):
            happen(ghl, post, PAT, range(10))
            assert home.sentinel("db", "backup").returncode == 0
            happen(ghl, post, PAT, range(10, 20))
        [backup] = (home.database.parent / "backups").iterdir()
        assert home.sentinel("db", "restore", str(backup)).returncode == 0
        with replicating(home):
            happen(ghl, post, LEE, range(20, 30))
            deliveries = home.rows(DELIVERIES)
            until(lambda: replica(home, tmp_path / "look") == deliveries, 30, "all of it in the replica")
    assert len(deliveries) == 30
