"""No JSON object breaks reading, however odd."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel_cli.domain.payloads import digest
from sentinel_cli.intake import body_of

from .payload_bodies import ROUTED, ROUTES, SAMPLES, read, sample

NAMES = sorted({"sentinel_missed_call", "callStatus", "id"}.union(*map(sample, SAMPLES)))
WORDS = [
    "null",
    "",
    "{{contact.id}}",
    "inbound",
    "outbound",
    "completed",
    "InboundMessage",
    "TYPE_CALL",
    "2",
    "\ud800\0",
]

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from(WORDS)
)
KEYS = st.sampled_from(NAMES) | st.text(st.characters(exclude_categories=()), max_size=8)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


def reads(body: dict[str, Any], route: str) -> None:
    """The body is read to a whole answer whose texts can be stored."""
    found = read(body, route, ROUTED)
    assert (found.report is None) is (found.ignored is not None)
    json.dumps(asdict(found), default=str, ensure_ascii=False).encode()
    if found.report is not None:
        assert len(digest(found.report, "contact")) == 64


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=8), st.sampled_from(ROUTES))
def test_any_object_is_read(body, route):
    reads(body, route)


@settings(deadline=None)
@given(st.sampled_from(SAMPLES), st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4), st.sampled_from(ROUTES))
def test_a_sample_with_values_of_wrong_types_is_read(name, changes, route):
    reads(sample(name, **changes), route)


@settings(deadline=None)
@given(st.data(), st.sampled_from(SAMPLES), st.sampled_from(ROUTES))
def test_a_sample_with_inner_values_of_wrong_types_is_read(data, name, route):
    body = sample(name)
    objects = [value for value in body.values() if isinstance(value, dict) and value] or [body]
    place = data.draw(st.sampled_from(objects))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(VALUES)
    reads(body, route)


@given(st.binary() | st.binary(min_size=1).map(lambda inner: b'{"a":' + inner + b"}"), st.text(max_size=40))
def test_any_bytes_are_an_object_or_none(raw, content_type):
    body = body_of(raw, content_type)
    assert body is None or isinstance(body, dict)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_a_deep_body_is_read(opening, route):
    depth = 900
    closing = "}" if opening.startswith("{") else "]"
    deep = json.loads(opening * depth + "1" + closing * depth)
    reads({"message": deep, "contact_id": deep, "customData": {"x": deep}, "type": deep, "phone": deep}, route)


@pytest.mark.parametrize("route", ROUTES)
def test_a_body_too_deep_for_recursion_is_read(route):
    deep: list[object] = []
    for _ in range(50_000):
        deep = [deep]
    assert (
        read({"contact_id": "CTC1", "customData": {"x": deep}, "message": {"body": deep}}, route).contact_id == "CTC1"
    )
