"""What the operator installs, read by the parsers of the trade: cron's, YAML's, our own settings'."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from pathlib import Path

import pytest
import yaml
from cronsim import CronSim

from sentinel_cli.settings import SETTINGS
from sentinel_cli.store import schema
from sentinel_cli.store.database import Database

from .documents import PAGES

ROOT = Path(__file__).parent.parent
CRONTAB = (ROOT / "deploy/crontab").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
CADDYFILE = (ROOT / "deploy/Caddyfile").read_text()
ENTRIES = [line for line in CRONTAB.splitlines() if line[:1].isdigit() or line[:1] == "*"]
QUERIES = yaml.safe_load((ROOT / "deploy/datasette.yaml").read_text())["databases"]["sentinel"]["queries"]
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, tzinfo=UTC)


def times(command: str, day: datetime) -> list[str]:
    """The host's times of a day at which the crontab starts `command`, in order."""
    [entry] = [entry for entry in ENTRIES if f'/sentinel" {command} ' in entry]
    schedule = " ".join(entry.split()[:5])
    starts = CronSim(schedule, day - timedelta(minutes=1))
    return [f"{at:%H:%M}" for at in takewhile(lambda at: at.date() == day.date(), starts)]


class TestCrontab:
    def test_its_first_line_sets_sentinel_home(self) -> None:
        assert CRONTAB.splitlines()[0] == "SENTINEL_HOME=/opt/ntpp-sentinel"

    @pytest.mark.parametrize(("slot", "hour"), [("morning", "08"), ("midday", "11"), ("afternoon", "15")])
    def test_each_slot_is_sent_at_its_hour_and_repeated_10_and_30_minutes_later(self, slot: str, hour: str) -> None:
        assert times(f"send-summary --slot {slot}", MONDAY) == [f"{hour}:00", f"{hour}:10", f"{hour}:30"]

    @pytest.mark.parametrize("slot", ["morning", "midday", "afternoon"])
    def test_no_summary_is_sent_at_a_weekend(self, slot: str) -> None:
        assert times(f"send-summary --slot {slot}", SATURDAY) == []

    @pytest.mark.parametrize("day", [MONDAY, SATURDAY])
    def test_the_resolver_runs_every_15_minutes_from_8_to_17(self, day: datetime) -> None:
        minutes = ("05", "20", "35", "50")
        assert times("poll-resolver", day) == [f"{hour:02d}:{minute}" for hour in range(8, 18) for minute in minutes]

    @pytest.mark.parametrize("day", [MONDAY, SATURDAY])
    def test_alerts_are_looked_for_every_five_minutes_from_8_to_17(self, day: datetime) -> None:
        assert times("send-alerts", day) == [f"{hour:02d}:{m:02d}" for hour in range(8, 18) for m in range(3, 60, 5)]

    def test_no_alert_and_no_check_begin_in_a_summary_s_minute(self) -> None:
        summaries = {
            at for slot in ("morning", "midday", "afternoon") for at in times(f"send-summary --slot {slot}", MONDAY)
        }
        others = {at for job in ("send-alerts", "poll-resolver") for at in times(job, MONDAY)}
        assert summaries & others == set()

    @pytest.mark.parametrize("day", [MONDAY, SATURDAY])
    def test_a_backup_is_made_every_night(self, day: datetime) -> None:
        assert times("db backup", day) == ["02:25"]

    def test_what_is_settled_is_pruned_on_sundays_after_the_backup(self) -> None:
        assert [times("prune", day) for day in (SATURDAY, SATURDAY + timedelta(days=1))] == [[], ["02:55"]]

    @pytest.mark.parametrize("day", [MONDAY, SATURDAY])
    def test_orders_are_read_every_minute_of_every_day(self, day: datetime) -> None:
        assert len(times("run-orders", day)) == 24 * 60

    def test_no_line_but_these_starts_anything(self) -> None:
        assert len(ENTRIES) == 8

    @pytest.mark.parametrize("entry", ENTRIES)
    def test_each_line_calls_the_installed_sentinel_and_logs_all_it_says(self, entry: str) -> None:
        command = entry.split(maxsplit=5)[5]
        assert command.startswith('"$SENTINEL_HOME/.venv/bin/sentinel" ')
        assert command.endswith(' >> "$SENTINEL_HOME/logs/cron.log" 2>&1')

    @pytest.mark.parametrize("entry", ENTRIES)
    def test_no_line_holds_a_percent_sign_which_cron_reads_as_a_line_end(self, entry: str) -> None:
        assert "%" not in entry


