"""GoHighLevel's API of one location as the port `Ghl`: which endpoints to ask, and how they page."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import httpx
import stamina

from sentinel_cli.clock import Clock
from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.model import Channel, Direction, Report, User
from sentinel_cli.errors import (
    GhlRefused,
    GhlRejected,
    GhlShapeUnknown,
    GhlUnavailable,
    SendOutcomeUnknown,
    SentinelError,
)
from sentinel_cli.ghl import wire
from sentinel_cli.ghl.exchange import RETRYING, WHOLE, Account, Exchange
from sentinel_cli.ghl.failures import LOOKED_FOR, ScopeMissing
from sentinel_cli.ghl.fields import wrong
from sentinel_cli.ghl.pacing import Pacer
from sentinel_cli.ghl.sweep import Seen, Sweep
from sentinel_cli.ports import ContactCard, Conversation, LocationCard, Sent, SentText
from sentinel_cli.together import together

__all__ = ["Account", "GhlClient"]

_EXPORT = "/conversations/messages/export"
_SEARCH = "/conversations/search"
_MESSAGES = "/conversations/{id}/messages"
_SEND = "/conversations/messages"

_EMPTY_TEXT = frozenset({400, 422})
_EXPORT_LIMIT = 500
_LIMIT = 100
# The vendor's default page of a search: a shorter page is the last, whatever cap GHL puts on `limit` (GHL.md 4).
_SHORTEST_FULL_PAGE = 20
# Whether the export's dates include their ends is unknown: each slice reaches a second into the one before it.
_OVERLAP = timedelta(seconds=1)


class GhlClient:
    """The port `Ghl` over HTTP; a context manager.

    `clock` tells when a read began. `pacer` and `retrying` hold all the waiting there is, so that tests need none.
    `fell_back` says whether the last sweep was refused the export and read conversation by conversation.
    """

    def __init__(
        self,
        account: Account,
        clock: Clock,
        *,
        pacer: Pacer | None = None,
        retrying: stamina.RetryingCaller = RETRYING,
        transport: httpx.AsyncBaseTransport | None = None,
        whole: float = WHOLE,
    ) -> None:
        self.fell_back = False
        self._account = account
        self._clock = clock
        pacer = pacer or Pacer(monotonic=time.monotonic, sleep=time.sleep)  # noqa: TID251 - this client's own sleep
        self._exchange = Exchange(account, pacer, retrying=retrying, transport=transport, whole=whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._exchange.close()

    @property
    def requests(self) -> int:
        """How many requests were made so far, retries included."""
        return self._exchange.requests

    @property
    def failures(self) -> int:
        """How many of them were not answered, or answered with an error."""
        return self._exchange.failures

    @property
    def told_at(self) -> datetime | None:
        """What GHL's own clock read when it gave the newest answer, to the second."""
        try:
            return parsedate_to_datetime(self._exchange.headers.get("Date", ""))
        except ValueError:
            return None

    @property
    def left_today(self) -> int | None:
        """How many requests the newest answer leaves the location for the day."""
        left = self._exchange.headers.get("X-RateLimit-Daily-Remaining", "")
        return int(left) if left.isascii() and left.isdigit() else None

    def sweep(self, since: datetime, until: datetime) -> Iterator[Sequence[Report]]:
        """All messages of the location made in [since, until), page by page, oldest slice first.

        By the export, every kind of message but e-mail; where the token may not use it (401 for its scope, 403, 404),
        by each conversation with a message since then. GHL does not say whether the export's dates mean created or
        updated; callers reach back far enough for either (DESIGN, poll-resolver).
        """
        self.fell_back = False
        try:
            yield from Sweep(self._export_pages).walk(since, until)
        except (GhlRefused, GhlRejected) as refusal:
            if not _withholds_the_export(refusal):
                raise
            self.fell_back = True
        if self.fell_back:
            yield from self._conversation_by_conversation(since)

    def conversation(self, conversation_id: str, since: datetime) -> Sequence[Report]:
        """A conversation's messages from `since` on, oldest first, complete (all pages)."""
        return _from(self._pages_reaching(conversation_id, since), since)

    def conversations_of(self, contact_id: str) -> Sequence[Conversation]:
        """Every conversation of a contact, the one with the newest message first."""
        found = (each for page in self._search_pages({"contactId": contact_id}) for each in page)
        return [
            replace(each.conversation, last_message_at=each.last_message_at)
            for each in found
            if each.conversation.contact_id == contact_id
        ]

    def conversations_with(self, phone: str) -> Sequence[Conversation]:
        """Every conversation with that phone (E.164); GHL's search is by words, so its answer is looked through."""
        found = (each.conversation for page in self._search_pages({"query": phone}) for each in page)
        return [conversation for conversation in found if conversation.phone == phone]

    def contact(self, contact_id: str) -> ContactCard:
        """The contact's name, phone (E.164) and whether texts to it are blocked."""
        return wire.contact_card(self._exchange.get("/contacts/{id}", of=contact_id), self._account.region)

    def contacts_like(self, query: str, limit: int) -> Sequence[ContactCard]:
        """The first contacts that GHL finds for a name, a phone or an e-mail address."""
        asked = {"locationId": self._account.location_id, "query": query, "limit": str(limit)}
        return wire.contact_cards(self._exchange.get("/contacts/", asked), self._account.region)

    def location(self) -> LocationCard:
        """The location itself; that takes the scope `locations.readonly`, which nothing else needs."""
        return wire.location_card(self._exchange.get("/locations/{id}", of=self._account.location_id))

    def users(self) -> Sequence[User]:
        """The people with a login in this location."""
        return wire.users(self._exchange.get("/users/", {"locationId": self._account.location_id}))

    def send_text(self, contact_id: str, conversation_id: str | None, text: str) -> Sent:
        """Send one SMS, at most once (DESIGN, send contract).

        Asked again only after a 429 or a 401, which GHL answers without having sent. Raises SendOutcomeUnknown when
        nobody can know whether it went out: it must be looked for before it is sent again.
        """
        conversation = {} if conversation_id is None else {"conversationId": conversation_id}
        body = {"type": "SMS", "message": text, **conversation, "contactId": contact_id}
        answer = self._exchange.post(_SEND, body)
        try:
            return wire.sent(answer)
        except GhlShapeUnknown as error:
            # GHL.md 7: bad input has been answered 201 with an empty body.
            raise SendOutcomeUnknown(
                f"POST {_SEND}: accepted without a messageId, the text may be sent", advice=LOOKED_FOR
            ) from error

    def may_send(self) -> None:
        """Return when GHL takes issue with an empty text: the token may send. Raises what refuses the token instead.

        Nobody can be texted by it: the request names no contact, no conversation, no number, and holds no text.
        """
        try:
            self._exchange.post(_SEND, {"type": "SMS"})
        except GhlRejected as rejection:
            if rejection.status in _EMPTY_TEXT:
                return
            raise
        raise GhlShapeUnknown(f"POST {_SEND}: an empty text was not rejected", field="status")

    def texts_sent_to(self, contact_id: str, since: datetime) -> Sequence[SentText]:
        """The outbound SMS to a contact since an instant, oldest first, by direct read of all its conversations.

        Raises GhlUnavailable when the contact has none: a first text makes one, and the search that would name it
        may lag (GHL.md 4), so that nothing seen is no proof.
        """
        conversations = self.conversations_of(contact_id)
        if not conversations:
            raise GhlUnavailable(
                "GoHighLevel names no conversation to look for the text in",
                advice="look at the contact in GHL; the next run looks again",
            )
        reports = [
            report
            for conversation in conversations
            for report in self.conversation(conversation.conversation_id, since)
            if report.channel is Channel.SMS and report.direction is Direction.OUTBOUND
        ]
        texts = [
            SentText(message_id=report.message_id or "", at=report.at, text=report.text or "", outcome=report.outcome)
            for report in reports
        ]
        return sorted(texts, key=lambda text: text.at)

    def _export_pages(self, start: datetime, end: datetime) -> Iterator[wire.ExportPage]:
        """One slice to the end of its cursor; sorted by creation, which no later change of a row can move.

        Raises GhlUnavailable when the cursor goes in a circle before all that `total` counts has come.
        """
        asked = {
            "locationId": self._account.location_id,
            "startDate": instant_text(start - _OVERLAP),
            "endDate": instant_text(end),
            "sortBy": "createdAt",
            "sortOrder": "asc",
            "limit": str(_EXPORT_LIMIT),
        }
        cursor, used, rows = None, set[str](), 1
        seen, bare, total = Seen(), 0, None
        while cursor not in used:
            used |= {cursor} if cursor else set()
            seen_at = self._clock()
            answer = self._exchange.get(_EXPORT, asked if cursor is None else {**asked, "cursor": cursor})
            page = wire.export_page(answer, self._account.location_id, seen_at)
            seen.new(page.reports)
            bare, total = bare + page.rows - len(page.reports), page.total
            yield page
            # One empty page may have more behind it; endless ones have not.
            if page.next_cursor is None or page.rows == rows == 0:
                return
            cursor, rows = page.next_cursor, page.rows
        if total is None or total > len(seen) + bare:
            raise _broke_off(_EXPORT)

    def _message_pages(self, conversation_id: str, since: datetime) -> Iterator[Sequence[Report]]:
        """A conversation newest first, to the page that reaches before `since` or the last one.

        Raises GhlUnavailable when GHL says there is more but does not give it: half a conversation is no evidence.
        """
        asked, used = {"limit": str(_LIMIT)}, set[str]()
        while True:
            seen_at = self._clock()
            answer = self._exchange.get(_MESSAGES, asked, of=conversation_id)
            page = wire.messages_page(answer, self._account.location_id, seen_at)
            yield page.reports
            cursor = page.next_cursor
            if page.has_more is False or (page.reports and page.reports[-1].at < since):
                return
            if cursor is None or cursor in used:
                if page.has_more:
                    raise _broke_off(_MESSAGES)
                return
            used.add(cursor)
            asked = {**asked, "lastMessageId": cursor}

    def _conversation_by_conversation(self, since: datetime) -> Iterator[Sequence[Report]]:
        """Each conversation with a message since then, newest first; one that hides its last date is read as well."""
        seen = Seen()
        for page in self._search_pages({}):
            live = [each for each in page if each.last_message_at is None or each.last_message_at >= since]
            yield from filter(None, map(seen.new, together(lambda each: self._live(each, since), live)))
            if len(live) < len(page):
                return

    def _live(self, found: wire.Found, since: datetime) -> Sequence[Report]:
        """As `conversation`. Raises GhlUnavailable for an empty one whose last message GHL dates."""
        reports = self._pages_reaching(found.conversation.conversation_id, since)
        if not reports and found.last_message_at is not None:
            raise _broke_off(_MESSAGES)
        return _from(reports, since)

    def _pages_reaching(self, conversation_id: str, since: datetime) -> Sequence[Report]:
        seen = Seen()
        return [report for page in self._message_pages(conversation_id, since) for report in seen.new(page)]

    def _search_pages(self, narrowed: dict[str, str]) -> Iterator[Sequence[wire.Found]]:
        """Conversations by last message, newest first, each once.

        The cursor is a time, and times tie: a page starts one millisecond early, or at a page of ties exactly at it.
        Raises GhlUnavailable for an empty page with more behind it: a contact without a thread would look the same.
        """
        asked = {"locationId": self._account.location_id, "limit": str(_LIMIT), **narrowed}
        asked |= {"sortBy": "last_message_date", "sort": "desc"}
        seen: set[str] = set()
        after: int | None = None
        while True:
            answer = self._exchange.get(_SEARCH, asked if after is None else {**asked, "startAfterDate": str(after)})
            page = wire.search_page(answer, self._account.location_id, self._account.region)
            new = [each for each in page.found if each.conversation.conversation_id not in seen]
            seen.update(each.conversation.conversation_id for each in new)
            if new:
                yield new
            if page.rows == 0 and (page.total or 0) > len(seen):
                raise _broke_off(_SEARCH)
            if page.rows < _SHORTEST_FULL_PAGE:
                return
            if page.edge is None:
                raise wrong(f"conversations[{page.rows - 1}].sort")
            if not new and after == page.edge:
                return
            after = page.edge + 1 if new and page.edge + 1 != after else page.edge


def _from(reports: Sequence[Report], since: datetime) -> Sequence[Report]:
    return sorted((report for report in reports if report.at >= since), key=lambda report: report.at)


def _broke_off(path: str) -> GhlUnavailable:
    return GhlUnavailable(f"GET {path}: GoHighLevel says there is more but does not give it", advice="run it again")


def _withholds_the_export(refusal: SentinelError) -> bool:
    """Whether the token is good but the export is not for it; a plain 401 is a token that is good for nothing."""
    if isinstance(refusal, GhlRefused):
        return refusal.status == 403 or isinstance(refusal, ScopeMissing)
    return isinstance(refusal, GhlRejected) and refusal.status == 404
