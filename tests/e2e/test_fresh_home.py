"""A first set-up: a folder, `.env` filled in from .env.example, `sentinel db migrate`; then everything works."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from .stage import CASEY, LEE, ROOT, SECRET, SENTINEL, Account, Installation, account, bare, installed, ran, receiver

pytestmark = pytest.mark.real

NOW = "2026-11-23T09:00:00-06:00"
COMMANDS = [
    ("serve", "--port", "0"),
    ("poll-resolver",),
    ("send-summary", "--slot", "morning"),
    ("send-summary", "--slot", "morning", "--dry-run"),
    ("issues", "list"),
    ("issues", "show", "1"),
    ("deliveries", "list"),
    ("kv", "show"),
]


@pytest.fixture(scope="module")
def ghl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with account(tmp_path_factory.mktemp("sandbox")) as at_work:
        at_work.clock(NOW)
        at_work.happens("inbound_text", LEE, "2026-11-23T08:30:00-06:00", text="The pump is leaking")
        yield at_work


@pytest.fixture
def settings(ghl: Account) -> dict[str, str]:
    return {**ghl.settings, "WEBHOOK_SECRET": SECRET, "INTERNAL_USER_IDS": CASEY, "SENTINEL_NOW": NOW}


@pytest.fixture
def unmigrated(tmp_path: Path, settings: dict[str, str]) -> Installation:
    """A home whose `.env` is .env.example with its lines filled in."""
    installation = installed(tmp_path / "home", {})
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name, value in settings.items():
        text, filled = re.subn(rf"^#?{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
        assert filled == 1, name
    (installation.home / ".env").write_text(text)
    return installation


@pytest.fixture
def fresh(unmigrated: Installation) -> Installation:
    assert unmigrated.sentinel("db", "migrate").returncode == 0
    return unmigrated


def test_migrate_makes_the_file_and_says_where(unmigrated: Installation) -> None:
    made = unmigrated.sentinel("db", "migrate")
    assert (made.returncode, made.stdout.split(":")[0], made.stderr) == (0, f"made {unmigrated.database}", "")


def test_migrate_may_be_repeated(fresh: Installation) -> None:
    again = fresh.sentinel("db", "migrate")
    assert (again.returncode, again.stdout) == (0, f"{fresh.database} is up to date\n")


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_no_everyday_command_makes_a_database(unmigrated: Installation, argv: tuple[str, ...]) -> None:
    done = unmigrated.sentinel(*argv)
    assert (done.returncode, f"error: no database at {unmigrated.database}" in done.stderr) == (74, True)
    assert not unmigrated.database.parent.exists()


@pytest.mark.parametrize("argv", COMMANDS[:4], ids=" ".join)
def test_an_example_that_nobody_filled_in_is_told_line_by_line(tmp_path: Path, argv: tuple[str, ...]) -> None:
    installation = installed(tmp_path / "home", {})
    (installation.home / ".env").write_text((ROOT / ".env.example").read_text(encoding="utf-8"))
    installation.sentinel("db", "migrate")
    done = installation.sentinel(*argv)
    assert done.returncode == 78
    assert re.fullmatch(r"(error: [A-Z_]+ is not set\n){2,3}next: set them in .*\n", done.stderr), done.stderr


@pytest.mark.parametrize("argv", COMMANDS[1:], ids=" ".join)
def test_without_a_home_it_is_said_how_to_name_one(tmp_path: Path, argv: tuple[str, ...]) -> None:
    done = ran([str(SENTINEL), *argv], bare(SENTINEL_HOME=str(tmp_path / "gone")))
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        78,
        f"error: SENTINEL_HOME: {tmp_path / 'gone'} is not a directory",
    )


def test_an_empty_database_lists_nothing(fresh: Installation) -> None:
    assert fresh.json("issues", "list") == {"items": [], "total": 0}


def test_the_receiver_is_healthy_and_stores_the_first_text(fresh: Installation, ghl: Account) -> None:
    body = ghl.happens("inbound_text", LEE, "2026-11-23T08:31:00-06:00", text="Hello?")["app"]
    with receiver(fresh) as post:
        assert post.get("/health").json() == {"ok": True}
        assert post.post("/webhook/ghl", json=body).json() == {"received": True, "outcome": "opened", "issue_id": 1}


def test_nobody_posts_without_the_secret(fresh: Installation) -> None:
    with receiver(fresh) as post:
        answer = httpx.post(post.base_url.join("/webhook/ghl"), json={}, trust_env=False)
    assert answer.status_code == 401


def test_the_first_check_finds_who_waits_already(fresh: Installation) -> None:
    fresh.cron("poll-resolver")
    assert [issue["contact_name"] for issue in fresh.json("issues", "list")["items"]] == ["Lee Emerson"]


def test_from_within_its_folder_sentinel_needs_no_home_named(fresh: Installation) -> None:
    done = ran([str(SENTINEL), "issues", "list", "--json"], bare(), cwd=fresh.home)
    assert (done.returncode, done.stderr) == (0, "")


def test_its_files_are_its_owner_s_alone(fresh: Installation) -> None:
    fresh.cron("poll-resolver")
    made = [fresh.database.parent, *fresh.database.parent.iterdir()]
    assert {path.name: stat.S_IMODE(path.stat().st_mode) & 0o077 for path in made} == {path.name: 0 for path in made}


def test_a_stopped_system_is_whole_in_a_plain_copy_of_its_one_file(fresh: Installation, tmp_path: Path) -> None:
    fresh.cron("poll-resolver")
    (tmp_path / "copy" / "data").mkdir(parents=True)
    (tmp_path / "copy" / "data" / "sentinel.db").write_bytes(fresh.database.read_bytes())
    assert Installation(tmp_path / "copy").rows("select status from issues") == [("OPEN",)]
