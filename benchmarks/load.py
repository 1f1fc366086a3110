"""Load on one address, by wrk or by a bounded generator of our own; what came of it, in one form."""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["WRK", "Load", "put"]

WRK = shutil.which("wrk")
_PADDING = "the pump is leaking again " * 33


@dataclass(frozen=True)
class Load:
    """Requests answered with 200, and otherwise; the rate in one second; latency in milliseconds."""

    answered: int
    refused: int
    failed: int
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Requests answered in a second."""
        return self.answered / self.seconds


def put(url: str, secret: str, run: str, connections: int, seconds: int, core: int) -> Load:
    """Post as fast as is answered over so many connections; `run` makes its ids its own."""
    by_wrk = [str(WRK), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    by_wrk += ["-s", str(Path(__file__).with_name("load.lua")), url, "--", secret, run]
    ours = [sys.executable, "-m", "benchmarks.load", url, secret, run, str(connections), str(seconds)]
    pinned = ["taskset", "-c", str(core)] if shutil.which("taskset") else []
    ended = subprocess.run(
        [*pinned, *(by_wrk if WRK else ours)], capture_output=True, text=True, check=True, timeout=seconds + 60
    )
    return Load(**json.loads(ended.stdout.splitlines()[-1]))


def _request(url: str, secret: str, run: str, number: int) -> bytes:
    id_, customer = f"{run}-0-{number}", f"{number % 1000:04}"
    body = json.dumps({
        "type": "InboundMessage", "locationId": "LOCaaaaaaaaaaaaaaaa1", "webhookId": id_, "messageId": f"MSG{id_}",
        "contactId": f"CTC{customer}", "conversationId": f"CNV{customer}", "messageType": "SMS", "direction": "inbound",
        "body": _PADDING + id_,
    })  # fmt: skip
    parts = urlsplit(url)
    head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nX-NTPP-Secret: {secret}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def _client(url: str, secret: str, run: str, ends_at: float) -> list[tuple[int, float]]:
    """Statuses and seconds of one connection's requests."""
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    told: list[tuple[int, float]] = []
    while (began := time.perf_counter()) < ends_at:
        writer.write(_request(url, secret, run, len(told)))
        head = await reader.readuntil(b"\r\n\r\n")
        [length] = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        await reader.readexactly(int(length.partition(b":")[2]))
        told.append((int(head[9:12]), time.perf_counter() - began))
    writer.close()
    return told


async def _all(url: str, secret: str, run: str, connections: int, seconds: float) -> Load:
    began = time.perf_counter()
    clients = [_client(url, secret, f"{run}-{number}", began + seconds) for number in range(connections)]
    told = [each for client in await asyncio.gather(*clients) for each in client]
    took, times = time.perf_counter() - began, sorted(each for _, each in told)
    good = sum(status == 200 for status, _ in told)
    at = [times[int(len(times) * part)] * 1000 for part in (0.5, 0.99)]
    return Load(answered=len(told), refused=len(told) - good, failed=0, seconds=took, p50=at[0], p99=at[1])


if __name__ == "__main__":
    _url, _secret, _run, _connections, _seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(_all(_url, _secret, _run, int(_connections), float(_seconds))).__dict__))
