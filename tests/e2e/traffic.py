"""Deliveries by the hundred, each with a mark of its own, and what became of them."""

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from .stage import SECRET

LOCATION = "LOCaaaaaaaaaaaaaaaa1"
SETTINGS = {"WEBHOOK_SECRET": SECRET, "GHL_LOCATION_ID": LOCATION, "INTERNAL_USER_IDS": "USRaaaaaaaaaaaaaaaa1"}
_CUSTOMERS = 40


def marked(number: int) -> dict[str, Any]:
    """A customer's text as an app's event; every customer writes many of them, and each third is a missed call."""
    is_call = number % 3 == 0
    kind = {"messageType": "CALL", "callStatus": "no-answer"} if is_call else {"messageType": "SMS"}
    return kind | {
        "type": "InboundMessage",
        "locationId": LOCATION,
        "webhookId": f"webhook-{number}",
        "contactId": f"CTC{number % _CUSTOMERS}",
        "conversationId": f"CNV{number % _CUSTOMERS}",
        "messageId": f"MSG{number}",
        "direction": "inbound",
        "body": f"Is anyone coming? mark-{number}-",
    }


@dataclass
class Traffic:
    """Senders that post at once, again and again; a delivery that was not acknowledged is sent again, as GHL does."""

    acknowledged: set[int] = field(default_factory=set)
    statuses: list[int] = field(default_factory=list)
    owed: list[int] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def post(self, ghl: httpx.Client, number: int) -> int:
        """Post one; its status, 0 where the receiver went away before it answered."""
        status = 0
        with suppress(httpx.TransportError):
            status = ghl.post("/webhook/ghl", content=json.dumps(marked(number))).status_code
        self.statuses.append(status)
        if status == 200:
            self.acknowledged.add(number)
        else:
            self.owed.append(number)
        return status

    def next(self) -> int:
        with self._lock:
            return self.owed.pop() if self.owed else next(self._numbers)

    @contextmanager
    def flowing(self, ghl: httpx.Client, senders: int) -> Iterator[None]:
        """Senders at work until the block is left."""
        over = threading.Event()

        def send() -> None:
            while not over.is_set():
                if self.post(ghl, self.next()) == 0:
                    return

        with ThreadPoolExecutor(senders) as threads:
            sending = [threads.submit(send) for _ in range(senders)]
            try:
                yield
            finally:
                over.set()
        for each in sending:
            each.result()

    def settle(self, ghl: httpx.Client) -> None:
        """Send what is still owed."""
        owed, self.owed = self.owed, []
        for number in owed:
            self.post(ghl, number)


def lost(acknowledged: Sequence[int], kept: Sequence[int]) -> list[int]:
    """What was acknowledged and is not there."""
    return sorted(set(acknowledged) - set(kept))
