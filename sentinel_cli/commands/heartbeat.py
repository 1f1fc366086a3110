"""A dead man's switch: some service hears that a job begins and how it ends, and calls when it hears nothing.

Refuses to know what the job did, and to matter: whatever becomes of a ping, the job is as it would be without it.
"""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sentinel_cli import log
from sentinel_cli.errors import SentinelError

__all__ = ["Heartbeat", "pings"]

_INTERRUPTED = 130
_BUG = 1
# For each step of a ping, and for all that a job waits at its end: both pings of a run may be lost within it.
_STEP_SECONDS = 2.0
_WAIT_SECONDS = 4.5


def pings(url: str, run: str) -> tuple[str, str, str]:
    """What is asked when a run begins, has ended well, and has failed; `{}` in the last is its exit code.

    Cronitor's telemetry takes `state` (https://cronitor.io/docs/telemetry-api); all others that are known follow
    Healthchecks (https://healthchecks.io/docs/http_api/): `/start`, nothing, `/<exit code>`, with `rid` for the run.
    """
    address, _, query = url.partition("?")
    joint = f"{query}&" if query else ""
    if "cronitor.link" in address:
        begun, done, failed = (f"{address}?{joint}state={state}&series={run}" for state in ("run", "complete", "fail"))
        return begun, done, f"{failed}&status_code={{}}"
    begun, done, failed = (f"{address}{step}?{joint}rid={run}" for step in ("/start", "", "/{}"))
    return begun, done, failed


class Heartbeat:
    """The pings of one run to one address; "" is nobody's."""

    def __init__(self, job: str, url: str) -> None:
        self._job = job
        self._begun, self._done, self._failed = pings(url, str(uuid.uuid4())) if url else ("", "", "")
        self._first: threading.Thread | None = None
        self._is_ours = True

    @contextmanager
    def around(self) -> Iterator["Heartbeat"]:
        """Tell how the work ends. It calls `begins` when it holds its lock, and `leaves` where another run does."""
        code = 0
        try:
            yield self
        except SentinelError as problem:
            code = problem.exit_code
            raise
        except KeyboardInterrupt:
            code = _INTERRUPTED
            raise
        except BaseException:
            code = _BUG
            raise
        finally:
            self._ends(code)

    def begins(self) -> None:
        """Tell that the work begins, beside it."""
        if self._begun:
            self._first = threading.Thread(target=self._ping, args=(self._begun,), daemon=True)
            self._first.start()

    def leaves(self) -> None:
        """The work is another run's, which tells of itself."""
        self._is_ours = False

    def _ends(self, code: int) -> None:
        if not self._done or not self._is_ours:
            return
        url = self._failed.replace("{}", str(code)) if code else self._done
        last = threading.Thread(target=self._ping_in_turn, args=(url,), daemon=True)
        last.start()
        last.join(_WAIT_SECONDS)

    def _ping_in_turn(self, url: str) -> None:
        # In their order, or a run that is over would seem to begin.
        if self._first is not None:
            self._first.join()
        self._ping(url)

    def _ping(self, url: str) -> None:
        import httpx

        try:
            httpx.get(url, timeout=_STEP_SECONDS, follow_redirects=True).raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            # The address is a secret: whoever has it can say that all is well.
            log.event("heartbeat.failed", level=logging.WARNING, job=self._job, error=type(error).__name__)
