"""The same done for several things at once, where none of them waits for another; refuses to know what it is."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from contextlib import suppress
from contextvars import Context, copy_context
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, TypeVar

__all__ = ["AT_ONCE", "together"]

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE: Final = 4
"""GHL takes 100 requests in 10 s: so many at once reach that, were each to take 0.4 s."""


def together(work: Callable[[T], R], of: Sequence[T]) -> list[R]:
    """What `work` makes of each, in their order, `AT_ONCE` at a time.

    After an error nothing more begins; what has begun is waited for, and the first error in their order is raised.
    """
    if len(of) < 2:
        return [work(each) for each in of]
    begun: list[Future[R]] = []
    todo = SimpleQueue[tuple[Future[R], Context, T]]()
    for each in of:
        begun.append(Future())
        # Each in a context of its own: the log knows by it which run something belongs to.
        todo.put((begun[-1], copy_context(), each))
    for _ in range(min(AT_ONCE, len(of))):
        # A daemon, for after Ctrl-C nobody waits for an answer, nor for the end of a pause.
        Thread(target=_work_off, args=[work, todo], name="together", daemon=True).start()
    try:
        wait(begun, return_when=FIRST_EXCEPTION)
    finally:
        for one in begun:
            one.cancel()
    wait(begun)
    errors = (error for one in begun if not one.cancelled() and (error := one.exception()))
    if first := next(errors, None):
        raise first
    return [one.result() for one in begun]


def _work_off(work: Callable[[T], R], todo: SimpleQueue[tuple[Future[R], Context, T]]) -> None:
    with suppress(Empty):
        while True:
            one, context, each = todo.get_nowait()
            if one.set_running_or_notify_cancel():
                try:
                    one.set_result(context.run(work, each))
                except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
                    one.set_exception(error)
