"""`sentinel doctor`: whole screens, JSON, and a report however broken the home is."""

import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sentinel_cli.commands.doctor import show_findings
from sentinel_cli.commands.tables import Screen
from sentinel_cli.doctor.findings import Finding
from sentinel_cli.doctor.judge.clock import ClockSeen, judge_clock, judge_skew
from sentinel_cli.doctor.judge.cron import CronSeen, LogSeen, RunSeen, StartSeen, judge_cron
from sentinel_cli.doctor.judge.ghl import SCOPES, Answered, Asked, GhlSeen, judge_ghl
from sentinel_cli.doctor.judge.receiver import Health, ReceiverSeen, judge_public, judge_receiver
from sentinel_cli.doctor.judge.settings import SettingsSeen, judge_settings
from sentinel_cli.doctor.judge.store import Owned, StoreSeen, Writer, judge_store
from sentinel_cli.doctor.judge.summary import LettersSeen, ManagerSeen, judge_letters, judge_managers
from sentinel_cli.doctor.judge.webhooks import WebhooksSeen, judge_webhooks
from sentinel_cli.errors import GhlRefused

from .installation import Installation, Ran, furnish, screen_of

HOME = "/opt/ntpp-sentinel"
CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NO_SCOPE = Asked(answered=Answered.NO_SCOPE, error=GhlRefused("401", status=401))
DELIVERED = (Path(__file__).parent.parent.parent / "deploy" / "crontab").read_text(encoding="utf-8")
SECRETS = {"WEBHOOK_SECRET": "q7Zk2mVw9LrT4xBn-hook", "GHL_TOKEN": "pit-0f2b61c8-77aa-4f1e-9d2e-1b2c3d4e5f60"}
CASEY = "CTCmanagercasey00001"
NOBODY = "http://127.0.0.1:9"


def a_bad_night() -> list[Finding]:
    """One of nearly every trouble: a night on which much went wrong at once."""
    return [*wrong_here(), *wrong_between(), *wrong_in_time()]


def wrong_here() -> list[Finding]:
    return [
        *judge_settings(
            SettingsSeen(
                home=HOME,
                exposed="is readable by others (mode 644)",
                problems=["LETTER_HOURS='7am': is not two times of day with a hyphen between"],
                stray=[("GHL_LOCATION_ID", "a carriage return")],
                set_=[("WEBHOOK_SECRET", [43]), ("GHL_TOKEN", [40]), ("GHL_LOCATION_ID", [20])],
                staff=0,
            )
        ),
        *judge_store(
            StoreSeen(
                path=f"{HOME}/data/sentinel.db",
                used=48_300_000,
                free=310_000_000,
                files=[Owned(name="sentinel.db.poll-resolver.lock", is_folder=False, uid=0, gid=0, mode=0o600)],
                writers=[Writer(name="cron", uid=1000, gids=frozenset({1000}))],
            )
        ),
    ]


def wrong_between() -> list[Finding]:
    return [
        *judge_receiver(
            ReceiverSeen(
                local=Health(url="http://127.0.0.1:8000/health", status=200, ok=True),
                wrote=False,
                told={"path": "/srv/old/data/sentinel.db"},
                file=(2049, 131_072),
                path=f"{HOME}/data/sentinel.db",
            )
        ),
        *judge_public(
            Health(url="https://sentinel.example.com/health", trouble="tls", detail="certificate has expired")
        ),
        *judge_webhooks(
            WebhooksSeen(
                days=7, deliveries=412, age=200 * MINUTE, silent_for=200 * MINUTE, unseen_since=5,
                messages=61, missed=5, short_calls=2,
            )
        ),
        *judge_ghl(
            GhlSeen(
                asked={**dict.fromkeys(SCOPES, Asked(answered=Answered.WELL)), "conversations/message.write": NO_SCOPE},
                users=3,
                left_today=198_412,
            )
        ),
        *judge_managers([ManagerSeen(contact_id=CASEY, name="Casey", phone="+1***0190", blocked=True)]),
        *judge_letters(LettersSeen(age=18 * 60 * MINUTE, closed=[(date(2026, 11, 26), "Thanksgiving Day")])),
    ]  # fmt: skip


