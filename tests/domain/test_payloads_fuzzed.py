"""Whatever bytes arrive, reading them ends, raises nothing and keeps nothing: many bodies, each broken its own way."""

import json
import time
from dataclasses import asdict

import pytest

from sentinel_cli.domain.payloads import Arrival, digest, read_delivery, webhook_id_of
from sentinel_cli.intake import body_of
from sentinel_cli.phones import e164
from tests.conftest import Figures
from tests.memory import megabytes
from tests.mutations import Broken, bodies
from tests.torture import tries

from .payload_bodies import RECEIVED, ROUTED, ROUTES

NUMBER = tries(300, 120_000)
POLICY = type(ROUTED)(
    location_id=ROUTED.location_id, e164=e164, call_route_field="voicemail_route", call_route_value="tech_sentinel"
)


def read(broken: Broken, route: str) -> bool:
    """Whether the body is an object; if so it was read to a whole answer whose texts can be stored."""
    body = body_of(*broken)
    if body is None:
        return False
    arrival = Arrival(route=route, received_at=RECEIVED)
    found = read_delivery(body, arrival, POLICY)
    assert (found.report is None) is (found.ignored is not None)
    webhook_id = webhook_id_of(body, arrival)
    json.dumps([asdict(found), webhook_id], default=str, ensure_ascii=False).encode()
    if found.report is not None:
        assert len(digest(found.report, "contact")) == 64
    return True


@pytest.mark.torture
def test_every_broken_body_is_read_in_no_time_and_nothing_is_kept(figures: Figures) -> None:
    objects, longest = 0, 0.0
    list(map(read, bodies(0, 300), ROUTES * 100))  # what the libraries load at their first use is no leak
    before = megabytes("self")
    for number, broken in enumerate(bodies(1, NUMBER)):
        began = time.process_time()
        objects += read(broken, ROUTES[number % 3])
        longest = max(longest, time.process_time() - began)
    after = megabytes("self")
    figures(
        "payload reader fuzzed",
        bodies=NUMBER,
        objects=objects,
        raised=0,
        longest=f"{longest * 1000:.0f}ms",
        memory_before=f"{before}MB",
        memory_after=f"{after}MB",
    )
    assert objects > NUMBER / 3
    assert longest < 2
    # What the allocator does not give back at once; one body kept of each ten would be 16 MB.
    assert after - before < 32
