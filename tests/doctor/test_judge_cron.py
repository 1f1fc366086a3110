"""What the checklist says of cron: Monday, 10:00 in Chicago, unless a case says otherwise."""

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sentinel_cli.commands.job_runs import JOBS
from sentinel_cli.doctor.judge.cron import CronSeen, LogSeen, RunSeen, StartSeen, judge_cron
from sentinel_cli.doctor.judge.crontab import RECORDED, read_crontab
from tests.documents import PAGES

from .said import judged, one, unmended, verdicts

CHICAGO = ZoneInfo("America/Chicago")
DELIVERED = (Path(__file__).parent.parent.parent / "deploy" / "crontab").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 23, 10, tzinfo=CHICAGO)
HOME = "/opt/ntpp-sentinel"
LOG = f"{HOME}/logs/cron.log"


def monday(clock: str, day: int = 23) -> datetime:
    return datetime.combine(datetime(2026, 11, day, tzinfo=CHICAGO), time.fromisoformat(clock), CHICAGO).astimezone(UTC)


STARTS = [
    StartSeen("send-summary", monday("11:30", 20)),
    StartSeen("send-summary", monday("15:30", 20)),
    StartSeen("send-summary", monday("08:30")),
    StartSeen("poll-resolver", monday("09:50")),
    StartSeen("run-orders", monday("09:59")),
    StartSeen("send-alerts", monday("09:53")),
    StartSeen("backup", monday("02:25")),
    StartSeen("prune", monday("02:55", 22)),
]
ENDED = RunSeen(started_at=monday("09:50"), ended_at=monday("09:51"), exit_code=0)


def seen(**changes: Any) -> CronSeen:
    healthy = {
        "now": NOW,
        "zone": CHICAGO,
        "home": HOME,
        "business": CHICAGO,
        "letter_hours": (time(6, 30), time(20)),
        "log": LogSeen(path=LOG, size=1000, changed_at=monday("09:54")),
        "daemons": ["cron"],
        "installed": DELIVERED,
        "delivered": DELIVERED,
        "delivered_file": f"{HOME}/deploy/crontab",
        "runs": {"poll-resolver": ENDED},
        "starts": STARTS,
        "made_at": monday("08:00", 2),
    }
    return CronSeen(**(healthy | changes))


def test_a_host_as_it_should_be_is_all_ok() -> None:
    assert verdicts(judge_cron(seen())) == [
        ("daemon", "ok"),
        ("crontab", "ok"),
        ("send-summary morning", "ok"),
        ("send-summary midday", "ok"),
        ("send-summary afternoon", "ok"),
        ("poll-resolver", "ok"),
        ("run-orders", "ok"),
        ("send-alerts", "ok"),
        ("db backup", "ok"),
        ("prune", "ok"),
        ("log", "ok"),
    ]


@pytest.mark.parametrize(
    ("changes", "check", "verdict"),
    [
        ({"daemons": []}, "daemon", "problem"),
        ({"daemons": None}, "daemon", "skipped"),
        ({"installed": None}, "crontab", "skipped"),
        ({"installed": ""}, "crontab", "problem"),
        ({"installed": "0 5 * * * backup /home\n"}, "crontab", "problem"),
        ({"delivered": None}, "crontab", "skipped"),
        ({"home": "/srv/sentinel"}, "crontab", "problem"),
        ({"installed": f"# mine\n\n5 4 * * * rsync a b\n{DELIVERED}"}, "crontab", "ok"),
        ({"installed": DELIVERED.replace("5,20,35,50 8-17", "*/15 8-17")}, "crontab", "problem"),
        ({"installed": DELIVERED.replace(">> ", "> ")}, "crontab", "problem"),
        ({"runs": None}, "last runs", "skipped"),
        ({"installed": DELIVERED.replace("30 8 * * 1-5", "30 5 * * 1-5")}, "letter hours", "problem"),
        ({"zone": ZoneInfo("Asia/Tokyo")}, "letter hours", "problem"),
    ],
)
def test_each_trouble_has_its_line(changes: dict[str, Any], check: str, verdict: str) -> None:
    findings = judge_cron(seen(**changes))
    assert {each.verdict.value for each in findings if each.check == check} == {verdict}
    assert unmended(findings) == []


[METRICS] = re.findall(r"^\*/5 \* .* metrics .*$", PAGES["docs/observability.md"], re.MULTILINE)


