"""A request's bytes, within a limit of size; refuses to know what they say."""

from starlette.requests import Request

from .replies import Refused

__all__ = ["LIMIT", "said", "whole_body"]

LIMIT = 256 * 1024
"""Bytes; the largest body seen is 60 times smaller."""


def said(request: Request, name: bytes) -> bytes:
    """What a header says first, nothing where there is none. Starlette's own look-up decodes all names before it."""
    return dict(reversed(request.headers.raw)).get(name, b"")


async def whole_body(request: Request, *, limit: int = LIMIT) -> bytes:
    """The exact bytes of the body. Raises Refused as soon as it says or shows that it is larger than the limit."""
    length = said(request, b"content-length")
    if length.isdigit() and int(length) > limit:
        raise Refused(413, "too large")
    body, is_more = b"", True
    while is_more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "cut off")
        body += message.get("body", b"")
        if len(body) > limit:
            raise Refused(413, "too large")
        is_more = message.get("more_body", False)
    return body
