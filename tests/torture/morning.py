"""A morning at the pool company: a store at 8:25, the stand-in for GHL after that, and jobs that run between them.

The stand-in's answers pass through something that may change them on their way to the real client.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import stamina

from sentinel_cli import intake
from sentinel_cli.domain.payloads import ReadingPolicy
from sentinel_cli.errors import SentinelError
from sentinel_cli.ghl.client import Account, GhlClient
from sentinel_cli.ghl.pacing import Pacer
from sentinel_cli.jobs.check import WATERMARK
from sentinel_cli.phones import e164
from sentinel_cli.sandbox.app import sandbox_app
from sentinel_cli.sandbox.faults import Fault, FaultKind, Route
from sentinel_cli.sandbox.limits import RateLimit
from sentinel_cli.sandbox.rows import Location, Row
from sentinel_cli.sandbox.sample import MANAGERS
from sentinel_cli.sandbox.world import World
from sentinel_cli.store import kv, schema
from sentinel_cli.store.database import Database
from tests.builders import POLICY, RULES, at
from tests.fakes import FakeClock
from tests.jobs.conftest import Company

PAT, LEE, JO = "CTCpat00000000000001", "CTClee00000000000002", "CTCjo000000000000003"
SAM, DANA, CASEY = "CTCsam00000000000004", "CTCdana0000000000005", "USRcasey000000000001"
AT_ONCE = stamina.RetryingCaller(attempts=4, timeout=None, wait_initial=0, wait_max=0, wait_jitter=0)

EXPORT, SEARCH, USERS = "/conversations/messages/export", "/conversations/search", "/users/"
MESSAGES, CONTACT, SEND = "/conversations/{id}/messages", "/contacts/{id}", "POST /conversations/messages"


def endpoint_of(request: httpx.Request) -> str:
    """Which of the six it is."""
    if request.method == "POST":
        return SEND
    path = request.url.path
    if path.startswith("/contacts/"):
        return CONTACT
    return MESSAGES if path.endswith("/messages") else path


Change = Callable[[httpx.Response], httpx.Response]


class Drifting(httpx.AsyncBaseTransport):
    """The stand-in, in this process, behind something that changes one endpoint's answers."""

    def __init__(self, world: World, endpoint: str = "", change: Change | None = None) -> None:
        self._inner = httpx.ASGITransport(app=sandbox_app(world))
        self._endpoint = endpoint
        self._change = change
        self.clean: dict[str, list[Any]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        await response.aread()
        endpoint = endpoint_of(request)
        self.clean.setdefault(endpoint, []).append(json.loads(response.content))
        if self._change is None or endpoint != self._endpoint:
            return response
        return self._change(response)


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code, what it said, every customer's message with its issue's state, the watermark."""

    code: int
    said: str
    state: Mapping[str, str | None]
    watermark: str | None
    letters: tuple[str, ...] = ()
    answers: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def hides(self, clean: "Ended") -> bool:
        """Whether a customer waits after the clean run, and not after this one."""
        return any(state == "OPEN" != self.state.get(when) for when, state in clean.state.items())

    def resolves(self, clean: "Ended") -> bool:
        """Whether only this run calls something answered."""
        return any(state == "RESOLVED" != clean.state.get(when) for when, state in self.state.items())

    def is_as(self, other: "Ended") -> bool:
        """Whether both left the same issues and the same watermark."""
        return (self.state, self.watermark) == (other.state, other.watermark)


Doing = Callable[[Company], Any]


@dataclass
class Morning:
    """A store at 8:25, a GHL after that, and runs between them; every run begins with a copy of that store.

    Without the `export` a sweep reads each conversation; where staff is not `listed`, GHL's users are.
    """

    place: Path
    export: bool = True
    listed: bool = True
    clock: FakeClock = field(default_factory=lambda: FakeClock(at(0)))

    def __post_init__(self) -> None:
        self.world = World.sample(clock=self.clock, rate_limit=RateLimit(None))
        told = self._until_825()
        with self._company("start.db", Drifting(self.world)) as company:
            schema.migrate(company.db)
            self._hears(company, told)
            company.polls(25)
            if not self.listed:
                with company.db.transaction():
                    company.db.write("delete from kv_store where key = 'users_seen_ts'")
                    company.db.write("delete from users")
            company.db.checkpoint()

    def _until_825(self) -> list[tuple[Row, str]]:
        """Pat, Lee and Jo wait; of the first two a webhook tells."""
        pat = self.world.inbound_text(PAT, "Is anyone coming today?", at=at(5))
        lee = self.world.inbound_call(LEE, at=at(10))
        self.world.automation_text(LEE, at=at(11))
        self.world.inbound_text(JO, "Pump is loud", at=at(20))
        return [(pat, "inbound_sms"), (lee, "unanswered_call")]

    def _until_nine(self) -> None:
        """Jo and Lee are answered; Pat, Sam and Dana wait."""
        self.world.staff_text(JO, CASEY, "On our way", at=at(40))
        self.world.automation_text(PAT, "We got your text", at=at(41))
        self.world.staff_call(LEE, CASEY, duration=120, at=at(45))
        self.world.voicemail(SAM, at=at(50))
        self.world.inbound_text(DANA, "When do you open on Saturday?", at=at(55))
        self.world.activity(DANA, at=at(56))

    def _hears(self, company: Company, rows: list[tuple[Row, str]]) -> None:
        for row, route in rows:
            body = json.dumps(self.world.workflow_body(row)).encode()
            told = intake.Incoming(route=route, received_at=row.at + timedelta(seconds=30), payload=body)
            intake.record(company.db, told, company.rules, company.reading)

    def start(self) -> Ended:
        """The store before any run."""
        return self.run(25, lambda _: None)

    def run(self, minutes: float, work: Doing, endpoint: str = "", change: Change | None = None) -> Ended:
        """How a job ends that runs so many minutes after 8:00, while an endpoint's answers are changed."""
        self.world.reset()
        self._until_825()
        self._until_nine()
        if not self.export:
            self.world.faults.add(Fault(kind=FaultKind.FORBIDDEN, route=Route.EXPORT, times=None))
        for rest in self.place.glob("run.db*"):
            rest.unlink()
        shutil.copy(self.place / "start.db", self.place / "run.db")
        transport = Drifting(self.world, endpoint, change)
        with self._company("run.db", transport) as company:
            self.clock.at = at(minutes)
            code, said = _ending(lambda: work(company))
            return Ended(
                code=code,
                said=said,
                state=_state(company),
                watermark=kv.get(company.db, WATERMARK),
                letters=tuple(row.text for row in self.world.sent_texts),
                answers=transport.clean,
            )

    @contextmanager
    def _company(self, file: str, transport: httpx.AsyncBaseTransport) -> Iterator[Company]:
        account = Account(token="sandbox-token", location_id=Location().location_id, base_url="http://ghl.test")
        pacer = Pacer(monotonic=lambda: 0.0, sleep=lambda _: None, most=10_000)
        policy = replace(POLICY, staff=frozenset({CASEY}))
        with (
            GhlClient(account, self.clock, pacer=pacer, retrying=AT_ONCE, transport=transport) as client,
            Database.create(self.place / file) as db,
        ):
            yield Company(
                db=db,
                clock=self.clock,
                ghl=client,
                rules=replace(RULES, policy=policy, internal_contacts=frozenset(MANAGERS)),
                reading=ReadingPolicy(location_id=Location().location_id, e164=e164),
                staff_listed=self.listed,
                managers=tuple(MANAGERS),
            )


def _ending(work: Callable[[], Any]) -> tuple[int, str]:
    try:
        done = work()
    except SentinelError as error:
        return error.exit_code, error.message
    problem = done.problem if done else None
    return (problem.exit_code, problem.message) if problem else (0, "")


def _state(company: Company) -> dict[str, str | None]:
    """By its instant, how each text or call of a customer stands; those that another stands for are left out."""
    rows = company.rows(
        "select m.at_ts, i.status from messages m left join issues i on i.id = m.issue_id"
        " where m.direction = 'inbound' and m.channel in ('SMS', 'CALL') and m.same_as is null"
    )
    return dict(rows)
