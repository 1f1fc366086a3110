"""`sentinel metrics`: how things stand, as Prometheus reads it; asks nobody but the database."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from sentinel_cli import __version__
from sentinel_cli.domain.sla import escalated_before, open_time_between
from sentinel_cli.errors import UsageProblem

from .session import session_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from prometheus_client.core import Metric

    from sentinel_cli.settings import Settings
    from sentinel_cli.store.database import Database
    from sentinel_cli.store.metrics import LastRun

__all__ = ["metrics"]


def metrics(
    context: typer.Context,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Write it there whole or not at all, readable by everybody."),
    ] = None,
) -> None:
    """Print figures for Prometheus: issues, waits, deliveries, jobs, requests to GHL, letters.

    With --output into the folder of node_exporter's textfile collector; no
    figure names a customer.

    For example:
      sentinel metrics
      sentinel metrics --output /var/lib/ntpp-sentinel/sentinel.prom

    Exit codes: 2 FILE cannot be written, 74 no database.
    """
    from prometheus_client import CollectorRegistry, generate_latest

    from sentinel_cli.opening import clock_of, open_store

    session = session_of(context)
    settings = session.settings()
    registry = CollectorRegistry()
    with open_store(settings) as db:
        registry.register(_Figures(list(_figures(db, clock_of(settings)(), settings))))
    text = generate_latest(registry).decode()
    if output is None:
        session.screen.write(text)
    else:
        _write(session.cwd / output, text)


def _write(target: Path, text: str) -> None:
    try:
        # Not prometheus_client's write_to_textfile: there the file is ours alone until its mode is changed in place.
        with TemporaryDirectory(dir=target.parent) as room:
            unfinished = Path(room) / target.name
            unfinished.write_text(text, encoding="utf-8")
            unfinished.chmod(0o644)
            unfinished.replace(target)
    except OSError as error:
        raise UsageProblem(f"cannot write {target}: {error.strerror}", advice="name another file") from None


class _Figures:
    """A collector of what was counted already."""

    def __init__(self, figures: "Sequence[Metric]") -> None:
        self._figures = figures

    def collect(self) -> "Iterable[Metric]":
        """All of them."""
        return self._figures


def _figures(db: "Database", now: "datetime", settings: "Settings") -> "Iterator[Metric]":
    """Every figure, in the order of docs/observability.md."""
    from sentinel_cli.store import health, kv, schema
    from sentinel_cli.store.metrics import counted
    from sentinel_cli.wiring import GHL_FAILURES, GHL_REQUESTS

    hours = settings.business_hours
    seen = counted(db, now, escalated_before(now, hours, settings.escalate_after))
    oldest = seen.oldest_at or now
    waits = open_time_between(oldest, now, hours).total_seconds()
    yield _gauges("issues", "Issues there are", ("status", "type"), seen.issues)
    yield _gauges("issues_overdue", "Open issues past their due, without snoozed ones", ("type",), seen.late)
    yield _gauges("issues_escalated", "Open issues that are escalated, without snoozed ones", ("type",), seen.escalated)
    yield _gauges("issues_snoozed", "Open issues that are snoozed now", ("type",), seen.snoozed)
    yield _gauge("oldest_wait_seconds", "How long the longest wait has lasted", (now - oldest).total_seconds())
    yield _gauge("oldest_wait_business_seconds", "The same in business time", waits)
    yield _gauges("deliveries", "Deliveries by outcome", ("outcome",), seen.deliveries)
    yield _gauge("last_delivery_timestamp_seconds", "When the newest delivery came", seen.newest_delivery_at)
    yield _gauges("letters", "Texts to managers by kind and state", ("kind", "state"), seen.letters)
    lost = health.letters_lost(db, now - timedelta(days=1)).items()
    yield _gauges("letters_lost", "Texts of the last 24 hours that nobody got, or perhaps nobody", ("state",), lost)
    yield from _of_jobs(seen.runs)
    for key, meaning in ((GHL_REQUESTS, "Requests to GHL, repeated ones too"), (GHL_FAILURES, "Those that failed")):
        yield _counters(key, meaning, kv.items(db, f"{key}:"))
    watermark = kv.get_instant(db, "resolver_watermark_ts")
    yield _gauge("resolver_watermark_timestamp_seconds", "What GHL shows is stored up to then", watermark)
    yield _gauge("database_bytes", "Size of the database file", db.path.stat().st_size)
    yield _gauge("schema_version", "Steps of the schema that the database has", schema.version(db))
    yield _gauges("build_info", "The release, in its label", ("version",), [(__version__, 1)])


def _of_jobs(runs: "Sequence[LastRun]") -> "Iterator[Metric]":
    started = [(run.job, run.started_at.timestamp()) for run in runs]
    yield _gauges("job_last_start_timestamp_seconds", "When the job last started", ("job",), started)
    done = [(run.job, run.succeeded_at.timestamp()) for run in runs if run.succeeded_at]
    yield _gauges("job_last_success_timestamp_seconds", "When the job last ended with 0", ("job",), done)
    codes = [(run.job, run.exit_code) for run in runs if run.exit_code is not None]
    yield _gauges("job_last_exit_code", "The code the job last ended with", ("job",), codes)


def _gauges(name: str, meaning: str, labels: tuple[str, ...], rows: "Iterable[tuple[object, ...]]") -> "Metric":
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(f"sentinel_{name}", meaning, labels=labels)
    for *values, figure in rows:
        family.add_metric([str(value) for value in values], float(str(figure)))
    return family


def _gauge(name: str, meaning: str, figure: "float | datetime | None") -> "Metric":
    """One figure; none where it is not known."""
    value = figure if figure is None or isinstance(figure, int | float) else figure.timestamp()
    return _gauges(name, meaning, (), [] if value is None else [(value,)])


def _counters(name: str, meaning: str, kept: "Iterable[tuple[str, str]]") -> "Metric":
    """What is kept under `<name>:<job>`, by job."""
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(f"sentinel_{name}", meaning, labels=("job",))
    for key, figure in kept:
        family.add_metric([key.partition(":")[2]], float(figure))
    return family
