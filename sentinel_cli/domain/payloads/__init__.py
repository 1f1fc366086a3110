"""What a webhook body says, in our words: any body of GHL or of a workflow becomes one `Reading`.

Refuses to know how bodies arrive, who may send them and where they are kept.

    values.py       what a single value says, and fields found under any spelling of their name
    reading.py      the question (arrival, policy), the answer (reading), and what both kinds of body share
    app_events.py   bodies of a marketplace app (GHL.md 3)
    workflows.py    bodies of a workflow's webhook action (GHL.md 2), taken apart by contact_dumps.py and people.py
    forms.py        form-encoded bodies in the nested shape of JSON ones
    digests.py      a key for bodies that bring none
"""

from collections.abc import Mapping

from .app_events import is_app_event, read_app_event, webhook_id_said
from .digests import digest
from .forms import from_form
from .reading import Arrival, Reading, ReadingPolicy
from .values import is_deeper
from .workflows import read_workflow

__all__ = [
    "Arrival",
    "Reading",
    "ReadingPolicy",
    "digest",
    "from_form",
    "is_app_event",
    "is_deeper",
    "read_delivery",
    "webhook_id_of",
]


def webhook_id_of(body: Mapping[str, object], delivery: Arrival) -> str | None:
    """The id by which GHL repeats this delivery, None for a body without one.

    Only an app's envelope has it: a `webhookId` that somebody typed into a workflow is the same for every customer.
    """
    return webhook_id_said(body) if is_app_event(body, delivery.route) else None


def read_delivery(body: Mapping[str, object], delivery: Arrival, policy: ReadingPolicy) -> Reading:
    """What `body` reports of one message, or why it reports none; raises on no JSON object, however odd.

    Bodies are recognised by their content (DESIGN §5); the route decides only what the content leaves open.
    """
    read = read_app_event if is_app_event(body, delivery.route) else read_workflow
    return read(body, delivery, policy)
