"""Cron: does its daemon run, are our lines installed as delivered, and did each job run when it was last due."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from sentinel_cli.doctor.findings import Finding, Lines, Pillar, ago, many, size
from sentinel_cli.errors import Misconfigured

from .crontab import Crontab, Entry, newest_due, next_due, read_crontab

__all__ = ["CronSeen", "LogSeen", "RunSeen", "StartSeen", "judge_cron", "judge_lines", "own_start"]

_LINES = Lines(Pillar.CRON)
_INSTALL = "sentinel cron install"
# A job's row is written a moment after cron has started it, on a busy host.
_GRACE = timedelta(minutes=3)
_EARLY = timedelta(minutes=1)
_LONGEST_RUN = timedelta(minutes=15)
_LARGE_LOG = 50_000_000
_INTERRUPTED = 130
_TIMES_BACK = 10
# Its runs have no lines in the log while nobody has texted.
_SELDOM_LOGGED = "run-orders"
# Jobs whose lines in the log name a command of more than one word.
_TYPED = {"backup": "db backup"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSeen:
    """The newest run of a job."""

    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    error: str = ""


class StartSeen(NamedTuple):
    """That a run of a job began; `slot` is a summary's, None in a row of a release that did not note it."""

    job: str
    at: datetime
    slot: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSeen:
    """`logs/cron.log`; without `changed_at` there is none, and without `folder` none can be made."""

    path: str
    folder: bool = True
    is_file: bool = True
    size: int = 0
    changed_at: datetime | None = None
    writable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CronSeen:
    """`daemons` is None where the host's processes cannot be seen, `installed` where its crontab cannot.

    `delivered` is what `delivered_file`, deploy/crontab, says, None where it is not at hand. `zone` is what cron goes
    by. `runs` and `starts` are None where the store could not be read; nothing was due for Sentinel before `made_at`.
    `absent` are the programs that lines start and that are not there, or cannot be run.
    """

    now: datetime
    zone: tzinfo
    home: str
    business: tzinfo
    letter_hours: tuple[time, time]
    log: LogSeen
    daemons: Sequence[str] | None = ()
    installed: str | None = ""
    delivered: str | None = ""
    delivered_file: str = "deploy/crontab"
    runs: Mapping[str, RunSeen] | None = field(default_factory=dict)
    starts: Sequence[StartSeen] = ()
    made_at: datetime | None = None
    absent: frozenset[str] = frozenset()

    @property
    def local(self) -> datetime:
        """The moment up to which every run must have begun, as cron's clock shows it."""
        return (self.now - _GRACE).astimezone(self.zone)


def judge_cron(seen: CronSeen) -> list[Finding]:
    """The lines about cron."""
    installed, delivered = read_crontab(seen.installed or ""), read_crontab(seen.delivered or "")
    lines = installed if installed.entries else delivered
    found = judge_lines(seen)
    if seen.runs is None:
        return [*found, _LINES.skipped("last runs", "the database cannot be read")]
    # What somebody has added, a line for `sentinel metrics` say, is theirs to watch where it leaves no run behind.
    entries = list({entry.typed: entry for entry in lines.entries if entry.is_recorded}.values())
    return [*found, *(_ran(seen, entry, entries) for entry in entries), *_ended(seen), _log(seen, entries)]


def judge_lines(seen: CronSeen) -> list[Finding]:
    """Those of them about what is installed, and not about what has run."""
    installed, delivered = read_crontab(seen.installed or ""), read_crontab(seen.delivered or "")
    lines = installed if installed.entries else delivered
    found = [_daemon(seen), *_installed(seen, installed, delivered), *_hours(seen, lines)]
    return [*found, *(_absent(program) for program in sorted(seen.absent))]


def _absent(program: str) -> Finding:
    return _LINES.problem("program", f"{program} is not there, or cannot be run: no job starts", "make install")


def _daemon(seen: CronSeen) -> Finding:
    check = "daemon"
    if seen.daemons:
        return _LINES.ok(check, f"{seen.daemons[0]} is running")
    if seen.daemons is None:
        return _LINES.skipped(
            check, "the host's processes cannot be seen from within a container", "run doctor on the host"
        )
    return _LINES.problem(
        check, "no cron daemon is running", "sudo systemctl enable --now cron (crond on some systems)"
    )


