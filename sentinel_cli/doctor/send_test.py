"""One short text to one manager, on request alone, by the same way as every letter."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from sentinel_cli.clock import Clock, Sleep
from sentinel_cli.domain.letters import CLOCK_SKEW, Letter, LetterState
from sentinel_cli.errors import GhlRejected, SentinelError, UsageProblem
from sentinel_cli.jobs.deliver_outbox import deliver
from sentinel_cli.ports import Ghl, SentText
from sentinel_cli.settings import Settings
from sentinel_cli.store import outbox
from sentinel_cli.store.database import Database

from .findings import Finding, Lines, Pillar

__all__ = ["KIND", "receiver_of_test", "send_test"]

KIND = "test"
_LINES = Lines(Pillar.SUMMARY)
_CHECK = "test text"
_LIFETIME = timedelta(minutes=10)
_LOOKS = 2
_PAUSE = 2.0
_NOT_DELIVERED = frozenset({"failed", "undelivered", "opt_out"})


def receiver_of_test(settings: Settings, named: str | None) -> str:
    """Who gets it: the manager named, else the first. Raises UsageProblem for anybody who is no manager."""
    settings.require("MANAGER_CONTACT_IDS")
    managers = settings.manager_contact_ids
    if named is not None and named not in managers:
        raise UsageProblem(f"{named} is none of MANAGER_CONTACT_IDS", advice=f"--to one of: {', '.join(managers)}")
    return named or managers[0]


def send_test(
    db: Database, ghl: Ghl, settings: Settings, contact_id: str, *, clock: Clock, sleep: Sleep
) -> Sequence[Finding]:
    """What became of the text. Sent once; of an unknown outcome that is said, and it is not repeated."""
    letter = _letter(settings, contact_id, clock)
    with db.transaction():
        letter = outbox.owe(db, letter)
    deliver(db, ghl, [letter], clock)
    letter = outbox.one(db, letter.id)
    hour = _hour(settings, clock)
    if letter.state is LetterState.SENT:
        return [_accepted(ghl, letter, sleep, hour)]
    if letter.state is LetterState.REFUSED:
        fix = "look at DND and the phone of that contact in GHL"
        return [_LINES.problem(_CHECK, f"GHL refused it: {letter.error}", fix, GhlRejected.exit_code)]
    if letter.state is LetterState.OWED:
        return [_LINES.problem(_CHECK, f"not sent: {letter.error}", "try again")]
    fix = "look at the manager's phone before you try again: it may have gone out"
    return [_LINES.problem(_CHECK, f"nobody knows whether it was sent: {letter.error or 'GHL did not answer'}", fix)]


def _letter(settings: Settings, contact_id: str, clock: Clock) -> Letter:
    now = clock()
    local, mark = now.astimezone(settings.timezone), uuid4().hex[:6]
    return Letter(
        key=f"{KIND}:{local.date().isoformat()}:{mark}:{contact_id}",
        kind=KIND,
        slot=None,
        on=local.date(),
        contact_id=contact_id,
        # The mark makes the first line unique, by which a letter is looked for.
        body=f"Sentinel test {mark}, {local:%a %b} {local.day} {local:%H:%M}\nSummaries will reach you at this number.",
        as_of=now,
        created_at=now,
        expires_at=now + _LIFETIME,
    )


def _hour(settings: Settings, clock: Clock) -> str:
    """That it went out at an hour at which no summary would, "" otherwise."""
    local = clock().astimezone(settings.timezone)
    first, last = settings.letter_hours
    return "" if first <= local.time() < last else f"; it is {local:%H:%M} there, outside LETTER_HOURS"


def _accepted(ghl: Ghl, letter: Letter, sleep: Sleep, hour: str) -> Finding:
    outcome = _outcome(ghl, letter, sleep)
    said = f"to {letter.contact_id}: accepted as {letter.message_id}, {outcome or 'status not known yet'}{hour}"
    if outcome in _NOT_DELIVERED:
        return _LINES.problem(
            _CHECK, said, "look at that message in GHL: it names the carrier's reason", GhlRejected.exit_code
        )
    return _LINES.ok(_CHECK, said)


def _outcome(ghl: Ghl, letter: Letter, sleep: Sleep) -> str:
    """What GHL's conversation says of it after some seconds; acceptance is not delivery."""
    outcome = ""
    for _ in range(_LOOKS):
        sleep(_PAUSE)
        outcome = _status(ghl, letter) or outcome
        if outcome not in {"", "pending", "scheduled"}:
            break
    return outcome


def _status(ghl: Ghl, letter: Letter) -> str:
    try:
        texts: Sequence[SentText] = ghl.texts_sent_to(letter.contact_id, letter.created_at - CLOCK_SKEW)
    except SentinelError:
        return ""
    return next((text.outcome or "" for text in texts if text.message_id == letter.message_id), "")
