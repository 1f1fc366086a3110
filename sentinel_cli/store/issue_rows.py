"""A stored issue as a value."""

from sentinel_cli.domain.instants import maybe_instant, parse_instant
from sentinel_cli.domain.issue import Answer, Issue
from sentinel_cli.domain.vocabulary import Channel, IssueStatus, Rule

from .database import Row

__all__ = ["issue_of"]


def issue_of(record: Row) -> Issue:
    """A stored issue as a value."""
    withdrawn = record["resolved_by"] == "withdrawn"
    return Issue(
        id=record["id"],
        contact=record["contact"],
        channel=Channel(record["issue_type"]),
        status=IssueStatus(record["status"]),
        contact_id=record["contact_id"],
        contact_name=record["contact_name"],
        phone=record["phone"],
        conversation_id=record["conversation_id"],
        due_at=parse_instant(record["due_ts"]),
        first_at=parse_instant(record["first_inbound_ts"]),
        last_at=parse_instant(record["last_inbound_ts"]),
        inbound_count=record["inbound_count"],
        automated_replies=record["auto_replies"],
        unlisted_user=record["unlisted_user"],
        snoozed_until=maybe_instant(record["snoozed_until_ts"]),
        unconfirmed=bool(record["unconfirmed"]),
        answer=_answer(record) if record["resolved_ts"] and not withdrawn else None,
        withdrawn=withdrawn,
        merged_into=record["merged_into"],
    )


def _answer(record: Row) -> Answer:
    return Answer(
        key=record["answer_key"] or "",
        at=parse_instant(record["resolved_ts"]),
        by=record["answered_by"],
        rule=Rule(record["resolved_by"]),
    )
