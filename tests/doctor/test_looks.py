"""The looks at a real host: processes, crontab, addresses; whatever stands there, they come back with it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sentinel_cli.clock import cron_zone
from sentinel_cli.doctor.gather.cron import Host
from sentinel_cli.doctor.gather.receiver import see_public
from sentinel_cli.doctor.gather.store import see_store
from sentinel_cli.doctor.judge.crontab import read_crontab
from sentinel_cli.settings import load_settings
from sentinel_cli.store import kv, schema
from sentinel_cli.store.database import Database
from webhook.writer import RECEIVER_KEY


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A host on which nothing runs, seen from no container."""
    (tmp_path / "proc").mkdir()
    (tmp_path / "bin").mkdir()
    return Host(
        environ={"PATH": str(tmp_path / "bin")},
        proc=tmp_path / "proc",
        container_signs=(tmp_path / "sign",),
        localtime=tmp_path / "localtime",
    )


def runs(host: Host, *names: str) -> None:
    for pid, name in enumerate(names, 1):
        (host.proc / str(pid)).mkdir()
        (host.proc / str(pid) / "comm").write_text(f"{name}\n")


def crontab_says(host: Host, script: str) -> None:
    program = host.proc.parent / "bin" / "crontab"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


class TestHost:
    @pytest.mark.parametrize(
        ("names", "found"),
        [(["systemd", "cron"], ["cron"]), (["crond", "sshd"], ["crond"]), (["systemd", "cronolog"], []), ([], [])],
    )
    def test_a_daemon_is_known_by_its_process(self, host: Host, names: list[str], found: list[str]) -> None:
        runs(host, *names)
        assert host.daemons() == found

    def test_a_container_s_daemon_is_not_the_host_s(self, host: Host) -> None:
        runs(host, "cron")
        (host.proc / "self").mkdir()
        for process, root in (("self", "proc"), ("1", "bin")):
            (host.proc / process / "root").symlink_to(host.proc.parent / root)
        assert host.daemons() == []

    def test_in_a_container_a_daemon_that_is_not_seen_proves_nothing(self, host: Host) -> None:
        host.container_signs[0].touch()
        assert host.daemons() is None

    def test_the_crontab_is_the_user_s(self, host: Host) -> None:
        crontab_says(host, 'test "$1" = -l && echo "0 2 * * * sentinel prune"')
        assert host.crontab() == "0 2 * * * sentinel prune\n"

    def test_a_comment_in_another_encoding_hides_no_line(self, host: Host) -> None:
        crontab_says(host, r"printf '# caf\351\n0 2 * * * sentinel prune\n'")
        assert read_crontab(host.crontab() or "").entries[0].typed == "prune"

    @pytest.mark.parametrize("script", ["echo no crontab for ops >&2; exit 1", "exit 0"])
    def test_a_user_without_a_crontab_has_an_empty_one(self, host: Host, script: str) -> None:
        crontab_says(host, script)
        assert host.crontab() == ""

    def test_without_the_program_there_is_none_either(self, host: Host) -> None:
        assert host.crontab() == ""

    @pytest.mark.parametrize("script", ["exit 1", "exit 0"])
    def test_in_a_container_no_crontab_proves_nothing(self, host: Host, script: str) -> None:
        host.container_signs[0].touch()
        crontab_says(host, script)
        assert host.crontab() is None

    def test_cron_s_zone_is_the_host_s_whatever_this_shell_says(self, tmp_path: Path) -> None:
        (tmp_path / "localtime").symlink_to("/usr/share/zoneinfo/America/Chicago")
        assert str(cron_zone(tmp_path / "localtime")) == "America/Chicago"

    def test_a_host_without_a_zone_goes_by_utc(self, tmp_path: Path) -> None:
        assert str(cron_zone(tmp_path / "localtime")) == "UTC"

    def test_a_broken_zone_is_utc_to_the_daemons_too(self, tmp_path: Path) -> None:
        (tmp_path / "localtime").write_bytes(b"no zone")
        assert not isinstance(cron_zone(tmp_path / "localtime"), ZoneInfo)


