"""The receiver's health, asked over HTTP here and from outside, and what asking did to the database."""

import json
import ssl
from collections.abc import Mapping

import httpx

from sentinel_cli import __version__
from sentinel_cli.clock import pause
from sentinel_cli.doctor.judge.receiver import Health, ReceiverSeen
from sentinel_cli.domain.redaction import secrets_mark
from sentinel_cli.errors import StoreProblem
from sentinel_cli.intake import RECEIVER_POLICY, mark_of
from sentinel_cli.setting_values import is_loopback
from sentinel_cli.settings import Settings
from sentinel_cli.store import kv
from sentinel_cli.store.database import Database
from sentinel_cli.wiring import rules_of
from webhook.writer import CHECKED_KEY

from .looking import look, told_by_receiver

__all__ = ["see_public", "see_receiver"]

_WITHIN = 4.0
# The receiver proves its store at most once a second; whoever asked just now has had that proof.
_PROVES_AGAIN = 1.2
_LARGEST = 10_000
# The last is what the system's name look-up says of a name such as `a..b`.
_NO_ADDRESS = (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError)


def see_public(site: str, within: float = _WITHIN) -> Health | None:
    """What the public name answers, the first where there are several; None where none is set."""
    name = site.split(",", maxsplit=1)[0].strip()
    if not name:
        return None
    return _ask_health(f"{(name if '://' in name else f'https://{name}').rstrip('/')}/health", within)


def see_receiver(settings: Settings) -> ReceiverSeen:
    """The receiver's health here, and whether it writes our file."""
    url = f"{settings.receiver_url}/health"
    try:
        db = look(settings)
    except StoreProblem:
        return ReceiverSeen(local=_ask_health(url))
    with db:
        return _watched(db, url, settings)


def _watched(db: Database, url: str, settings: Settings) -> ReceiverSeen:
    """Ask while watching our own file: the receiver proves its health by a write, and here it must show."""
    before = kv.get(db, CHECKED_KEY)
    local = _ask_health(url)
    if local.ok and kv.get(db, CHECKED_KEY) == before and not settings.now:
        pause(_PROVES_AGAIN)
        local = _ask_health(url)
    told, stat = told_by_receiver(db), settings.db_path.stat()
    file = (stat.st_dev, stat.st_ino)
    # A clock that stands still writes the same instant again, which changes nothing: then the file's own name counts.
    named = (told.get("device"), told.get("inode")) == file
    return ReceiverSeen(
        local=local,
        wrote=named if settings.now else kv.get(db, CHECKED_KEY) != before,
        told=told,
        file=file,
        path=str(settings.db_path),
        version=__version__,
        same_secrets=_knows_ours(told, settings),
        same_settings=kv.get(db, RECEIVER_POLICY) in {None, mark_of(rules_of(settings, ()))},
    )


def _knows_ours(told: Mapping[str, object], settings: Settings) -> bool:
    """Whether the receiver admits by the secrets that `.env` has now, as far as it has said."""
    salt, mark = told.get("salt"), told.get("secrets")
    return not isinstance(salt, str) or secrets_mark(settings.webhook_secret, salt.encode()) == mark


def _ask_health(url: str, within: float = _WITHIN) -> Health:
    """What the address answers to GET; no redirect is followed, and nothing is posted."""
    try:
        with (
            httpx.Client(timeout=within, trust_env=not is_loopback(url)) as client,
            client.stream("GET", url) as response,
        ):
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _LARGEST:
                    break
    except (httpx.HTTPError, *_NO_ADDRESS, OSError, ValueError, ImportError) as error:
        trouble, detail = _trouble(error)
        return Health(url=url, trouble=trouble, detail=detail)
    location = response.headers.get("location", "") if response.is_redirect else ""
    return Health(url=url, status=response.status_code, ok=_is_health(response, body), location=location[:120])


def _is_health(response: httpx.Response, body: bytes) -> bool:
    try:
        return response.status_code == 200 and bool(json.loads(body) == {"ok": True})
    except ValueError:
        return False


def _trouble(error: Exception) -> tuple[str, str]:
    """Which of the judge's words names an error of httpx, and what the library behind it said."""
    if isinstance(error, _NO_ADDRESS):
        return "address", ""
    if not isinstance(error, httpx.HTTPError):
        return "environment", type(error).__name__
    causes = list(_causes(error))
    certificate = next((each for each in causes if isinstance(each, ssl.SSLError)), None)
    if certificate:
        reason = getattr(certificate, "verify_message", "") or certificate.reason or type(certificate).__name__
        return "tls", str(reason)
    if isinstance(error, httpx.TimeoutException):
        return "timeout", ""
    if any("getaddrinfo" in str(each) or "Name or service" in str(each) or "[Errno -" in str(each) for each in causes):
        return "name", ""
    return ("refused", "") if isinstance(error, httpx.ConnectError) else ("broken", type(error).__name__)


def _causes(error: BaseException | None) -> list[BaseException]:
    found = []
    while error is not None:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
