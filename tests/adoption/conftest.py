from pathlib import Path

import pytest

from tests.cli.installation import ENV, Installation


@pytest.fixture
def home(tmp_path: Path) -> Installation:
    """A home with a `.env`, where the older service's database is to be put; it is Monday 10am in Chicago."""
    (tmp_path / ".env").write_text(ENV, encoding="utf-8")
    return Installation(home=tmp_path)