def wrong_in_time() -> list[Finding]:
    return [
        *judge_cron(
            CronSeen(
                now=NOW, zone=UTC, home=HOME, business=CHICAGO, letter_hours=(time(6, 30), time(20)), daemons=["cron"],
                log=LogSeen(path=f"{HOME}/logs/cron.log", size=812_000, changed_at=NOW - 7 * MINUTE),
                installed=DELIVERED.replace("5,20,35,50", "*/15"),
                delivered=DELIVERED, delivered_file=f"{HOME}/deploy/crontab",
                runs={"poll-resolver": RunSeen(
                    started_at=NOW - 15 * MINUTE, ended_at=NOW - 14 * MINUTE, exit_code=77,
                    error="POST /conversations/messages: 401 The token is not authorized for this scope.",
                )},
                starts=[StartSeen("poll-resolver", NOW - 15 * MINUTE), StartSeen("send-summary", NOW - 30 * MINUTE),
                        StartSeen("run-orders", NOW - MINUTE), StartSeen("send-alerts", NOW - 7 * MINUTE),
                        StartSeen("backup", NOW - 815 * MINUTE), StartSeen("prune", NOW - 2225 * MINUTE)],
            )
        ),
        *judge_skew(timedelta(seconds=1)),
        *judge_clock(ClockSeen(now=NOW, business=CHICAGO, host=UTC)),
    ]  # fmt: skip


def shown(findings: list[Finding], width: int | None = None, *, colour: bool = False, as_json: bool = False) -> Ran:
    out, err = io.StringIO(), io.StringIO()
    screen = Screen(out=out, err=err, terminal=width is not None, width=width or 80, colour=colour)
    show_findings(screen, findings, as_json=as_json)
    return Ran(code=0, out=out.getvalue(), err=err.getvalue())


class TestScreen:
    @pytest.mark.parametrize("width", [80, 120])
    def test_it_fits_a_terminal_of_that_width(self, width: int) -> None:
        assert shown(a_bad_night(), width).screen == screen_of(f"doctor-{width}")

    def test_in_a_pipe_each_finding_is_one_line_with_its_fix(self) -> None:
        assert shown(a_bad_night()).out == screen_of("doctor-pipe")

    @pytest.mark.parametrize("width", [60, 80, 120])
    def test_it_never_writes_past_the_terminal_s_edge(self, width: int) -> None:
        assert max(map(len, shown(a_bad_night(), width).lines)) <= width

    def test_a_problem_is_red_where_there_is_colour_and_loud_where_there_is_none(self) -> None:
        assert "\x1b[1;31mPROBLEM" in shown(a_bad_night(), 80, colour=True).out
        assert "PROBLEM" in shown(a_bad_night(), 80).out

    def test_the_last_line_names_the_problems(self) -> None:
        found = [each for each in a_bad_night() if each.check in {".env", "free disk", "token"}]
        assert shown(found).err == "1 problem (Settings: .env), 1 to know, 1 ok\n"

    def test_of_many_problems_it_says_where_they_are(self) -> None:
        assert shown(a_bad_night()).err.startswith(
            "14 problems (Settings 2; Store 1; Webhooks 3; GHL 1; Summary 1; Cron "
        )

    def test_where_all_is_well_it_says_so(self) -> None:
        assert shown([each for each in a_bad_night() if each.verdict == "ok"]).err.startswith("all is well: ")

    def test_json_is_one_envelope_with_the_counts(self) -> None:
        told = shown(a_bad_night(), as_json=True).json
        assert sorted(told) == ["items", "ok", "problems", "skipped", "total", "warnings"]
        assert told["total"] == len(told["items"]) == sum(told[n] for n in ("ok", "problems", "skipped", "warnings"))
        assert told["items"][0] == {
            "pillar": "Settings",
            "check": ".env",
            "verdict": "problem",
            "found": f"{HOME}/.env is readable by others (mode 644)",
            "fix": f"chmod 600 {HOME}/.env",
            "code": 78,
        }


@pytest.fixture
def home(tmp_path: Path) -> Installation:
    """A home with good settings, a database, and nobody who answers anywhere."""
    settings = {
        **SECRETS,
        "GHL_LOCATION_ID": "LOCaaaaaaaaaaaaaaaa1",
        "MANAGER_CONTACT_IDS": "CTCcasey000000000001",
        "GHL_BASE_URL": NOBODY,
        "RECEIVER_URL": NOBODY,
    }
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    (tmp_path / ".env").chmod(0o600)
    installation = Installation(home=tmp_path)
    installation.make_database().close()
    return installation


