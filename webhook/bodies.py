"""A request's bytes, within limits of size and time; refuses to know what they say."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from .replies import Refused

__all__ = ["LIMIT", "WITHIN", "whole_body"]

LIMIT = 256 * 1024
"""Bytes; the largest body seen is 60 times smaller."""

WITHIN = 5.0
"""Seconds; what is left of the 10 that GHL waits is the store's."""


async def whole_body(request: Request, *, limit: int = LIMIT) -> bytes:
    """The exact bytes of the body. Raises Refused as soon as it says or shows that it is larger than the limit."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > limit:
        raise Refused(413, "too large")
    body = bytearray()
    try:
        async with asyncio.timeout(WITHIN):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise Refused(413, "too large")
    except ClientDisconnect:
        raise Refused(400, "cut off") from None
    except TimeoutError:
        # Not 408: if it was GHL on a bad line, it should repeat.
        raise Refused(429, "too slow") from None
    return bytes(body)
