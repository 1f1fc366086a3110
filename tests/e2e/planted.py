"""Five things that no log may hold, in every spelling they might take, and a GHL that repeats all of them."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

from .stage import SECRET

TOKEN = "pit-7d0c2b1e-5a4f-4c3b-9e8d-1f2a3b4c5d6e"
PHONE = "+19405550177"
NAME = "Zebulon Quackenbush"
TEXT = "The marmalade pump gurgles, é? Gate code 4471"
CONTACT = "CTCzebulon0000000001"

_DIGITS = re.compile(r"\D*".join("9405550177"))


def leaks(written: bytes | str) -> list[str]:
    """Which of the five stand in it: the secret, the token, the phone, half of the name, a telling word of the text."""
    text = (written if isinstance(written, str) else written.decode("utf-8", "replace")).casefold()
    found = [name for name, value in (("secret", SECRET), ("token", TOKEN)) if _spelt(value, text)]
    found += ["phone"] if _DIGITS.search(text) else []
    found += ["name"] if any(half in text for half in NAME.casefold().split()) else []
    return found + (["text"] if any(word in text for word in ("marmalade", "gurgles", "4471")) else [])


def _spelt(value: str, text: str) -> bool:
    spellings = {value, quote(value, safe=""), quote(value, safe="").replace("-", "%2D"), json.dumps(value)[1:-1]}
    return any(spelling.casefold() in text for spelling in spellings)


def workflow_body(location: str, **more: object) -> dict[str, object]:
    """What the workflow would post of the customer's text."""
    message = {"type": 2, "body": TEXT, "direction": "inbound"}
    person = {"contact_id": CONTACT, "full_name": NAME, "phone": PHONE}
    return {**person, "location": {"id": location}, "message": message, **more}


class Repeating(BaseHTTPRequestHandler):
    """Answers every request with `status` and all that it was sent, the customer beside it, in the given `form`."""

    protocol_version = "HTTP/1.1"
    status, form = 400, "message"

    def do_GET(self) -> None:
        self._answer("")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _answer(self, sent: str) -> None:
        said = f"Cannot {self.path} {self.headers['Authorization']} {sent} for {NAME.lower()} {PHONE}: {TEXT} {SECRET}"
        row = {"id": said, "contactId": said, "direction": said, "messageType": said, "dateAdded": said, "body": TEXT}
        forms = {
            "message": json.dumps({"statusCode": self.status, "message": said}),
            "list": json.dumps({"message": [said, TEXT]}),
            "text": said,
            "page": f"<html>{said}</html>",
            "rows": json.dumps({key: [row] for key in ("messages", "conversations", "users")}),
            "id": json.dumps({"messages": [{**row, "id": "MSG1", "contactId": {TEXT: NAME}, "direction": "inbound"}]}),
        }
        body = forms[self.form].encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def repeating_ghl() -> Iterator[tuple[type[Repeating], str]]:
    """The answers it will give, to be set on the class, and its address."""
    handler = type("Handler", (Repeating,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield handler, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
