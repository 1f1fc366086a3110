"""A receiver killed in the midst of its work keeps every word it gave: real processes, SIGKILL, one file."""

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from sentinel_cli.clock import pause
from tests.conftest import Figures
from tests.torture import tries

from .stage import Installation, migrated, serving, until
from .traffic import SETTINGS, Traffic, lost

pytestmark = [pytest.mark.real, pytest.mark.torture]

ROUNDS = tries(4, 60)
SENDERS = 12
UNREAD = "select count(*) from raw_events where outcome = 'received'"
_MARK = re.compile(r"mark-(\d+)-")


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, Traffic]:
    """An installation whose receiver was killed in every round, and then sent what it still owed."""
    place = migrated(tmp_path_factory.mktemp("killed") / "home", SETTINGS)
    traffic, at_random = Traffic(), random.Random(4711)
    for _ in range(ROUNDS):
        with serving(place) as served, traffic.flowing(served.ghl, SENDERS):
            pause(at_random.uniform(0.1, 0.7))
            served.process.kill()
            served.process.wait()
    with serving(place) as served:
        traffic.settle(served.ghl)
        until(lambda: place.rows(UNREAD) == [(0,)], 120, "what came in a crowd is read")
    return place, traffic


def marks(place: Installation, table: str, column: str) -> Counter[int]:
    """How often each mark stands in a column."""
    texts = place.rows(f"select {column} from {table}")  # noqa: S608 - of this file
    return Counter(int(found[1]) for (text,) in texts if (found := _MARK.search(text or "")))


def test_every_acknowledged_delivery_is_there_once(killed: tuple[Installation, Traffic], figures: Figures) -> None:
    place, traffic = killed
    kept = marks(place, "raw_events", "payload")
    twice = [mark for mark, times in kept.items() if times > 1]
    gone = lost(sorted(traffic.acknowledged), sorted(kept))
    figures(
        "receiver killed under load",
        rounds=ROUNDS,
        senders=SENDERS,
        acknowledged=len(traffic.acknowledged),
        lost=len(gone),
        stored_twice=len(twice),
    )
    assert (gone, twice) == ([], [])


def test_all_that_was_sent_again_is_acknowledged_in_the_end(killed: tuple[Installation, Traffic]) -> None:
    _, traffic = killed
    assert (traffic.owed, set(traffic.statuses)) == ([], {0, 200})


def test_every_message_is_there_once_and_has_its_issue(killed: tuple[Installation, Traffic]) -> None:
    place, traffic = killed
    messages = marks(place, "messages", "text")
    assert (set(messages), set(messages.values())) == (traffic.acknowledged, {1})
    assert place.rows("select count(*) from messages where issue_id is null") == [(0,)]


def test_no_contact_has_two_open_issues_of_a_type(killed: tuple[Installation, Traffic]) -> None:
    place, _ = killed
    assert (
        place.rows("select contact_id, issue_type from issues where status = 'OPEN' group by 1, 2 having count(*) > 1")
        == []
    )


def test_no_issue_is_there_twice(killed: tuple[Installation, Traffic]) -> None:
    place, traffic = killed
    assert place.rows("select sum(inbound_count) from issues where status = 'OPEN'") == [(len(traffic.acknowledged),)]
    assert place.rows("select count(*) from issues where status <> 'OPEN'") == [(0,)]


def test_the_file_is_whole(killed: tuple[Installation, Traffic]) -> None:
    place, _ = killed
    assert place.rows("pragma integrity_check") == [("ok",)]
    assert place.rows("pragma foreign_key_check") == []


def test_no_delivery_is_half_done(killed: tuple[Installation, Traffic]) -> None:
    place, _ = killed
    assert place.rows("select outcome from raw_events where outcome = 'received' or outcome like 'error:%'") == []


def test_a_replay_at_many_hands_is_stored_once(tmp_path: Path) -> None:
    place, traffic = migrated(tmp_path / "home", SETTINGS), Traffic()
    traffic.owed.extend([7] * 40)
    with serving(place) as served, traffic.flowing(served.ghl, 20):
        pause(0.3)
    assert place.rows("select count(*) from raw_events where delivery_key = 'webhook:webhook-7'") == [(1,)]
