"""What a receiver costs that does next to nothing, on the same uvicorn: `-m benchmarks.floors KIND PORT DB`."""

import asyncio
import sqlite3
import sys
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

__all__ = ["COMMIT", "GROUP", "NOOP", "app"]

NOOP, COMMIT, GROUP = "noop", "commit", "group"
_INSERT = "insert into raw_events (payload) values (?)"


class _Group:
    """A thread that commits what has gathered."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._queue: SimpleQueue[tuple[str, asyncio.Future[None]]] = SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    async def stored(self, payload: str) -> None:
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put((payload, waiting))
        await waiting

    def _run(self) -> None:
        while True:
            batch = [self._queue.get()]
            with suppress(Empty):
                while True:
                    batch.append(self._queue.get_nowait())
            self._db.execute("begin immediate")
            self._db.executemany(_INSERT, [(payload,) for payload, _ in batch])
            self._db.execute("commit")
            batch[0][1].get_loop().call_soon_threadsafe(_answer, [waiting for _, waiting in batch])


def _answer(waiting: list[asyncio.Future[None]]) -> None:
    for each in waiting:
        if not each.done():
            each.set_result(None)


def app(kind: str, path: str) -> Starlette:
    """An endpoint that reads the body and answers; `commit` and `group` store it first, the one each alone."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("pragma journal_mode=wal")
    db.execute("pragma synchronous=full")
    db.execute("create table if not exists raw_events (id integer primary key, payload text not null)")

    group = _Group(db)

    async def noop(request: Request) -> JSONResponse:
        await request.body()
        return JSONResponse({"received": True})

    async def committed(request: Request) -> JSONResponse:
        db.execute(_INSERT, [(await request.body()).decode()])
        return JSONResponse({"received": True})

    async def gathered(request: Request) -> JSONResponse:
        await group.stored((await request.body()).decode())
        return JSONResponse({"received": True})

    return Starlette(
        routes=[
            Route("/webhook/ghl", {NOOP: noop, COMMIT: committed, GROUP: gathered}[kind], methods=["POST"]),
            Route("/health", lambda _: JSONResponse({"ok": True})),
        ]
    )


if __name__ == "__main__":
    _kind, _port, _path = sys.argv[1:]
    uvicorn.run(app(_kind, _path), host="127.0.0.1", port=int(_port), log_level="error", access_log=False)