class TestCompose:
    SENTINEL = COMPOSE["services"]["sentinel"]
    CADDY = COMPOSE["services"]["caddy"]

    def test_the_service_runs_as_the_container_production_knows(self) -> None:
        assert self.SENTINEL["container_name"] == "ntpp-sentinel"

    def test_its_settings_are_those_of_dot_env(self) -> None:
        assert self.SENTINEL["env_file"] == ".env"

    @pytest.mark.parametrize("folder", ["data", "logs"])
    def test_a_folder_has_one_path_inside_and_outside(self, folder: str) -> None:
        home = self.SENTINEL["environment"]["SENTINEL_HOME"]
        assert f"./{folder}:{home}/{folder}" in self.SENTINEL["volumes"]

    def test_home_is_where_the_crontab_has_it(self) -> None:
        home = re.search(r":-(.*)}", self.SENTINEL["environment"]["SENTINEL_HOME"])
        assert home is not None
        assert CRONTAB.startswith(f"SENTINEL_HOME={home[1]}\n")

    def test_the_uid_is_never_root_s_unless_said(self) -> None:
        assert self.SENTINEL["user"] == "${SENTINEL_UID:-1000}:${SENTINEL_GID:-1000}"

    @pytest.mark.parametrize("service", [SENTINEL, CADDY])
    def test_logs_are_rotated(self, service: dict[str, dict[str, dict[str, str]]]) -> None:
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}

    def test_from_outside_only_the_proxy_is_reachable(self) -> None:
        assert self.SENTINEL["ports"] == ["127.0.0.1:8000:8000"]

    def test_doctor_finds_the_receiver_where_it_is_published(self) -> None:
        [url] = [setting.default for setting in SETTINGS if setting.name == "RECEIVER_URL"]
        assert f"http://{self.SENTINEL['ports'][0]}".startswith(url)

    def test_the_proxy_is_given_its_file(self) -> None:
        assert "./deploy/Caddyfile:/etc/caddy/Caddyfile:ro" in self.CADDY["volumes"]


class TestImage:
    def test_every_stage_starts_from_one_pinned_base(self) -> None:
        assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"python:3.13-slim-bookworm"}

    def test_it_does_not_run_as_root(self) -> None:
        assert re.findall(r"^USER (.*)", DOCKERFILE, re.MULTILINE) == ["1000:1000"]

    def test_it_installs_exactly_the_lock(self) -> None:
        assert "--require-hashes --no-deps -r /src/requirements.lock" in DOCKERFILE

    def test_it_migrates_before_it_serves_and_hands_signals_to_the_receiver(self) -> None:
        assert "umask 0077 && sentinel db migrate && exec sentinel serve --host 0.0.0.0 --port 8000" in DOCKERFILE

    def test_its_health_check_needs_nothing_but_python(self) -> None:
        check = re.search(r"HEALTHCHECK.*\n.*CMD (.*)", DOCKERFILE)
        assert check is not None
        assert check[1].startswith('["python", "-c", ')

    def test_home_is_where_compose_has_it(self) -> None:
        assert "SENTINEL_HOME=/opt/ntpp-sentinel" in DOCKERFILE

    def test_neither_settings_nor_data_can_get_in(self) -> None:
        assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"


class TestProxy:
    def test_it_proxies_to_the_service_s_port(self) -> None:
        assert f"reverse_proxy sentinel:{TestCompose.SENTINEL['ports'][0].rpartition(':')[2]}" in CADDYFILE

    def test_a_receiver_that_is_down_is_answered_429_with_retry_after(self) -> None:
        assert re.search(r"\[502, 503, 504\].*header Retry-After \d+\s+respond .* 429", CADDYFILE, re.DOTALL)

    @pytest.mark.parametrize(
        "limit", ["max_header_size 32KB", "read_header 10s", "read_body 10s", "write 30s", "idle 2m"]
    )
    def test_slow_clients_and_large_heads_have_limits(self, limit: str) -> None:
        assert limit in CADDYFILE

    @pytest.mark.parametrize("line", [r'request>uri regexp \?.*$ ""', "request>headers delete"])
    def test_its_log_drops_whatever_may_hold_the_secret(self, line: str) -> None:
        assert line in CADDYFILE


