"""Form-encoded bodies become the nested objects that reading takes."""

import json
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel_cli.domain.payloads import from_form

from .payload_bodies import ROUTES, read, report, sample


@pytest.mark.parametrize(
    ("pairs", "body"),
    [
        ([], {}),
        ([("phone", "1"), ("phone", "1")], {"phone": "1"}),
        ([("route", "a"), ("route", "b"), ("route", "c")], {"route": ["a", "b", "c"]}),
        ([("route[]", "a"), ("route[]", "b")], {"route": ["a", "b"]}),
        ([("customData[Phone Number]", "1")], {"customData": {"Phone Number": "1"}}),
        ([("message.body", "Hi"), ("message.type", "2")], {"message": {"body": "Hi", "type": "2"}}),
        ([("message[body]", "Hi"), ("message[type]", "2")], {"message": {"body": "Hi", "type": "2"}}),
        ([("message", "Hi"), ("message[type]", "2")], {"message": {"body": "Hi", "type": "2"}}),
        ([("message[type]", "2"), ("message", "Hi")], {"message": {"type": "2", "body": "Hi"}}),
        ([("message", "Hi"), ("message", '{"type": 2}')], {"message": {"body": "Hi", "type": 2}}),
        ([("message[type]", "2"), ("message", '{"body": "Hi"}')], {"message": {"type": "2", "body": "Hi"}}),
        ([("customData", '{"ID": "C1"}')], {"customData": {"ID": "C1"}}),
        ([("route", '["a", "b"]')], {"route": ["a", "b"]}),
        ([("route", '["a"]'), ("route", "b")], {"route": ["a", "b"]}),
        ([("message", '["not a list"]')], {"message": '["not a list"]'}),
        ([("message[body]", '{"not": "an object"}')], {"message": {"body": '{"not": "an object"}'}}),
        ([("message", "{not json")], {"message": "{not json"}),
        ([("route", "[" * 100_000)], {"route": "[" * 100_000}),
        ([("a[b][c]", "1")], {"a": {"b": {"c": "1"}}}),
        ([("What is your St. address?", "x")], {"What is your St. address?": "x"}),
        ([("a[b", "1"), ("[c]", "2"), ("", "3"), ("d]", "4")], {"a[b": "1", "[c]": "2", "": "3", "d]": "4"}),
        ([("..", "1"), ("a..b", "2"), (".a", "3")], {"..": "1", "a..b": "2", ".a": "3"}),
        ([("a" + "[b]" * 8, "1")], {"a" + "[b]" * 8: "1"}),
        ([("a" + ".b" * 8, "1")], {"a" + ".b" * 8: "1"}),
        ([("a[]", "1"), ("a[b]", "2")], {"a": {"body": "1", "b": "2"}}),
    ],
)
def test_a_form_becomes_its_nested_body(pairs, body):
    assert from_form(pairs) == body


def flattened(body):
    """The bracketed pairs a form would carry for a JSON body."""
    for name, value in body.items():
        inner = flattened(value) if isinstance(value, dict) else [("", value)]
        for path, text in inner:
            head, *rest = path.split("[", 1) if path else [""]
            yield name + (f"[{head}]" if head else "") + "".join(f"[{part}" for part in rest), str(text)


@pytest.mark.parametrize(
    ("name", "route"),
    [
        ("workflow-customer-replied-1", "inbound_sms"),
        ("workflow-call-status-missed-1", "ghl"),
        ("workflow-outbound-text-1", "inbound_sms"),
        ("workflow-call-answered-1", "unanswered_call"),
    ],
)
def test_a_form_is_read_as_its_json_twin(name, route):
    form = from_form(parse_qsl(urlencode(list(flattened(sample(name)))), keep_blank_values=True))
    assert report(form, route) == report(sample(name), route)


def test_a_form_with_whole_objects_is_read_as_its_json_twin():
    body = sample("workflow-customer-replied-1")
    pairs = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in body.items()]
    assert report(from_form(pairs), "inbound_sms") == report(body, "inbound_sms")


KEYS = st.text(alphabet="ab.[]{}\"'% message", max_size=24)


@settings(deadline=None)
@given(st.lists(st.tuples(KEYS | st.text(), st.text(alphabet='{}[]":,a1 ') | st.text())), st.sampled_from(ROUTES))
def test_no_form_breaks_reading(pairs, route):
    found = read(from_form(pairs), route)
    assert (found.report is None) is (found.ignored is not None)
