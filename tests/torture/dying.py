"""The command line as it is, in a process that dies at a point: `python -m tests.torture.dying POINT NTH sentinel ...`.

The points are told by what the process says to SQLite and on the wire to GHL; nothing of Sentinel knows of them.
"""

import logging
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from sentinel_cli.cli import main

__all__ = ["DIED", "Point"]

DIED = 137
_MARKS = {"set state = 'claimed'": "claim", "set state = 'sent'": "mark"}


class Point(StrEnum):
    """Where in a letter's life the process dies."""

    BEFORE_CLAIM = "before the claim"
    BEFORE_CLAIM_COMMIT = "before the claim is committed"
    AFTER_CLAIM = "after the claim"
    BEFORE_POST = "before the post"
    DURING_POST = "during the post"
    AFTER_ANSWER = "after the answer"
    BEFORE_MARK = "before the mark"
    BEFORE_MARK_COMMIT = "before the mark is committed"
    AFTER_MARK = "after the mark"


class Watch:
    """Sees every statement before it is executed, and every step of a request once it is done."""

    def __init__(self, reached: Callable[[str], None]) -> None:
        self.reached = reached
        self.writing = ""
        self.written = ""
        self.posting = False

    def statement(self, sql: str) -> None:
        if self.written:
            self.reached(f"after the {self.written}")
            self.written = ""
        if sql == "commit" and self.writing:
            self.reached(f"before the {self.writing} is committed")
            self.writing, self.written = "", self.writing
        for words, what in _MARKS.items():
            if words in sql:
                self.reached(f"before the {what}")
                self.writing = what

    def exchange(self, step: str) -> None:
        if step.startswith("send_request_headers.started"):
            self.posting = "b'POST'" in step
            if self.posting:
                self.reached(Point.BEFORE_POST)
        elif self.posting and step.startswith("send_request_body.complete"):
            self.reached(Point.DURING_POST)
        elif self.posting and step.startswith("receive_response_body.complete"):
            self.reached(Point.AFTER_ANSWER)


class _Wire(logging.Handler):
    """What httpcore logs of each request."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        self.watch.exchange(record.getMessage())


def watched(watch: Watch) -> None:
    """Let the watch see the connections of this process from the moment a job takes its lock."""
    connections: list[sqlite3.Connection] = []

    def audit(event: str, about: tuple[Any, ...]) -> None:
        if event == "sqlite3.connect/handle":
            connections.append(about[0])
        elif event == "open" and str(about[0]).endswith(".lock"):
            for connection in connections:
                connection.set_trace_callback(watch.statement)

    sys.addaudithook(audit)
    logger = logging.getLogger("httpcore.http11")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(_Wire(watch))


def dying_at(point: Point, nth: int) -> Callable[[str], None]:
    """What ends the process at the nth time that the point is reached."""
    seen = Counter[str]()

    def reached(name: str) -> None:
        seen[name] += 1
        if name == point and seen[name] == nth:
            os._exit(DIED)

    return reached


if __name__ == "__main__":
    watched(Watch(dying_at(Point(sys.argv[1]), int(sys.argv[2]))))
    sys.exit(main(sys.argv[4:]))
