"""The receiver as it runs: a real uvicorn on a real port over a real file, in an environment as bare as cron's."""

import json
import re
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from .stage import within

SAMPLES = Path(__file__).parent.parent / "payloads" / "webhook"
SECRET = "q7Zk2mVw9LrT4xBn/Shared"
OLDER_SECRET = "Hd83kQz51LmWpX0c-Older"
LOCATION = "LOCaaaaaaaaaaaaaaaa1"
ENV = f"""
WEBHOOK_SECRET={SECRET},{OLDER_SECRET}
GHL_LOCATION_ID={LOCATION}
INTERNAL_USER_IDS=USRaaaaaaaaaaaaaaaa1
"""
HEAD = {"X-NTPP-Secret": SECRET}
STARTED = re.compile(r"receiver\.started .*port=(\d+)")

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("receiver")]


@dataclass
class Running:
    """A receiver at work; `log` grows by its lines."""

    home: Path
    process: subprocess.Popen[str]
    log: list[str] = field(default_factory=list)
    started: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line.rstrip())
            if found := STARTED.search(line):
                self.port = int(found[1])
                self.started.set()
        self.started.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def post(self, route: str, **given: Any) -> httpx.Response:
        path = "/webhook/ghl" if route == "ghl" else f"/webhook/ghl/{route}"
        return httpx.post(self.url + path, timeout=15, **({"headers": HEAD} | given))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home / "data" / "sentinel.db")) as other:
            return other.execute(sql).fetchall()