def _installed(seen: CronSeen, installed: Crontab, delivered: Crontab) -> list[Finding]:
    check, file = "crontab", seen.delivered_file
    if seen.installed is None:
        return [_LINES.skipped(check, "the host's crontab cannot be seen from here", "run doctor on the host")]
    if not installed.entries:
        return [_LINES.problem(check, "none of our lines is installed for this user", f"{_INSTALL}, as who owns data/")]
    wrong = [*_home(seen, installed), *(_differences(installed, delivered) if seen.delivered else [])]
    if "\r" in (seen.installed or ""):
        found = "its lines end with a carriage return: their shells fail before the job"
        return [_LINES.problem(check, found, r"crontab -l | tr -d '\r' | crontab -")]
    if wrong:
        return [_LINES.problem(check, what, f"{_INSTALL}, or crontab -e; compare with {file}") for what in wrong]
    if not seen.delivered:
        return [_LINES.skipped(check, f"{file} is not here to be compared with")]
    return [_LINES.ok(check, f"our {many(len(delivered.entries), 'line')} as in deploy/crontab")]


def _home(seen: CronSeen, installed: Crontab) -> list[str]:
    home = installed.variables.get("SENTINEL_HOME")
    if home is None:
        return ["the line SENTINEL_HOME=... is missing: cron's jobs do not find .env"]
    same = home.rstrip("/") == seen.home.rstrip("/")
    return [] if same else [f"its SENTINEL_HOME is {home}, but this is {seen.home}: two installations"]


def _differences(installed: Crontab, delivered: Crontab) -> list[str]:
    """What is missing, changed or there twice, a line each; other lines of the user's are their own business."""
    ours, theirs = Counter(e.typed for e in installed.entries), {e.typed: e for e in installed.entries}
    wanted = {entry.typed: entry for entry in delivered.entries}
    missing = [f"missing: {typed}" for typed in wanted if typed not in theirs]
    twice = [f"{count} times: {typed}" for typed, count in ours.items() if count > 1 and typed in wanted]
    return (
        missing
        + twice
        + [line for typed in wanted if typed in theirs for line in _changed(theirs[typed], wanted[typed])]
    )


def _changed(installed: Entry, delivered: Entry) -> list[str]:
    if installed.schedule != delivered.schedule:
        return [f"{installed.typed} at {installed.schedule!r}, delivered at {delivered.schedule!r}"]
    if installed.command != delivered.command:
        return [f"{installed.typed} is started differently: {installed.command[:60]}"]
    return []


def _hours(seen: CronSeen, lines: Crontab) -> list[Finding]:
    """Summaries that cron starts when no text is sent, by the business's clock."""
    first, last = seen.letter_hours
    dues = {entry.typed: next_due(entry, seen.local) for entry in lines.entries if entry.typed.startswith("send-")}
    starts = {typed: due.astimezone(seen.business).time() for typed, due in dues.items() if due}
    late = [f"{_short(typed)} at {at:%H:%M}" for typed, at in starts.items() if not first <= at < last]
    if not late:
        return []
    found = f"outside LETTER_HOURS, in {seen.business}: {', '.join(late)}"
    fix = "mend the host's time zone, the crontab's hours, or LETTER_HOURS in .env"
    return [_LINES.problem("letter hours", found, fix, Misconfigured.exit_code)]


def _short(typed: str) -> str:
    return typed.replace("--slot ", "")


def _ran(seen: CronSeen, entry: Entry, entries: Sequence[Entry]) -> Finding:
    """Whether the line's newest due time has a run of its own."""
    due, check = newest_due(entry, seen.local), _short(entry.typed)
    if due is None:
        return _LINES.skipped(check, f"cron would never start it at {entry.schedule!r}")
    if seen.made_at is not None and due < seen.made_at:
        return _first_time(seen, entry, entries, next_due(entry, seen.made_at.astimezone(seen.zone)))
    if own := _own_starts(seen, entry, entries, due):
        return _LINES.ok(check, f"due {_said(due)}, ran {ago(seen.now - own[0])}")
    newest = max((start.at for start in seen.starts if start.job in entry.jobs), default=None)
    if newest and _is_at_work(seen, entry):
        return _LINES.ok(check, f"due {_said(due)}; the run before it is still at work")
    last = f"newest run of the job {ago(seen.now - newest)}" if newest else "the job has not run within a week"
    fix = "tail -20 logs/cron.log; journalctl -u cron --since today; is the line installed for this user?"
    return _LINES.problem(check, f"was due {_said(due)} and did not run; {last}", fix)


def _first_time(seen: CronSeen, entry: Entry, entries: Sequence[Entry], first: datetime | None) -> Finding:
    """Of a line that was first due within the grace, or is still to be."""
    check = _short(entry.typed)
    if first is None or first > seen.now:
        return _LINES.skipped(check, f"its first time has not come yet: {_said(first)}")
    if own := _own_starts(seen, entry, entries, first):
        return _LINES.ok(check, f"due {_said(first)}, ran {ago(seen.now - own[0])}")
    return _LINES.skipped(check, f"its first time was {_said(first)}, a moment ago")


