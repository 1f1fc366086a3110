"""The schema as steps, each additive, so that the previous release still runs on a newer file."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sentinel_cli.domain.instants import instant
from sentinel_cli.errors import StoreProblem

from .database import Database

if TYPE_CHECKING:
    import sqlite_utils

__all__ = [
    "Standing",
    "holds_older_service",
    "is_current",
    "is_ours",
    "made_at",
    "make",
    "migrate",
    "require_current",
    "standing",
    "version",
]


class Standing(StrEnum):
    """How a file's schema stands to this release's."""

    CURRENT = "current"
    NEWER = "newer"
    BEHIND = "behind"
    OLDER_SERVICE = "older service"
    EMPTY = "empty"
    FOREIGN = "foreign"


STEPS = ("first_tables", "incomplete_history", "told_breaches", "further_indexes")

_FIRST_TABLES = """
create table contacts (
  id integer primary key,
  key text not null unique,
  contact_id text,
  phone text,
  name text,
  opted_out integer not null default 0,
  merged_into integer references contacts(id),
  settled_before_ts text,
  asked_ts text,
  facts text not null default '{}'
);
create index contacts_by_phone on contacts(phone) where phone is not null;

create table raw_events (
  id integer primary key,
  received_ts text not null,
  source text not null,
  payload blob not null,
  content_type text,
  delivery_key text unique,
  outcome text not null,
  contact_id text,
  message_key text,
  issue_id integer,
  tries integer not null default 0
);
create index raw_events_to_retry on raw_events(id) where outcome like 'error:%';
create index raw_events_by_contact on raw_events(contact_id);

create table issues (
  id integer primary key autoincrement,
  issue_type text not null,
  status text not null check (status in ('OPEN', 'RESOLVED', 'SPAM', 'PENDING')),
  contact integer references contacts(id),
  contact_id text,
  contact_name text,
  phone text,
  conversation_id text,
  owner_id text,
  created_ts text not null,
  due_ts text,
  first_inbound_ts text,
  last_inbound_ts text,
  inbound_count integer not null default 0,
  outbound_count integer not null default 0,
  auto_replies integer not null default 0,
  unlisted_user text,
  unconfirmed integer not null default 0,
  snoozed_until_ts text,
  resolved_ts text,
  resolved_by text,
  answered_by text,
  answer_key text,
  recorded_ts text,
  merged_into integer references issues(id),
  breach_notified_ts text,
  meta text
);
create unique index one_open_issue on issues(contact, issue_type) where status = 'OPEN';
create index issues_by_status on issues(status, due_ts);
create index issues_by_contact on issues(contact);
create index issues_recorded on issues(recorded_ts) where recorded_ts is not null;

create table messages (
  id integer primary key,
  key text not null unique,
  contact integer not null references contacts(id),
  provisional integer not null,
  contact_id text,
  phone text,
  conversation_id text,
  channel text not null,
  kind text,
  direction text not null,
  author text not null,
  user_id text,
  source text,
  at_ts text not null,
  outcome text,
  duration integer,
  text text,
  origin text not null,
  facts text not null,
  same_as text,
  issue_id integer references issues(id),
  delivery_id integer references raw_events(id),
  api_seen_ts text,
  looked_ts text,
  late integer not null default 0
);
create index messages_timeline on messages(contact, at_ts);
create index messages_by_issue on messages(issue_id) where issue_id is not null;
create index messages_by_instant on messages(at_ts);
create index messages_unpaired on messages(contact) where provisional = 1 and same_as is null;
create index messages_by_phone on messages(phone) where contact_id is null and phone is not null;

create table actions (
  id integer primary key autoincrement,
  issue_id integer not null references issues(id),
  contact integer not null references contacts(id),
  kind text not null,
  at_ts text not null,
  actor text not null,
  channel text not null,
  first_key text not null,
  through_key text not null,
  until_ts text,
  note text
);
create index actions_by_issue on actions(issue_id);

