"""`sentinel metrics`: what Prometheus reads, by Prometheus's own reader."""

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sentinel_cli.store import kv, schema
from tests.documents import PAGES, ROOT, named

from .installation import Installation

FOUND = {
    "sentinel_issues": {("OPEN", "SMS"): 3, ("OPEN", "CALL"): 1, ("RESOLVED", "SMS"): 2, ("SPAM", "SMS"): 1},
    "sentinel_issues_overdue": {("SMS",): 1, ("CALL",): 1},
    "sentinel_issues_escalated": {("SMS",): 1},
    "sentinel_issues_snoozed": {("SMS",): 1},
    "sentinel_schema_version": {(): len(schema.STEPS)},
    "sentinel_deliveries": {("extended",): 1, ("ignored",): 1, ("undecodable",): 1},
}


def figures(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    return {
        sample.name: {tuple(each.labels.values()): each.value for each in family.samples}
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize("name", FOUND)
def test_it_counts_what_there_is(pool_company: Installation, name: str) -> None:
    assert figures(pool_company.run("metrics").out)[name] == FOUND[name]


@pytest.mark.parametrize("kind", ["overdue", "escalated", "snoozed"])
def test_it_counts_as_the_list_does(pool_company: Installation, kind: str) -> None:
    found = figures(pool_company.run("metrics").out)[f"sentinel_issues_{kind}"]
    assert sum(found.values()) == pool_company.run("issues", "list", f"--{kind}", "--json").json["total"]


def test_the_longest_wait_is_told_by_the_clock_and_in_business_time(pool_company: Installation) -> None:
    found = figures(pool_company.run("metrics").out)
    waits = [found[f"sentinel_oldest_wait_{kind}seconds"][()] / 3600 for kind in ("", "business_")]
    assert waits == [122.0, 29.0]


def test_requests_to_ghl_are_counted_on(tmp_path: Path, pool_company: Installation) -> None:
    with pool_company.make_database() as db, db.transaction():
        kv.add(db, "ghl_requests:prune", 3)
        kv.add(db, "ghl_requests:prune", 4)
    found = figures(pool_company.run("metrics").out)
    assert found["sentinel_ghl_requests_total"] == {("prune",): 7}


def test_no_figure_names_a_customer(pool_company: Installation) -> None:
    assert not re.search(r"CTC|\+1|Jo|Sam|Pat", pool_company.run("metrics").out)


@pytest.fixture
def careful() -> Iterator[None]:
    """What the program sets: new files are their owner's alone."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("careful")
def test_a_file_is_written_whole_and_readable_by_everybody(tmp_path: Path, pool_company: Installation) -> None:
    target = tmp_path / "sentinel.prom"
    target.write_text("half")
    ran = pool_company.run("metrics", "--output", str(target))
    assert (ran.code, ran.out, stat.S_IMODE(target.stat().st_mode)) == (0, "", 0o644)
    assert [path.name for path in tmp_path.iterdir()] == ["sentinel.prom"]
    assert figures(target.read_text())["sentinel_issues"] == FOUND["sentinel_issues"]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, pool_company: Installation) -> None:
    ran = pool_company.run("metrics", "--output", str(tmp_path / "none" / "x.prom"))
    assert (ran.code, ran.err.splitlines()[1]) == (2, "next: name another file")


def test_where_it_cannot_be_put_nothing_is_left(tmp_path: Path, pool_company: Installation) -> None:
    (tmp_path / "sentinel.prom" / "full").mkdir(parents=True)
    ran = pool_company.run("metrics", "--output", str(tmp_path / "sentinel.prom"))
    assert (ran.code, [path.name for path in tmp_path.iterdir()]) == (2, ["sentinel.prom"])


def test_every_figure_is_documented(pool_company: Installation) -> None:
    shown = set(re.findall(r"^# TYPE (\w+) ", pool_company.run("metrics").out, re.MULTILINE))
    assert shown == named("docs/observability.md", "Figures")


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")
class TestByPromtool:
    def test_the_figures_are_in_order(self, pool_company: Installation) -> None:
        done = subprocess.run(
            ["promtool", "check", "metrics"],
            input=pool_company.run("metrics").out,
            text=True,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")

    def test_the_rules_alert_when_they_should(self) -> None:
        done = subprocess.run(
            ["promtool", "test", "rules", str(ROOT / "tests/cli/prometheus-alerts.test.yaml")],
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def test_the_rules_of_the_deploy_folder_are_in_order(self) -> None:
        done = subprocess.run(
            ["promtool", "check", "rules", str(ROOT / "deploy/prometheus-alerts.yaml")],
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_the_rules_name_figures_that_there_are(pool_company: Installation) -> None:
    rules = (ROOT / "deploy/prometheus-alerts.yaml").read_text()
    shown = set(re.findall(r"^(sentinel_\w+)", pool_company.run("metrics").out, re.MULTILINE))
    assert set(re.findall(r"\bsentinel_\w+", rules)) <= shown | named("docs/observability.md", "Figures")
    assert "deploy/prometheus-alerts.yaml" in PAGES["docs/observability.md"]
