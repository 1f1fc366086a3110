"""Managers who text orders to the pool company, and the runs that carry them out."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sentinel_cli import intake
from sentinel_cli.domain.model import Report
from sentinel_cli.domain.summary import SummaryRules
from sentinel_cli.jobs.order_agenda import JOB, OrdersReport, agenda_of
from sentinel_cli.jobs.run_orders import OrderTaker, run_orders
from sentinel_cli.jobs.runner import Run, execute
from sentinel_cli.phones import masked
from tests.builders import RULES, at
from tests.jobs.conftest import LOCATION, MANAGER, SECOND, Company

HELPER = "CTChelper"
INTERNAL = frozenset({MANAGER, SECOND, HELPER})
ORDER_RULES = replace(RULES, internal_contacts=INTERNAL)
LINK = "https://app.example.com/"


@dataclass
class Orders:
    """The company, with what its managers' phones do."""

    company: Company

    def texts(self, message_id: str, minutes: float, text: str, contact: str = MANAGER, **fields: Any) -> Report:
        """A text to us, as GHL's API shows it."""
        return self.company.writes(message_id, minutes, contact, text=text, **fields)

    def hears(self, minutes: float, text: str, contact: str = MANAGER, **known: str) -> intake.Recorded:
        """A workflow's webhook that says so, with what is `known` of the contact."""
        body = {**known, "contact_id": contact, "location": {"id": LOCATION}, "message": {"type": 2, "body": text}}
        incoming = intake.Incoming(
            route="inbound_sms", received_at=at(minutes), payload=json.dumps(body).encode(), content_type=None
        )
        return intake.record(self.company.db, incoming, self.company.rules, self.company.reading)

    def taker(self) -> OrderTaker:
        return OrderTaker(
            db=self.company.db,
            ghl=self.company.ghl,
            rules_for=self.company.rules_for,
            managers=self.company.managers,
            internal=INTERNAL,
            words=SummaryRules(hours=self.company.rules.hours, escalate_after=timedelta(hours=24), masked=masked),
            link=lambda conversation: f"{LINK}{conversation}" if conversation else None,
            clock=self.company.clock,
        )

    def run(self, minutes: float, parts: OrderTaker | None = None) -> OrdersReport:
        """A run so many minutes after Monday's opening."""
        self.company.clock.at = at(minutes)
        taker = parts or self.taker()

        def work(run: Run) -> OrdersReport:
            agenda = agenda_of(taker.db, taker.internal, run.now)
            return run_orders(taker, run, agenda) if agenda else OrdersReport()

        done = execute(JOB, self.company.db, work, clock=self.company.clock, sleep=self.company.sleep)
        assert done is not None
        return done

    def rehearses(self, minutes: float) -> OrdersReport:
        """A dry run: on a copy of the store."""
        with self.company.db.copy() as copy:
            run = Run(id=0, now=at(minutes))
            agenda = agenda_of(copy, INTERNAL, run.now)
            return run_orders(replace(self.taker(), db=copy), run, agenda, dry_run=True)

    def said(self, message_id: str, text: str, minutes: float = 1, contact: str = MANAGER) -> str:
        """What a new order of that minute is answered in the next run, half a minute later."""
        self.texts(message_id, minutes, text, contact)
        self.run(minutes + 5.5)
        assert self.company.ghl.sent[-1].contact_id == contact
        return self.company.last_text()

    def answers(self) -> list[tuple[str, str]]:
        """To whom which first lines went."""
        return [(out.contact_id, out.text.partition("\n")[0]) for out in self.company.ghl.sent]