create table issue_log (
  id integer primary key autoincrement,
  issue_id integer not null references issues(id),
  at_ts text not null,
  event text not null,
  cause text not null,
  evidence text not null default '{}'
);
create index issue_log_by_issue on issue_log(issue_id);

create table kv_store (
  key text primary key,
  value text
);

create table outbox (
  id integer primary key autoincrement,
  letter_key text not null unique,
  kind text not null,
  slot text,
  on_date text not null,
  contact_id text not null,
  body text not null,
  state text not null,
  as_of_ts text not null,
  created_ts text not null,
  expires_ts text not null,
  lease_until_ts text,
  claimed_ts text,
  attempts integer not null default 0,
  looks integer not null default 0,
  last_look_ts text,
  message_id text,
  conversation_id text,
  sent_ts text,
  error text
);
create index outbox_owed on outbox(kind, state);

create table job_runs (
  id integer primary key autoincrement,
  job text not null,
  started_ts text not null,
  ended_ts text,
  exit_code integer,
  counts text not null default '{}',
  error text
);
create index job_runs_by_job on job_runs(job, id);

create table spam_phones (
  id integer primary key,
  phone text not null,
  since_ts text not null,
  until_ts text,
  reason text
);
create index spam_phones_by_phone on spam_phones(phone);

create table users (
  user_id text primary key,
  name text,
  seen_ts text not null
)
"""


# What the last summary that reached a manager listed or counted as overdue is no news to that manager.
_TOLD_BREACHES = """
create table alerts (
  issue_id integer not null references issues(id),
  contact_id text not null,
  letter_key text not null,
  primary key (issue_id, contact_id)
);
create index alerts_by_letter on alerts(letter_key);

insert into alerts (issue_id, contact_id, letter_key)
select i.id, o.contact_id, o.letter_key from outbox o join issues i
where o.id in (select max(id) from outbox where kind = 'summary' and state = 'sent' group by contact_id)
  and i.status = 'OPEN' and i.due_ts < o.as_of_ts and i.created_ts <= o.as_of_ts
  and coalesce(i.snoozed_until_ts, '') <= o.as_of_ts
"""

# Partial where they can be, for each costs every delivery. A query must say the same words to use such a one. For what
# is dropped another stands, in the queries of the previous release too.
# A delivery that is only stored so far names no contact, and need not be in an index of them.
_FURTHER_INDEXES = """
create index raw_events_by_outcome on raw_events(outcome);
drop index raw_events_by_contact;
create index raw_events_by_contact on raw_events(contact_id) where contact_id is not null;

create index issues_by_kind on issues(status, issue_type) where resolved_by is not 'withdrawn';
create index issues_by_closing on issues(status, coalesce(resolved_ts, last_inbound_ts) desc)
  where status <> 'OPEN' and resolved_by is not 'withdrawn';
create index issues_by_last_word on issues(status, last_inbound_ts)
  where status <> 'OPEN' and resolved_by is not 'withdrawn';
create index issues_merged on issues(merged_into) where merged_into is not null;

create index actions_by_actor on actions(actor);

create index messages_paired on messages(same_as) where same_as is not null;
create index messages_ours on messages(contact, at_ts)
  where late = 0 and direction = 'outbound' and channel not in ('CALL', 'EMAIL', 'OTHER')
    and coalesce(outcome, '') not in ('failed', 'undelivered', 'opt_out', 'scheduled');
create index messages_of_a_phone on messages(phone, contact, at_ts)
  where contact_id is null and phone is not null and late = 0;
drop index messages_by_phone;
drop index messages_unpaired
"""


def first_tables(db: "sqlite_utils.Database") -> None:
    """Everything the first release needs; the columns of `issues` are a superset of production's."""
    for statement in _FIRST_TABLES.split(";\n"):
        db.execute(statement)


def incomplete_history(db: "sqlite_utils.Database") -> None:
    """A contact's messages may begin late (pruned, or adopted without them), and a delivery may have lost its body."""
    # Settled issues that began before it are kept as they are: the facts that they were derived from are not here.
    db.execute("alter table contacts add column facts_from_ts text")
    db.execute("alter table raw_events add column pruned_ts text")


