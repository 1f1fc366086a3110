"""The tables of the account and how they are looked up; refuses to know who asks, what time it is, or any lock."""

from dataclasses import replace
from datetime import datetime

from .rows import Contact, Conversation, Row, User

__all__ = ["Account"]


class Account:
    """Contacts, users, conversations and every version of every row, in the order they were made."""

    def __init__(self) -> None:
        self.contacts: dict[str, Contact] = {}
        self.merged: dict[str, Contact] = {}
        self.users: dict[str, User] = {}
        self.conversations: dict[str, Conversation] = {}
        self.sent_ids: list[str] = []
        self._versions: dict[str, list[Row]] = {}

    def contact(self, contact_id: str) -> Contact:
        """The contact. Raises KeyError that names the id."""
        return self.contacts[contact_id]

    def contact_of(self, row: Row) -> Contact:
        """Whose row it was when it was made, even if GHL has merged that contact since."""
        return self.contacts.get(row.contact_id) or self.merged[row.contact_id]

    def row(self, message_id: str) -> Row:
        """The row as it is now. Raises KeyError that names the id."""
        return self._versions[message_id][-1]

    def put(self, row: Row) -> Row:
        """The row, kept as the newest version of its message."""
        self._versions.setdefault(row.message_id, []).append(row)
        return row

    def rows(self) -> list[Row]:
        """Every row as it is now."""
        return [versions[-1] for versions in self._versions.values()]

    def rows_as_of(self, instant: datetime) -> list[Row]:
        """Every row as it stood at an instant: what an index that is behind still shows."""
        known = ([row for row in versions if row.updated_at <= instant] for versions in self._versions.values())
        return [versions[-1] for versions in known if versions]

    def conversations_of(self, contact_id: str) -> list[Conversation]:
        """A contact's conversations, oldest first."""
        return [thread for thread in self.conversations.values() if thread.contact_id == contact_id]

    def merge(self, gone: str, into: str) -> Contact:
        """The surviving contact, which now owns the other's conversations and rows; rows keep their ids and dates."""
        survivor = self.contact(into)
        self.merged[gone] = self.contacts.pop(gone)
        for thread in self.conversations_of(gone):
            self.conversations[thread.conversation_id] = replace(thread, contact_id=into)
        for versions in self._versions.values():
            versions[:] = [replace(row, contact_id=into) if row.contact_id == gone else row for row in versions]
        return survivor