def doctor(home: Installation, *argv: str, **environ: str) -> Ran:
    return home.run("doctor", *argv, PATH=str(home.home), **environ)


def problems(ran: Ran) -> dict[str, str]:
    return {item["check"]: item["found"] for item in ran.json["items"] if item["verdict"] == "problem"}


class TestSettings:
    @pytest.mark.parametrize(
        ("line", "check"),
        [
            ("SMS_SLA_HOURS=soon", "SMS_SLA_HOURS"),
            ("TIMEZONE=Texas", "TIMEZONE"),
            ("INTERNAL_USERS_IDS=a", "INTERNAL_USERS_IDS"),
            ("GHL_TOKEN=two words", ".env"),
            ("CALL_ROUTE_FIELD=x", "CALL_ROUTE_FIELD"),
            ("SENTINEL_NOW=yesterday", "SENTINEL_NOW"),
            ("WEBHOOK_ALLOW_QUERY_SECRET=maybe", "WEBHOOK_ALLOW_QUERY_SECRET"),
        ],
    )
    def test_a_strange_one_is_a_line_and_the_rest_is_looked_at(self, home: Installation, line: str, check: str) -> None:
        with (home.home / ".env").open("a") as env:
            env.write(f"{line}\n")
        ran = doctor(home, "--json")
        assert (check in problems(ran), ran.code) == (True, 78)
        assert {"database", "write", "closed days"} <= {item["check"] for item in ran.json["items"]}

    def test_of_an_empty_home_every_missing_one_is_told(self, tmp_path: Path) -> None:
        (tmp_path / ".env").touch()
        ran = doctor(Installation(home=tmp_path), "--json")
        needed = {"WEBHOOK_SECRET", "GHL_TOKEN", "GHL_LOCATION_ID", "MANAGER_CONTACT_IDS"}
        assert needed | {"database"} <= set(problems(ran))
        assert ran.code == 78

    @pytest.mark.parametrize("name", sorted(SECRETS))
    @pytest.mark.parametrize("around", ["'{}\u2019", "{} {}", "{}\r", "{}\u00e9"])
    def test_no_form_of_a_secret_is_ever_shown(self, home: Installation, name: str, around: str) -> None:
        ran = doctor(home, "--json", **{name: around.replace("{}", SECRETS[name])})
        assert [text for text in SECRETS.values() if text in ran.out + ran.err] == []

    def test_ghl_is_not_asked_where_its_settings_cannot_be_read(self, home: Installation) -> None:
        ran = doctor(home, "--json", GHL_TOKEN="two words")
        assert [item["found"] for item in ran.json["items"] if item["pillar"] == "GHL"] == [
            "not asked: GHL_TOKEN cannot be read"
        ]


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 100)


def nothing(path: Path) -> None:
    path.unlink()


