"""That something is at work, shown to whoever waits at a terminal for more than a second; knows nothing of the work."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from .tables import Screen

__all__ = ["working"]

_AFTER_SECONDS = 1.0


@contextmanager
def working(screen: Screen, what: str) -> Iterator[None]:
    """While the block lasts, and once it has lasted a second: what is done, and for how long. In a pipe nothing."""
    if not screen.live:
        yield
        return
    with ExitStack() as shown:
        begun = threading.Timer(_AFTER_SECONDS, _show, (screen, what, shown))
        begun.start()
        try:
            yield
        finally:
            begun.cancel()
            begun.join()


def _show(screen: Screen, what: str, shown: ExitStack) -> None:
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from .tables import console_of

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    progress = Progress(*columns, console=console_of(screen.err, screen), transient=True)
    progress.add_task(what)
    shown.enter_context(progress)
