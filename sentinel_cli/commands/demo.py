"""`sentinel demo`: the whole loop on one screen, against the stand-in for GHL; nothing leaves the machine."""

import secrets
import shlex
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli.errors import UsageProblem

from .session import Session, session_of

if TYPE_CHECKING:
    from sentinel_cli.sandbox.world import World
    from sentinel_cli.settings import Settings

__all__ = ["demo", "stage"]

Typed = Callable[[Sequence[str], Session], object]
"""A command typed in a session; what goes wrong is raised."""

_OVER = """
That was the whole loop."""
_GONE = """\
The demo's database and settings are gone. To keep them, and look around:
  .venv/bin/sentinel demo --home sentinel-demo"""
_LOOK = """\
The demo's database and settings are kept, its clock stands. To look around:
  export SENTINEL_HOME={home}
  .venv/bin/sentinel issues list --status all
  .venv/bin/sentinel issues show 3
  .venv/bin/sentinel deliveries list
  unset SENTINEL_HOME                when you have seen enough"""
_NEXT = """
For a real account:
  make install                       sentinel for this host's cron, and a .env
  ${EDITOR:-nano} .env               fill in what is not commented out
  docker compose up -d --build       the database, the receiver, Caddy
  .venv/bin/sentinel cron install    the jobs, into your crontab
The README's "First real set-up" has every step, with the two GHL workflows."""


def demo(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the demo's .env and database there, to look around in.")
    ] = None,
) -> None:
    """Show the whole loop in a minute: webhooks, issues, answers, the summary.

    A stand-in for GHL and the real receiver run on free ports of this machine,
    a scripted day is posted as webhooks, and the real commands do the rest.
    Needs no settings; nothing leaves the machine.

    For example:
      sentinel demo
      sentinel demo --home sentinel-demo

    Exit codes: 2 DIR is not empty.
    """
    session = session_of(context)
    root = context.find_root().command

    def typed(argv: Sequence[str], as_in: Session) -> object:
        return root.main(args=list(argv), prog_name="sentinel", standalone_mode=False, obj=as_in)

    with ExitStack() as stack:
        place = home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sentinel-demo-")))
        stack.enter_context(stage(session, _empty(place), typed)).run()
    kept = _LOOK.format(home=shlex.quote(str(home))) if home else _GONE
    for line in f"{_OVER}\n{kept}\n{_NEXT}".splitlines():
        session.screen.line(line)


def _empty(folder: Path) -> Path:
    """The folder, made where there is none. Raises UsageProblem when it holds anything, perhaps a real .env."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        holds_something = any(folder.iterdir())
    except OSError as error:
        raise UsageProblem(f"cannot use {folder}: {error.strerror}", advice="name another folder") from None
    if holds_something:
        raise UsageProblem(
            f"{folder} is not empty, and the demo writes a .env and a database of its own", advice="name a new folder"
        )
    return folder


class _DemoClock:
    """The story's time."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@dataclass(slots=True)