class TestVariables:
    @pytest.mark.parametrize("path", ["compose.yaml", "Dockerfile", "deploy/crontab", "deploy/Caddyfile"])
    def test_every_variable_that_deployment_uses_exists(self, path: str) -> None:
        used = set(re.findall(r"\$\{?((?!LITESTREAM)[A-Z][A-Z_]+)", (ROOT / path).read_text())) - {"PATH"}
        assert used <= {"SENTINEL_HOME"} | {setting.name for setting in SETTINGS}


class TestExtras:
    @pytest.mark.parametrize("service", list(COMPOSE["services"]))
    def test_every_container_is_limited_and_gains_no_rights(self, service: str) -> None:
        found = COMPOSE["services"][service]
        limits = [found.get(name) is not None for name in ("mem_limit", "pids_limit", "restart", "logging")]
        assert (limits, found["security_opt"]) == ([True] * 4, ["no-new-privileges:true"])

    def test_what_is_optional_is_not_started_by_itself(self) -> None:
        optional = {name: found["profiles"] for name, found in COMPOSE["services"].items() if "profiles" in found}
        assert optional == {"datasette": ["ui"], "litestream": ["replica"]}

    def test_the_database_in_a_browser_is_for_this_host_alone(self) -> None:
        assert COMPOSE["services"]["datasette"]["ports"] == ["127.0.0.1:8001:8001"]

    def test_both_read_the_one_database(self) -> None:
        litestream = yaml.safe_load((ROOT / "deploy/litestream.yml").read_text())
        datasette = COMPOSE["services"]["datasette"]
        assert [db["path"] for db in litestream["dbs"]] == ["/srv/data/sentinel.db"]
        assert ("/srv/data/sentinel.db" in datasette["command"], datasette["volumes"][0]) == (True, "./data:/srv/data")

    @pytest.mark.parametrize(("name", "query"), [(name, query["sql"]) for name, query in QUERIES.items()])
    def test_every_query_in_the_browser_can_be_asked(self, tmp_path: Path, name: str, query: str) -> None:
        with Database.create(tmp_path / "sentinel.db") as db:
            schema.migrate(db)
            assert db.raw.execute(query, {"issue": 1}).description, name


