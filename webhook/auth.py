"""Who may post: a request must show one of our secrets, compared in constant time; refuses to store or answer.

A proof is one way to show that a request is GHL's; the signature of a marketplace app is another (signatures.py).
"""

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from starlette.datastructures import Headers, QueryParams

from sentinel_cli.domain.payloads.values import fields
from sentinel_cli.intake import body_of

__all__ = ["HEADER", "Proof", "Shown", "is_admitted", "secret_proofs"]

HEADER = "X-NTPP-Secret"
_HEADER_NAME = HEADER.lower().encode()
_QUERY_FIELD = "secret"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a request shows: its head, and the exact bytes of its body."""

    route: str = "ghl"
    headers: Headers
    query: bytes = b""
    raw: bytes = b""

    @cached_property
    def body(self) -> Mapping[str, object] | None:
        """The object that the bytes hold, None when they hold none; not looked for where the head proves enough."""
        return body_of(self.raw, self.headers.get("content-type"))


Proof = Callable[[Shown], bool]


def is_admitted(shown: Shown, proofs: Iterable[Proof]) -> bool:
    """Whether any proof holds; where none does all of them were asked, so that the time taken says nothing of any."""
    return any(proof(shown) for proof in proofs)


def secret_proofs(secrets: Sequence[str], *, in_query: bool) -> tuple[Proof, ...]:
    """The ways to show a secret: header `X-NTPP-Secret`, `customData.sentinel_secret`, and `?secret=` if allowed."""
    known = [secret.encode() for secret in secrets]
    places = (_in_header, _in_body, _in_query) if in_query else (_in_header, _in_body)
    return tuple(_shows(known, place) for place in places)


def _shows(known: Sequence[bytes], place: Callable[[Shown], Iterable[bytes]]) -> Proof:
    def proof(shown: Shown) -> bool:
        # Not any(): all are compared, so that the time tells nothing.
        return sum([hmac.compare_digest(given, secret) for given in place(shown) for secret in known]) > 0

    return proof


def _in_header(shown: Shown) -> Sequence[bytes]:
    return [value for name, value in shown.headers.raw if name == _HEADER_NAME]


def _in_query(shown: Shown) -> Iterator[bytes]:
    for value in QueryParams(shown.query).getlist(_QUERY_FIELD):
        yield _bytes(value)


def _in_body(shown: Shown) -> Iterator[bytes]:
    """Every `sentinel_secret` of every `customData`, in any spelling of the two names (GHL.md 2: people type them)."""
    for custom in fields(shown.body).get("customdata", ()):
        for value in fields(custom).get("sentinelsecret", ()):
            yield from (_bytes(item) for item in (value if isinstance(value, list) else [value]))


def _bytes(value: object) -> bytes:
    # A secret pasted into a form of GHL's easily brings a blank along.
    return value.strip().encode("utf-8", "surrogatepass") if isinstance(value, str) else b""
