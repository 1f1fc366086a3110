"""Nothing that jobs and receiver write for others holds a secret, a token, a phone, a name or a customer's words.

Whatever goes wrong. Looked through are what a job prints off a terminal (that is logs/cron.log), the receiver's log,
and the columns that tell of runs, letters and watermarks. Left out are what an operator asks to see on the own screen
(`issues`, `deliveries`, a dry run) and the letters themselves; of the database as a whole only secret and token are
kept out.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from .planted import CONTACT, NAME, PHONE, TEXT, TOKEN, leaks, repeating_ghl, workflow_body
from .stage import CASEY, MANAGERS, SECRET, Account, Installation, account, migrated, receiver

pytestmark = pytest.mark.real

LOCATION = "LOCsandbox0000000001"
NOW = "2026-11-23T11:00:00-06:00"
JOBS = [["poll-resolver"], ["poll-resolver", "--full", "--json"], ["send-summary", "--slot", "midday"]]
ANSWERS = [(400, "message"), (401, "message"), (403, "text"), (422, "list"), (200, "rows"), (200, "id"), (200, "text")]
TOLD = (
    "select error, counts from job_runs",
    "select state, error from outbox",
    "select event, cause, evidence from issue_log",
    "select key, value from kv_store",
)


@pytest.fixture(scope="module")
def ghl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with account(tmp_path_factory.mktemp("sandbox")) as at_work:
        at_work.joins(NAME.lower(), PHONE, CONTACT)
        at_work.clock(NOW)
        yield at_work


@pytest.fixture
def installation(ghl: Account, tmp_path: Path) -> Installation:
    return migrated(
        tmp_path / "home",
        {
            **ghl.settings,
            "WEBHOOK_SECRET": SECRET,
            "MANAGER_CONTACT_IDS": ",".join(MANAGERS),
            "INTERNAL_USER_IDS": CASEY,
            "SENTINEL_NOW": NOW,
        },
    )


def told(installation: Installation) -> str:
    """All that was written for others to read."""
    logs = [path.read_text(encoding="utf-8", errors="replace") for path in (installation.home / "logs").iterdir()]
    rows = [repr(row) for sql in TOLD for row in installation.rows(sql)]
    return "\n".join([*logs, *rows])


def everything_kept(installation: Installation) -> bytes:
    """The whole database, as bytes."""
    with closing(connect(installation.database)) as db:
        db.execute("pragma wal_checkpoint(truncate)")
    return installation.database.read_bytes()


def hears(installation: Installation) -> None:
    """The customer's text comes in by a webhook."""
    with receiver(installation) as ghl:
        assert ghl.post("/webhook/ghl/inbound_sms", json=workflow_body(LOCATION)).json()["outcome"] == "opened"


class TestReceiver:
    def test_what_it_takes_and_refuses_is_told_without_them(self, installation: Installation) -> None:
        body = workflow_body(LOCATION)
        with receiver(installation) as ghl:
            posts = [
                ghl.post("/webhook/ghl/inbound_sms", json=body),
                ghl.post("/webhook/ghl/inbound_sms", json=body | {"customData": {"sentinel_secret": SECRET}}),
                ghl.post("/webhook/ghl", content=f"{{broken {TEXT} {NAME} {PHONE} {SECRET}"),
                ghl.post("/webhook/ghl/inbound_sms", params={"secret": SECRET, "phone": PHONE}, json=body),
                ghl.post("/webhook/ghl", json=body, headers={"X-NTPP-Secret": f"{SECRET}!"}),
                ghl.post(f"/webhook/ghl/{PHONE}/{NAME}/{TEXT}/{SECRET}", json=body),
                ghl.post("/webhook/(940) 555-0177", json=body),
                ghl.get("/webhook/ghl/inbound_sms", params={"q": TEXT, "secret": SECRET}),
                ghl.post("/webhook/ghl", content=TEXT * 10_000),
                ghl.post("/webhook/ghl", content=json.dumps(body | {"message": {"type": 2, "body": "\ud800" + TEXT}})),
                ghl.post("/webhook/ghl", content=b"\xff" + TEXT.encode("utf-16-le")),
            ]
            with socket.create_connection((ghl.base_url.host, ghl.base_url.port or 80)) as line:
                line.sendall(f"{TEXT} {PHONE}\r\n{NAME}: {SECRET}\r\n\r\n".encode())
                line.recv(1000)
        assert {200, 400, 401, 404, 405, 413} <= {post.status_code for post in posts}
        assert leaks(told(installation) + "".join(post.text for post in posts)) == []

    def test_secrets_that_others_may_read_are_told_of_at_its_start(self, installation: Installation) -> None:
        (installation.home / ".env").chmod(0o644)
        with receiver(installation):
            said = told(installation)
        assert f'settings.exposed run=- file={installation.home}/.env how="is readable by others (mode 644)"' in said
        assert leaks(said) == []

    def test_a_store_that_cannot_be_written_is_told_without_them(self, installation: Installation) -> None:
        with receiver(installation) as ghl:
            installation.database.rename(installation.home / "away.db")
            answer = ghl.post("/webhook/ghl/inbound_sms", json=workflow_body(LOCATION))
            (installation.home / "away.db").rename(installation.database)
        assert (answer.status_code, leaks(answer.text + told(installation))) == (429, [])

    def test_the_archive_holds_no_secret_and_no_token(self, installation: Installation) -> None:
        installation.setting(GHL_TOKEN=TOKEN)
        spelt = {"plain": SECRET, "json": SECRET.replace("-", "\\u002d"), "percent": SECRET.replace("-", "%2D")}
        with receiver(installation) as ghl:
            ghl.post("/webhook/ghl", json=workflow_body(LOCATION, customData={**spelt, "token": TOKEN}))
            ghl.post("/webhook/ghl", content=f"{{broken {SECRET} {TOKEN}")
            ghl.post("/webhook/ghl", data={"phone": PHONE, "sentinel_secret": SECRET, "token": TOKEN, "body": TEXT})
        assert set(leaks(everything_kept(installation))) == {"phone", "name", "text"}