@pytest.mark.parametrize("line", [METRICS, "59 3 * * * sentinel report --csv", "59 3 * * * sentinel prune --dry-run"])
def test_a_line_of_the_operator_s_that_leaves_no_run_behind_is_not_missed(line: str) -> None:
    at_night = {"now": NOW.replace(hour=4, minute=4), "log": LogSeen(path=LOG, size=9, changed_at=monday("02:25"))}
    delivered = DELIVERED.replace("* * * * * ", "0 12 * * * ")
    before = judge_cron(seen(**at_night, installed=delivered, delivered=delivered))
    assert judged(before, "log")[0] == "ok"
    assert judge_cron(seen(**at_night, installed=f"{delivered}{line}\n", delivered=delivered)) == before


def test_the_jobs_whose_runs_are_looked_for_are_those_that_jobs_list_knows() -> None:
    assert frozenset(JOBS) == RECORDED


@pytest.mark.parametrize(
    ("installed", "says"),
    [
        (DELIVERED.replace("0,10,30 11", "#0,10,30 11"), "missing: send-summary --slot midday"),
        (
            DELIVERED.replace("0,10,30 15", "0 15"),
            "send-summary --slot afternoon at '0 15 * * 1-5', delivered at '0,10,30 15 * * 1-5'",
        ),
        (f"{DELIVERED}{DELIVERED}", "2 times: poll-resolver"),
        (
            DELIVERED.replace("SENTINEL_HOME=", "#"),
            "the line SENTINEL_HOME=... is missing: cron's jobs do not find .env",
        ),
        (
            DELIVERED.replace(f"={HOME}", "=/srv/old"),
            "its SENTINEL_HOME is /srv/old, but this is /opt/ntpp-sentinel: two installations",
        ),
        (
            DELIVERED.replace('"$SENTINEL_HOME/.venv/bin/sentinel" poll', "/usr/bin/sentinel poll"),
            'poll-resolver is started differently: /usr/bin/sentinel poll-resolver >> "$SENTINEL_HOME/logs/cron',
        ),
    ],
)
def test_each_difference_from_the_delivered_file_is_told(installed: str, says: str) -> None:
    assert says in [each.found for each in judge_cron(seen(installed=installed)) if each.check == "crontab"]


@pytest.mark.parametrize(
    ("changes", "check", "verdict"),
    [
        # Due 9:50; a run since then will do, one before it will not.
        ({"starts": [StartSeen("poll-resolver", monday("09:59"))]}, "poll-resolver", "ok"),
        ({"starts": [StartSeen("poll-resolver", monday("09:35"))]}, "poll-resolver", "problem"),
        ({"starts": []}, "poll-resolver", "problem"),
        # Due 9:53: every five minutes.
        ({"starts": [StartSeen("send-alerts", monday("09:52"))]}, "send-alerts", "ok"),
        ({"starts": [StartSeen("send-alerts", monday("09:48"))]}, "send-alerts", "problem"),
        ({"now": monday("07:59"), "starts": []}, "send-alerts", "problem"),
        # 9:53, 3 minutes after it was due: still within the grace, so 9:35 counts.
        ({"now": monday("09:53"), "starts": [StartSeen("poll-resolver", monday("09:35"))]}, "poll-resolver", "ok"),
        ({"now": monday("09:54"), "starts": [StartSeen("poll-resolver", monday("09:35"))]}, "poll-resolver", "problem"),
        # Slots share the job's name: another slot's run is none of this one's.
        ({"starts": [StartSeen("send-summary", monday("15:30", 20))]}, "send-summary morning", "problem"),
        (
            {"now": monday("14:00"), "starts": [StartSeen("send-summary", monday("11:30"))]},
            "send-summary morning",
            "problem",
        ),
        (
            {"now": monday("14:00"), "starts": [StartSeen("send-summary", monday("10:59"))]},
            "send-summary morning",
            "ok",
        ),
        ({"starts": [StartSeen("send-summary", monday("08:30"))]}, "send-summary afternoon", "problem"),
        # Nothing can have run before there was a database.
        ({"starts": [], "made_at": monday("09:30")}, "send-summary morning", "skipped"),
        ({"starts": [], "made_at": monday("09:30")}, "poll-resolver", "problem"),
        ({"starts": [], "made_at": monday("09:51")}, "poll-resolver", "skipped"),
    ],
)
def test_each_line_s_newest_due_time_has_a_run_of_its_own(changes: dict[str, Any], check: str, verdict: str) -> None:
    assert judged(judge_cron(seen(**changes)), check)[0] == verdict


