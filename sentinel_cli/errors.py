"""Every way Sentinel fails, a class per response of the caller.

    SentinelError                    1   a bug, unless a subclass says otherwise
    ├── UsageProblem                 2   typed wrongly
    ├── NoSuchIssue                 66   the id names nothing that this can be done to
    ├── GhlRejected                 69   GHL rejected our request (400, 404, 422): the payload or endpoint is wrong
    ├── StoreProblem                74   the database is missing, locked, full or of another schema
    ├── Incomplete                  75   try again: something was not checked or not sent
    │   ├── GhlUnavailable          75   no answer, 429 after retries, 5xx
    │   └── SendOutcomeUnknown      75   a send whose effect nobody knows
    ├── GhlShapeUnknown             76   GHL answered in a shape we do not know (the field is named)
    ├── GhlRefused                  77   401 or 403
    └── Misconfigured               78   settings are missing or strange

Exit codes follow sysexits.h where it has one. The message says what happened to which input; `advice` what to do next.
"""

from collections.abc import Sequence
from typing import ClassVar

__all__ = [
    "GhlRefused",
    "GhlRejected",
    "GhlShapeUnknown",
    "GhlUnavailable",
    "Incomplete",
    "Misconfigured",
    "NoSuchIssue",
    "SendOutcomeUnknown",
    "SentinelError",
    "StoreProblem",
    "UsageProblem",
]


class SentinelError(Exception):
    """Something Sentinel can name; `str()` is one line for the operator, without secrets or customer data.

    `is_told` says that it stands in a log already, advice and all.
    """

    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.is_told = False


class UsageProblem(SentinelError):
    """What was typed makes no sense."""

    exit_code = 2


class NoSuchIssue(SentinelError):
    """No issue has that id, or what was asked cannot be done to the one that has."""

    exit_code = 66


class GhlRejected(SentinelError):
    """GHL rejected the request itself (400, 404, 422); repeating it cannot help."""

    exit_code = 69

    def __init__(self, message: str, *, status: int, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.status = status


class StoreProblem(SentinelError):
    """The database cannot be used."""

    exit_code = 74
    retryable = True


class Incomplete(SentinelError):
    """Part of the work is left; the next run takes it up."""

    exit_code = 75
    retryable = True


class GhlUnavailable(Incomplete):
    """GHL did not answer usefully (no connection, time-out, 429 after retries, 5xx)."""


class SendOutcomeUnknown(Incomplete):
    """A text may or may not have been sent; it must be looked for before it is sent again."""


class GhlShapeUnknown(SentinelError):
    """GHL answered 2xx in a shape we do not know; `field` is the first one that is wrong."""

    exit_code = 76

    def __init__(self, message: str, *, field: str, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.field = field


class GhlRefused(SentinelError):
    """GHL refused us (401: token or scope; 403: location)."""

    exit_code = 77

    def __init__(self, message: str, *, status: int, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.status = status


class Misconfigured(SentinelError):
    """Settings are missing or strange; all problems are told at once, one line each."""

    exit_code = 78

    def __init__(self, problems: Sequence[str], *, advice: str = "") -> None:
        super().__init__("\n".join(problems), advice=advice)
        self.problems = tuple(problems)
