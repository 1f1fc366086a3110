"""deploy/Caddyfile under a name of its own: TLS with a certificate of Caddy's own authority."""

import shutil
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from .stage import ROOT, bare, free_port, running, until

__all__ = ["CADDY", "answer", "speaking_tls"]

CADDY = shutil.which("caddy")
_FILE = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
# The file as it is deployed, without its options: others stand above it.
_SITE = _FILE[_FILE.index("# The public name") :].replace("lb_try_duration 5s", "lb_try_duration 0s")


@contextmanager
def speaking_tls(place: Path, receiver: int) -> Iterator[tuple[httpx.Client, int]]:
    """A client at the public name, before the receiver on that port; and the port of plain HTTP."""
    public, plain = free_port(), free_port()
    options = f"admin off\n\tskip_install_trust\n\thttp_port {plain}\n\thttps_port {public}"
    config = place / "Caddyfile"
    config.write_text(f"{{\n\t{options}\n}}\n" + _SITE.replace("sentinel:8000", f"127.0.0.1:{receiver}"))
    environ = bare(SENTINEL_SITE="localhost", XDG_DATA_HOME=str(place / "data"), HOME=str(place))
    authority = place / "data/caddy/pki/authorities/local/root.crt"
    argv = [str(CADDY), "run", "--config", str(config), "--adapter", "caddyfile"]
    with running(argv, place / "caddy.log", environ):
        until(authority.exists, 30, "Caddy has made its authority")
        trust = ssl.create_default_context(cafile=str(authority))
        with httpx.Client(verify=trust, trust_env=False, timeout=20, base_url=f"https://localhost:{public}") as client:
            until(lambda: answer(client, "/health", within=2), 60, "TLS is spoken")
            yield client, plain


def answer(client: httpx.Client, path: str, within: float = 20) -> httpx.Response | None:
    """None while nobody answers within these seconds: a proxy that starts may take a connection and say nothing."""
    try:
        return client.get(path, timeout=within)
    except httpx.TransportError:
        return None
