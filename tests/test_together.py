"""Things done at once come back in order; an error ends it, and nothing more begins."""

import os
import signal
import threading
import time
from contextvars import ContextVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel_cli.clock import pause
from sentinel_cli.together import AT_ONCE, together

HERE = ContextVar("HERE", default="nowhere")


@given(st.lists(st.integers(), max_size=20))
def test_what_came_of_each_is_in_order(numbers: list[int]) -> None:
    assert together(lambda number: number * 2, numbers) == [number * 2 for number in numbers]


def test_they_are_done_at_once() -> None:
    gate = threading.Barrier(AT_ONCE, timeout=10)
    assert len(together(lambda _: gate.wait(), range(AT_ONCE))) == AT_ONCE


def test_never_more_than_a_few() -> None:
    busy, most, lock = 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        pause(0.01)
        with lock:
            busy -= 1

    together(work, range(5 * AT_ONCE))
    assert most <= AT_ONCE


def test_one_alone_takes_no_thread() -> None:
    assert together(lambda _: threading.current_thread(), [1]) == [threading.current_thread()]


def test_the_first_error_in_order_is_raised_and_nothing_more_begins() -> None:
    begun = set[int]()

    def work(number: int) -> None:
        begun.add(number)
        pause(0.05 if number == 0 else 0.01)
        raise ValueError(number)

    with pytest.raises(ValueError, match=r"^0$"):
        together(work, range(100))
    assert len(begun) < 50


def test_what_has_begun_is_waited_for() -> None:
    ended = list[int]()

    def work(number: int) -> None:
        if number == 0:
            raise ValueError
        pause(0.1)
        ended.append(number)

    with pytest.raises(ValueError, match=r"^$"):
        together(work, range(AT_ONCE))
    assert sorted(ended) == list(range(1, AT_ONCE))


def test_each_knows_which_run_it_belongs_to() -> None:
    HERE.set("run 7")
    assert together(lambda _: HERE.get(), range(3)) == ["run 7"] * 3


def test_an_error_ends_it_though_another_takes_long() -> None:
    begun = list[int]()

    def work(number: int) -> None:
        begun.append(number)
        pause(0.3 if number == 0 else 0.02)
        if number == 1:
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        together(work, range(100))
    assert len(begun) < 3 * AT_ONCE


def test_ctrl_c_waits_for_nobody() -> None:
    let_go = threading.Event()

    def work(number: int) -> None:
        if number == 0:
            pause(0.1)
            os.kill(os.getpid(), signal.SIGINT)
        let_go.wait(20)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        together(work, range(AT_ONCE))
    assert time.monotonic() - began < 10
    let_go.set()
