"""Which commands there are, and where each is; imports none of them."""

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["COMMANDS", "Entry", "Group"]


class Entry(NamedTuple):
    """A command: its name, `module:function` and `module:class` in this package, its help's first line, its panel."""

    name: str
    where: str
    help: str
    panel: str = ""
    command_class: str = ""


class Group(NamedTuple):
    """A word that commands stand behind; `examples` are what is typed most."""

    name: str
    help: str
    panel: str
    entries: Sequence[Entry]
    examples: Sequence[str]


_LOOK, _JOBS, _RUN, _TRY = "Look", "Jobs, run by cron", "Run", "Try"
_WATCHED = "watching:WatchCommand"

_ISSUES = (
    Entry(
        "list",
        "issue_list:list_",
        "List issues, the most urgent first: open ones by due, then the closed, newest first.",
        command_class=_WATCHED,
    ),
    Entry("show", "issues:show", "Show one issue: its facts, what answered it, its log, the conversation around it."),
    Entry(
        "explain", "explain:explain", "Say why an issue exists, why it is due then, and why it is or is not resolved."
    ),
    Entry(
        "open",
        "issue_link:open_",
        "Print the link to an issue's conversation in GHL, and open it where there is a display.",
    ),
    Entry("resolve", "verbs:resolve", "Close issues that were answered where GHL cannot see it."),
    Entry("reopen", "verbs:reopen", "Open issues again whose answer was none."),
    Entry("spam", "verbs:spam", "Mark issues and their numbers as spam: its texts and calls open nothing."),
    Entry(
        "unspam", "verbs:unspam", "Let texts and calls of a number open issues again; what it sent before stays spam."
    ),
    Entry("note", "verbs:note", "Keep a note with issues; `issues show` has it."),
    Entry(
        "snooze",
        "verbs:snooze",
        "Take issues off lists and texts until a time, or until the customer writes or calls again.",
    ),
    Entry("unsnooze", "verbs:unsnooze", "Put snoozed issues back on lists and texts."),
)
_DELIVERIES = (
    Entry(
        "list", "deliveries:list_", "List deliveries, newest first, with what became of each.", command_class=_WATCHED
    ),
    Entry("show", "deliveries:show", "Show one delivery with its whole body."),
    Entry("replay", "replay:replay", "Read stored deliveries again that broke our reading or were not understood."),
)
_RUNS = (
    Entry("list", "job_runs:list_", "List the runs of jobs, newest first."),
    Entry("show", "job_runs:show", "Show one run with all its counts."),
)
_KV = (Entry("show", "kv:show", "Show the watermarks, and how long ago they were."),)
_GHL = (
    Entry("whoami", "ghl:whoami", "Say which location the token opens, and which of the five scopes it has."),
    Entry(
        "managers", "ghl:managers", "List the contacts of MANAGER_CONTACT_IDS and INTERNAL_CONTACT_IDS as GHL has them."
    ),
    Entry("users", "ghl:users", "List who has a login in GHL, and who of them counts as staff."),
)
_DB = (
    Entry("migrate", "database:migrate", "Make the database, or bring it up to this release; safe to repeat."),
    Entry(
        "check", "proofs:check", "Say whether the database is sound: the file, its rows, and the issues by their facts."
    ),
    Entry("backup", "backups:backup", "Copy the database to a file that is verified, while the receiver goes on."),
    Entry(
        "restore", "backups:restore", "Put a backup in the place of the database, and keep the file that it replaces."
    ),
    Entry(
        "rebuild",
        "proofs:rebuild",
        "Derive all issues anew from what was received, in a copy, and report every difference.",
    ),
)
_CRON = (
    Entry(
        "show",
        "cron:show",
        "Show each line of the crontab in words: when it runs, when it ran last and how that ended.",
    ),
    Entry("check", "cron:check", "Check cron: its daemon, our lines, their programs, the hours, the host's zone."),
    Entry("install", "cron:install", "Put the lines of deploy/crontab into this user's crontab, between two marks."),
)

COMMANDS: Sequence[Entry | Group] = (
    Group(
        "issues",
        "Who waits for an answer, and who has had one.",
        _LOOK,
        _ISSUES,
        ("issues list", "issues show 41", "issues explain 41"),
    ),
    Group(
        "deliveries",
        "What GHL posted to the receiver, as it came.",
        _LOOK,
        _DELIVERIES,
        ("deliveries list --limit 5", "deliveries show 17"),
    ),
    Group(
        "jobs",
        "What cron has run, how it ended, and what it did.",
        _LOOK,
        _RUNS,
        ("jobs list --failed --since 2d", "jobs show 81"),
    ),
    Group("kv", "What the jobs remember between runs.", _LOOK, _KV, ("kv show",)),
    Group(
        "ghl",
        "Whose the token is, and the ids that the settings need.",
        _LOOK,
        _GHL,
        ("ghl whoami", "ghl managers --find casey"),
    ),
    Entry("report", "report:report", "Report how fast customers were answered, how many, when, and by whom.", _LOOK),
    Entry("doctor", "doctor:doctor", "Check settings, database, receiver, GHL, summaries, cron and clock.", _LOOK),
    Entry(
        "metrics",
        "metrics:metrics",
        "Print figures for Prometheus: issues, waits, deliveries, jobs, requests to GHL, letters.",
        _LOOK,
    ),
    Entry(
        "poll-resolver",
        "jobs:poll_resolver",
        "Ask GHL what was written and answered since the last run, and mark issues resolved.",
        _JOBS,
    ),
    Entry(
        "send-summary",
        "summary:send_summary",
        "Ask GHL for the latest, then tell the managers by text who waits for an answer.",
        _JOBS,
    ),
    Entry(
        "run-orders",
        "orders:run_orders",
        "Carry out what managers text back (List, Open 12, Resolve 12 ...), and answer each once.",
        _JOBS,
    ),
    Entry(
        "send-alerts",
        "alerts:send_alerts",
        "Tell the managers by text of each issue that has passed its due, once.",
        _JOBS,
    ),
    Entry(
        "prune", "prune:prune", "Remove settled messages, and the bodies of their webhooks, after their time.", _JOBS
    ),
    Entry("serve", "serve:serve", "Receive GHL's webhooks and store them, until Ctrl-C or SIGTERM.", _RUN),
    Group(
        "db",
        "The database file.",
        _RUN,
        _DB,
        ("db backup", "db check"),
    ),
    Group(
        "cron",
        "The crontab that runs the jobs: show, check, install.",
        _RUN,
        _CRON,
        ("cron check", "cron install --dry-run"),
    ),
    Entry(
        "sandbox", "sandbox:sandbox", "Run a stand-in for GHL with a small invented pool company, until Ctrl-C.", _TRY
    ),
    Entry("demo", "demo:demo", "Show the whole loop in a minute: webhooks, issues, answers, the summary.", _TRY),
)
"""In the order in which help lists them."""
