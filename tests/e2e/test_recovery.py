"""The drill: back up while the receiver is loaded, destroy the database, restore, catch up, rebuild, compare."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Figures
from tests.torture import tries

from .stage import CASEY, DANA, JO, LEE, PAT, SAM, SECRET, Account, Installation, account, migrated, receiver

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.torture]

PEOPLE = (PAT, LEE, JO, SAM, DANA)
NOON = "2026-11-23T12:00:00-06:00"
EACH = tries(60, 1500)


def second(number: int) -> str:
    return f"2026-11-23T{9 + number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}-06:00"


def happening(ghl: Account, numbers: range) -> list[dict[str, Any]]:
    """Messages of five customers, every fourth answered by Casey; their app webhooks."""
    told = []
    for number in numbers:
        who = PEOPLE[number % len(PEOPLE)]
        if number % 4 == 3:
            webhooks = ghl.happens("staff_text", who, second(number), text=f"Answer {number}", user_id=CASEY)
        else:
            webhooks = ghl.happens("inbound_text", who, second(number), text=f"Question {number}")
        told.append(webhooks["app"])
    return told


@dataclass
class Load:
    """Webhooks that are posted while something else happens; what was answered."""

    answers: list[int] = field(default_factory=list)

    @contextmanager
    def posted(self, receiver: httpx.Client, bodies: list[dict[str, Any]]) -> Iterator[None]:
        def post() -> None:
            self.answers.extend(receiver.post("/webhook/ghl", json=body).status_code for body in bodies)

        poster = threading.Thread(target=post)
        poster.start()
        try:
            yield
        finally:
            poster.join()


@pytest.fixture
def ghl(tmp_path: Path) -> Iterator[Account]:
    with account(tmp_path) as at_work:
        at_work.clock(NOON)
        yield at_work


@pytest.fixture
def home(tmp_path: Path, ghl: Account) -> Installation:
    env = {**ghl.settings, "WEBHOOK_SECRET": SECRET, "INTERNAL_USER_IDS": CASEY, "SENTINEL_NOW": NOON}
    return migrated(tmp_path / "home", env)


def ran(home: Installation, *argv: str) -> str:
    done = home.sentinel(*argv)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout + done.stderr


def known(home: Installation) -> set[str]:
    return {key for (key,) in home.rows("select key from messages where provisional = 0")}


def waiting(home: Installation) -> list[tuple[Any, ...]]:
    return home.rows(
        """
        select issue_type, status, contact_id, first_inbound_ts, last_inbound_ts, inbound_count, resolved_ts,
               resolved_by from issues where resolved_by is not 'withdrawn' order by contact_id, first_inbound_ts
        """
    )


def torn(database: Path) -> None:
    """Overwrite the middle of the file, as a failing disk does."""
    with database.open("r+b") as file:
        file.seek(0)
        file.write(os.urandom(4096))


@pytest.mark.parametrize("destroy", [torn, Path.unlink])
def test_what_was_destroyed_comes_back_whole(ghl: Account, home: Installation, destroy: Any, figures: Figures) -> None:
    before, meanwhile, after = range(EACH), range(EACH, 2 * EACH), range(2 * EACH, 3 * EACH)
    bodies = [happening(ghl, numbers) for numbers in (before, meanwhile, after)]
    load = Load()
    with receiver(home) as post:
        with load.posted(post, bodies[0]):
            pass
        with load.posted(post, bodies[1]):
            ran(home, "db", "backup")
        with load.posted(post, bodies[2]):
            pass
    [backup] = (home.database.parent / "backups").iterdir()
    whole = waiting(home)

    destroy(home.database)
    assert home.sentinel("db", "check").returncode == 74
    restored = ran(home, "db", "restore", str(backup))
    in_backup = len(known(home))
    since = re.search(r"next: sentinel (poll-resolver --since \S+)", restored)
    assert since is not None
    ran(home, *since[1].split())

    assert {body["messageId"] for told in bodies for body in told} <= known(home)
    assert waiting(home) == whole
    assert home.json("db", "rebuild")["equal"] is True
    assert ran(home, "db", "check").endswith("is sound\n")
    figures(
        f"drill ({destroy.__name__})",
        delivered=len(load.answers),
        refused=sum(status != 200 for status in load.answers),
        in_backup=in_backup,
        known_after=len(known(home)),
        lost=0,
        issues=len(whole),
    )


def test_a_restore_beside_a_receiver_at_work_loses_no_delivery(
    ghl: Account, home: Installation, figures: Figures
) -> None:
    bodies = happening(ghl, range(3 * EACH))
    load = Load()
    with receiver(home) as post:
        with load.posted(post, bodies[:EACH]):
            pass
        ran(home, "db", "backup")
        [backup] = (home.database.parent / "backups").iterdir()
        with load.posted(post, bodies[EACH:]):
            restored = home.json("db", "restore", str(backup))
        repeated = [body for body, status in zip(bodies, load.answers, strict=True) if status != 200]
        refused = len(repeated)
        with load.posted(post, repeated):
            pass
    assert set(load.answers) <= {200, 429}
    ran(home, "poll-resolver")
    acknowledged = {body["messageId"] for body, status in zip(bodies, load.answers, strict=False) if status == 200}
    told = {key for (key,) in home.rows("select message_key from raw_events where message_key is not null")}
    assert acknowledged <= told
    assert home.json("db", "rebuild")["equal"] is True
    figures("restore beside a receiver", delivered=len(bodies), refused=refused,
            carried=restored["carried"]["deliveries"], lost=0)  # fmt: skip