@pytest.mark.parametrize(
    ("slot", "verdict"),
    # A row of a release that did not note the slot goes by the time alone.
    [("midday", "problem"), ("afternoon", "ok"), (None, "ok")],
)
def test_a_summary_typed_by_hand_for_another_slot_is_not_the_one_that_is_due(slot: str | None, verdict: str) -> None:
    by_hand = StartSeen("send-summary", monday("15:35"), slot)
    assert judged(judge_cron(seen(now=monday("15:50"), starts=[by_hand])), "send-summary afternoon")[0] == verdict


def test_a_summary_made_up_for_later_is_its_slot_s_though_another_was_due_since() -> None:
    by_hand = StartSeen("send-summary", monday("15:35"), "midday")
    found = judge_cron(seen(now=monday("15:50"), starts=[by_hand]))
    assert one(found, "send-summary midday").found == "due Mon 11:30, ran 15m ago"


def test_on_the_first_day_it_says_when_the_first_time_is() -> None:
    findings = judge_cron(seen(starts=[], made_at=monday("09:51")))
    assert one(findings, "poll-resolver").found == "its first time has not come yet: Mon 10:05"


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        ([], ("skipped", "its first time was Mon 10:00, a moment ago")),
        ([StartSeen("run-orders", monday("10:00"))], ("ok", "due Mon 10:00, ran 1s ago")),
    ],
)
def test_no_first_time_that_has_passed_is_said_to_be_still_to_come(
    starts: list[StartSeen], said: tuple[str, str]
) -> None:
    now = NOW.replace(second=1)
    found = one(judge_cron(seen(now=now, starts=starts, made_at=monday("09:59:30"))), "run-orders")
    assert (found.verdict, found.found) == said


def test_a_run_that_is_still_at_work_is_no_missing_one() -> None:
    at_work = RunSeen(started_at=monday("09:49"), ended_at=None, exit_code=None)
    starts = [*STARTS[:3], StartSeen("poll-resolver", monday("09:48"))]
    assert judged(judge_cron(seen(runs={"poll-resolver": at_work}, starts=starts)), "poll-resolver")[0] == "ok"


@pytest.mark.parametrize(
    ("run", "verdict", "code"),
    [
        (RunSeen(started_at=monday("09:50"), ended_at=monday("09:51"), exit_code=77, error="401"), "problem", 77),
        (RunSeen(started_at=monday("09:50"), ended_at=monday("09:51"), exit_code=1, error="a bug"), "problem", 1),
        (RunSeen(started_at=monday("09:50"), ended_at=monday("09:51"), exit_code=130), "warning", 0),
        (RunSeen(started_at=monday("09:44"), ended_at=None, exit_code=None), "problem", 75),
    ],
)
def test_a_job_that_did_not_end_well_is_told_with_its_error(run: RunSeen, verdict: str, code: int) -> None:
    findings = judge_cron(seen(runs={"poll-resolver": run}))
    assert judged(findings, "poll-resolver, last end") == (verdict, code)
    assert unmended(findings) == []


@pytest.mark.parametrize(
    ("log", "verdict"),
    [
        (LogSeen(path=LOG), "problem"),
        (LogSeen(path=LOG, folder=False), "problem"),
        (LogSeen(path=LOG, changed_at=monday("09:53"), is_file=False), "problem"),
        (LogSeen(path=LOG, changed_at=monday("09:53"), writable=False), "problem"),
        (LogSeen(path=LOG, changed_at=monday("09:40")), "problem"),
        (LogSeen(path=LOG, changed_at=monday("09:53"), size=50_000_001), "warning"),
        (LogSeen(path=LOG, changed_at=monday("09:53"), size=50_000_000), "ok"),
    ],
)
def test_the_log_grows_with_every_run(log: LogSeen, verdict: str) -> None:
    findings = judge_cron(seen(log=log))
    assert judged(findings, "log")[0] == verdict
    assert unmended(findings) == []


def test_minutes_without_orders_need_no_line_in_the_log() -> None:
    assert judged(judge_cron(seen(log=LogSeen(path=LOG, changed_at=monday("09:53")))), "log")[0] == "ok"


def test_what_is_looked_for_in_the_log_is_the_command_as_it_stands_there() -> None:
    failed = RunSeen(started_at=monday("02:25"), ended_at=monday("02:26"), exit_code=74)
    findings = judge_cron(seen(runs={"backup": failed}))
    assert one(findings, "backup, last end").fix == "grep -A3 'sentinel db backup' logs/cron.log | tail"


def test_where_none_of_our_lines_is_installed_the_command_that_does_it_is_named() -> None:
    found = one(judge_cron(seen(installed="")), "crontab")
    assert (found.verdict, found.fix) == ("problem", "sentinel cron install, as who owns data/")


