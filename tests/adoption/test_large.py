"""A large file of the older service: adopted in a time that grows as it does."""

import time
from datetime import timedelta

import pytest

from sentinel_cli.domain.instants import instant_text
from tests.builders import at
from tests.cli.installation import Installation
from tests.conftest import Figures
from tests.torture import tries

from .older import event, issue, older, rows

CUSTOMERS = 15_000


@pytest.mark.torture
def test_a_large_file_is_adopted_whole(home: Installation, figures: Figures) -> None:
    count = tries(300, 50_000)
    older(
        home.db_path,
        issues=(_issue(n) for n in range(1, count + 1)),
        raw_events=(event(n, contact_id=f"C{n}", filler="x" * 1500) for n in range(1, count + 1)),
    )
    begun = time.monotonic()
    assert home.run("db", "migrate").code == 0
    seconds = time.monotonic() - begun
    assert rows(home.db_path, "select count(*) from issues union all select count(*) from raw_events") == [(count,)] * 2
    assert seconds < 240
    figures("adoption of a large file", issues=count, deliveries=count, seconds=round(seconds))


def _issue(n: int) -> dict[str, object]:
    """Every tenth is open; each customer has had some."""
    first, is_open = instant_text(at(0) - n * timedelta(minutes=7)), n % 10 == 0
    return issue(
        n,
        contact_id=f"C{n % CUSTOMERS}",
        phone=f"+1940{5550000 + n % CUSTOMERS}",
        first_inbound_ts=first,
        status="PENDING" if is_open else "RESOLVED",
        resolved_ts=None if is_open else first,
        inbound_count=3,
    )
