"""GHL's signature under the webhooks of a marketplace app, Ed25519 over the exact bytes; refuses to know any secret.

One key of GHL's signs for every app of every account: a signature says that GHL sent these bytes, not that they are
about us. So it admits only what reads as an app's event, and reading ignores those of other locations.

No window is held against the body's `timestamp`: GHL may repeat a delivery for three days, and nobody knows whether it
stamps it anew (GHL.md 1). Refusing a late one would lose a customer; a repeated one is known by its `webhookId`.
"""

import base64
import logging
from collections.abc import Callable, Sequence

from sentinel_cli.domain.payloads import is_app_event
from sentinel_cli.log import event

from .auth import Proof, Shown

__all__ = ["HEADER", "Verifies", "ed25519", "signature_proof"]

HEADER = "X-GHL-Signature"
"""The header of GHL's retired RSA signature, `X-WH-Signature`, is not looked at: alone it proves nothing."""

Verifies = Callable[[bytes, bytes, bytes], bool]
"""Whether, under a public key, a signature is that of a message."""


def ed25519() -> Verifies | None:
    """The check of a signature; None where the extra that brings it is not installed."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return None

    def verifies(key: bytes, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verifies


def signature_proof(keys: Sequence[bytes], verifies: Verifies | None) -> Proof:
    """Shown by an app's event under exactly one signature, made with any of `keys`; all of them are tried."""
    if verifies is None:
        return _unread()

    def proof(shown: Shown) -> bool:
        signature = _signature(shown)
        if signature is None or shown.body is None or not is_app_event(shown.body, shown.route):
            return False
        return sum(verifies(key, signature, shown.raw) for key in keys) > 0

    return proof


def _signature(shown: Shown) -> bytes | None:
    """The bytes of the header; None where it is missing, given twice, or no base64, as GHL's literal `N/A`."""
    try:
        [text] = shown.headers.getlist(HEADER)
        return base64.b64decode(text.strip(), validate=True)
    except ValueError:
        return None


def _unread() -> Proof:
    """Shown by nobody; the first signature tells the log what is missing."""
    told = False

    def proof(shown: Shown) -> bool:
        nonlocal told
        if _signature(shown) is not None and not told:
            told = True
            advice = "install the extra that checks GHL's signature: pip install 'ntpp-sentinel[app]'"
            event("signature.unchecked", level=logging.ERROR, advice=advice)
        return False

    return proof
