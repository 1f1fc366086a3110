"""The one list of settings, which the reader, .env.example and the documentation follow; refuses to know any value."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sentinel_cli import setting_values as read
from sentinel_cli.domain.hours import parse_business_hours
from sentinel_cli.holiday_calendar import closures

__all__ = ["SETTINGS", "Setting"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One name an operator may set: what holds where it is not set, what it means, and how its text is read.

    `field` is its place in `Settings`; `example` stands in errors where the default would not help.
    """

    name: str
    default: str
    field: str
    read: Callable[[str], object]
    meaning: str
    example: str = ""
    secret: bool = False


SETTINGS = (
    Setting("WEBHOOK_SECRET", "", "webhook_secret", read.secret_texts,
            "what GHL's webhooks must show us, 16 characters or more; two, comma-separated, while one is rotated",
            secret=True),
    Setting("GHL_WEBHOOK_PUBLIC_KEYS", "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=",
            "webhook_public_keys", read.public_keys,
            "GHL's keys for the signature under a marketplace app's webhooks; two, comma-separated, while one changes"),
    Setting("GHL_TOKEN", "", "ghl_token", read.secret_text,
            "the Private Integration token of the location", secret=True),
    Setting("GHL_LOCATION_ID", "", "ghl_location_id", read.one_word,
            "the GHL location (sub-account) that is watched"),
    Setting("MANAGER_CONTACT_IDS", "", "manager_contact_ids", read.ids,
            "contact ids of those who get the summaries, comma-separated; they are internal too", "id1,id2"),
    Setting("INTERNAL_CONTACT_IDS", "", "internal_contact_ids", read.ids,
            "contact ids of colleagues, whose messages open no issue", "id1,id2"),
    Setting("INTERNAL_USER_IDS", "", "internal_user_ids", read.id_set,
            "GHL user ids of the people whose replies are answers; empty: every user of the location", "id1,id2"),
    Setting("GHL_BASE_URL", "https://services.leadconnectorhq.com", "ghl_base_url", read.url,
            "the GHL API"),
    Setting("GHL_VERSION", "2021-07-28", "ghl_version", read.one_word,
            "the version of the GHL API that is asked for"),
    Setting("GHL_APP_BASE", "https://app.gohighlevel.com", "ghl_app_base", read.url,
            "where links to conversations lead"),
    Setting("DB_PATH", "data/sentinel.db", "db_path", Path,
            "the database file; a relative path starts at SENTINEL_HOME"),
    Setting("TIMEZONE", "America/Chicago", "timezone", read.zone,
            "the time zone of the business"),
    Setting("BUSINESS_HOURS", "Mon-Fri 08:00-17:00", "weekly", parse_business_hours,
            "when answers are owed; commas between the shifts of a day, semicolons between days",
            "Mon-Fri 08:00-12:00,13:00-17:00; Sat 09:00-12:00"),
    Setting("BUSINESS_HOURS_START", "", "opens", read.clock_time,
            "older form of BUSINESS_HOURS, Monday to Friday; used where that is not set", "08:00"),
    Setting("BUSINESS_HOURS_END", "", "closes", read.clock_time,
            "older form of BUSINESS_HOURS, Monday to Friday; used where that is not set", "17:00"),
    Setting("HOLIDAYS", "", "closed_on", closures,
            "closed days, comma-separated: US/Thanksgiving Day for one, ISO dates, US-TX for all of a region (many)",
            "US/Thanksgiving Day,2026-12-24"),
    Setting("SMS_SLA_HOURS", "2", "sms_sla", read.hours,
            "business hours within which a text is owed an answer"),
    Setting("CALL_SLA_HOURS", "2", "call_sla", read.hours,
            "business hours within which a missed call is owed an answer"),
    Setting("ESCALATE_AFTER_HOURS", "24", "escalate_after", read.hours,
            "business hours after which an open issue is escalated"),
    Setting("CHANNELS", "SMS,CALL", "channels", read.channels,
            "channels whose messages open issues"),
    Setting("LETTER_HOURS", "06:30-20:00", "letter_hours", read.letter_hours,
            "local times between which managers may be texted"),
    Setting("CALL_ATTEMPT_RESOLVES", "1", "call_attempt_resolves", read.flag,
            "1: calling back resolves a missed call, even when nobody picks up"),
    Setting("ANSWERED_CALL_MIN_SECONDS", "60", "answered_call_min", read.seconds,
            "a completed inbound call shorter than this answers nothing; 0: trust GHL"),
    Setting("ACK_CLOSE_WINDOW_HOURS", "96", "ack_window", read.hours_or_off,
            "how long after our answer a thank-you opens no issue; 0: off"),
    Setting("AUTO_REPLY_WORDS", "C,CONFIRM,CONFIRMED", "auto_reply_words", read.words,
            "whole texts that open no issue when our newest text is automation's"),
    Setting("CALL_ROUTE_FIELD", "", "call_route_field", read.one_word,
            "only calls whose webhook holds CALL_ROUTE_VALUE in this field open issues; empty: all calls",
            "voicemail_route"),
    Setting("CALL_ROUTE_VALUE", "", "call_route_value", str,
            "what CALL_ROUTE_FIELD must hold", "tech_sentinel"),
    Setting("SUMMARY_MAX_ITEMS_PER_SECTION", "8", "summary_max_items", read.count,
            "lines that a section of the summary may have"),
    Setting("SMS_SEGMENT_PRICE", "", "sms_segment_price", read.price,
            "what GHL charges for one segment of a text, in your currency: --dry-run then estimates a month", "0.0079"),
    Setting("RAW_EVENTS_RETENTION_DAYS", "30", "raw_events_retention", read.days,
            "days for which the deliveries of settled issues are kept"),
    Setting("BACKUP_KEEP", "14", "backup_keep", read.count,
            "backups that are kept in the folder backups/ beside the database"),
    Setting("WEBHOOK_ALLOW_QUERY_SECRET", "0", "allow_query_secret", read.flag,
            "1: the secret may come as ?secret= too"),
    *(
        Setting(f"HEALTHCHECK_URL_{job}", "", f"healthcheck_{job.lower()}", read.ping_url,
                f"the check of Healthchecks, Cronitor or the like that hears when {name} begins and how it ends",
                secret=True)
        for job, name in (
            ("POLL_RESOLVER", "poll-resolver"), ("SEND_SUMMARY", "send-summary"), ("SEND_ALERTS", "send-alerts"),
            ("RUN_ORDERS", "run-orders"), ("DB_BACKUP", "db backup"), ("PRUNE", "prune"),
        )
    ),
    Setting("LOG_FORMAT", "text", "log_format", read.log_format,
            "`text`, or `json`: every line that goes to a log is one JSON object"),
    Setting("RECEIVER_URL", "http://127.0.0.1:8000", "receiver_url", read.url,
            "where doctor asks the receiver on this host for its health"),
    Setting("SENTINEL_SITE", "", "site", read.one_word,
            "the public name of the receiver: the proxy's site, and where doctor asks from outside",
            "sentinel.example.com"),
    Setting("SENTINEL_UID", "1000", "container_uid", read.whole,
            "the user id the container runs as: who owns data/ and runs the crontab"),
    Setting("SENTINEL_GID", "1000", "container_gid", read.whole,
            "the group id the container runs as"),
    Setting("SENTINEL_NOW", "", "now", read.fixed_clock,
            "a fixed clock for rehearsals; only where GHL_BASE_URL is a loopback address", "2026-11-23T14:00:00Z"),
)  # fmt: skip
