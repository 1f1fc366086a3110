"""Filters of `sentinel issues list` combine: the query finds what is derived of each issue one by one."""

from datetime import datetime, timedelta
from itertools import product

import pytest

from sentinel_cli.commands.standing import Standing, standing_of
from sentinel_cli.domain.model import IssueStatus
from sentinel_cli.domain.sla import escalated_before
from sentinel_cli.opening import open_store
from sentinel_cli.settings import Settings, load_settings
from sentinel_cli.store.issue_lists import Found, IssueFilter, Moment, Snoozed, find

from .installation import NOW, Installation, at

ANY = 10_000
SWITCHES = [*product([False, True], repeat=3)]
DATES = [*product([None, at("2026-11-20T15:00:00Z")], [None, at("2026-11-23T15:00:00Z")])]
WHOM = [*product([None, "an"], [None, "0155", "+19405550112"])]


def moment(now: datetime, settings: Settings) -> Moment:
    edge = escalated_before(now, settings.business_hours, settings.escalate_after)
    return Moment(now=now, escalated_before=edge, hours=settings.business_hours)


def fits(standing: Standing, wanted: IssueFilter) -> bool:
    """Whether all that is wanted holds but what is said of snoozed ones."""
    issue = standing.issue
    return (
        wanted.status in {None, issue.status.value}
        and wanted.issue_type in {None, issue.channel.value}
        and standing.overdue >= wanted.overdue
        and standing.escalated >= wanted.escalated
        and standing.auto_reply_only >= wanted.auto_reply_only
        and (wanted.contact or "").lower() in (issue.contact_name or "").lower()
        and (issue.phone or "").endswith(wanted.phone_ends or "")
        and (wanted.since is None or issue.last_at >= wanted.since)
        and (wanted.due_before is None or issue.due_at < wanted.due_before)
    )


def counted(standings: list[Standing], wanted: IssueFilter) -> tuple[set[int], int, int, int, int]:
    """The numbers that a list should have, and its counts."""
    fitting = [each for each in standings if fits(each, wanted)]
    kept = [
        each for each in fitting if wanted.snoozed is Snoozed.TOO or each.snoozed == (wanted.snoozed is Snoozed.ALONE)
    ]
    left_out = len(fitting) - len(kept) if wanted.snoozed is Snoozed.LEFT_OUT else 0
    return (
        {each.issue.id for each in kept},
        sum(each.overdue for each in kept),
        sum(each.escalated for each in kept),
        sum(each.snoozed for each in kept),
        left_out,
    )


def shown(found: Found) -> tuple[set[int], int, int, int, int]:
    return {issue.id for issue in found.issues}, found.overdue, found.escalated, found.snoozed, found.left_out


@pytest.mark.parametrize("company", ["pool_company", "weeks"])
@pytest.mark.parametrize("hours", [0, 24])
@pytest.mark.parametrize("snoozed", Snoozed)
def test_every_combination_finds_what_is_derived_one_by_one(
    company: str, hours: int, snoozed: Snoozed, request: pytest.FixtureRequest
) -> None:
    """4,608 combinations at two instants of two companies: kept, counted and left out alike."""
    installation: Installation = request.getfixturevalue(company)
    settings = load_settings({"SENTINEL_HOME": str(installation.home)}, installation.home, None)
    now = at(NOW) + timedelta(hours=hours)
    with open_store(settings) as db:
        everything = find(db, IssueFilter(status=None, snoozed=Snoozed.TOO, limit=ANY), moment(now, settings))
        standings = [standing_of(issue, now, settings) for issue in everything.issues]
        assert standings
        for status, kind, switches, dates, whom in product([None, *IssueStatus], [None, "CALL"], SWITCHES, DATES, WHOM):
            wanted = IssueFilter(
                status=status and status.value,
                issue_type=kind,
                overdue=switches[0],
                escalated=switches[1],
                auto_reply_only=switches[2],
                since=dates[0],
                due_before=dates[1],
                contact=whom[0],
                phone_ends=whom[1],
                snoozed=snoozed,
                limit=ANY,
            )
            assert shown(find(db, wanted, moment(now, settings))) == counted(standings, wanted), wanted


@pytest.mark.parametrize("option", ["--type", "--phone", "--contact", "--since", "--due-before"])
def test_a_filter_that_came_out_empty_does_not_choose_everybody(pool_company: Installation, option: str) -> None:
    ran = pool_company.run("issues", "list", "--ids", option, "")
    assert (ran.code, ran.out, ran.err.startswith("error: '' is no ")) == (2, "", True)
