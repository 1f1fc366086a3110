"""That something is at work, shown to whoever waits at a terminal for more than a second; knows nothing of the work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from .tables import Screen

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["working"]

_AFTER_SECONDS = 1.0


@contextmanager
def working(screen: Screen, what: str) -> Iterator[Callable[[int, int], None]]:
    """While the block lasts, and once it has lasted a second: what is done, and for how long. In a pipe nothing.

    Work that knows how much it is tells what it is given: `tell(done, of)` makes a bar of it.
    """
    shown = _Shown(screen, what)
    if not screen.live:
        yield shown.tell
        return
    with ExitStack() as stack:
        begun = threading.Timer(_AFTER_SECONDS, shown.begin, (stack,))
        begun.start()
        try:
            yield shown.tell
        finally:
            begun.cancel()
            begun.join()


class _Shown:
    """One piece of work, and its line on the screen once there is one."""

    def __init__(self, screen: Screen, what: str) -> None:
        self._screen, self._what = screen, what
        self._done: int = 0
        self._of: int | None = None
        self._progress: Progress | None = None

    def tell(self, done: int, of: int) -> None:
        """So many of so many pieces are done."""
        self._done, self._of = done, of
        self._draw()

    def begin(self, stack: ExitStack) -> None:
        """Put the line on the screen, to be gone when the stack is closed."""
        from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

        from .tables import console_of

        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), TaskProgressColumn())
        console = console_of(self._screen.err, self._screen)
        progress = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
        progress.add_task(self._what, total=None)
        stack.enter_context(progress)
        self._progress = progress
        self._draw()

    def _draw(self) -> None:
        if self._progress and self._of is not None:
            self._progress.update(self._progress.task_ids[0], completed=self._done, total=self._of)
