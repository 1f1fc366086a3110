"""In any world, at any moment, every issue is explained: its facts make the issue that is stored."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from sentinel_cli.commands.explained import explanation_of
from sentinel_cli.domain.explanation import Basis, Explanation, Verdict
from sentinel_cli.domain.timeline import ActionKind
from sentinel_cli.domain.waits import Did
from sentinel_cli.store import issues
from sentinel_cli.triage import Intent, perform
from tests.builders import RULES
from tests.conftest import Figures
from tests.store.test_convergence import Convergence
from tests.torture import tries

SEEN: Counter[str] = Counter()


class Explained(Convergence):
    """The same world, with an operator who asks why; now and then two weeks pass, and what is over is settled."""

    @rule(days=st.integers(15, 20))
    def weeks_pass(self, days):
        self._pass(days * 24 * 60)
        self._absorb([fact.report(self.world.contact_of(fact), self.world.now) for fact in self.world.facts])

    @rule(data=st.data())
    def someone_unmarks_spam(self, data):
        self._act(self._issue(data, "SPAM"), ActionKind.UNSPAM)

    def _act(self, issue_id, kind, until=None):
        """Through the one place that refuses what would have no effect, such as to reopen what is settled."""
        if issue_id is None:
            return
        intent = Intent(kind=kind, actor="operator", at=self._pass(1), until=until, sure=True)
        with self.db.transaction():
            perform(self.db, issue_id, intent, RULES)
        self._remember()

    @invariant()
    def every_issue_is_explained(self):
        for row in self.db.read("select id from issues"):
            found = explanation_of(self.db, issues.one(self.db, row["id"]), RULES)
            SEEN[f"{found.basis}_{found.verdict}"] += 1
            if found.basis is Basis.OPEN_PART:
                assert (found.verdict, found.differences) == (Verdict.SAME, [])
            assert sum((spell.closes - spell.opens for spell in found.due.spells), timedelta()) == found.due.sla
            assert found.due.due_at == found.issue.due_at
            if not found.issue.withdrawn and found.verdict is Verdict.SAME:
                assert_told(found)

    def teardown(self):
        """What converges is proven elsewhere: here time has passed, and late facts change nothing any more."""


def assert_told(found: Explanation) -> None:
    """What ends or leaves open the issue is what its status says."""
    issue = found.issue
    done = [deed.did for event in found.events for deed in event.deeds if deed.issue == issue.id]
    ends = [did for did in done if did in {Did.ENDED, Did.REOPENED}]
    by = [event.key for event in found.events if any(d.did is Did.ENDED and d.issue == issue.id for d in event.deeds)]
    assert Did.OPENED in done or Did.WAS_SPAM in done
    if issue.answer:
        assert ends[-1] is Did.ENDED
        assert by[-1] == issue.answer.key
    else:
        assert not ends or ends[-1] is Did.REOPENED


@pytest.mark.torture
def test_every_issue_of_any_world_is_explained(figures: Figures) -> None:
    run_state_machine_as_test(
        Explained,
        settings=settings(
            Convergence.TestCase.settings, max_examples=tries(60, 1000), stateful_step_count=tries(40, 40)
        ),
    )
    figures("issues explained", **SEEN)
