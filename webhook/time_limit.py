"""A limit of time for each of many requests, by one timer for all; refuses to know what they do.

A timer for each, which nearly every request cancels again, would cost as much as a third of what is done in it.
"""

import asyncio

__all__ = ["TimeLimit"]


class TimeLimit:
    """`with` it, a task has so many seconds; then it is cancelled, and leaves with TimeoutError.

    As `asyncio.timeout`, but of one length, and once at a time in each task.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        # In the order of their ends, for all have as long.
        self._ends: dict[asyncio.Task[object], float] = {}
        self._watched_by: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        self._ends[_task()] = loop.time() + self._seconds
        if self._watched_by is not loop:
            self._watched_by = loop
            loop.call_later(self._seconds, self._look, loop)

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        task = _task()
        # TimeoutError only where we cancelled it, and nobody else did too.
        if self._ends.pop(task, None) is None and task.uncancel() == 0 and isinstance(error, asyncio.CancelledError):
            raise TimeoutError from error

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cancel those whose time is over, and look again when the next one's is."""
        for task, end in list(self._ends.items()):
            left = end - loop.time()
            if left > 0:
                loop.call_later(left, self._look, loop)
                return
            del self._ends[task]
            task.cancel()
        self._watched_by = None


def _task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - whoever is in a coroutine is in a task
    return task