def another_program_s(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("create table albums (id)")


def the_older_service_s(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.executescript("create table issues (id); create table raw_events (id); create table kv_store (key, value)")


def without_tables(path: Path) -> None:
    path.write_bytes(b"")


def of_an_older_release(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma user_version=1")


def torn(path: Path) -> None:
    """A page in the middle is lost: SQLite opens the file and finds out when it looks."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma wal_checkpoint(truncate)")
        db.execute("pragma journal_mode=delete")
    raw = bytearray(path.read_bytes())
    raw[8192:12288] = b"\xff" * 4096
    path.write_bytes(raw)


class TestStore:
    @pytest.mark.parametrize(
        ("broken", "says"),
        [
            (nothing, "no database at"),
            (garbage, "file is not a database"),
            (another_program_s, "another program's database"),
            (the_older_service_s, "the service before Sentinel"),
            (without_tables, "holds no table"),
            (of_an_older_release, "of an older release"),
            (torn, "damaged"),
        ],
    )
    def test_each_wrong_file_is_named_and_left_as_it_is(
        self, home: Installation, broken: Callable[[Path], None], says: str
    ) -> None:
        broken(home.db_path)
        before = home.db_path.read_bytes() if home.db_path.exists() else None
        ran = doctor(home, "--json", "--offline")
        assert says in " ".join(f"{check}: {found}" for check, found in problems(ran).items())
        assert ran.code == 74
        assert (home.db_path.read_bytes() if home.db_path.exists() else None) == before

    def test_a_journal_that_is_no_write_ahead_log_is_told_and_not_changed(self, home: Installation) -> None:
        with closing(sqlite3.connect(home.db_path)) as db:
            db.execute("pragma journal_mode=delete")
        assert "journal" in problems(doctor(home, "--json", "--offline"))
        assert "journal" in problems(doctor(home, "--json", "--offline"))


class TestWebhooks:
    @pytest.fixture
    def busy(self, bare: Installation) -> Installation:
        """A home with a week of customers, read by sweeps, and three deliveries, one of them undecodable."""
        furnish(bare)
        return bare

    def lines(self, busy: Installation) -> dict[str, tuple[str, str]]:
        items = doctor(busy, "--offline", "--json", RECEIVER_URL=NOBODY).json["items"]
        return {item["check"]: (item["verdict"], item["found"]) for item in items if item["pillar"] == "Webhooks"}

    def test_what_came_without_a_delivery_and_what_nobody_could_read_is_to_know(self, busy: Installation) -> None:
        lines = self.lines(busy)
        assert lines["customer messages"] == (
            "warning",
            "7 of 7 of the last 7 days had no delivery; sweeps found them, later",
        )
        assert lines["readable"] == ("warning", "1 body of the last 7 days: neither JSON nor a form")

    def test_a_delivery_that_broke_our_reading_and_a_short_call_are_told(self, busy: Installation) -> None:
        with closing(sqlite3.connect(busy.db_path)) as db:
            db.execute("update raw_events set outcome = 'error:KeyError' where id = 3")
            db.execute("update messages set outcome = 'completed', duration = 20 where channel = 'CALL'")
            db.commit()
        lines = self.lines(busy)
        assert (lines["readable"][0], lines["short calls"][0]) == ("problem", "warning")

    def test_silence_while_customers_wrote_is_a_problem(self, busy: Installation) -> None:
        with closing(sqlite3.connect(busy.db_path)) as db:
            db.execute("update raw_events set received_ts = '2026-11-19T15:00:00.000Z'")
            db.commit()
        verdict, found = self.lines(busy)["last delivery"]
        assert (verdict, found) == ("problem", "4d 1h ago; since then 6 customer messages came without any")

    def test_a_missed_call_that_no_route_named_is_to_know(self, busy: Installation) -> None:
        with closing(sqlite3.connect(busy.db_path)) as db:
            db.execute("update messages set issue_id = null where channel = 'CALL'")
            db.commit()
        with (busy.home / ".env").open("a") as env:
            env.write("CALL_ROUTE_FIELD=voicemail_route\nCALL_ROUTE_VALUE=tech_sentinel\n")
        assert self.lines(busy)["call route"][0] == "warning"


class TestTyped:
    def test_a_manager_without_a_text_makes_no_sense(self, home: Installation) -> None:
        ran = doctor(home, "--to", "CTCcasey000000000001")
        assert (ran.code, ran.err) == (
            2,
            "error: --to says whom --send-test texts\nnext: sentinel doctor --send-test --to CONTACT\n",
        )

    def test_a_test_text_needs_settings_that_can_be_read(self, home: Installation) -> None:
        assert doctor(home, "--send-test", SMS_SLA_HOURS="soon").code == 78

    def test_where_ghl_is_away_the_text_is_not_sent_and_that_is_a_line(self, home: Installation) -> None:
        ran = doctor(home, "--send-test", "--offline", "--json")
        assert problems(ran)["test text"].startswith("not sent: ")

    def test_offline_neither_ghl_nor_the_public_name_is_asked(self, home: Installation) -> None:
        ran = doctor(home, "--offline", "--json", SENTINEL_SITE="no-such-name.invalid")
        skipped = {item["check"] for item in ran.json["items"] if item["verdict"] == "skipped"}
        assert {"token and scopes", "managers", "clock", "receiver, outside"} <= skipped

    def test_every_problem_and_warning_says_what_mends_it(self, home: Installation) -> None:
        told = json.loads(doctor(home, "--json", SENTINEL_SITE="no-such-name.invalid").out)
        assert [i["check"] for i in told["items"] if i["verdict"] in {"problem", "warning"} and not i["fix"]] == []
