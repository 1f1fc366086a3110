"""The settings as an operator meets them: where they come from, what they default to, how a strange one is told."""

import re
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sentinel_cli.domain.model import Channel
from sentinel_cli.errors import Misconfigured
from sentinel_cli.settings import SETTINGS, Settings, environment, exposed, load_settings, salvage, zone_of

EXAMPLE = Path(__file__).parent.parent / ".env.example"
HEALTHCHECKS = [
    f"healthcheck_{job}" for job in ("poll_resolver", "send_summary", "send_alerts", "run_orders", "db_backup", "prune")
]
SECRET = "q7Zk2mVw9LrT4xBn"


def settings_of(home: Path, **environ: str) -> Settings:
    return load_settings({"SENTINEL_HOME": str(home), **environ}, home, None)


def problems_of(home: Path, **environ: str) -> list[str]:
    with pytest.raises(Misconfigured) as raised:
        settings_of(home, **environ)
    assert raised.value.exit_code == 78
    return list(raised.value.problems)


class TestHome:
    def test_it_is_sentinel_home_first(self, tmp_path: Path) -> None:
        (tmp_path / "named").mkdir()
        (tmp_path / ".env").touch()
        found = load_settings({"SENTINEL_HOME": str(tmp_path / "named")}, tmp_path, tmp_path)
        assert found.home == tmp_path / "named"

    def test_it_is_the_working_directory_when_that_holds_a_dot_env(self, tmp_path: Path) -> None:
        (tmp_path / ".env").touch()
        assert load_settings({}, tmp_path, None).home == tmp_path

    def test_it_is_the_checkout_when_only_that_holds_a_dot_env(self, tmp_path: Path) -> None:
        (tmp_path / "checkout").mkdir()
        (tmp_path / "checkout" / ".env").touch()
        assert load_settings({}, tmp_path, tmp_path / "checkout").home == tmp_path / "checkout"

    def test_without_any_it_says_what_to_do(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match="SENTINEL_HOME is not set") as raised:
            load_settings({}, tmp_path, tmp_path)
        assert "SENTINEL_HOME" in raised.value.advice

    @pytest.mark.parametrize("name", ["gone", "x" * 300, "a\0b"], ids=["missing", "too long", "with a NUL"])
    def test_one_that_does_not_exist_is_refused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(Misconfigured, match=f"SENTINEL_HOME: .*/{name} is not a directory"):
            load_settings({"SENTINEL_HOME": str(tmp_path / name)}, tmp_path, None)

    def test_a_working_directory_that_cannot_be_looked_at_holds_no_dot_env(self, tmp_path: Path) -> None:
        (tmp_path / ".env").touch()
        assert load_settings({}, tmp_path / ("x" * 300), tmp_path).home == tmp_path

    def test_a_relative_one_starts_at_the_working_directory(self, tmp_path: Path) -> None:
        (tmp_path / "here").mkdir()
        assert load_settings({"SENTINEL_HOME": "here"}, tmp_path, None).home == tmp_path / "here"

    def test_dot_env_cannot_move_it(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("SENTINEL_HOME=/elsewhere\n")
        assert "cannot move from within" in problems_of(tmp_path)[0]

    def test_dot_env_may_repeat_it(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text(f"SENTINEL_HOME={tmp_path}\n")
        assert settings_of(tmp_path).home == tmp_path


class TestSources:
    def test_the_environment_beats_dot_env(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("GHL_LOCATION_ID=file\n")
        assert settings_of(tmp_path, GHL_LOCATION_ID="environment").ghl_location_id == "environment"

    def test_an_empty_value_in_the_environment_beats_dot_env_too(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("SMS_SLA_HOURS=4\n")
        assert settings_of(tmp_path, SMS_SLA_HOURS="").sms_sla == timedelta(hours=2)

    def test_home_may_have_no_dot_env(self, tmp_path: Path) -> None:
        assert settings_of(tmp_path).ghl_token == ""

    @pytest.mark.parametrize(
        "line",
        [
            "GHL_TOKEN=abc$HOME#1",
            "GHL_TOKEN = abc$HOME#1",
            "export GHL_TOKEN='abc$HOME#1'",
            'GHL_TOKEN="abc$HOME#1\r\n"',
            "GHL_TOKEN=abc$HOME#1 # of the main location",
            "GHL_TOKEN=abc$HOME#1\r",
            "\ufeffGHL_TOKEN=abc$HOME#1",
        ],
    )
    def test_a_line_of_dot_env_is_taken_as_written_but_for_its_edges(self, tmp_path: Path, line: str) -> None:
        (tmp_path / ".env").write_bytes(f"{line}\n".encode())
        assert settings_of(tmp_path).ghl_token == "abc$HOME#1"

    def test_stray_line_ends_in_the_environment_are_stripped(self, tmp_path: Path) -> None:
        assert settings_of(tmp_path, GHL_TOKEN=" pit-1\r\n").ghl_token == "pit-1"

    def test_a_line_nobody_can_read_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("GHL_LOCATION_ID=a\n'GHL_TOKEN=pit-1\n")
        assert problems_of(tmp_path) == [".env line 2 is not NAME=value"]

    @pytest.mark.parametrize("line", ["GHL_TOKEN", "OPENAI_API_KEY", "<html>nonsense", "export GHL_TOKEN"])
    def test_a_line_without_a_value_is_an_error(self, tmp_path: Path, line: str) -> None:
        (tmp_path / ".env").write_text(f"# ours\n\n \n{line}\n")
        assert problems_of(tmp_path) == [".env line 4 is not NAME=value"]

    def test_a_name_of_ours_that_stands_twice_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("SMS_SLA_HOURS=2\n\n# slower now\n\nSMS_SLA_HOURS=4\n")
        assert problems_of(tmp_path) == [".env line 5: SMS_SLA_HOURS stands in line 1 already"]

    def test_another_s_name_may_stand_twice(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("COMPOSE_FILE=a\nCOMPOSE_FILE=b\n")
        assert settings_of(tmp_path).home == tmp_path

    def test_a_dot_env_in_another_encoding_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_bytes("CALL_ROUTE_FIELD=caf\u00e9\n".encode("latin-1"))
        assert problems_of(tmp_path) == [f"{tmp_path / '.env'} cannot be read: it is not UTF-8 text"]

    def test_the_environment_is_the_process_s(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GHL_LOCATION_ID", "loc1")
        assert environment()["GHL_LOCATION_ID"] == "loc1"


class TestValues:
    def test_the_defaults_are_those_of_the_design(self, tmp_path: Path) -> None:
        found = settings_of(tmp_path)
        assert {each.name: getattr(found, each.name) for each in fields(Settings)} == {
            "home": tmp_path,
            "webhook_secret": (),
            "webhook_public_keys": (bytes.fromhex("8b61d1d6cacbe28d7c3bc0516bb815258ec6edbba96cddc7f40c09ac708388e8"),),
            "ghl_token": "",
            "ghl_location_id": "",
            "manager_contact_ids": (),
            "internal_contact_ids": (),
            "internal_user_ids": frozenset(),
            "ghl_base_url": "https://services.leadconnectorhq.com",
            "ghl_version": "2021-07-28",
            "ghl_app_base": "https://app.gohighlevel.com",
            "db_path": tmp_path / "data/sentinel.db",
            "timezone": ZoneInfo("America/Chicago"),
            "business_hours": found.business_hours,
            "sms_sla": timedelta(hours=2),
            "call_sla": timedelta(hours=2),
            "escalate_after": timedelta(hours=24),
            "channels": {Channel.SMS, Channel.CALL},
            "letter_hours": (time(6, 30), time(20)),
            "call_attempt_resolves": True,
            "answered_call_min": timedelta(seconds=60),
            "ack_window": timedelta(hours=96),
            "auto_reply_words": {"c", "confirm", "confirmed"},
            "call_route_field": "",
            "call_route_value": "",
            "summary_max_items": 8,
            "sms_segment_price": None,
            "raw_events_retention": timedelta(days=30),
            "backup_keep": 14,
            "allow_query_secret": False,
            **dict.fromkeys(HEALTHCHECKS, ""),
            "log_format": "text",
            "receiver_url": "http://127.0.0.1:8000",
            "site": "",
            "container_uid": 1000,
            "container_gid": 1000,
            "now": None,
        }

    @pytest.mark.parametrize(
        ("name", "text", "field", "value"),
        [
            ("MANAGER_CONTACT_IDS", " a1 ,b-2,, a1,", "manager_contact_ids", ("a1", "b-2")),
            ("INTERNAL_USER_IDS", "u1,u_2", "internal_user_ids", {"u1", "u_2"}),
            ("GHL_BASE_URL", "http://127.0.0.1:8700/", "ghl_base_url", "http://127.0.0.1:8700"),
            ("DB_PATH", "/data/sentinel.db", "db_path", Path("/data/sentinel.db")),
            ("SMS_SLA_HOURS", "0.5", "sms_sla", timedelta(minutes=30)),
            ("SMS_SEGMENT_PRICE", "0.0079", "sms_segment_price", Decimal("0.0079")),
            ("SMS_SEGMENT_PRICE", "2", "sms_segment_price", Decimal(2)),
            ("ACK_CLOSE_WINDOW_HOURS", "0", "ack_window", timedelta(0)),
            ("ANSWERED_CALL_MIN_SECONDS", "0", "answered_call_min", timedelta(0)),
            ("CHANNELS", "sms, WhatsApp", "channels", {Channel.SMS, Channel.WHATSAPP}),
            ("LETTER_HOURS", "7 - 24:00", "letter_hours", (time(7), time.max)),
            ("CALL_ATTEMPT_RESOLVES", "no", "call_attempt_resolves", False),
            ("WEBHOOK_ALLOW_QUERY_SECRET", "True", "allow_query_secret", True),
            ("AUTO_REPLY_WORDS", "Ja,  See you", "auto_reply_words", {"ja", "see you"}),
            ("RAW_EVENTS_RETENTION_DAYS", "7", "raw_events_retention", timedelta(days=7)),
            ("BACKUP_KEEP", "3", "backup_keep", 3),
        ],
    )
    def test_a_text_becomes_its_value(self, tmp_path: Path, name: str, text: str, field: str, value: object) -> None:
        assert getattr(settings_of(tmp_path, **{name: text}), field) == value

    def test_managers_are_internal_too(self, tmp_path: Path) -> None:
        found = settings_of(tmp_path, MANAGER_CONTACT_IDS="m1", INTERNAL_CONTACT_IDS="c1")
        assert found.internal_contacts == {"m1", "c1"}

    def test_neither_the_token_nor_the_secret_is_in_the_repr(self, tmp_path: Path) -> None:
        shown = repr(settings_of(tmp_path, WEBHOOK_SECRET=SECRET, GHL_TOKEN="pit-9f8e7d"))
        assert SECRET not in shown
        assert "pit-9f8e7d" not in shown


class TestHours:
    MONDAY = date(2026, 11, 23)

    @staticmethod
    def local_hours(found: Settings, on: date) -> list[str]:
        local = found.business_hours.local
        spans = found.business_hours.intervals(on)
        return [f"{local(opens):%H:%M}-{local(closes):%H:%M}" for opens, closes in spans]

    def test_business_hours_are_in_the_time_zone(self, tmp_path: Path) -> None:
        found = settings_of(tmp_path, TIMEZONE="Europe/Vienna").business_hours.intervals(self.MONDAY)
        assert found[0].opens == datetime(2026, 11, 23, 7, tzinfo=UTC)

    def test_shifts_may_be_split(self, tmp_path: Path) -> None:
        found = settings_of(tmp_path, BUSINESS_HOURS="Mon-Fri 08:00-12:00,13:00-17:00; Sat 09:00-12:00")
        assert self.local_hours(found, self.MONDAY) == ["08:00-12:00", "13:00-17:00"]

    @pytest.mark.parametrize(
        ("opens", "closes", "hours"),
        [
            ("8", "17", "08:00-17:00"),
            ("07:30", "16:00", "07:30-16:00"),
            ("9", "", "09:00-17:00"),
            ("", "18", "08:00-18:00"),
        ],
    )
    def test_the_older_pair_holds_where_business_hours_is_not_set(
        self, tmp_path: Path, opens: str, closes: str, hours: str
    ) -> None:
        found = settings_of(tmp_path, BUSINESS_HOURS_START=opens, BUSINESS_HOURS_END=closes)
        assert self.local_hours(found, self.MONDAY) == [hours]

    def test_business_hours_beats_the_older_pair(self, tmp_path: Path) -> None:
        found = settings_of(
            tmp_path, BUSINESS_HOURS="Mon 10:00-11:00", BUSINESS_HOURS_START="8", BUSINESS_HOURS_END="17"
        )
        assert self.local_hours(found, self.MONDAY) == ["10:00-11:00"]

    def test_an_older_pair_that_ends_before_it_begins_is_told_by_its_names(self, tmp_path: Path) -> None:
        assert problems_of(tmp_path, BUSINESS_HOURS_START="17", BUSINESS_HOURS_END="8") == [
            "BUSINESS_HOURS_START (17:00) is not before BUSINESS_HOURS_END (08:00)"
        ]

    def test_holidays_close_the_business(self, tmp_path: Path) -> None:
        found = settings_of(tmp_path, HOLIDAYS="US/Thanksgiving Day,2026-11-27")
        assert found.business_hours.closed_reason(date(2026, 11, 26)) == "Thanksgiving Day"


class TestTheZone:
    """Of a start that fails before the settings are known."""

    @pytest.mark.parametrize(
        ("in_file", "environ", "name"),
        [
            ("SMS_SLA_HOURS=two\nTIMEZONE=Asia/Tokyo\n", {}, "Asia/Tokyo"),
            ("<html>\nTIMEZONE=Asia/Tokyo\n", {"TIMEZONE": "Europe/Paris"}, "Europe/Paris"),
            ("SMS_SLA_HOURS=two\n", {}, "America/Chicago"),
            ("TIMEZONE=Mars\n", {}, "UTC"),
            ("", {"SENTINEL_HOME": "/nowhere"}, "UTC"),
        ],
    )
    def test_it_is_read_as_far_as_it_can_be(
        self, tmp_path: Path, in_file: str, environ: dict[str, str], name: str
    ) -> None:
        (tmp_path / ".env").write_text(in_file)
        assert str(zone_of({"SENTINEL_HOME": str(tmp_path), **environ}, tmp_path, None)) == name


class TestTheTable:
    def test_it_fills_every_field(self) -> None:
        read = {setting.field for setting in SETTINGS} - {"weekly", "opens", "closes", "closed_on"}
        assert read | {"home", "business_hours"} == {each.name for each in fields(Settings)}

    def test_each_setting_has_a_meaning_in_one_line(self) -> None:
        assert [setting.name for setting in SETTINGS if not 0 < len(setting.meaning) <= 110] == []

    def test_the_example_file_holds_every_setting_in_order_with_its_default(self) -> None:
        lines = [line.removeprefix("#") for line in EXAMPLE.read_text().splitlines() if not line.startswith("# ")]
        replica = dict.fromkeys(re.findall(r"LITESTREAM_\w+", (EXAMPLE.parent / "compose.yaml").read_text()))
        wanted = [f"{setting.name}={setting.default}" for setting in SETTINGS] + [f"{name}=" for name in replica]
        assert [line for line in lines if line] == wanted

    def test_litestream_s_own_settings_are_left_alone(self, tmp_path: Path) -> None:
        text = EXAMPLE.read_text().replace("#LITESTREAM", "LITESTREAM")
        (tmp_path / ".env").write_text(re.sub("^(LITESTREAM.*=)$", r"\1x", text, flags=re.MULTILINE))
        assert settings_of(tmp_path) == settings_of(tmp_path, LITESTREAM_BUCKET="y")

    def test_compose_reads_nothing_from_dot_env_but_settings(self) -> None:
        read = set(re.findall(r"\$\{(\w+):", (EXAMPLE.parent / "compose.yaml").read_text())) - {"SENTINEL_HOME"}
        # Those of the optional copy are Litestream's own.
        assert {name for name in read if not name.startswith("LITESTREAM_")} <= {setting.name for setting in SETTINGS}

    def test_the_example_file_says_what_each_setting_means(self) -> None:
        text = EXAMPLE.read_text()
        assert [setting.name for setting in SETTINGS if f"# {setting.meaning}" not in text] == []

    def test_the_example_file_loads_as_it_is(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text(EXAMPLE.read_text())
        assert settings_of(tmp_path) is not None


class TestSalvage:
    def test_what_cannot_be_read_holds_its_default_and_the_rest_its_value(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("SMS_SLA_HOURS=soon\nCALL_SLA_HOURS=3\n")
        found = salvage({}, tmp_path, None)
        assert (found.settings.sms_sla, found.settings.call_sla) == (timedelta(hours=2), timedelta(hours=3))
        assert found.unreadable == {"SMS_SLA_HOURS"}

    def test_settings_that_contradict_each_other_hold_their_defaults(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("SENTINEL_NOW=2026-11-23T14:00:00Z\nCALL_ROUTE_FIELD=route\n")
        found = salvage({}, tmp_path, None)
        assert (found.settings.now, found.settings.call_route_field, len(found.problems)) == (None, "", 2)
        assert found.unreadable == {"SENTINEL_NOW", "CALL_ROUTE_FIELD", "CALL_ROUTE_VALUE"}

    @pytest.mark.parametrize(
        ("line", "what"),
        [
            (b"GHL_TOKEN=pit-1\r\n", "a carriage return"),
            (b'GHL_TOKEN=" pit-1"\n', "blanks at an end"),
            (b'GHL_TOKEN="pit-1\r\n"\n', "a carriage return"),
            (b"GHL_TOKEN=pit-1'\n", "a quote at an end"),
        ],
    )
    def test_what_nobody_typed_is_found_by_the_setting_s_name(self, tmp_path: Path, line: bytes, what: str) -> None:
        (tmp_path / ".env").write_bytes(line)
        assert salvage({}, tmp_path, None).stray == [("GHL_TOKEN", what)]

    def test_the_environment_is_looked_at_as_it_is(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("GHL_TOKEN=pit-1\n")
        assert salvage({"GHL_TOKEN": '"pit-1"'}, tmp_path, None).stray == [("GHL_TOKEN", "a quote at an end")]

    def test_a_tidy_file_holds_nothing_stray(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text('GHL_TOKEN="pit-1"\nHOLIDAYS=US/Labor Day, 2026-12-24  # ours\n')
        assert salvage({}, tmp_path, None).stray == []


class TestExposed:
    @pytest.mark.parametrize(
        ("mode", "how"),
        [
            (0o600, None),
            (0o400, None),
            (0o640, "is readable by others (mode 640)"),
            (0o604, "is readable by others (mode 604)"),
            (0o644, "is readable by others (mode 644)"),
            (0o620, "is writable by others (mode 620)"),
            (0o602, "is writable by others (mode 602)"),
            (0o666, "is writable by others (mode 666)"),
        ],
    )
    def test_what_others_may_do_with_the_secrets_is_said(self, tmp_path: Path, mode: int, how: str | None) -> None:
        (tmp_path / ".env").write_text("WEBHOOK_SECRET=x\n")
        (tmp_path / ".env").chmod(mode)
        assert exposed(tmp_path) == how

    def test_a_file_that_is_not_there_shows_nothing(self, tmp_path: Path) -> None:
        assert exposed(tmp_path) is None