def test_a_program_that_is_not_there_is_told_with_what_makes_it() -> None:
    found = one(judge_cron(seen(absent=frozenset({f"{HOME}/.venv/bin/sentinel"}))), "program")
    assert (found.verdict, found.fix) == ("problem", "make install")


def test_lines_that_a_windows_editor_ended_are_told_with_what_mends_them() -> None:
    found = one(judge_cron(seen(installed=DELIVERED.replace("\n", "\r\n"))), "crontab")
    assert (found.verdict, found.fix) == ("problem", r"crontab -l | tr -d '\r' | crontab -")


def test_a_log_of_a_time_to_come_is_not_said_to_be_old() -> None:
    findings = judge_cron(seen(log=LogSeen(path=LOG, changed_at=monday("12:00"))))
    assert one(findings, "log").found.endswith("grew 2h ahead of this clock")


def test_before_the_first_run_there_has_to_be_a_folder_for_the_log() -> None:
    findings = judge_cron(seen(log=LogSeen(path=LOG, folder=False), starts=[], made_at=monday("09:55")))
    assert one(findings, "log").fix == f"mkdir -p {HOME}/logs; ls -ld {HOME}/logs"


def test_from_within_a_container_no_folder_proves_nothing() -> None:
    log = LogSeen(path=LOG, folder=False)
    findings = judge_cron(seen(log=log, installed=None, starts=[], made_at=monday("09:55")))
    assert judged(findings, "log")[0] == "skipped"


def test_before_the_first_run_there_need_be_no_log() -> None:
    findings = judge_cron(seen(log=LogSeen(path=LOG), starts=[], made_at=monday("09:55")))
    assert judged(findings, "log")[0] == "skipped"


@pytest.mark.parametrize("minutes", [0, 30, 60, 90, 120])
def test_in_the_night_the_clock_is_set_back_every_due_time_is_still_found(minutes: int) -> None:
    line = '30 * * * * "$SENTINEL_HOME/.venv/bin/sentinel" poll-resolver >> "$SENTINEL_HOME/logs/cron.log" 2>&1'
    now = datetime(2026, 11, 1, 5, 40, tzinfo=UTC) + timedelta(minutes=minutes)
    starts = [StartSeen("poll-resolver", datetime(2026, 11, 1, hour, 30, tzinfo=UTC)) for hour in range(4, 9)]
    begun = [each for each in starts if each.at <= now]
    found = judge_cron(seen(now=now, installed=line, starts=begun, made_at=None))
    assert judged(found, "poll-resolver")[0] == "ok"


class TestCrontab:
    @pytest.mark.parametrize(
        ("line", "typed", "schedule"),
        [
            ('0 2 * * * "$SENTINEL_HOME/.venv/bin/sentinel" prune >> x 2>&1', "prune", "0 2 * * *"),
            ("0 2 * * * cd /opt && .venv/bin/sentinel db backup | logger", "db backup", "0 2 * * *"),
            ("@daily sentinel prune --dry-run", "prune --dry-run", "0 0 * * *"),
            ("  5  3 * * *   sentinel   prune", "prune", "5 3 * * *"),
        ],
    )
    def test_a_line_that_starts_sentinel_is_known_by_what_is_typed(self, line: str, typed: str, schedule: str) -> None:
        [entry] = read_crontab(line).entries
        assert (entry.typed, entry.schedule) == (typed, schedule)

    @pytest.mark.parametrize(
        ("typed", "slot"),
        [
            ("send-summary --slot midday", "midday"),
            ("send-summary --force --slot=Midday", "midday"),
            ("poll-resolver", None),
        ],
    )
    def test_a_summary_s_line_is_known_by_its_slot(self, typed: str, slot: str | None) -> None:
        [entry] = read_crontab(f"0 8 * * * sentinel {typed}").entries
        assert entry.slot == slot

    @pytest.mark.parametrize(
        "line", ["# 0 2 * * * sentinel prune", "0 2 * * * tar c /opt/ntpp-sentinel", "MAILTO=a", "x"]
    )
    def test_any_other_line_is_left_out(self, line: str) -> None:
        assert read_crontab(line).entries == []

    def test_a_job_s_runs_may_stand_under_any_form_of_its_name(self) -> None:
        [entry] = read_crontab("0 2 * * * sentinel db backup --keep 7").entries
        assert entry.jobs == {"db backup", "db-backup", "backup"}

    def test_a_schedule_that_no_cron_reads_is_never_due(self) -> None:
        findings = judge_cron(seen(installed="99 2 * * * sentinel prune"))
        assert judged(findings, "prune")[0] == "skipped"
