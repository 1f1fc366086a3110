"""The same done for several things at once, where none of them waits for another; refuses to know what it is."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, TypeVar

__all__ = ["AT_ONCE", "together"]

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE: Final = 4
"""GHL takes 100 requests in 10 s: so many at once reach that, were each to take 0.4 s."""


def together(work: Callable[[T], R], of: Sequence[T]) -> list[R]:
    """What `work` makes of each, in their order, `AT_ONCE` at a time; the first error in that order is raised.

    What has begun by then is waited for, except after Ctrl-C; nothing more is begun.
    """
    if len(of) < 2:
        return [work(each) for each in of]
    pool, waiting = ThreadPoolExecutor(AT_ONCE, "together"), True
    try:
        # Each in a context of its own, for the log knows by it which run something belongs to.
        begun = [pool.submit(copy_context().run, work, each) for each in of]
        return [each.result() for each in begun]
    except KeyboardInterrupt:
        waiting = False
        raise
    finally:
        pool.shutdown(wait=waiting, cancel_futures=True)
