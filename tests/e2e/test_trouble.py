"""What jobs do when a setting or the database is missing, a token refused, or GHL away: real processes and exits."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from .stage import CASEY, LEE, Account, CronLine, Installation, account, free_port, installed, migrated

pytestmark = pytest.mark.real


def friday(time: str) -> str:
    return f"2026-11-20T{time}:00-06:00"


@pytest.fixture(scope="module")
def ghl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with account(tmp_path_factory.mktemp("sandbox")) as at_work:
        yield at_work


@pytest.fixture
def settings(ghl: Account) -> dict[str, str]:
    """A `.env` with everything in it."""
    return {**ghl.settings, "INTERNAL_USER_IDS": CASEY, "SENTINEL_NOW": friday("09:30")}


class TestTrouble:
    @pytest.mark.parametrize(
        ("job", "missing"),
        [
            ("poll-resolver", ["GHL_TOKEN", "GHL_LOCATION_ID"]),
            ("morning", ["GHL_TOKEN", "GHL_LOCATION_ID", "MANAGER_CONTACT_IDS"]),
        ],
    )
    def test_all_missing_settings_are_told_at_once(self, tmp_path: Path, job: str, missing: list[str]) -> None:
        installation = migrated(tmp_path / "home", {})
        ended = installation.cron(job)[-1]
        assert ended.rest == 'exit=78 error="{}"'.format("; ".join(f"{name} is not set" for name in missing))
        assert [f"error: {name} is not set" for name in missing] == errors(installation)

    def test_a_missing_database_is_74_with_the_path_looked_at_and_none_is_made(
        self, tmp_path: Path, settings: dict[str, str]
    ) -> None:
        installation = installed(tmp_path / "home", settings)
        assert installation.cron("poll-resolver")[-1].rest == f'exit=74 error="no database at {installation.database}"'
        assert not installation.database.parent.exists()

    def test_a_token_that_ghl_refuses_is_77(self, tmp_path: Path, settings: dict[str, str]) -> None:
        installation = migrated(tmp_path / "home", settings | {"GHL_TOKEN": "revoked"})
        assert installation.cron("poll-resolver")[-1].exit == "exit=77"
        assert installation.rows("select exit_code from job_runs") == [(77,)]


@pytest.fixture(scope="module")
def outage(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Outage"]:
    """A resolver that has worked once, then meets a GHL that is down, then one that is back."""
    place = tmp_path_factory.mktemp("outage")
    with account(place) as ghl:
        settings = {**ghl.settings, "INTERNAL_USER_IDS": CASEY}
        installation = migrated(place / "home", settings)
        installation.clock(friday("09:00"))
        ghl.clock(friday("09:00"))
        ghl.happens("inbound_text", LEE, friday("08:30"), text="The pump is leaking")
        installation.cron("poll-resolver")
        story = Outage(installation, watermarks=[watermark(installation)])
        ghl.happens("staff_text", LEE, friday("09:05"), user_id=CASEY, text="On our way")
        ghl.clock(friday("09:15"))
        installation.clock(friday("09:15"))
        installation.setting(GHL_BASE_URL=f"http://127.0.0.1:{free_port()}")
        story.down = installation.cron("poll-resolver")
        story.watermarks.append(watermark(installation))
        story.open_while_down = installation.json("issues", "list")["total"]
        installation.setting(GHL_BASE_URL=ghl.settings["GHL_BASE_URL"])
        story.back = installation.cron("poll-resolver")
        yield story


@dataclass
class Outage:
    installation: Installation
    watermarks: list[str]
    down: list[CronLine] = field(default_factory=list)
    back: list[CronLine] = field(default_factory=list)
    open_while_down: int = 0


class TestOutage:
    def test_it_is_75_and_says_which_request_failed(self, outage: Outage) -> None:
        assert outage.down[-1].rest.startswith('exit=75 error="GET /conversations/messages/export: ConnectError')

    def test_the_watermark_stays(self, outage: Outage) -> None:
        assert outage.watermarks == ["2026-11-20T15:00:00.000Z"] * 2

    def test_what_was_not_asked_is_not_answered(self, outage: Outage) -> None:
        assert outage.open_while_down == 1

    def test_the_next_run_makes_up_for_it(self, outage: Outage) -> None:
        assert outage.back[-1].rest == "exit=0 new=1 opened=0 resolved=1 open=0 threads=1"

    def test_its_retries_are_no_lines_of_the_log(self, outage: Outage) -> None:
        shown = outage.installation.cron_log.read_text().splitlines()
        assert [line.split(":")[0] for line in shown if " cron: " not in line] == ["error", "next"]


def errors(installation: Installation) -> list[str]:
    return [line for line in installation.cron_log.read_text().splitlines() if line.startswith("error: ")]


def watermark(installation: Installation) -> str:
    value: str = installation.json("kv", "show", "resolver_watermark_ts")["value"]
    return value
