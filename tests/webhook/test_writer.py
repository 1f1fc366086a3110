"""A crowd is stored first, many deliveries to a commit, and read when it is over; nothing of it is ever lost."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue

from sentinel_cli.errors import StoreProblem
from sentinel_cli.intake import Incoming, Recorded, keep
from sentinel_cli.store.database import Database
from webhook.recorder import Recorder
from webhook.writer import Task, Writer

from .parts import BROKEN_READING, RECEIVED, intake, locked, rows, workflow_text

CROWD = 150  # three times what is read before it is answered


def incoming(number: int) -> Incoming:
    payload = json.dumps(workflow_text(contact_id=f"CTC{number}", phone=None)).encode()
    return Incoming(route="inbound_sms", received_at=RECEIVED, payload=payload)


def app_event(webhook_id: str) -> Incoming:
    body = {
        "type": "InboundMessage", "webhookId": webhook_id, "messageId": "MSG1", "contactId": "CTC1", "body": "Hello?",
        "locationId": "LOCaaaaaaaaaaaaaaaa1", "messageType": "SMS", "direction": "inbound",
        "dateAdded": "2026-11-23T15:06:00.000Z",
    }  # fmt: skip
    return Incoming(route="ghl", received_at=RECEIVED, payload=json.dumps(body).encode())


def posted(path: Path, crowd: Sequence[Incoming], **changes: object) -> list[Recorded | BaseException]:
    """What became of deliveries that came at once, as they were answered; then the receiver ends."""

    async def used() -> list[Recorded | BaseException]:
        recorder = Recorder(intake(path, **changes))
        try:
            return await asyncio.gather(*(recorder.record(each) for each in crowd), return_exceptions=True)
        finally:
            await recorder.close()

    return asyncio.run(used())


def outcomes(path: Path) -> dict[str, int]:
    return dict(rows(path, "select outcome, count(*) from raw_events group by outcome"))


def test_a_crowd_is_answered_before_it_is_read(path: Path) -> None:
    answered = posted(path, [incoming(number) for number in range(CROWD)])
    said = [each.outcome for each in answered if isinstance(each, Recorded)]
    # Those who came first may have been there alone, and are read at once.
    assert (set(said) <= {"received", "opened"}, said.count("opened") <= 4, len(said)) == (True, True, CROWD)


def test_when_it_is_over_every_one_was_read(path: Path) -> None:
    posted(path, [incoming(number) for number in range(CROWD)])
    assert (outcomes(path), len(rows(path, "select id from issues"))) == ({"opened": CROWD}, CROWD)


def test_those_who_come_alone_are_read_at_once(path: Path) -> None:
    answered = posted(path, [incoming(number) for number in range(4)])
    assert [each.outcome for each in answered if isinstance(each, Recorded)] == ["opened"] * 4


def test_a_crowd_that_cannot_be_stored_is_refused_whole(path: Path) -> None:
    with locked(path):
        answered = posted(path, [incoming(number) for number in range(CROWD)])
    assert ({type(each) for each in answered}, outcomes(path)) == ({StoreProblem}, {})


def test_the_same_event_twice_in_a_crowd_is_kept_once(path: Path) -> None:
    crowd = [app_event("W1"), *(incoming(number) for number in range(CROWD)), app_event("W1")]
    answered = [each.outcome for each in posted(path, crowd) if isinstance(each, Recorded)]
    assert (answered.count("duplicate"), len(rows(path, "select id from raw_events"))) == (1, CROWD + 1)


def test_what_nobody_can_read_is_told_so_in_a_crowd_too(path: Path) -> None:
    broken = Incoming(route="inbound_sms", received_at=RECEIVED, payload=b"\xff\x00")
    answered = posted(path, [broken, *(incoming(number) for number in range(CROWD))])
    assert [each.outcome for each in answered if isinstance(each, Recorded)].count("undecodable") == 1


def test_a_bug_in_reading_leaves_every_one_stored(path: Path) -> None:
    posted(path, [incoming(number) for number in range(CROWD)], reading=BROKEN_READING)
    assert sum(outcomes(path).values()) == CROWD


def test_what_an_earlier_receiver_left_is_read_by_the_next(path: Path) -> None:
    with Database.open(path) as db:
        keep(db, [incoming(number) for number in range(3)])
    posted(path, [])
    assert outcomes(path) == {"opened": 3}


def test_a_receiver_whose_store_is_locked_reads_on_when_it_is_free(path: Path) -> None:
    with Database.open(path) as db:
        keep(db, [incoming(1)])

    async def used() -> None:
        recorder = Recorder(intake(path))
        with locked(path):
            await asyncio.sleep(0.3)
        await asyncio.sleep(1.5)
        await recorder.close()

    asyncio.run(used())
    assert outcomes(path) == {"opened": 1}


def test_who_gives_up_while_the_writer_looks_is_answered_once(path: Path) -> None:
    class GivingUp(asyncio.Future[Recorded | None]):
        asked = 0

        def cancelled(self) -> bool:
            self.asked += 1
            return self.asked > 1

    async def used() -> list[Task]:
        told = list[Task]()
        tasks = SimpleQueue[Task | None]()
        for each in (Task(incoming(1), GivingUp()), Task(incoming(2), GivingUp()), None):
            tasks.put(each)
        await asyncio.to_thread(Writer(intake(path), tasks, told.append).run)
        await asyncio.sleep(0)
        return told

    assert len(asyncio.run(used())) == 2
