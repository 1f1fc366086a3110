"""That something is at work is shown to whoever waits at a terminal, and to nobody else."""

import io

import pytest

from sentinel_cli.clock import pause
from sentinel_cli.commands.progress import working
from sentinel_cli.commands.tables import Screen
from tests.e2e.stage import until


def shown(*, live: bool, seconds: float) -> str:
    screen = Screen(out=io.StringIO(), err=io.StringIO(), terminal=live, live=live)
    with working(screen, "counting"):
        pause(seconds)
    assert screen.out.getvalue() == ""
    return screen.err.getvalue()


@pytest.mark.slow
def test_after_a_second_it_is_said_and_then_taken_away() -> None:
    said = shown(live=True, seconds=1.5)
    assert ("counting" in said, said.endswith("\x1b[2K")) == (True, True)


@pytest.mark.slow
def test_work_that_knows_how_much_it_is_gets_a_bar() -> None:
    screen = Screen(out=io.StringIO(), err=io.StringIO(), terminal=True, live=True)
    with working(screen, "deriving") as tell:
        for done, share in ((1, "25%"), (3, "75%")):
            tell(done, 4)
            until(lambda share=share: share in screen.err.getvalue(), 20, share)  # type: ignore[misc]


@pytest.mark.parametrize(("live", "seconds"), [(True, 0.0), (False, 1.2)])
def test_of_quick_work_and_in_a_pipe_nothing_is_said(live: bool, seconds: float) -> None:
    assert shown(live=live, seconds=seconds) == ""


def test_what_the_work_raises_comes_through() -> None:
    with pytest.raises(LookupError), working(Screen(out=io.StringIO(), err=io.StringIO(), live=True), "counting"):
        raise LookupError
