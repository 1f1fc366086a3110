"""`sentinel db migrate`: the one everyday command that makes a database."""

import sqlite3

import pytest

from sentinel_cli.store.schema import STEPS

from .installation import Installation


def test_it_makes_the_file_and_names_its_full_path(bare: Installation) -> None:
    ran = bare.run("db", "migrate")
    assert (ran.code, ran.out) == (0, f"made {bare.db_path}: {', '.join(STEPS)}\n")


def test_it_can_be_repeated(fresh: Installation) -> None:
    ran = fresh.run("db", "migrate")
    assert (ran.code, ran.out) == (0, f"{fresh.db_path} is up to date\n")


def test_it_lets_nobody_else_read_the_file(bare: Installation) -> None:
    bare.run("db", "migrate")
    assert bare.db_path.stat().st_mode & 0o077 == 0


def test_it_tells_programs_what_it_did(bare: Installation) -> None:
    assert bare.run("db", "migrate", "--json").json == {
        "path": str(bare.db_path),
        "created": True,
        "steps": list(STEPS),
        "dry_run": False,
    }


def test_it_makes_the_file_that_db_path_names(bare: Installation) -> None:
    bare.run("db", "migrate", DB_PATH="elsewhere/my.db")
    assert (bare.home / "elsewhere" / "my.db").is_file()


def test_it_leaves_a_file_of_another_program_alone(bare: Installation) -> None:
    bare.db_path.parent.mkdir()
    with sqlite3.connect(bare.db_path) as other:
        other.execute("create table recipes (name text)")
    other.close()
    ran = bare.run("db", "migrate")
    assert (ran.code, "is not a Sentinel database (it holds recipes)" in ran.err) == (74, True)


def test_it_says_where_no_file_can_be_made(bare: Installation) -> None:
    (bare.home / "data").write_text("a file where the folder should be")
    ran = bare.run("db", "migrate")
    assert (ran.code, ran.err.startswith(f"error: cannot make {bare.db_path}: ")) == (74, True)


class TestLost:
    """The database is gone, and there are backups of it: an empty one would hide who waits."""

    @pytest.fixture
    def lost(self, fresh: Installation) -> Installation:
        fresh.run("db", "backup")
        fresh.db_path.unlink()
        return fresh

    def test_none_is_made_and_the_newest_backup_is_named(self, lost: Installation) -> None:
        done = lost.run("db", "migrate")
        (backup,) = (lost.db_path.parent / "backups").glob("*.db")
        assert (done.code, f"sentinel db restore {backup}" in done.err, lost.db_path.exists()) == (74, True, False)

    def test_every_command_names_the_backup(self, lost: Installation) -> None:
        assert "sentinel db restore" in lost.run("issues", "list").err

    def test_one_made_on_purpose_looks_for_todays_texts_before_it_sends_any(self, lost: Installation) -> None:
        assert lost.run("db", "migrate", "--new").code == 0
        assert "letters_forgotten_ts" in lost.run("kv", "show").out
