"""A marketplace app's webhooks at a real receiver: GHL's signature admits them, and nothing that looks like it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.webhook.signing import KEY, OTHER_KEY, OTHER_PUBLIC_TEXT, PUBLIC_TEXT, signature, signed

from .stage import Installation, Served, migrated, serving
from .traffic import SETTINGS, marked

pytestmark = pytest.mark.real

_WITHOUT_LIBRARY = "import sys; sys.modules['cryptography'] = None; from sentinel_cli.cli import main; main()"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    keys = {"GHL_WEBHOOK_PUBLIC_KEYS": f"{PUBLIC_TEXT},{OTHER_PUBLIC_TEXT}"}
    return migrated(tmp_path_factory.mktemp("signed") / "home", SETTINGS | keys)


@pytest.fixture(scope="module")
def served(place: Installation) -> Iterator[Served]:
    with serving(place) as served:
        yield served


def posted(served: Served, **given: Any) -> httpx.Response:
    """A post that shows no secret."""
    return httpx.post(f"http://127.0.0.1:{served.port}/webhook/ghl", timeout=20, **given)


@pytest.mark.parametrize(("number", "key"), [(1, KEY), (2, OTHER_KEY)])
def test_a_signature_with_either_key_is_enough(served: Served, number: int, key: Any) -> None:
    answer = posted(served, **signed(marked(number), key))
    assert (answer.status_code, answer.json()["outcome"]) == (200, "opened")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-GHL-Signature": "N/A"},
        {"X-GHL-Signature": ""},
        {"X-GHL-Signature": "A" * 86 + "=="},
        {"X-GHL-Signature": signature(b"another body")},
        {"X-WH-Signature": signature(json.dumps(marked(3)).encode())},
        {"X-WH-Signature": "QUJD" * 170, "X-GHL-Signature": "N/A"},
    ],
)
def test_nothing_else_is(served: Served, place: Installation, headers: dict[str, str]) -> None:
    assert posted(served, content=json.dumps(marked(3)), headers=headers).status_code == 401
    assert place.rows("select count(*) from raw_events where delivery_key = 'webhook:webhook-3'") == [(0,)]


def test_a_replay_is_known_after_a_restart(place: Installation, served: Served) -> None:
    posted(served, **signed(marked(9)))
    with serving(place) as again:
        assert posted(again, **signed(marked(9))).json()["outcome"] == "duplicate"


def test_without_the_extra_nobody_is_admitted_by_a_signature_and_the_log_says_why(tmp_path: Path) -> None:
    place = migrated(tmp_path / "home", SETTINGS | {"GHL_WEBHOOK_PUBLIC_KEYS": PUBLIC_TEXT})
    with serving(place, sys.executable, "-c", _WITHOUT_LIBRARY) as served:
        statuses = [posted(served, **signed(marked(number))).status_code for number in range(3)]
        log = served.log.read_text()
    assert (statuses, log.count("pip install 'ntpp-sentinel[app]'")) == ([401] * 3, 1)
