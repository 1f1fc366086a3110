"""Whole screens of the texts before they are sent: on a terminal as on a phone, in a pipe, as JSON."""

from collections.abc import Callable, Iterator

import pytest

from sentinel_cli.sandbox.app import sandbox_app
from sentinel_cli.sandbox.sample import MANAGERS
from sentinel_cli.sandbox.server import serve_in_thread
from sentinel_cli.sandbox.world import World
from sentinel_cli.store.database import Database

from .installation import Installation, at, empty, screen_of, write_env

NOW = "2026-11-23T18:30:00.000Z"  # Monday, 12:30pm in Chicago
JO, PAT, ZOE = "CTCjo000000000000002", "CTCpat00000000000001", "CTCzoe00000000000003"
SUMMARY = ("send-summary", "--slot", "midday", "--dry-run")
ALERTS = ("send-alerts", "--dry-run")
COMMANDS = {"send-summary": SUMMARY, "send-alerts": ALERTS}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Two customers have waited since Friday, a third since this morning; one's name is not in the cheap alphabet."""
    world = World.sample(clock=lambda: at(NOW))
    for contact, name, phone in (
        (PAT, "pat ellison", "+19405550171"),
        (JO, "Jo Everett", "+19405550172"),
        (ZOE, "Zoë Łukasz 🏊", "+19405550173"),
    ):
        world.add_contact(name, phone, contact_id=contact)
    world.inbound_call(PAT, at=at("2026-11-23T14:20:00Z"))
    world.automation_text(PAT, "Sorry we missed your call!", at=at("2026-11-23T14:21:00Z"))
    world.inbound_text(ZOE, "Is anyone coming?", at=at("2026-11-23T15:00:00Z"))
    world.inbound_text(JO, "Pump is loud", at=at("2026-11-23T18:00:00Z"))
    with serve_in_thread(sandbox_app(world)) as url:
        env = {
            "GHL_BASE_URL": url,
            "GHL_TOKEN": world.location.token,
            "GHL_LOCATION_ID": world.location.location_id,
            "MANAGER_CONTACT_IDS": ",".join(MANAGERS),
            "SENTINEL_NOW": NOW,
            "SMS_SEGMENT_PRICE": "0.0079",
            "HOLIDAYS": "US/Thanksgiving Day",
        }
        home = tmp_path_factory.mktemp("office")
        write_env(home, "".join(f"{name}={value}\n" for name, value in env.items()))
        installation = Installation(home=home)
        empty(installation)
        installation.run("poll-resolver")
        yield installation


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("width", [40, 80])
def test_on_a_terminal_each_text_stands_as_on_a_phone(office: Installation, name: str, width: int) -> None:
    assert office.run(*COMMANDS[name], width=width).screen == screen_of(f"{name}-{width}")


@pytest.mark.parametrize("name", COMMANDS)
def test_in_a_pipe_each_text_stands_behind_a_bar(office: Installation, name: str) -> None:
    assert office.run(*COMMANDS[name]).out == screen_of(f"{name}-pipe")


@pytest.mark.parametrize("argv", [SUMMARY, ALERTS], ids=lambda argv: argv[0])
def test_no_screen_of_a_dry_run_is_wider_than_80(office: Installation, argv: tuple[str, ...]) -> None:
    assert max(len(line) for line in office.run(*argv, width=80).lines) <= 80


def test_json_holds_each_text_with_what_would_force_ucs2_and_the_month(office: Installation) -> None:
    told = office.run(*ALERTS, "--json").json
    assert sorted(told) == ["breached", "dry_run", "letters", "month", "sent"]
    assert sorted(told["letters"][0]) == ["body", "contact_id", "encoding", "segments", "would_force_ucs2"]
    assert told["letters"][0]["would_force_ucs2"] == {"character": "ë", "line": 4}


def test_the_month_of_summaries_is_priced_by_the_crontab_s_slots(office: Installation) -> None:
    month = office.run(*SUMMARY, "--json").json["month"]
    # November 2026 has 21 weekdays, one of them Thanksgiving Day.
    assert month == {"segments": 240, "basis": "4 segments a slot, 3 slots on 20 days", "price": "1.90"}


def test_without_a_price_the_month_is_counted_in_segments(office: Installation) -> None:
    ran = office.run(*SUMMARY, SMS_SEGMENT_PRICE="")
    assert ran.lines[-4:-1] == [
        "a month: 240 segments; SMS_SEGMENT_PRICE is not set",
        "  (4 segments a slot, 3 slots on 20 days)",
        "dry run: nothing was written, nothing was sent",
    ]


def test_a_dry_run_of_alerts_writes_and_sends_nothing(office: Installation) -> None:
    office.run(*ALERTS)
    with Database.open(office.db_path) as db:
        assert [db.read(f"select count(*) from {table}")[0][0] for table in ("outbox", "alerts")] == [0, 0]  # noqa: S608


@pytest.fixture
def known(office: Installation) -> Iterator[Callable[..., None]]:
    """Managers who have texted before, so that the store has their names."""

    def know(*names: str) -> None:
        rows = [(f"id:{manager}", manager, name) for manager, name in zip(MANAGERS, names, strict=False)]
        with Database.open(office.db_path) as db, db.transaction():
            db.write_many("insert into contacts (key, contact_id, name) values (?, ?, ?)", rows)

    yield know
    with Database.open(office.db_path) as db, db.transaction():
        db.write_many("delete from contacts where contact_id = ?", [(manager,) for manager in MANAGERS])


def heads(office: Installation, argv: tuple[str, ...]) -> list[str]:
    return [line for line in office.run(*argv).lines if line.startswith("To ")]


@pytest.mark.parametrize("argv", [SUMMARY, ALERTS], ids=lambda argv: argv[0])
def test_a_text_is_headed_by_its_manager_s_name_where_the_store_knows_it(
    office: Installation, known: Callable[..., None], argv: tuple[str, ...]
) -> None:
    known("Casey Rivera")
    assert heads(office, argv) == ["To Casey Rivera:", "To CTCmanagermorgan0002:"]


def test_managers_of_one_name_are_told_apart_by_id(office: Installation, known: Callable[..., None]) -> None:
    known("Casey Rivera", "Casey Rivera")
    assert heads(office, SUMMARY) == [f"To {manager}:" for manager in MANAGERS]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-11-23T23:30:00Z", "nothing is sent: closed until Tue 8am"),
        ("2026-11-26T16:00:00Z", "nothing is sent: closed (Thanksgiving Day) until Fri 8am"),
        ("2026-11-23T20:57:00Z", "3 overdue issues: the afternoon summary tells it"),
        ("2026-11-23T15:30:00Z", "nobody is overdue of whom the managers were not told"),
    ],
)
def test_alerts_say_on_a_terminal_why_nothing_is_sent(office: Installation, now: str, said: str) -> None:
    assert office.run("send-alerts", width=80, SENTINEL_NOW=now).lines == [said]
