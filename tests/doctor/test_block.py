"""Our part of a crontab: put in, put in anew, taken out, and nothing else touched."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel_cli.doctor.block import with_block, without_block
from sentinel_cli.doctor.judge.crontab import read_crontab

HOME = "/opt/ntpp-sentinel"
DELIVERED = (Path(__file__).parent.parent.parent / "deploy" / "crontab").read_text(encoding="utf-8")
JOBS = [entry.typed for entry in read_crontab(DELIVERED).entries]
THEIRS = st.lists(
    st.sampled_from(
        [
            b"MAILTO=ops@example.com\n",
            b"# caf\xe9\n",
            b"\n",
            b"0 5 * * * /usr/bin/certbot renew\r\n",
            b"@daily tar czf /backup/home.tgz /home\n",
            b"*/5 * * * * echo sentinel\n",
            b"PATH=/usr/bin\n",
        ]
    ),
    max_size=6,
).map(b"".join)


def jobs(crontab: bytes) -> list[str]:
    return [entry.typed for entry in read_crontab(crontab.decode("latin-1")).entries]


@given(before=THEIRS)
def test_what_was_there_stays_byte_for_byte(before: bytes) -> None:
    assert with_block(before, DELIVERED, HOME).startswith(before)


@given(before=THEIRS, after=THEIRS)
def test_put_in_twice_is_put_in_once(before: bytes, after: bytes) -> None:
    once = with_block(before, DELIVERED, HOME) + after
    assert with_block(once, DELIVERED, HOME) == once


@given(before=THEIRS, after=THEIRS)
def test_taken_out_nothing_is_left_of_it(before: bytes, after: bytes) -> None:
    assert without_block(with_block(before, DELIVERED, HOME) + after, HOME) == before + after


def test_an_older_block_is_replaced_where_it_is() -> None:
    older = with_block(b"MAILTO=a\n", DELIVERED.replace("5,20,35,50", "*/15"), HOME) + b"0 5 * * * true\n"
    assert with_block(older, DELIVERED, HOME) == with_block(b"MAILTO=a\n", DELIVERED, HOME) + b"0 5 * * * true\n"


def test_lines_that_were_pasted_in_by_hand_go() -> None:
    pasted = b"0 5 * * * true\n" + DELIVERED.encode() + b"0 6 * * * true\n"
    after = with_block(pasted, DELIVERED, HOME)
    assert (jobs(after), after.count(b" * true\n")) == (JOBS, 2)


def test_another_installation_s_lines_stay() -> None:
    both = with_block(with_block(b"", DELIVERED, "/opt/other"), DELIVERED, HOME)
    assert (jobs(both), without_block(both, HOME)) == (JOBS * 2, with_block(b"", DELIVERED, "/opt/other"))


def test_a_last_line_without_its_end_gets_one() -> None:
    assert with_block(b"0 5 * * * true", DELIVERED, HOME).startswith(b"0 5 * * * true\n# BEGIN Sentinel")


def test_a_block_whose_end_was_removed_keeps_what_follows() -> None:
    whole = with_block(b"", DELIVERED, HOME)
    cut = whole[: whole.index(b"# END")] + b"0 6 * * * true\n"
    after = with_block(cut, DELIVERED, HOME)
    assert (jobs(after), after.count(b"0 6 * * * true\n")) == (JOBS, 1)


@pytest.mark.parametrize("home", ["/srv/caf\u00e9", "/srv/a.b+c"])
def test_home_may_be_called_anything(home: str) -> None:
    once = with_block(b"", DELIVERED, home)
    assert (with_block(once, DELIVERED, home), f"\nSENTINEL_HOME={home}\n".encode() in once) == (once, True)