class _Stage:
    """Everything the story plays on: the account, the receiver, the operator's terminal."""

    session: Session
    typed: Typed
    home: Path
    world: "World"
    clock: _DemoClock
    ghl_url: str
    settings: "Settings"

    def run(self) -> None:
        """The story, told while it happens."""
        from sentinel_cli.sandbox.day import CHECKED_AT, REPEATED_AT, SUMMARY_AT

        self._heading("1. A few days of webhooks reach the receiver")
        self._post_the_day()
        self._heading("2. Monday, before opening: the resolver asks GHL what no webhook has told")
        self._type(CHECKED_AT, "poll-resolver")
        self._heading("3. What the operator sees")
        self._type(CHECKED_AT, "issues", "list", "--status", "all")
        self._type(CHECKED_AT, "issues", "show", "3")
        self._heading("4. The morning summary, first as a dry run")
        self._type(SUMMARY_AT, "send-summary", "--slot", "morning", "--dry-run")
        self._heading("5. And sent; cron repeats the line 10 minutes later, and nobody is texted twice")
        self._type(SUMMARY_AT, "send-summary", "--slot", "morning")
        self._type(REPEATED_AT, "send-summary", "--slot", "morning")
        self._say(f"texts that the managers' phones have received: {len(self.world.sent_texts)}")

    def _post_the_day(self) -> None:
        import httpx

        from sentinel_cli.commands.serve import receiver_of
        from sentinel_cli.sandbox.day import scenes
        from sentinel_cli.sandbox.server import serve_in_thread

        [secret] = self.settings.webhook_secret
        receiver = receiver_of(self.settings, self.clock)
        with serve_in_thread(receiver) as url, httpx.Client(base_url=url, trust_env=False) as ghl:
            self._say(f"receiver at {url}, GHL's stand-in at {self.ghl_url}")
            for scene in scenes(self.world, secret):
                self._at(scene.at)
                self._say(f"{scene.at:%a %b %d %H:%M}  {scene.told}")
                for posted in scene.play():
                    self._at(scene.at + timedelta(minutes=posted.minutes_later))
                    answer = ghl.post(f"/webhook/{posted.route}", json=posted.body, headers={"X-NTPP-Secret": secret})
                    said = answer.json()
                    issue = f", issue #{said['issue_id']}" if said.get("issue_id") else ""
                    self._say(f"                    -> {answer.status_code} {said.get('outcome')}{issue}")

    def _at(self, at: datetime) -> None:
        from sentinel_cli.domain.instants import instant

        self.clock.at = instant(at)
        self.world.hold_clock(at)

    def _type(self, at: datetime, *argv: str) -> None:
        """A command as the operator would type it at that time."""
        from sentinel_cli.domain.instants import instant_text

        self._at(at)
        self._say(f"\n$ sentinel {' '.join(argv)}")
        environ = {"SENTINEL_HOME": str(self.home), "SENTINEL_NOW": instant_text(at)}
        self.typed(argv, replace(self.session, environ=environ))

    def _heading(self, text: str) -> None:
        self.session.screen.heading(text)

    def _say(self, text: str) -> None:
        for line in text.split("\n"):
            self.session.screen.line(line)


@contextmanager
def stage(session: Session, home: Path, typed: Typed) -> Iterator[_Stage]:
    """The account up, the settings written, the database made."""
    from sentinel_cli.domain.instants import instant_text
    from sentinel_cli.opening import open_store
    from sentinel_cli.sandbox.app import sandbox_app
    from sentinel_cli.sandbox.day import CHECKED_AT, REPEATED_AT, SPAM_PHONE
    from sentinel_cli.sandbox.sample import MANAGERS, USERS
    from sentinel_cli.sandbox.server import serve_in_thread
    from sentinel_cli.sandbox.world import World
    from sentinel_cli.settings import load_settings
    from sentinel_cli.store.actions import mark_number

    clock = _DemoClock(CHECKED_AT - timedelta(days=7))
    world = World.sample(clock=clock)
    with serve_in_thread(sandbox_app(world)) as ghl_url:
        lines = {
            "GHL_BASE_URL": ghl_url,
            "GHL_TOKEN": world.location.token,
            "GHL_LOCATION_ID": world.location.location_id,
            "MANAGER_CONTACT_IDS": ",".join(MANAGERS),
            "INTERNAL_USER_IDS": ",".join(USERS),
            "WEBHOOK_SECRET": secrets.token_urlsafe(24),
            "SENTINEL_NOW": instant_text(REPEATED_AT),
        }
        (home / ".env").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        (home / ".env").chmod(0o600)
        environ = {"SENTINEL_HOME": str(home)}
        session.screen.line("$ sentinel db migrate")
        typed(["db", "migrate"], replace(session, environ=environ))
        settings = load_settings(environ, home, None)
        with open_store(settings) as db, db.transaction():
            mark_number(db, SPAM_PHONE, since=clock(), reason="demo")
        yield _Stage(session, typed, home, world, clock, ghl_url, settings)
