"""Many broken bodies at a real receiver: no 5xx, no hang, no reading of ours that breaks, memory that stays flat."""

import queue
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from tests.conftest import Figures
from tests.domain.payload_bodies import ROUTES
from tests.memory import megabytes
from tests.mutations import Broken, bodies
from tests.torture import tries

from .stage import SECRET, Served, migrated, serving
from .traffic import SETTINGS

pytestmark = [pytest.mark.real, pytest.mark.torture]

NUMBER = tries(300, 10_000)
SENDERS = 4


T = TypeVar("T")


def next_of(work: "queue.SimpleQueue[T]") -> T | None:
    try:
        return work.get_nowait()
    except queue.Empty:
        return None


def sent(served: Served, seed: int, number: int) -> tuple[Counter[int], float]:
    """How many broken bodies were answered with which status, and the longest wait in seconds."""
    work: queue.SimpleQueue[tuple[int, Broken]] = queue.SimpleQueue()
    for each in enumerate(bodies(seed, number)):
        work.put(each)

    def send() -> tuple[Counter[int], float]:
        statuses: Counter[int] = Counter()
        longest = 0.0
        with httpx.Client(base_url=served.ghl.base_url, headers={"X-NTPP-Secret": SECRET}, timeout=30) as ghl:
            while each := next_of(work):
                at, (raw, content_type) = each
                path = "/webhook/ghl" + ("" if at % 3 == 0 else f"/{ROUTES[at % 3]}")
                answer = ghl.post(path, content=raw, headers={"Content-Type": content_type.encode("latin-1")})
                statuses[answer.status_code] += 1
                longest = max(longest, answer.elapsed.total_seconds())
        return statuses, longest

    with ThreadPoolExecutor(SENDERS) as threads:
        results = [each.result() for each in [threads.submit(send) for _ in range(SENDERS)]]
    return sum((statuses for statuses, _ in results), Counter()), max(longest for _, longest in results)


def test_no_broken_body_harms_the_receiver(tmp_path: Path, figures: Figures) -> None:
    place = migrated(tmp_path / "home", SETTINGS)
    with serving(place) as served:
        sent(served, 2, NUMBER // 3)
        before = megabytes(served.process.pid)
        statuses, longest = sent(served, 3, NUMBER - NUMBER // 3)
        after = megabytes(served.process.pid)
        assert served.ghl.get("/health").status_code == 200
        log = served.log.read_text()
    broken = place.rows("select outcome, count(*) from raw_events where outcome like 'error:%' group by 1")
    figures(
        "receiver fuzzed",
        bodies=NUMBER,
        statuses=" ".join(f"{status}x{times}" for status, times in sorted(statuses.items())),
        longest=f"{longest:.1f}s",
        memory_before=f"{before}MB",
        memory_after=f"{after}MB",
    )
    assert set(statuses) <= {200, 400}
    assert (broken, "Traceback" in log, "request.failed" in log) == ([], False, False)
    assert longest < 8
    # Pages of the database that SQLite keeps at hand (2 MB), and what the allocator does not give back at once.
    assert after - before < 16
