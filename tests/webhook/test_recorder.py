"""The one thread that writes: what it promises to whoever waits, and how it gets over failures."""

import asyncio
import json
import os
import shutil
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.model import User
from sentinel_cli.errors import StoreProblem
from sentinel_cli.intake import Incoming
from sentinel_cli.store import users
from sentinel_cli.store.database import Database
from tests.builders import RULES
from webhook.recorder import Recorder

from .parts import RECEIVED, intake, locked, rows, workflow_text

CASEY = User(user_id="USRcasey", name="Casey")


def incoming(contact_id: str = "CTC1") -> Incoming:
    payload = json.dumps(workflow_text(contact_id=contact_id, phone=None)).encode()
    return Incoming(route="inbound_sms", received_at=RECEIVED, payload=payload)


def with_recorder(path: Path, use: Callable[[Recorder], Awaitable[Any]], *, capacity: int = 200, **changes: Any) -> Any:
    """What `use` made of a recorder, which is closed afterwards."""

    async def used() -> Any:
        recorder = Recorder(intake(path, **changes), capacity=capacity)
        try:
            return await use(recorder)
        finally:
            await recorder.close()

    return asyncio.run(used())


def stored(path: Path) -> int:
    return rows(path, "select count(*) from raw_events")[0][0]


def test_what_is_recorded_is_on_disk(path: Path) -> None:
    async def use(recorder: Recorder) -> tuple[str, int]:
        recorded = await recorder.record(incoming())
        return recorded.outcome, stored(path)

    assert with_recorder(path, use) == ("opened", 1)


def test_fifty_at_once_are_each_stored_once(path: Path) -> None:
    async def use(recorder: Recorder) -> set[int]:
        recorded = await asyncio.gather(*(recorder.record(incoming(f"CTC{n}")) for n in range(50)))
        return {each.delivery_id for each in recorded}

    assert with_recorder(path, use) == set(range(1, 51))
    assert stored(path) == 50


def test_more_than_it_has_room_for_is_a_store_problem(path: Path) -> None:
    async def use(recorder: Recorder) -> list[str]:
        waits = [recorder.record(incoming(f"CTC{n}")) for n in range(5)]
        return [type(each).__name__ for each in await asyncio.gather(*waits, return_exceptions=True)]

    with locked(path):
        assert with_recorder(path, use, capacity=2) == ["StoreProblem"] * 5
    assert stored(path) == 0


def test_it_has_room_again_when_those_are_stored(path: Path) -> None:
    async def use(recorder: Recorder) -> list[str]:
        return [(await recorder.record(incoming(f"CTC{n}"))).outcome for n in range(3)]

    assert with_recorder(path, use, capacity=1) == ["opened", "opened", "opened"]


def test_who_gave_up_waiting_leaves_room(path: Path) -> None:
    async def use(recorder: Recorder) -> list[str]:
        with locked(path):
            gone = []
            for number in range(3):
                # The first is at work and waits for the lock, the others are in the queue.
                gone.append(asyncio.ensure_future(recorder.record(incoming(f"CTC{number}"))))
                await asyncio.sleep(0.1)
            for each in gone:
                each.cancel()
            await asyncio.gather(*gone, return_exceptions=True)
        async with asyncio.timeout(20):
            while True:
                with suppress(StoreProblem):
                    waits = [recorder.record(incoming(f"CTCx{n}")) for n in range(3)]
                    return [each.outcome for each in await asyncio.gather(*waits)]
                await asyncio.sleep(0.1)

    patient = partial(Database.open, path, busy_timeout=5)
    assert len(with_recorder(path, use, capacity=3, open_store=patient)) == 3


def test_a_wait_given_up_in_the_queue_is_taken_back(path: Path) -> None:
    async def use(recorder: Recorder) -> None:
        first = asyncio.ensure_future(recorder.record(incoming("CTC1")))
        second = asyncio.ensure_future(recorder.record(incoming("CTC2")))
        await asyncio.sleep(0)
        second.cancel()
        with suppress(asyncio.CancelledError, StoreProblem):
            await asyncio.gather(first, second)

    with locked(path):
        with_recorder(path, use)
    assert stored(path) == 0


def test_a_lock_is_a_store_problem_and_forgotten_when_it_goes(path: Path) -> None:
    async def use(recorder: Recorder) -> str:
        with locked(path), pytest.raises(StoreProblem, match="locked"):
            await recorder.record(incoming())
        return (await recorder.record(incoming())).outcome

    assert with_recorder(path, use) == "opened"


def test_a_missing_database_is_never_made(path: Path) -> None:
    async def use(recorder: Recorder) -> None:
        await recorder.record(incoming())

    path.unlink()
    with pytest.raises(StoreProblem, match="no database"):
        with_recorder(path, use)
    assert not path.exists()


def test_a_file_put_in_the_place_of_the_database_is_the_one_written(path: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    shutil.copy(path, backup)

    async def use(recorder: Recorder) -> None:
        await recorder.record(incoming("CTC1"))
        for left in tmp_path.glob("sentinel.db*"):
            left.unlink()
        backup.rename(path)
        await recorder.record(incoming("CTC2"))

    with_recorder(path, use)
    assert rows(path, "select contact_id from issues") == [("CTC2",)]


def test_its_rules_follow_the_users_that_a_sweep_has_learned(path: Path) -> None:
    known: list[Sequence[User]] = []

    def rules_of(users: Sequence[User]) -> Rules:
        known.append(users)
        return RULES

    async def use(recorder: Recorder) -> None:
        await recorder.record(incoming("CTC1"))
        await recorder.record(incoming("CTC2"))
        with Database.open(path) as db:
            users.remember(db, [CASEY], RECEIVED)
        await recorder.record(incoming("CTC3"))

    with_recorder(path, use, rules_of=rules_of)
    assert known == [(), [], [CASEY]]


def test_closing_finishes_what_was_handed_over(path: Path) -> None:
    async def use(recorder: Recorder) -> None:
        waits = [asyncio.ensure_future(recorder.record(incoming(f"CTC{n}"))) for n in range(10)]
        await asyncio.sleep(0)
        await recorder.close()
        await asyncio.gather(*waits)

    async def used() -> None:
        await use(Recorder(intake(path)))

    asyncio.run(used())
    assert stored(path) == 10


def test_it_notes_which_file_it_writes_and_as_whom(path: Path) -> None:
    recorder = Recorder(intake(path))

    async def checked() -> None:
        await recorder.check(RECEIVED)
        await recorder.close()

    asyncio.run(checked())
    [(noted,)] = rows(path, "select value from kv_store where key = 'receiver'")
    told, stat = json.loads(noted), path.stat()
    assert (told["path"], told["device"], told["inode"]) == (str(path), stat.st_dev, stat.st_ino)
    assert (told["uid"], told["pid"]) == (os.getuid(), os.getpid())
