"""GHL's signature: what it proves, what it does not, and whatever is no signature."""

import base64
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from starlette.datastructures import Headers

from sentinel_cli import log
from tests.domain.payload_bodies import SAMPLES, sample
from webhook.auth import Shown
from webhook.signatures import ed25519, signature_proof

from .parts import workflow_text
from .signing import KEY, OTHER_KEY, OTHER_PUBLIC, PUBLIC, signature

EVENT = sample("app-outbound-sms-1")
RAW = json.dumps(EVENT).encode()
GOOD = signature(RAW)
# The order of the group: a signature whose second half is not below it is the same one in another spelling.
ORDER = 2**252 + 27742317777372353535851937790883648493


def shown(*signatures: str, raw: bytes = RAW, route: str = "ghl", header: str = "x-ghl-signature") -> Shown:
    headers = Headers(raw=[(header.encode(), text.encode("latin-1")) for text in signatures])
    return Shown(route=route, headers=headers, raw=raw)


def proves(request: Shown, *keys: bytes) -> bool:
    return signature_proof(keys or (PUBLIC,), ed25519())(request)


def malleable() -> str:
    raw = base64.b64decode(GOOD)
    other = int.from_bytes(raw[32:], "little") + ORDER
    return base64.b64encode(raw[:32] + other.to_bytes(32, "little")).decode()


@pytest.mark.parametrize("route", ["ghl", "inbound_sms", "unanswered_call"])
def test_an_app_event_is_proved_by_its_signature_on_every_route(route: str) -> None:
    assert proves(shown(GOOD, route=route))


@pytest.mark.parametrize("keys", [(PUBLIC, OTHER_PUBLIC), (OTHER_PUBLIC, PUBLIC)])
@pytest.mark.parametrize("key", [KEY, OTHER_KEY])
def test_either_key_is_good_while_one_is_rotated(keys: tuple[bytes, ...], key: object) -> None:
    assert proves(shown(signature(RAW, key)), *keys)


def test_a_key_that_was_taken_out_proves_nothing() -> None:
    assert not proves(shown(GOOD), OTHER_PUBLIC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "N/A",
        "n/a",
        "N/A=",
        "null",
        "====",
        "AAAA",
        "sécrèt",
        "\x80\xff",
        GOOD[:-4],
        GOOD + "AAAA",
        f"{GOOD}, {GOOD}",
        GOOD.swapcase(),
        GOOD.replace("=", "") + "\u00a0",
        base64.b64encode(bytes(64)).decode(),
        base64.b64encode(b"\xff" * 64).decode(),
        base64.b64decode(GOOD).hex(),
        malleable(),
        signature(RAW + b" "),
        signature(RAW, OTHER_KEY),
    ],
)
def test_whatever_is_no_signature_of_these_bytes_proves_nothing(text: str) -> None:
    assert not proves(shown(text))


@pytest.mark.parametrize("twice", [(GOOD, GOOD), (GOOD, "N/A"), ("", GOOD), ()])
def test_a_header_that_is_not_there_exactly_once_proves_nothing(twice: tuple[str, ...]) -> None:
    assert not proves(shown(*twice))


@pytest.mark.parametrize("header", ["x-wh-signature", "x-ghl-signatures", "authorization"])
def test_no_other_header_proves_anything(header: str) -> None:
    assert not proves(shown(GOOD, header=header))


@pytest.mark.parametrize("changed", [RAW + b" ", RAW.replace(b": ", b":", 1), b" " + RAW])
def test_the_very_bytes_are_signed_not_what_they_say(changed: bytes) -> None:
    assert not proves(shown(GOOD, raw=changed))


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.startswith("app-")])
def test_every_sample_of_an_app_is_proved(name: str) -> None:
    raw = json.dumps(sample(name)).encode()
    assert proves(shown(signature(raw), raw=raw))


@pytest.mark.parametrize("name", [name for name in SAMPLES if not name.startswith("app-")])
def test_no_body_of_a_workflow_is_proved_by_a_signature(name: str) -> None:
    raw = json.dumps(sample(name)).encode()
    assert not proves(shown(signature(raw), raw=raw))


def test_a_body_nobody_can_read_is_not_proved_either() -> None:
    request = Shown(headers=Headers({"X-GHL-Signature": signature(b"{")}), raw=b"{")
    assert not proves(request)


class TestWithoutTheExtra:
    @pytest.fixture
    def told(self, caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
        log.configure()
        logging.getLogger("sentinel").addHandler(caplog.handler)
        yield caplog
        logging.getLogger("sentinel").removeHandler(caplog.handler)

    def test_no_signature_proves_anything(self) -> None:
        assert not signature_proof((PUBLIC,), None)(shown(GOOD))

    def test_the_first_signature_says_once_what_to_install(self, told: pytest.LogCaptureFixture) -> None:
        proof = signature_proof((PUBLIC,), None)
        assert [proof(request) for request in (shown(), shown("N/A"), shown(GOOD), shown(GOOD))] == [False] * 4
        assert [each for each in told.messages if "pip install 'ntpp-sentinel[app]'" in each] == told.messages[:1]

    def test_the_receiver_starts_without_the_library(self) -> None:
        program = "import sys; sys.modules['cryptography'] = None; import webhook.signatures as s; print(s.ed25519())"
        assert subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout == b"None\n"


def test_a_workflow_that_is_signed_needs_a_secret_all_the_same() -> None:
    raw = json.dumps(workflow_text()).encode()
    assert not proves(shown(signature(raw), raw=raw, route="inbound_sms"))