class TestJobs:
    def test_a_day_that_goes_well_is_told_without_them(self, installation: Installation, ghl: Account) -> None:
        hears(installation)
        for at in ("11:00", "11:30"):
            installation.clock(f"2026-11-23T{at}:00-06:00")
            installation.cron("poll-resolver")
            installation.cron("midday")
        assert {code for (code,) in installation.rows("select exit_code from job_runs")} == {0}
        assert leaks(told(installation)) == []

    def test_a_ghl_that_repeats_them_is_told_without_them(self, installation: Installation) -> None:
        hears(installation)
        said = ""
        with repeating_ghl() as (answers, address):
            installation.setting(GHL_BASE_URL=address, GHL_TOKEN=TOKEN)
            for answer in ANSWERS:
                answers.status, answers.form = answer
                ran = [installation.sentinel(*JOBS[1]), installation.sentinel(*JOBS[2], "--force")]
                said += "".join(each.stdout + each.stderr for each in ran)
        codes = {code for (code,) in installation.rows("select exit_code from job_runs")}
        assert codes == {69, 75, 76, 77}
        assert leaks(said + told(installation)) == []

    def test_a_bug_is_told_without_them(self, installation: Installation) -> None:
        """A value in the database that breaks our own reading, so that the error's words repeat it."""
        hears(installation)
        with closing(connect(installation.database)) as db:
            db.execute("update issues set last_inbound_ts = ?", [f"{TEXT} {NAME} {PHONE}"])
            db.commit()
        ran = [installation.sentinel(*job) for job in JOBS]
        assert [each.returncode for each in ran] == [1, 1, 1]
        assert all("ValueError (its words are left out" in each.stderr for each in ran)
        assert leaks("".join(each.stdout + each.stderr for each in ran)) == []
        assert leaks("".join(map(repr, installation.rows("select error, counts from job_runs")))) == []

    def test_as_json_a_bug_is_an_object_without_them(self, installation: Installation) -> None:
        hears(installation)
        installation.setting(LOG_FORMAT="json")
        with closing(connect(installation.database)) as db:
            db.execute("update issues set last_inbound_ts = ?", [f"{TEXT} {NAME} {PHONE}"])
            db.commit()
        ran = installation.sentinel(*JOBS[0])
        told = [json.loads(line) for line in (ran.stdout + ran.stderr).splitlines()]
        assert [each.get("event", each.get("said")) for each in told] == ["job.started", "job.ended", "a bug"]
        assert (ran.returncode, "ValueError" in told[-1]["traceback"], leaks(ran.stdout + ran.stderr)) == (1, True, [])

    @pytest.mark.parametrize("name", ["TIMEZONE", "GHL_BASE_URL"])
    def test_a_secret_in_the_wrong_variable_is_not_repeated(self, installation: Installation, name: str) -> None:
        installation.setting(WEBHOOK_SECRET="", GHL_TOKEN="", **{name: SECRET})
        ran = installation.sentinel("poll-resolver")
        assert (ran.returncode, name in ran.stdout + ran.stderr, leaks(ran.stdout + ran.stderr)) == (78, True, [])


def test_the_search_for_leaks_finds_every_spelling() -> None:
    written = [SECRET.upper(), TOKEN.replace("-", "%2d"), "(940) 555-0177", "quackenbush", "Gate%20code 4471"]
    assert [leaks(each) for each in written] == [["secret"], ["token"], ["phone"], ["name"], ["text"]]
