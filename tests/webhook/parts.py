"""A receiver for tests, with everything it depends on handed in."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from sentinel_cli.domain.ledger import Rules
from sentinel_cli.domain.model import User
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.phones import e164
from sentinel_cli.store.database import Database
from tests.builders import RULES
from webhook.app import create_app
from webhook.auth import secret_proofs
from webhook.recorder import Recorder
from webhook.signatures import ed25519, signature_proof
from webhook.writer import Intake

from .signing import PUBLIC

SECRET = "q7Zk2mVw9LrT4xBn/shared"
OLDER_SECRET = "Hd83kQz51LmWpX0c-older"
SECRETS = (SECRET, OLDER_SECRET)
LOCATION = "LOCaaaaaaaaaaaaaaaa1"
RECEIVED = datetime(2026, 11, 23, 15, 6, 30, tzinfo=UTC)
READING = ReadingPolicy(location_id=LOCATION, e164=e164)


class Bug(Exception):
    """What our own code raises in these tests."""


def rules_of(_: Sequence[User]) -> Rules:
    return RULES


def broken_e164(number: str) -> str | None:
    raise Bug(f"cannot read {number}")


BROKEN_READING = ReadingPolicy(location_id=LOCATION, e164=broken_e164)


def intake(path: Path, **changes: Any) -> Intake:
    given: dict[str, Any] = {
        "open_store": lambda: Database.open(path, busy_timeout=0.05),
        "rules_of": rules_of,
        "reading": READING,
    }
    return Intake(**(given | changes))


def receiver(
    path: Path, *, in_query: bool = False, capacity: int = 200, answer_within: float = 5.0, **changes: Any
) -> ASGIApp:
    return create_app(
        Recorder(intake(path, **changes), capacity=capacity),
        (*secret_proofs(SECRETS, in_query=in_query), signature_proof((PUBLIC,), ed25519())),
        SECRETS,
        lambda: RECEIVED,
        answer_within=answer_within,
    )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds the database."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    try:
        yield
    finally:
        other.rollback()
        other.close()


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a query finds, seen by another process."""
    other = sqlite3.connect(path)
    try:
        return other.execute(sql).fetchall()
    finally:
        other.close()


def workflow_text(body: str = "Is anyone coming today?", **fields: Any) -> dict[str, Any]:
    """The body of a workflow that a customer's text has triggered."""
    given: dict[str, Any] = {
        "contact_id": "CTCaaaaaaaaaaaaaaaa4",
        "full_name": "Lee Example",
        "phone": "+12175550123",
        "location": {"id": LOCATION},
        "message": {"type": 2, "body": body},
        "customData": {},
    }
    return given | fields
