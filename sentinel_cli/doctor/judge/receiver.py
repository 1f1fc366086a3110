"""Webhooks, the door: does the receiver answer on this host and from outside, and does it write this very database."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sentinel_cli.doctor.findings import Finding, Lines, Pillar
from sentinel_cli.errors import StoreProblem

__all__ = ["Health", "ReceiverSeen", "judge_public", "judge_receiver"]

_LINES = Lines(Pillar.WEBHOOKS)
_START = "docker compose up -d; docker compose logs --tail 50 sentinel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What an address answered: `ok` is exactly `{"ok": true}`; without an answer `trouble` says what stood before it.

    `trouble` is one of `refused`, `timeout`, `tls`, `name`, `address`,
    `environment`, `broken`; `detail` adds what the library said.
    """

    url: str
    status: int | None = None
    ok: bool = False
    trouble: str = ""
    detail: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverSeen:
    """`wrote` says whether asking for health moved *this* database, None where it could not be watched.

    `told` is what the receiver has noted in this database of itself, `same_secrets` whether it admits by our secrets,
    `same_settings` whether it judges by our settings.
    """

    local: Health
    wrote: bool | None = None
    told: Mapping[str, object] = field(default_factory=dict)
    file: tuple[int, int] = (0, 0)
    path: str = ""
    version: str = ""
    same_secrets: bool = True
    same_settings: bool = True


def judge_receiver(seen: ReceiverSeen) -> list[Finding]:
    """The lines about the receiver on this host."""
    return [_local(seen.local), _same_file(seen), *_itself(seen)]


def _local(health: Health) -> Finding:
    check = "receiver, here"
    if health.ok:
        return _LINES.ok(check, f"{health.url} is healthy")
    found, fix = _said(health)
    if health.trouble in {"refused", "timeout"}:
        fix = f"{_START} (RECEIVER_URL in .env names another port)"
    return _LINES.problem(check, found, fix, StoreProblem.exit_code if health.status == 503 else None)


def judge_public(health: Health | None, *, offline: bool = False) -> list[Finding]:
    """The line about the receiver as GHL reaches it; None is no public name."""
    check = "receiver, outside"
    if offline:
        return [_LINES.skipped(check, "not asked: --offline")]
    if health is None:
        fix = "set SENTINEL_SITE in .env, e.g. sentinel.example.com"
        return [_LINES.skipped(check, "no public name is set", fix)]
    if health.ok:
        return [_LINES.ok(check, f"{health.url} is healthy")]
    return [_LINES.problem(check, *_said(health))]


_TROUBLES = {
    "refused": ("nobody listens there", "docker compose ps; is the proxy up, and are ports 80 and 443 open?"),
    "timeout": ("no answer in time", "look at the firewall: ports 80 and 443 must reach the proxy"),
    "tls": ("its certificate is not good", "docker compose logs caddy | grep -i -e error -e obtain"),
    "name": ("the name leads nowhere", "look at the DNS record, and at SENTINEL_SITE in .env"),
    "address": (
        "is no address that can be asked",
        "mend SENTINEL_SITE in .env: a name such as sentinel.example.com; of the receiver here RECEIVER_URL",
    ),
    "environment": (
        "not asked: a proxy or a certificate named in the environment cannot be used",
        "unset ALL_PROXY, HTTPS_PROXY or SSL_CERT_FILE in this shell, or mend it",
    ),
    "broken": ("the connection broke off", "docker compose logs --tail 50 caddy sentinel"),
}


def _said(health: Health) -> tuple[str, str]:
    """What the address answered instead of health, and what to do."""
    if health.trouble:
        what, fix = _TROUBLES[health.trouble]
        return f"{health.url}: {what}{f' ({health.detail})' if health.detail else ''}", fix
    if health.status == 503:
        return (
            f"{health.url}: 503, the receiver cannot write its store",
            "docker compose logs --tail 50 sentinel; df -h",
        )
    if health.status in {429, 502, 504}:
        return f"{health.url}: {health.status}, the proxy does not reach the receiver", _START
    if health.location:
        found = f"{health.url}: {health.status}, leads to {health.location}: GHL's posts would not follow"
        return found, "give workflows and SENTINEL_SITE the address it leads to"
    if health.status == 200:
        found = f'{health.url}: 200, but somebody else\'s page: health is exactly {{"ok": true}}'
        return found, "look at the DNS record, SENTINEL_SITE, RECEIVER_URL and the proxy's site"
    return f"{health.url}: {health.status}", "is it the receiver's address? look at the proxy's site"


def _same_file(seen: ReceiverSeen) -> Finding:
    check = "same database"
    if not seen.local.ok or seen.wrote is None:
        return _LINES.skipped(check, "not known: the receiver here is not healthy, or the database cannot be read")
    ours = f"device {seen.file[0]} inode {seen.file[1]}"
    if seen.wrote:
        return _LINES.ok(check, f"the receiver writes this very file ({ours})")
    theirs = f"; it was here last as {seen.told['path']}" if "path" in seen.told else ""
    return _LINES.problem(
        check,
        f"the receiver writes another file than {seen.path} ({ours}){theirs}",
        "compare DB_PATH, SENTINEL_HOME and compose's volumes of both; then restart the receiver",
        StoreProblem.exit_code,
    )


def _itself(seen: ReceiverSeen) -> list[Finding]:
    """Whether the process that writes here is of this release, and goes by these settings."""
    restart = "docker compose up -d --build, or restart the receiver's service"
    check = "receiver, release"
    if not seen.wrote or "version" not in seen.told:
        return []
    if seen.told["version"] != seen.version:
        found = f"the receiver is release {seen.told['version']}, this command {seen.version}"
        return [_LINES.warning(check, found, restart)]
    if not seen.same_secrets:
        found = "the receiver was started with another WEBHOOK_SECRET than .env has now: it answers that one with 401"
        return [_LINES.problem(check, found, restart)]
    if not seen.same_settings:
        return [_LINES.warning(check, "the receiver goes by other settings than .env has now", restart)]
    return [_LINES.ok(check, f"{seen.version}, by these settings, as uid {seen.told.get('uid')}")]
