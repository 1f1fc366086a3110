"""The people with a login in the GHL location, as last seen."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sentinel_cli.domain.instants import instant_text
from sentinel_cli.domain.model import User

from .database import Database
from .distinct import distinct

__all__ = ["all_users", "names", "remember"]


def all_users(db: Database) -> Sequence[User]:
    """Everyone who was ever seen: what a person wrote stays an answer after they leave."""
    return [User(user_id=row["user_id"], name=row["name"]) for row in db.read("select * from users order by user_id")]


def names(db: Database) -> Mapping[str, str]:
    """The names of all users, and of the managers who have done something by text, by the ids they act under."""
    rows = db.read(
        """
        select user_id as id, name from users where name is not null
        union all
        select contact_id, name from contacts
        where name is not null and key in (select 'id:' || value from json_each(?))
        """,
        json.dumps(distinct(db, "actions", "actor")),
    )
    return {row["id"]: row["name"] for row in rows}


def remember(db: Database, users: Sequence[User], seen_at: datetime) -> None:
    """Add the users, or renew their names."""
    db.write_many(
        """
        insert into users (user_id, name, seen_ts) values (?, ?, ?)
        on conflict (user_id) do update set name = excluded.name, seen_ts = excluded.seen_ts
        """,
        [(user.user_id, user.name, instant_text(seen_at)) for user in users],
    )