def sentinel(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sentinel_cli", *arguments]


def environment(home: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "SENTINEL_HOME": str(home)}


def finished(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        sentinel(*arguments), check=False, env=environment(home), cwd="/", capture_output=True, text=True, timeout=30
    )


def installed(home: Path) -> Path:
    """A home with its settings and an empty database."""
    (home / ".env").write_text(ENV)
    assert finished(home, "db", "migrate").returncode == 0
    return home


@contextmanager
def receiver(home: Path) -> Iterator[Running]:
    process = subprocess.Popen(
        sentinel("serve", "--port", "0"), env=environment(home), cwd="/", stderr=subprocess.PIPE, text=True
    )
    running = Running(home, process)
    listener = threading.Thread(target=running.listen, daemon=True)
    listener.start()
    try:
        assert running.started.wait(20)
        assert running.port, running.log
        yield running
    finally:
        process.terminate()
        process.wait(15)
        listener.join(5)
        assert process.stderr is not None
        process.stderr.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One receiver for the tests that do not harm it."""
    with receiver(installed(tmp_path_factory.mktemp("home"))) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of a test's own."""
    return installed(tmp_path)


def text_of(contact_id: str, words: str = "Is anyone coming today?", **fields: Any) -> dict[str, Any]:
    message = {"type": 2, "body": words}
    return {"contact_id": contact_id, "location": {"id": LOCATION}, "message": message} | fields


# The samples' numbers: each sample is posted as a customer of its own.
POSTED = [
    ("app-contact-create-1", "ghl", "ignored:ContactCreate"),
    ("app-inbound-attachment-1", "ghl", "opened"),
    ("app-inbound-call-doc-1", "ghl", "recorded"),
    ("app-inbound-email-1", "ghl", "recorded"),
    ("app-inbound-missed-call-guess-1", "ghl", "opened"),
    ("app-inbound-sms-doc-1", "ghl", "opened"),
    ("app-inbound-voicemail-doc-1", "ghl", "opened"),
    ("app-install-1", "ghl", "ignored:INSTALL"),
    ("app-other-location-1", "ghl", "ignored:other-location"),
    ("app-outbound-call-doc-1", "ghl", "recorded"),
    ("app-outbound-call-voicemail-1", "ghl", "recorded"),
    ("app-outbound-sms-1", "ghl", "recorded"),
    ("app-outbound-voicemail-workflow-doc-1", "ghl", "recorded"),
    ("app-provider-outbound-1", "ghl", "ignored:ProviderOutboundMessage"),
    ("custom-missed-call-flat-1", "unanswered_call", "opened"),
    ("custom-text-flat-1", "inbound_sms", "opened"),
    ("workflow-appointment-1", "ghl", "ignored:no-message"),
    ("workflow-attachment-only-1", "inbound_sms", "opened"),
    ("workflow-call-answered-1", "unanswered_call", "recorded"),
    ("workflow-call-status-missed-1", "unanswered_call", "opened"),
    ("workflow-contact-tag-1", "ghl", "ignored:no-message"),
    ("workflow-customer-replied-1", "inbound_sms", "opened"),
    ("workflow-opportunity-1", "ghl", "ignored:no-message"),
    ("workflow-other-location-1", "inbound_sms", "ignored:other-location"),
    ("workflow-outbound-text-1", "inbound_sms", "recorded"),
    ("workflow-review-1", "ghl", "recorded"),
    ("workflow-unset-values-1", "inbound_sms", "opened"),
    ("workflow-voicemail-ntpp-1", "unanswered_call", "opened"),
    ("workflow-voicemail-type-1", "unanswered_call", "opened"),
]


def of_its_own(name: str) -> str:
    """A sample's text with ids and phones that no other sample has."""
    number = 10 + [posted for posted, _, _ in POSTED].index(name)
    text = (SAMPLES / f"{name}.json").read_text("utf-8")
    for old in ("CTCaaaaaaaaaaaaa", "MSGaaaaaaaaaaaaa", "CNVaaaaaaaaaaaaa"):
        text = text.replace(old, f"{old[:3]}{number:02d}{old[5:]}")
    text = text.replace("7b1f0e4c-0000", f"7b1f0e4c-00{number}")
    return text.replace("5550", f"5{number}0").replace("555-0", f"5{number}-0")


class TestSamples:
    @pytest.mark.parametrize(("name", "route", "outcome"), POSTED)
    def test_a_sample_has_its_outcome(self, running: Running, name: str, route: str, outcome: str) -> None:
        body = of_its_own(name)
        answer = running.post(route, content=body, headers={**HEAD, "Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["outcome"]) == (200, outcome)
        assert running.rows("select outcome, cast(payload as blob) from raw_events order by id desc limit 1") == [
            (outcome, body.encode())
        ]

    def test_every_sample_is_posted(self) -> None:
        assert {name for name, _, _ in POSTED} == {path.stem for path in SAMPLES.glob("*.json")}


class TestAnswers:
    def test_a_secret_in_the_body_lets_in(self, running: Running) -> None:
        body = text_of("CTCbody", customData={"sentinel_secret": OLDER_SECRET})
        assert running.post("inbound_sms", json=body, headers={}).status_code == 200

    def test_without_a_secret_nothing_is_stored(self, running: Running) -> None:
        before = running.rows("select count(*) from raw_events")
        assert running.post("inbound_sms", json=text_of("CTCnobody"), headers={}).status_code == 401
        assert running.rows("select count(*) from raw_events") == before

    def test_a_body_nobody_can_read_is_kept(self, running: Running) -> None:
        assert running.post("ghl", content=b"{never closed").status_code == 400
        assert running.rows("select outcome, cast(payload as blob) from raw_events order by id desc limit 1") == [
            ("undecodable", b"{never closed")
        ]

    def test_a_body_that_says_it_is_too_large_is_not_waited_for(self, running: Running) -> None:
        with socket.create_connection(("127.0.0.1", running.port), timeout=5) as connection:
            connection.sendall(b"POST /webhook/ghl HTTP/1.1\r\nHost: x\r\nContent-Length: 262145\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 413")

    def test_fifty_at_once_are_each_stored_once(self, running: Running) -> None:
        with ThreadPoolExecutor(50) as threads:
            posts = [threads.submit(running.post, "inbound_sms", json=text_of(f"CTCfifty{n}")) for n in range(50)]
            outcomes = [post.result().json()["outcome"] for post in posts]
        # Of so many at once some may be read a moment after they are answered.
        assert set(outcomes) <= {"opened", "received"}
        counted = "select count(*), count(distinct contact_id) from issues where contact_id like 'CTCfifty%'"
        assert within(lambda: running.rows(counted) == [(50, 50)], 60)

    def test_it_is_healthy(self, running: Running) -> None:
        answer = httpx.get(running.url + "/health")
        assert (answer.status_code, answer.json()) == (200, {"ok": True})


class TestSecrecy:
    def test_no_secret_is_in_any_file(self, home: Path) -> None:
        with receiver(home) as running:
            running.post("inbound_sms", json=text_of("CTC1", customData={"sentinel_secret": SECRET}))
            running.post("inbound_sms", data={"phone": "+12175550123", "customData[sentinel_secret]": SECRET})
            running.post("ghl", content=f"no json {OLDER_SECRET} \\u0048d83kQz51LmWpX0c-Older")
            held = b"".join(path.read_bytes() for path in (home / "data").iterdir())
        left = b"".join(path.read_bytes() for path in (home / "data").iterdir())
        assert [word for word in (b"Shared", b"Older") if word in held + left] == []

    def test_the_log_holds_no_customer_no_query_and_no_secret(self, home: Path) -> None:
        with receiver(home) as running:
            running.post("inbound_sms", json=text_of("CTC1", "Please ring me", phone="+12175550123"))
            httpx.post(f"{running.url}/webhook/ghl?secret={SECRET}&who=Lee", json={})
            httpx.get(f"{running.url}/elsewhere?secret={SECRET}")
        log = "\n".join(running.log)
        assert "delivery.recorded run=- delivery=1 outcome=opened issue=1 route=inbound_sms" in log
        assert [word for word in ("ring", "217555", "Shared", "Lee") if word in log] == []

    def test_its_files_are_its_owners_alone(self, home: Path) -> None:
        with receiver(home) as running:
            running.post("inbound_sms", json=text_of("CTC1"))
            modes = {path.stat().st_mode & 0o077 for path in (home / "data").iterdir()}
        assert modes == {0}


class TestTrouble:
    def test_what_was_acknowledged_survives_a_kill(self, home: Path) -> None:
        with receiver(home) as running:
            acknowledged = [running.post("inbound_sms", json=text_of(f"CTC{n}")).status_code for n in range(5)]
            running.process.kill()
        assert acknowledged == [200] * 5
        assert running.rows("select count(*) from issues") == [(5,)]

    def test_stopping_answers_what_was_accepted_and_exits_0(self, home: Path) -> None:
        with receiver(home) as running, ThreadPoolExecutor(20) as threads:
            posts = [threads.submit(running.post, "inbound_sms", json=text_of(f"CTC{n}")) for n in range(100)]
            posts[0].result()
            running.process.terminate()
            unanswered = [post for post in posts if isinstance(post.exception(), httpx.TransportError)]
            answers = [post.result() for post in posts if post not in unanswered]
            assert running.process.wait(15) == 0
        assert {answer.status_code for answer in answers} == {200}
        # What was only stored when it was answered is read before the end.
        assert running.rows("select count(*) from issues")[0][0] >= len(answers)
        assert "receiver.stopped" in running.log[-1]


class TestStart:
    def test_it_refuses_without_a_database(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text(ENV)
        done = finished(tmp_path, "serve")
        assert done.returncode == 74
        assert f"no database at {tmp_path / 'data' / 'sentinel.db'}" in done.stderr
        assert not (tmp_path / "data").exists()

    @pytest.mark.parametrize("secret", ["", "short", "changeme-changeme"])
    def test_it_refuses_without_a_good_secret(self, home: Path, secret: str) -> None:
        (home / ".env").write_text(f"WEBHOOK_SECRET={secret}\nGHL_LOCATION_ID={LOCATION}\n")
        done = finished(home, "serve", "--port", "0")
        assert (done.returncode, "WEBHOOK_SECRET" in done.stderr) == (78, True)

    def test_it_refuses_a_port_that_is_taken(self, running: Running) -> None:
        done = finished(running.home, "serve", "--port", str(running.port))
        assert done.returncode == 78
        assert f"cannot listen on 127.0.0.1 port {running.port}" in done.stderr


def test_a_delivery_repeated_by_ghl_opens_one_issue(running: Running) -> None:
    event = json.loads((SAMPLES / "app-inbound-email-1.json").read_text("utf-8"))
    event |= {"messageType": "SMS", "contactId": "CTCtwice", "webhookId": "twice-twice", "body": "Hello?"}
    outcomes = [running.post("ghl", json=event).json()["outcome"] for _ in range(2)]
    assert outcomes[1] == "duplicate"
    assert running.rows("select count(*) from raw_events where delivery_key = 'webhook:twice-twice'") == [(1,)]
