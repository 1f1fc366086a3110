"""What all tests share: how random cases are tried, and figures that a run prints at its end."""

import os
import signal
from collections.abc import Callable

import pytest
from hypothesis import settings

from sentinel_cli.sandbox.world import World
from tests.torture import FIGURE

# A random case may take its time, for two cores are shared by whatever else runs.
settings.register_profile("sentinel", deadline=None)
settings.load_profile("sentinel")

# What tests ask stands on this machine, whatever proxy leads out of it.
for _name in [name for name in os.environ if name.lower().endswith("_proxy")]:  # noqa: TID251
    del os.environ[_name]  # noqa: TID251
# A shell that starts us in the background, or nohup, has us ignore signals, and every process we start with us.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

Figures = Callable[..., None]


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Figures:
    """`figures("receiver killed", rounds=50, lost=0)`: a line at the end of the run."""

    def note(what: str, **numbers: int | str) -> None:
        record_property(FIGURE, f"{what}: " + ", ".join(f"{name}={number}" for name, number in numbers.items()))

    return note


@pytest.fixture
def world(sandbox: tuple[World, str]) -> World:
    """The account behind a module's `sandbox`, as it was in the beginning."""
    sandbox[0].reset()
    return sandbox[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests have counted."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ())]
    lines = sorted({text for report in reports for name, text in report.user_properties if name == FIGURE})
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)