def told_breaches(db: "sqlite_utils.Database") -> None:
    """Each manager is told once of each issue's breach: `alerts` says by which letter."""
    for statement in _TOLD_BREACHES.split(";\n"):
        db.execute(statement)


def further_indexes(db: "sqlite_utils.Database") -> None:
    """However much there has been, what is asked for every day is found at once."""
    for statement in _FURTHER_INDEXES.split(";\n"):
        db.execute(statement)


def migrate(database: Database) -> list[str]:
    """Bring the file to this release's schema; the names of the steps taken, none when it was there already.

    Raises StoreProblem for a file that holds other tables than ours.
    """
    if not is_ours(database):
        if holds_older_service(database):
            raise _older(database)
        names = [row["name"] for row in database.read("select name from sqlite_master where type = 'table'")]
        if names:
            raise StoreProblem(
                f"{database.path} is not a Sentinel database (it holds {', '.join(sorted(names)[:5])})",
                advice="name a new file in DB_PATH",
            )
    return make(database)


def make(database: Database) -> list[str]:
    """Take the steps that are missing, whatever else the file holds; also as part of the caller's transaction."""
    import sqlite_utils
    from sqlite_utils.migrations import Migrations

    steps = Migrations("sentinel")
    for step in (first_tables, incomplete_history, told_breaches, further_indexes):
        steps()(step)
    with database._translated:  # noqa: SLF001 - sqlite-utils raises sqlite3 errors that this connection translates
        db = sqlite_utils.Database(database.raw)
        taken = [step.name for step in steps.pending(db)]
        steps.apply(db)
        if version(database) < len(STEPS):
            database.read(f"pragma user_version={len(STEPS)}")
    return taken


def version(database: Database) -> int:
    """How many steps the newest release that migrated the file knew; after a rollback more than this one knows."""
    return int(database.read("pragma user_version")[0][0])


def is_ours(database: Database) -> bool:
    """Whether Sentinel's migrations made this file."""
    return database.one("select 1 from sqlite_master where name = '_sqlite_migrations'") is not None


def is_current(database: Database) -> bool:
    """Whether no step of this release is missing; a newer file is fine, since steps only add."""
    return version(database) >= len(STEPS) and is_ours(database)


def holds_older_service(database: Database) -> bool:
    """Whether the file is the one of the service that Sentinel replaces: `raw_events` and `issues` not made by us."""
    found = database.one(
        "select count(*) from sqlite_master where type = 'table' and lower(name) in ('raw_events', 'issues')"
    )
    return found is not None and found[0] == 2 and not is_ours(database)


def _older(database: Database) -> StoreProblem:
    return StoreProblem(
        f"{database.path} is a database of the older service",
        advice="stop that service, then run sentinel db migrate: it backs the file up and adopts it",
    )


def standing(database: Database) -> Standing:
    """How the file's schema stands to this release's; nothing is changed."""
    if is_ours(database):
        missing = len(STEPS) - version(database)
        return Standing.BEHIND if missing > 0 else Standing.NEWER if missing < 0 else Standing.CURRENT
    if holds_older_service(database):
        return Standing.OLDER_SERVICE
    return Standing.FOREIGN if database.one("select 1 from sqlite_master where type = 'table'") else Standing.EMPTY


def made_at(database: Database) -> datetime | None:
    """When `sentinel db migrate` made or adopted the file: no job can have run before."""
    row = database.one("select min(applied_at) as at from _sqlite_migrations") if is_ours(database) else None
    # sqlite-utils writes UTC without saying so.
    found = datetime.fromisoformat(row["at"]) if row and row["at"] else None
    return instant(found.replace(tzinfo=UTC) if found.tzinfo is None else found) if found else None


def require_current(database: Database) -> None:
    """Raise unless the schema is ours; apply our own missing steps, which only add."""
    if is_current(database):
        return
    if holds_older_service(database):
        raise _older(database)
    if not is_ours(database):
        raise StoreProblem(f"{database.path} has no Sentinel tables", advice="run sentinel db migrate")
    migrate(database)
