"""Where endpoints hand over a delivery and wait for its commit; knows nothing of HTTP, and nothing of the store."""

import asyncio
import threading
from datetime import datetime
from queue import SimpleQueue

from sentinel_cli.errors import StoreProblem
from sentinel_cli.intake import Incoming, Recorded

from .writer import Intake, Task, Writer

__all__ = ["Recorder"]

# What a slow disk (20 ms for each commit) still stores before GHL, which waits about 10 s, gives up.
CAPACITY = 200


class Recorder:
    """Stores what it is handed, or raises. Cancelling a wait takes back what the thread has not begun."""

    def __init__(self, intake: Intake, *, capacity: int = CAPACITY) -> None:
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._room = capacity
        self._thread = threading.Thread(
            target=Writer(intake, self._tasks, self._answer).run, name="recorder", daemon=True
        )
        self._thread.start()

    async def record(self, incoming: Incoming) -> Recorded:
        """What became of the delivery, once it is on disk. Raises StoreProblem when it is not."""
        recorded = await self._done(incoming)
        assert recorded is not None  # noqa: S101 - of a delivery there is always one
        return recorded

    async def check(self, now: datetime) -> None:
        """Prove that a delivery could be stored, by storing something. Raises StoreProblem when it could not."""
        await self._done(now)

    async def close(self) -> None:
        """Finish what was handed over, then give the database back."""
        self._tasks.put(None)
        await asyncio.to_thread(self._thread.join)

    async def _done(self, work: Incoming | datetime) -> Recorded | None:
        if not self._room:
            raise StoreProblem("too many deliveries wait for the store", advice="look for a slow or full disk")
        waiting: asyncio.Future[Recorded | None] = asyncio.get_running_loop().create_future()
        self._room -= 1
        self._tasks.put(Task(work, waiting))
        return await waiting

    def _answer(self, task: Task) -> None:
        """In the loop's own thread: tell whoever waits, unless nobody does any more."""
        self._room += 1
        if task.waiting.done():
            return
        if task.problem is None:
            task.waiting.set_result(task.recorded)
        else:
            task.waiting.set_exception(task.problem)
