from pathlib import Path

import pytest

from .installation import Installation, empty, furnish, write_env
from .weeks import furnish_weeks


@pytest.fixture
def bare(tmp_path: Path) -> Installation:
    """A home with a `.env` and no database."""
    write_env(tmp_path)
    return Installation(home=tmp_path)


@pytest.fixture
def fresh(bare: Installation) -> Installation:
    """A home with an empty database."""
    empty(bare)
    return bare


@pytest.fixture(scope="module")
def pool_company(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A home with seven issues, read and never changed by the tests of a module."""
    home = tmp_path_factory.mktemp("home")
    write_env(home)
    installation = Installation(home=home)
    furnish(installation)
    return installation


@pytest.fixture(scope="session")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A home with five weeks at the pool company, read and never changed."""
    return furnish_weeks(tmp_path_factory.mktemp("weeks"))