def cut_off_one(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    connection.close()


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """An address that gives every GET this answer."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class TestHealth:
    @pytest.mark.parametrize(
        ("status", "body", "ok"),
        [
            (200, b'{"ok": true}', True),
            (200, b'{"ok":true}', True),
            (200, b'{"ok": true, "by": "somebody else"}', False),
            (200, b"<html>parked</html>", False),
            (200, b"x" * 50_000, False),
            (503, b'{"ok": false}', False),
            (502, b'{"ok": true}', False),
        ],
    )
    def test_health_is_exactly_one_body(self, status: int, body: bytes, ok: bool) -> None:
        with answering(status, body) as url:
            found = see_public(url)
        assert found is not None
        assert (found.status, found.ok, found.trouble) == (status, ok, "")

    def test_a_redirect_is_shown_and_not_followed(self) -> None:
        with answering(308, b"", Location="https://www.example.com/health") as url:
            found = see_public(url)
        assert found is not None
        assert (found.status, found.ok, found.location) == (308, False, "https://www.example.com/health")

    def test_where_nobody_listens_it_is_refused(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        found = see_public(f"http://127.0.0.1:{port}")
        assert found is not None
        assert found.trouble == "refused"

    def test_one_who_speaks_no_tls_has_no_good_certificate(self) -> None:
        with answering(200, b'{"ok": true}') as url:
            found = see_public(url.replace("http:", "https:"))
        assert found is not None
        assert found.trouble == "tls"

    def test_one_who_says_nothing_is_given_up(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            found = see_public(f"http://127.0.0.1:{listener.getsockname()[1]}", within=0.2)
        assert found is not None
        assert found.trouble == "timeout"

    def test_a_connection_that_is_cut_is_broken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=cut_off_one, args=(listener,))
            thread.start()
            found = see_public(f"http://127.0.0.1:{listener.getsockname()[1]}")
            thread.join()
        assert found is not None
        assert found.trouble == "broken"

    def test_a_name_that_nobody_has_leads_nowhere(self) -> None:
        found = see_public("https://no-such-name.invalid")
        assert found is not None
        assert (found.url, found.trouble) == ("https://no-such-name.invalid/health", "name")

    @pytest.mark.parametrize("site", ["[::1", "a..b", "http://", "://", "a.invalid:x", "a\u2013b.invalid:999999"])
    def test_what_is_no_address_is_told_as_that(self, site: str) -> None:
        found = see_public(site)
        assert found is not None
        assert found.trouble == "address"

    @pytest.mark.parametrize(("name", "value"), [("HTTPS_PROXY", "gopher://a"), ("SSL_CERT_FILE", "/nowhere")])
    def test_an_environment_that_lets_nothing_out_is_told(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(name, value)
        found = see_public("a.invalid")
        assert found is not None
        assert found.trouble == "environment"

    @pytest.mark.parametrize(
        ("site", "url"),
        [
            ("no-such-name.invalid", "https://no-such-name.invalid/health"),
            ("a.invalid, b.invalid", "https://a.invalid/health"),
            ("https://a.invalid/", "https://a.invalid/health"),
        ],
    )
    def test_the_proxy_s_site_becomes_an_address(self, site: str, url: str) -> None:
        found = see_public(site)
        assert found is not None
        assert found.url == url

    def test_without_a_site_nobody_is_asked(self) -> None:
        assert see_public("") is None


@pytest.mark.parametrize("note", ["{", "[]", '{"uid": "casey", "gid": null}'])
def test_a_receiver_s_note_that_somebody_edited_counts_as_none(tmp_path: Path, note: str) -> None:
    settings = load_settings({"SENTINEL_HOME": str(tmp_path), "SENTINEL_UID": "4321"}, tmp_path, None)
    with Database.create(settings.db_path) as db:
        schema.migrate(db)
        with db.transaction():
            kv.put(db, RECEIVER_KEY, note)
    assert [(each.name, each.uid) for each in see_store(settings).writers][-1] == ("receiver", 4321)
