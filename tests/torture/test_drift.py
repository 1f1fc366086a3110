"""Whatever becomes of a field of GHL's answers, a run changes nothing by it, or ends in a way that names it.

Every field of every answer that the client is given is taken away, and put in every other form. What a run then leaves
is compared with the store before it and with what the clean answers would have left.
"""

from pathlib import Path

import pytest

from sentinel_cli.domain.letters import Slot
from tests.conftest import Figures
from tests.jobs.conftest import Company

from .drift import (
    Trial,
    all_or_nothing,
    in_part,
    not_checked,
    sent_once,
    unchecked,
    without_names,
)
from .morning import CONTACT, EXPORT, MESSAGES, SEARCH, SEND, USERS

pytestmark = pytest.mark.torture

ELEVEN = 180


def poll(company: Company) -> object:
    return company.polls()


def full_poll(company: Company) -> object:
    return company.polls(full=True)


def summary(company: Company) -> object:
    return company.sums_up(slot=Slot.MIDDAY)


TRIALS = [
    Trial(name="poll", work=poll, endpoint=EXPORT, claim=all_or_nothing, each=7),
    Trial(name="poll without export", work=poll, endpoint=SEARCH, claim=all_or_nothing, each=20, export=False),
    Trial(name="poll without export", work=poll, endpoint=MESSAGES, claim=all_or_nothing, each=11, export=False),
    Trial(name="poll, staff not listed", work=poll, endpoint=USERS, claim=all_or_nothing, each=4, listed=False),
    Trial(name="full poll", work=full_poll, endpoint=SEARCH, claim=in_part, each=37),
    Trial(name="full poll", work=full_poll, endpoint=MESSAGES, claim=in_part, each=19),
    Trial(name="summary", work=summary, endpoint=EXPORT, claim=not_checked, each=41, minutes=ELEVEN),
    Trial(name="summary", work=summary, endpoint=SEARCH, claim=unchecked, each=37, minutes=ELEVEN),
    Trial(name="summary", work=summary, endpoint=MESSAGES, claim=unchecked, each=23, minutes=ELEVEN),
    Trial(name="summary", work=summary, endpoint=CONTACT, claim=without_names, each=23, minutes=ELEVEN),
    Trial(name="summary", work=summary, endpoint=SEND, claim=sent_once, each=1, minutes=ELEVEN),
]


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: f"{trial.name} {trial.endpoint}")
class TestDrift:
    def test_a_field_in_another_form_changes_nothing_or_is_named(
        self, tmp_path: Path, figures: Figures, trial: Trial
    ) -> None:
        found = trial.drifted(tmp_path)
        figures(f"drift, {trial.name}, {trial.endpoint}", **found.figures)
        assert found.broken == []

    def test_an_answer_of_another_kind_leaves_all_as_it_was(self, tmp_path: Path, trial: Trial) -> None:
        assert trial.replaced(tmp_path).broken == []