class TestMake:
    """In the checkout at work `.venv` is a link to what `make install` has made for cron."""

    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Path:
        for name in ("Makefile", "requirements-dev.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, tmp_path)
        for environment in ("20261125T080000Z-1", "dev"):
            python = tmp_path / ".venvs" / environment / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.write_text('#!/bin/sh\ntouch "$0.used"\n')
            python.chmod(0o755)
        (tmp_path / ".venv").symlink_to(".venvs/20261125T080000Z-1")
        return tmp_path

    @pytest.mark.parametrize("target", ["demo", "test", "serve", "venv", "clean"])
    def test_no_target_of_a_developer_s_touches_cron_s_environment(self, checkout: Path, target: str) -> None:
        done = subprocess.run(["make", target], cwd=checkout, capture_output=True, text=True, check=False)
        assert (done.returncode, "next: " in done.stderr) == (2, True), done.stderr
        assert [path.name for path in (checkout / ".venv" / "bin").iterdir()] == ["python"]

    def test_another_environment_can_be_named(self, checkout: Path) -> None:
        argv = ["make", "venv", "VENV=.venvs/dev"]
        done = subprocess.run(argv, cwd=checkout, capture_output=True, text=True, check=False)
        assert (done.returncode, (checkout / ".venvs/dev/bin/python.used").exists()) == (0, True), done.stderr


_SERVICES = set(COMPOSE["services"])
_PROFILES = {profile for service in COMPOSE["services"].values() for profile in service.get("profiles", ())}
_VALUED = {"--tail", "--profile", "-o"}
_AFTER = {"run": 1, "exec": 1}  # what comes after the service is the container's own command


def _compose_lines() -> list[tuple[str, str]]:
    """Every `docker compose` that is said to be typed, by file; a comment or another command ends it."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "deploy").glob("*.sh"))]
    return [
        (path.name, said.strip())
        for path in pages
        for said in re.findall(r"(?:docker compose|\$compose)( [^`|;&#)\n]*)", path.read_text(encoding="utf-8"))
    ]


def _named_in(line: str) -> tuple[list[str], set[str]]:
    """The services and the profiles that a line of docker compose names."""
    words = line.split()
    profiles = {value for option, value in pairwise(words) if option == "--profile"}
    plain = [word for before, word in pairwise(["", *words]) if word[0] != "-" and before not in _VALUED]
    command, services = plain[0], plain[1:]
    return services[: _AFTER.get(command)], profiles


@pytest.mark.parametrize(("file", "line"), [pair for pair in _compose_lines() if pair[1]])
def test_what_is_to_be_typed_names_services_and_profiles_that_there_are(file: str, line: str) -> None:
    services, profiles = _named_in(line)
    assert (set(services) - _SERVICES - {'"$service"'}, profiles - _PROFILES) == (set(), set()), file


def test_a_deploy_mounts_anew_whatever_mounts_a_file_of_deploy() -> None:
    [looped] = re.findall("for service in (.*); do", (ROOT / "deploy/deploy.sh").read_text(encoding="utf-8"))
    mounts = {
        (name, service["container_name"], Path(volume.partition(":")[0]).stem.casefold())
        for name, service in COMPOSE["services"].items()
        for volume in service["volumes"]
        if volume.startswith("./deploy/")
    }
    assert {name for name, _, _ in mounts} == set(looped.split())
    assert {(container, file.removesuffix("file")) for _, container, file in mounts} == {
        (f"ntpp-{name}", name) for name in looped.split()
    }


def test_the_profiles_and_services_of_a_line_are_found() -> None:
    assert _named_in("--profile replica run --rm litestream restore -o file") == (["litestream"], {"replica"})
    assert _named_in("logs --tail 50 sentinel caddy") == (["sentinel", "caddy"], set())


def _compose() -> Sequence[str]:
    """The client that reads compose files: docker's plugin, or the program that was before it; empty without one."""
    for client in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(client[0])
            and not subprocess.run([*client, "version"], capture_output=True, check=False).returncode
        ):
            return client
    return []


@pytest.mark.skipif(not _compose(), reason="needs docker's compose plugin, or docker-compose")
def test_compose_itself_reads_the_file(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    shutil.copy(ROOT / "compose.yaml", tmp_path)
    (tmp_path / ".env").write_text("SENTINEL_SITE=sentinel.example.com\n")
    argv = [*_compose(), "--profile", "ui", "--profile", "replica", "config"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(yaml.safe_load(done.stdout)["services"]) == {"sentinel", "caddy", "datasette", "litestream"}


@pytest.mark.skipif(
    shutil.which("hadolint", path=str(Path(sys.executable).parent)) is None, reason="hadolint is for Linux"
)
def test_hadolint_has_no_word_against_the_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("logrotate", path="/usr/sbin:/usr/bin") is None, reason="logrotate is not installed")
class TestLogrotate:
    @pytest.fixture
    def rotated(self, tmp_path: Path) -> Path:
        """The folder of a log that was rotated while a job had it open."""
        folder = tmp_path / "logs"
        folder.mkdir()
        config = tmp_path / "logrotate.conf"
        [documented] = re.findall(r"^sed .* deploy/logrotate \|", PAGES["README.md"], re.MULTILINE)
        shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
        subprocess.run(["bash", "-c", f"{documented} tee {config}"], cwd=tmp_path, capture_output=True, check=True)
        config.chmod(0o644)
        with (folder / "cron.log").open("a") as job:
            job.write("before\n")
            job.flush()
            argv = ["/usr/sbin/logrotate", "--force", "--state", str(tmp_path / "state"), str(config)]
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, "")
            job.write("after\n")
        return folder

    def test_what_was_written_is_in_the_old_log_and_a_job_goes_on_in_the_new(self, rotated: Path) -> None:
        found = {path.name: path.read_text() for path in rotated.iterdir()}
        assert found == {"cron.log.1": "before\n", "cron.log": "after\n"}
