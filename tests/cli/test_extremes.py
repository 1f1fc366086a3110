"""Numbers and dates that nobody means: told as typed wrongly, never a traceback."""

from pathlib import Path

import pytest

from .installation import ENV, Installation

HUGE = "9" * 20


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    (tmp_path / ".env").write_text(ENV)
    installation = Installation(home=tmp_path)
    installation.make_database().close()
    return installation


@pytest.mark.parametrize(
    "argv",
    [
        ["issues", "show", HUGE],
        ["deliveries", "show", HUGE],
        ["issues", "list", "--limit", HUGE],
        ["issues", "list", "--since", "0001-01-01T00:00:00+14:00"],
        ["issues", "list", "--since", "9999-12-31T23:59:59-01:00"],
        ["issues", "list", "--since", "99999999999d"],
        ["poll-resolver", "--since", "9999w"],
    ],
    ids=" ".join,
)
def test_what_nobody_means_is_typed_wrongly(installation: Installation, argv: list[str]) -> None:
    ran = installation.run(*argv, GHL_TOKEN="pit-1", width=80)
    assert (ran.code, ran.out, ran.err.startswith("error: ")) == (2, "", True)