def _own_starts(seen: CronSeen, entry: Entry, entries: Sequence[Entry], due: datetime) -> list[datetime]:
    """The runs that began when the line was due then: of its slot, or else before another line of the same job was."""
    # In UTC: in the night that the clocks go back, two local times are one.
    since = due.astimezone(UTC) - _EARLY
    nexts = [next_due(other, due) for other in _rivals(entry, entries)]
    until = min((at.astimezone(UTC) for at in nexts if at), default=seen.now + _EARLY)
    begun = [start for start in seen.starts if start.job in entry.jobs and since <= start.at]
    # A summary typed by hand, late or for another slot, is no other line's run, whatever the clock says.
    return [start.at for start in begun if (start.slot == entry.slot if start.slot else start.at < until)]


def own_start(seen: CronSeen, entry: Entry, entries: Sequence[Entry]) -> datetime | None:
    """When the line's newest run began, of the last times at which it was due; None where none is known."""
    at: datetime | None = seen.now.astimezone(seen.zone)
    for _ in range(_TIMES_BACK):
        at = newest_due(entry, at) if at else None
        if at and (own := _own_starts(seen, entry, entries, at)):
            return own[-1]
    return None


def _rivals(entry: Entry, entries: Sequence[Entry]) -> list[Entry]:
    """The other lines of the same job, whose runs are not this one's."""
    return [other for other in entries if other.jobs & entry.jobs and other is not entry]


def _is_at_work(seen: CronSeen, entry: Entry) -> bool:
    runs = [run for job, run in (seen.runs or {}).items() if job in entry.jobs]
    return any(run.ended_at is None and seen.now - run.started_at < _LONGEST_RUN for run in runs)


def _said(due: datetime | None) -> str:
    return f"{due:%a} {due:%H:%M}" if due else "never"


def _ended(seen: CronSeen) -> list[Finding]:
    """A line for each job whose newest run did not end well."""
    found = []
    for job, run in (seen.runs or {}).items():
        check, at = f"{job}, last end", ago(seen.now - run.started_at)
        fix = f"grep -A3 'sentinel {_TYPED.get(job, job)}' logs/cron.log | tail"
        if run.ended_at is None and seen.now - run.started_at > _LONGEST_RUN:
            found.append(_LINES.problem(check, f"started {at} and never ended: killed, or the host went down", fix))
        elif run.exit_code == _INTERRUPTED:
            found.append(_LINES.warning(check, f"interrupted by hand {at}", "the next run takes it up"))
        elif run.exit_code:
            said = f"exit {run.exit_code} {at}: {' '.join(run.error.split())[:160]}"
            found.append(_LINES.problem(check, said, fix, run.exit_code))
    return found


def _log(seen: CronSeen, entries: Sequence[Entry]) -> Finding:
    check, log = "log", seen.log
    logged = [entry for entry in entries if entry.typed != _SELDOM_LOGGED]
    dues = [due.astimezone(UTC) for entry in logged if (due := newest_due(entry, seen.local))]
    due = max((due for due in dues if seen.made_at is None or due >= seen.made_at), default=None)
    if wrong := _unwritable(seen):
        return _LINES.problem(check, *wrong)
    if log.changed_at is None and due is None:
        return _LINES.skipped(check, f"{log.path} is made by the first job that runs")
    if log.changed_at is None:
        fix = "crontab -l: each line ends with >> logs/cron.log 2>&1"
        return _LINES.problem(check, f"{log.path} does not exist, but a job was due", fix)
    said = f"{log.path}, {size(log.size)}, grew {ago(seen.now - log.changed_at)}"
    if due is not None and log.changed_at < due - _EARLY:
        fix = "df -h; crontab -l: each line ends with >> logs/cron.log 2>&1"
        return _LINES.problem(check, f"{said}, but a job was due {_said(due.astimezone(seen.zone))}", fix)
    if log.size > _LARGE_LOG:
        return _LINES.warning(
            check, said, f"let logrotate keep it small (copytruncate), or: truncate -s 10M {log.path}"
        )
    return _LINES.ok(check, said)


def _unwritable(seen: CronSeen) -> tuple[str, str] | None:
    """Why the shell of a crontab's line cannot open the log, which comes before the job, and what mends it."""
    log, folder = seen.log, seen.log.path.rpartition("/")[0]
    if not log.folder and seen.installed is not None:
        return f"{folder} is no folder: no job starts", f"mkdir -p {folder}; ls -ld {folder}"
    if not log.is_file:
        return f"{log.path} is no file: no job starts", f"mv {log.path} {log.path}.old"
    if not log.writable:
        return f"{log.path} cannot be written by this user: no job starts", f"ls -l {log.path}; chown"
    return None
