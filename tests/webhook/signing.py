"""A key pair in GHL's place, and webhooks signed with it."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY = Ed25519PrivateKey.from_private_bytes(b"Sentinel's tests sign with this.")
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"Sentinel's tests rotate to this.")
PUBLIC, OTHER_PUBLIC = (key.public_key().public_bytes_raw() for key in (KEY, OTHER_KEY))
# As it stands in a setting: the base64 of the PEM.
PUBLIC_TEXT, OTHER_PUBLIC_TEXT = (
    base64.b64encode(bytes.fromhex("302a300506032b6570032100") + key).decode() for key in (PUBLIC, OTHER_PUBLIC)
)


def signature(raw: bytes, key: Ed25519PrivateKey = KEY) -> str:
    return base64.b64encode(key.sign(raw)).decode()


def signed(body: dict[str, Any], key: Ed25519PrivateKey = KEY) -> dict[str, Any]:
    """What httpx needs to post the body as GHL posts an app's."""
    raw = json.dumps(body).encode()
    return {"content": raw, "headers": {"X-GHL-Signature": signature(raw, key), "Content-Type": "application/json"}}
