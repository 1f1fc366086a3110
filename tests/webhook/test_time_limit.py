"""A limit of time for many tasks by one timer: it ends what takes too long, and nothing else.

Time is that of a loop of our own, which passes at once when nothing is left to do: no stall of the machine is late.
"""

import asyncio
from collections.abc import Coroutine
from selectors import DefaultSelector, SelectorKey
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.time_limit import TimeLimit

T = TypeVar("T")


class _Jumping(DefaultSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        self.now += timeout or 0
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(coroutine)


async def work(limit: TimeLimit, seconds: float) -> str:
    try:
        with limit:
            await asyncio.sleep(seconds)
    except TimeoutError:
        return "too late"
    return "done"


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from((0, 2, 400))), min_size=1, max_size=30))
def test_each_has_its_own_time_whatever_the_others_take(begun: list[tuple[int, int]]) -> None:
    async def one(limit: TimeLimit, after: int, takes: int) -> str:
        await asyncio.sleep(after / 100)
        return await work(limit, takes / 1000)

    async def all_of_them() -> list[str]:
        limit = TimeLimit(0.1)
        return await asyncio.gather(*(one(limit, after, takes) for after, takes in begun))

    assert run(all_of_them()) == ["too late" if takes == 400 else "done" for _, takes in begun]


def test_what_is_late_ends_when_its_time_is_over_and_not_with_the_first() -> None:
    async def ends() -> list[float]:
        limit, loop, ended = TimeLimit(0.2), asyncio.get_running_loop(), list[float]()

        async def late(after: float) -> None:
            await asyncio.sleep(after)
            assert await work(limit, 5) == "too late"
            ended.append(loop.time() - began - after)

        began = loop.time()
        await asyncio.gather(late(0), late(0.1), late(0.15))
        return ended

    assert run(ends()) == [pytest.approx(0.2)] * 3


def test_after_a_quiet_time_it_watches_again() -> None:
    async def twice() -> list[str]:
        limit = TimeLimit(0.05)
        first = await work(limit, 1)
        await asyncio.sleep(0.2)
        return [first, await work(limit, 0), await work(limit, 1)]

    assert run(twice()) == ["too late", "done", "too late"]


def test_it_watches_in_a_second_event_loop_too() -> None:
    limit = TimeLimit(0.1)
    assert run(work(limit, 0)) == "done"
    assert run(work(limit, 5)) == "too late"


def test_whoever_is_cancelled_by_another_stays_cancelled() -> None:
    async def cancelled() -> None:
        task = asyncio.ensure_future(work(TimeLimit(5), 5))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        run(cancelled())


def test_an_error_inside_stays_what_it_is_though_the_time_is_over() -> None:
    async def broken() -> None:
        with TimeLimit(0.01):
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                raise KeyError("x") from None

    with pytest.raises(KeyError):
        run(broken())


def test_a_task_goes_on_after_its_time_was_over() -> None:
    async def on() -> str:
        assert await work(TimeLimit(0.01), 1) == "too late"
        await asyncio.sleep(0.01)
        return "on"

    assert run(on()) == "on"
