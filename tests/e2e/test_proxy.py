"""The proxy as it runs: a real Caddy with deploy/Caddyfile in front of a real receiver, which dies and comes back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from sentinel_cli.clock import pause

from .stage import ROOT, SECRET, SENTINEL, Installation, bare, free_port, migrated, running, until
from .tls import CADDY, speaking_tls

CADDYFILE = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
LOCATION = "LOCproxy00000000001"
ROUTE = "/webhook/ghl/inbound_sms"
TEXT = "my gate code is a word"  # digits would be in a log by chance: times and ports are full of them

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.xdist_group("proxy"),
    pytest.mark.skipif(CADDY is None, reason="needs Caddy (Debian's caddy)"),
]


@dataclass(frozen=True)
class Site:
    """What GHL sees: the proxy's address, with a receiver behind it or none."""

    installation: Installation
    port: int
    proxy: httpx.Client
    log: Path

    @contextmanager
    def receiver(self) -> Iterator[None]:
        argv = [str(SENTINEL), "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        log = self.installation.home / "logs" / "receiver.log"
        with running(argv, log, bare(SENTINEL_HOME=str(self.installation.home))):
            until(self._is_up, 30, "the receiver answers through the proxy")
            yield

    def _is_up(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/health", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def posts(self, text: str = TEXT, **given: object) -> httpx.Response:
        body = {
            "contact_id": "CTCpat00000000000001",
            "location": {"id": LOCATION},
            "message": {"type": 2, "body": text},
        }
        return self.proxy.post(ROUTE, json=body, headers={"X-NTPP-Secret": SECRET}, **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Caddy with the file as it is deployed, but for the name of the receiver's host and how long it is waited for."""
    place = tmp_path_factory.mktemp("proxy")
    installation = migrated(place / "home", {"WEBHOOK_SECRET": SECRET, "GHL_LOCATION_ID": LOCATION})
    port, public, admin = free_port(), free_port(), free_port()
    config = place / "Caddyfile"
    config.write_text(
        CADDYFILE.replace("sentinel:8000", f"127.0.0.1:{port}").replace("lb_try_duration 5s", "lb_try_duration 1s")
    )
    argv = [str(CADDY), "run", "--config", str(config), "--adapter", "caddyfile"]
    environ = bare(
        SENTINEL_SITE=f"http://127.0.0.1:{public}",
        CADDY_ADMIN=f"127.0.0.1:{admin}",
        XDG_DATA_HOME=str(place / "data"),
        XDG_CONFIG_HOME=str(place / "config"),
    )
    with (
        running(argv, place / "caddy.log", environ),
        httpx.Client(base_url=f"http://127.0.0.1:{public}", trust_env=False, timeout=20) as proxy,
    ):
        here = Site(installation, port, proxy, place / "caddy.log")
        until(lambda: _listens(proxy), 30, "Caddy listens")
        yield here


def _listens(proxy: httpx.Client) -> bool:
    try:
        proxy.get("/health")
    except httpx.TransportError:
        return False
    return True


class TestProxy:
    def test_a_delivery_passes(self, site: Site) -> None:
        with site.receiver():
            assert site.posts().json()["received"] is True

    def test_a_receiver_that_is_down_is_429_with_a_time_to_come_back(self, site: Site) -> None:
        answer = site.posts()
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")

    def test_health_is_not_well_while_the_receiver_is_down(self, site: Site) -> None:
        assert site.proxy.get("/health").status_code == 429

    def test_a_receiver_that_comes_back_is_found_by_itself(self, site: Site) -> None:
        site.posts()
        with site.receiver():
            assert until(lambda: site.posts().status_code == 200, 20, "the proxy has found the receiver again")

    def test_every_post_through_a_restart_is_stored_or_429(self, site: Site) -> None:
        def post(number: int) -> tuple[str, int]:
            pause(0.2)
            return f"through a restart {number}", site.posts(f"through a restart {number}").status_code

        with ThreadPoolExecutor(8) as ghl:
            with site.receiver():
                answers = ghl.map(post, range(120))
                pause(1)  # some are answered by the first receiver
            with site.receiver():
                told = list(answers)
        kept = [payload for (payload,) in site.installation.rows("select payload from raw_events")]
        assert {status for _, status in told} <= {200, 429}
        assert [text for text, status in told if status == 200 and not any(f'"{text}"' in body for body in kept)] == []

    def test_what_is_huge_is_413_and_reaches_nobody(self, site: Site) -> None:
        assert site.proxy.post(ROUTE, content=b"x" * 1_500_000).status_code == 413

    def test_its_log_holds_neither_secret_nor_text(self, site: Site) -> None:
        site.posts(params={"secret": SECRET})
        said = until(site.log.read_text, 10, "Caddy has logged")
        assert ROUTE in said
        assert [planted for planted in (SECRET, TEXT, "gate code") if planted in said] == []


def test_under_a_name_it_speaks_tls_and_sends_plain_http_there(tmp_path: Path) -> None:
    """With a certificate of Caddy's own authority: the public one it would fetch for a public name."""
    with speaking_tls(tmp_path, receiver=1) as (ghl, plain):
        moved = httpx.get(f"http://localhost:{plain}/health", trust_env=False)
        # No receiver is behind it: that is 429 over TLS too.
        assert (ghl.get("/health").status_code, moved.status_code) == (429, 308)
        assert moved.headers["location"].startswith("https://localhost")
