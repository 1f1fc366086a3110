"""Notes of the older service, however `meta.notes` is written."""

import json

import pytest

from sentinel_cli.domain.notes import Note, adopted_notes, joined_notes


@pytest.mark.parametrize(
    ("notes", "read"),
    [
        ("gate code 4471", [Note(text="gate code 4471")]),
        (["one", " two "], [Note(text="one"), Note(text="two")]),
        (
            [{"text": "called back", "at": "2026-11-23T08:00:00-06:00", "by": "Casey"}],
            [Note(text="called back", at="2026-11-23T08:00:00-06:00", by="Casey")],
        ),
        ([{"note": "x", "created_at": 5, "author": "Lee"}], [Note(text="x", at="5", by="Lee")]),
        ({"text": "alone"}, [Note(text="alone")]),
        ([{"odd": 1}], [Note(text="{'odd': 1}")]),
        ([None, "", "a"], [Note(text="a")]),
        (None, []),
        ("", []),
        (7, [Note(text="7")]),
    ],
)
def test_notes_are_read_in_each_form(notes: object, read: list[Note]) -> None:
    assert adopted_notes(json.dumps({"notes": notes})) == read


def test_meta_without_notes_has_none() -> None:
    assert adopted_notes("{}") == []


@pytest.mark.parametrize(
    ("meta", "more", "joined"),
    [
        ({"a": 1, "notes": "x"}, {"notes": ["y"]}, {"a": 1, "notes": ["x", "y"]}),
        ({}, {"notes": "y"}, {"notes": ["y"]}),
        ({"notes": ["x"]}, {}, {"notes": ["x"]}),
    ],
)
def test_notes_of_another_issue_come_after_its_own(meta: dict[str, object], more: object, joined: object) -> None:
    assert joined_notes(meta, json.dumps(more)) == joined
