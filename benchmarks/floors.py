"""What a receiver costs that does next to nothing, on the same uvicorn: `-m benchmarks.floors noop|commit PORT DB`."""

import sqlite3
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

__all__ = ["COMMIT", "NOOP", "app"]

NOOP, COMMIT = "noop", "commit"


def app(kind: str, path: str) -> Starlette:
    """An endpoint that reads the body and answers; `commit` has stored it before, with a commit of its own."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("pragma journal_mode=wal")
    db.execute("pragma synchronous=full")
    db.execute("create table if not exists raw_events (id integer primary key, payload text not null)")

    async def noop(request: Request) -> JSONResponse:
        await request.body()
        return JSONResponse({"received": True})

    async def committed(request: Request) -> JSONResponse:
        db.execute("insert into raw_events (payload) values (?)", [(await request.body()).decode()])
        return JSONResponse({"received": True})

    return Starlette(
        routes=[
            Route("/webhook/ghl", committed if kind == COMMIT else noop, methods=["POST"]),
            Route("/health", lambda _: JSONResponse({"ok": True})),
        ]
    )


if __name__ == "__main__":
    _kind, _port, _path = sys.argv[1:]
    uvicorn.run(app(_kind, _path), host="127.0.0.1", port=int(_port), log_level="error", access_log=False)
