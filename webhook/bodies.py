"""A request's bytes, within a limit of size; refuses to know what they say."""

from starlette.requests import ClientDisconnect, Request

from .replies import Refused

__all__ = ["LIMIT", "whole_body"]

LIMIT = 256 * 1024
"""Bytes; the largest body seen is 60 times smaller."""


async def whole_body(request: Request, *, limit: int = LIMIT) -> bytes:
    """The exact bytes of the body. Raises Refused as soon as it says or shows that it is larger than the limit."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > limit:
        raise Refused(413, "too large")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise Refused(413, "too large")
    except ClientDisconnect:
        raise Refused(400, "cut off") from None
    return bytes(body)
