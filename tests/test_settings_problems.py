"""How strange, missing and mistaken settings are told: all at once, by name, without a secret."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sentinel_cli.errors import Misconfigured
from sentinel_cli.settings import webhook_secrets
from tests.test_settings import SECRET, problems_of, settings_of

# What production's own .env holds today: names that Sentinel no longer uses must not stop it.
PRODUCTION = """
WEBHOOK_SECRET=q7Zk2mVw9LrT4xBn
OPENAI_API_KEY=
DB_PATH=/data/sentinel.db
TIMEZONE=America/Chicago
BUSINESS_HOURS_START=08:00
BUSINESS_HOURS_END=17:00
OPENAI_BASE_URL=https://api.openai.com/v1
FLOW_LOG_ENABLED=1
INTERNAL_REPLY_GRACE_HOURS=12
ACK_CLOSE_ENABLED=1
ACK_CLOSE_WINDOW_MODE=eod
ACK_CLOSE_WINDOW_HOURS=12
ACK_CLOSE_MAX_LEN=80
SMS_SLA_HOURS=0.5
CALL_SLA_HOURS=0.5
CALL_DEDUPE_WINDOW_MINUTES=240
CALL_REQUIRE_MISSED_MARKER=1
CALL_MISSED_MARKER_KEYS=sentinel_missed_call,missed_call
AI_GATE_ENABLED=0
CRON_DOW=1-5
CRON_MORNING_HOUR=8
CRON_BUSINESS_HOURS=8-16
CRON_BUSINESS_END_HOUR=17
CRON_POLL_RESOLVER_EVERY_MINUTES=15
"""


class TestStrangeValues:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("MANAGER_CONTACT_IDS", "a1 b2"),
            ("INTERNAL_USER_IDS", '["u1","u2"]'),
            ("INTERNAL_CONTACT_IDS", "<id of Casey>"),
            ("GHL_LOCATION_ID", "loc 1"),
            ("GHL_BASE_URL", "services.leadconnectorhq.com"),
            ("GHL_BASE_URL", "https://"),
            ("GHL_BASE_URL", "https://ghl.example:99999"),
            ("GHL_BASE_URL", "https://ghl.example:https"),
            ("GHL_BASE_URL", "https://ghl..example"),
            ("GHL_BASE_URL", "https://[::1"),
            ("GHL_BASE_URL", "https://ghl\u2013example"),
            ("GHL_BASE_URL", "https://ghl.example?v=2"),
            ("GHL_BASE_URL", "https://ghl.example/#api"),
            ("RECEIVER_URL", "http://127.0.0.1:80001"),
            ("TIMEZONE", "Central"),
            ("TIMEZONE", "../etc/passwd"),
            ("BUSINESS_HOURS", "Mon-Fri 8-17"),
            ("BUSINESS_HOURS_START", "8am"),
            ("BUSINESS_HOURS_END", "25"),
            ("HOLIDAYS", "US/Thanksgivin"),
            ("SMS_SLA_HOURS", "two"),
            ("SMS_SLA_HOURS", "0"),
            ("CALL_SLA_HOURS", "-1"),
            ("CALL_SLA_HOURS", "1e9"),
            ("ESCALATE_AFTER_HOURS", "nan"),
            ("CHANNELS", "SMS,FAX"),
            ("CHANNELS", "OTHER"),
            ("CHANNELS", ","),
            ("LETTER_HOURS", "06:30"),
            ("LETTER_HOURS", "20:00-06:30"),
            ("CALL_ATTEMPT_RESOLVES", "2"),
            ("WEBHOOK_ALLOW_QUERY_SECRET", "off"),
            ("ANSWERED_CALL_MIN_SECONDS", "1.5"),
            ("SUMMARY_MAX_ITEMS_PER_SECTION", "0"),
            ("SMS_SEGMENT_PRICE", "$0.0079"),
            ("SMS_SEGMENT_PRICE", "0.0"),
            ("SMS_SEGMENT_PRICE", "-1"),
            ("RAW_EVENTS_RETENTION_DAYS", "0"),
            ("SENTINEL_NOW", "2026-11-23T08:00:00"),
        ],
    )
    def test_one_is_an_error_that_names_it_quotes_it_and_shows_a_good_one(
        self, tmp_path: Path, name: str, text: str
    ) -> None:
        [problem] = problems_of(tmp_path, **{name: text})
        assert problem.startswith(f"{name}={text!r}: ")
        assert f"; for example {name}=" in problem

    @pytest.mark.parametrize(
        ("text", "quoted"),
        [("US/Thanksgiving", ""), (" US/Thanksgiving ", ""), ("2026-12-24,US/Thanksgiving", "'US/Thanksgiving': ")],
    )
    def test_a_strange_holiday_is_quoted_once_with_one_to_type(self, tmp_path: Path, text: str, quoted: str) -> None:
        [problem] = problems_of(tmp_path, HOLIDAYS=text)
        told = f"{quoted}no such holiday; did you mean US/Thanksgiving Day?"
        assert problem.startswith(f"HOLIDAYS={text.strip()!r}: {told}; for example ")

    def test_all_of_them_are_told_together(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("SMS_SLA_HOURS=two\nINTERNAL_USERS_IDS=u1\n")
        told = problems_of(tmp_path, TIMEZONE="Central", LETTER_HOURS="never")
        assert sorted(line.split("=")[0].split(" ")[0] for line in told) == [
            "INTERNAL_USERS_IDS",
            "LETTER_HOURS",
            "SMS_SLA_HOURS",
            "TIMEZONE",
        ]

    @pytest.mark.parametrize("given", [{"CALL_ROUTE_FIELD": "voicemail_route"}, {"CALL_ROUTE_VALUE": "tech_sentinel"}])
    def test_half_a_call_route_is_an_error(self, tmp_path: Path, given: dict[str, str]) -> None:
        assert problems_of(tmp_path, **given) == ["CALL_ROUTE_FIELD and CALL_ROUTE_VALUE: set both or neither"]

    def test_a_whole_call_route_is_none(self, tmp_path: Path) -> None:
        found = settings_of(tmp_path, CALL_ROUTE_FIELD="voicemail_route", CALL_ROUTE_VALUE="tech_sentinel")
        assert (found.call_route_field, found.call_route_value) == ("voicemail_route", "tech_sentinel")

    @pytest.mark.parametrize("token", ["Bearer pit-9f8e7d6c", "pit-9f8e\n7d6c", "pit-9f8e7d6c\u200b"])
    def test_a_token_no_header_can_carry_is_told_without_it(self, tmp_path: Path, token: str) -> None:
        [problem] = problems_of(tmp_path, GHL_TOKEN=token)
        assert problem == "GHL_TOKEN holds white space or other characters that no header can carry"

    def test_a_secret_in_the_wrong_variable_is_not_shown(self, tmp_path: Path) -> None:
        told = problems_of(tmp_path, WEBHOOK_SECRET=SECRET, TIMEZONE=SECRET, CHANNELS="pit-12345678-9abc")
        assert [line.partition(" ")[0] for line in told] == ["TIMEZONE", "CHANNELS"]
        assert SECRET not in " ".join(told)
        assert "pit-" not in " ".join(told)

    def test_a_password_in_an_address_is_refused_and_not_shown(self, tmp_path: Path) -> None:
        [problem] = problems_of(tmp_path, GHL_BASE_URL="https://casey:swordfish@ghl.example")
        assert problem.startswith("GHL_BASE_URL is not an http or https address; for example ")

    @pytest.mark.parametrize("name", ["TIMEZONE", "BUSINESS_HOURS", "CHANNELS", "LETTER_HOURS", "SMS_SLA_HOURS"])
    def test_what_looks_like_a_secret_is_not_shown_even_where_none_is_set(self, tmp_path: Path, name: str) -> None:
        assert not [line for line in problems_of(tmp_path, **{name: "Zq7Zk2mVw9LrT4xBn"}) if "Zk2m" in line]


class TestFixedClock:
    @pytest.mark.parametrize(
        "base", ["http://127.0.0.1:8700", "http://127.8.8.8", "http://localhost:1", "http://[::1]:8700"]
    )
    def test_it_holds_on_a_loopback_address(self, tmp_path: Path, base: str) -> None:
        found = settings_of(tmp_path, GHL_BASE_URL=base, SENTINEL_NOW="2026-11-23T08:00:00-06:00")
        assert found.now == datetime(2026, 11, 23, 14, tzinfo=UTC)

    @pytest.mark.parametrize(
        "base", ["", "https://localhost.example.com", "http://10.0.0.1", "http://127.0.0.1.example.com"]
    )
    def test_it_is_refused_elsewhere(self, tmp_path: Path, base: str) -> None:
        [problem] = problems_of(tmp_path, GHL_BASE_URL=base, SENTINEL_NOW="2026-11-23T14:00:00Z")
        assert problem.startswith("SENTINEL_NOW: ")


class TestRequire:
    def test_everything_missing_is_told_at_once_a_line_each(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured) as raised:
            settings_of(tmp_path, GHL_LOCATION_ID="loc1").require("GHL_TOKEN", "GHL_LOCATION_ID", "MANAGER_CONTACT_IDS")
        assert str(raised.value) == "GHL_TOKEN is not set\nMANAGER_CONTACT_IDS is not set"

    def test_what_is_set_passes(self, tmp_path: Path) -> None:
        assert settings_of(tmp_path, GHL_TOKEN="pit-1").require("GHL_TOKEN") is None


class TestWebhookSecrets:
    def test_two_are_valid_while_one_is_rotated(self, tmp_path: Path) -> None:
        found = settings_of(tmp_path, WEBHOOK_SECRET=f"{SECRET}, bench-secret-0123456789")
        assert webhook_secrets(found) == (SECRET, "bench-secret-0123456789")

    @pytest.mark.parametrize("text", ["", " , "])
    def test_none_is_an_error(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(Misconfigured, match=r"^WEBHOOK_SECRET is not set$"):
            webhook_secrets(settings_of(tmp_path, WEBHOOK_SECRET=text))

    def test_a_short_one_is_told_by_its_place_without_it(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured) as raised:
            webhook_secrets(settings_of(tmp_path, WEBHOOK_SECRET=f"{SECRET},q7Zk2mVw9LrT4xB"))
        assert str(raised.value) == "WEBHOOK_SECRET: secret 2 is shorter than 16 characters"

    @pytest.mark.parametrize("text", ["short", "changeme", "<secret>"])
    def test_a_short_placeholder_is_called_short(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(Misconfigured, match="secret 1 is shorter than 16 characters"):
            webhook_secrets(settings_of(tmp_path, WEBHOOK_SECRET=text))

    @pytest.mark.parametrize(
        "text",
        [
            "CHANGEME-please-1234567",
            "your-secret-goes-here",
            "your-long-random-value-of-32-characters",
            "<a-long-random-string>",
            "{{webhook_secret_value}}",
            "xxxxxxxxxxxxxxxxxxxx",
            "secretsecretsecret",
            "webhook_secret_here",
            "replace-this-with-a-random-string",
            "0000000000000000",
            "sentinel-webhook-secret",
            "test-secret-test-secret",
            "super-secret-password-123",
            "1234567890123456",
            "0123456789abcdef",
            "at-least-16-characters",
            "ntpp-sentinel-dev-key",
            "paste-a-generated-value-here",
        ],
    )
    def test_a_placeholder_is_refused(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(Misconfigured, match="secret 1 is a placeholder"):
            webhook_secrets(settings_of(tmp_path, WEBHOOK_SECRET=text))

    @pytest.mark.parametrize(
        "text", ["9f86d081884c7d659a2feaa0c55ad015", "8301937465028174", "q7Zk2mVw9LrT4xBn", "Trout-lamp-4417-Harbour"]
    )
    def test_a_secret_that_somebody_made_is_good(self, tmp_path: Path, text: str) -> None:
        assert webhook_secrets(settings_of(tmp_path, WEBHOOK_SECRET=text)) == (text,)


class TestWebhookPublicKeys:
    ONE = "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg="
    TWO = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
    PEM = f"-----BEGIN PUBLIC KEY-----\n{ONE}\n-----END PUBLIC KEY-----\n"

    @pytest.mark.parametrize(
        ("text", "keys"),
        [
            (ONE, 1),
            (f"{ONE},{TWO}", 2),
            (f" {ONE} , {ONE}", 1),
            (PEM, 1),
            (PEM.replace("\n", "\\n"), 1),
            (PEM.replace("\n", "\r\n"), 1),
            (PEM + PEM.replace(ONE, TWO), 2),
            (f"{PEM},{TWO}", 2),
        ],
    )
    def test_a_key_is_a_pem_or_its_base64(self, tmp_path: Path, text: str, keys: int) -> None:
        found = settings_of(tmp_path, GHL_WEBHOOK_PUBLIC_KEYS=text).webhook_public_keys
        assert [len(key) for key in found] == [32] * keys
        assert found[0] == settings_of(tmp_path).webhook_public_keys[0]

    @pytest.mark.parametrize("quote", ["", "'", '"'])
    def test_a_pem_fits_into_one_line_of_dot_env(self, tmp_path: Path, quote: str) -> None:
        one_line = self.PEM.replace("\n", "\\n")
        (tmp_path / ".env").write_text(f"GHL_WEBHOOK_PUBLIC_KEYS={quote}{one_line}{quote}\n")
        assert (
            settings_of(tmp_path).webhook_public_keys
            == settings_of(tmp_path, GHL_WEBHOOK_PUBLIC_KEYS=self.ONE).webhook_public_keys
        )

    @pytest.mark.parametrize(
        "text",
        ["N/A", "none", ONE[:-4], ONE + "AAAA", ONE.swapcase(), f"{ONE},nonsense", "MIICIjANBgkqhkiG9w0BAQEFAAOC"],
    )
    def test_whatever_is_no_ed25519_key_is_an_error(self, tmp_path: Path, text: str) -> None:
        [told] = problems_of(tmp_path, GHL_WEBHOOK_PUBLIC_KEYS=text)
        assert "is no list of Ed25519 public keys" in told


class TestNearMisses:
    @pytest.mark.parametrize(
        ("wrong", "right"),
        [
            ("INTERNAL_USERS_IDS", "INTERNAL_USER_IDS"),
            ("MANAGER_CONTACT_ID", "MANAGER_CONTACT_IDS"),
            ("webhook_secret", "WEBHOOK_SECRET"),
            ("WEBHOOK_SECRETS", "WEBHOOK_SECRET"),
            ("TIME_ZONE", "TIMEZONE"),
            ("HOLIDAY", "HOLIDAYS"),
            ("BUSINESS_HOUR", "BUSINESS_HOURS"),
        ],
    )
    def test_one_in_dot_env_is_an_error_that_names_ours(self, tmp_path: Path, wrong: str, right: str) -> None:
        (tmp_path / ".env").write_text(f"{wrong}=1\n")
        assert problems_of(tmp_path) == [f"{wrong} is no setting; did you mean {right}?"]

    def test_one_in_the_environment_is_an_error_too(self, tmp_path: Path) -> None:
        told = problems_of(tmp_path, INTERNAL_USERS_IDS="u1")
        assert told == ["INTERNAL_USERS_IDS is no setting; did you mean INTERNAL_USER_IDS?"]

    @pytest.mark.parametrize(
        "name", ["PATH", "HOME", "TZ", "LD_PATH", "CHANNEL", "TIME_ZONE", "TIMEZONE_X", "HOLIDAY", "GHL_TOKEN_FILE"]
    )
    def test_the_host_s_own_variables_are_left_alone(self, tmp_path: Path, name: str) -> None:
        assert settings_of(tmp_path, **{name: "1"}).home == tmp_path

    def test_production_s_dot_env_still_loads(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text(PRODUCTION)
        assert settings_of(tmp_path).sms_sla == timedelta(minutes=30)
