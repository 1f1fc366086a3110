"""Who may post: every way to show a secret, and the ways to show none."""

import json
from typing import Any

import pytest
from starlette.datastructures import Headers

from webhook.auth import Shown, is_admitted, secret_proofs

from .parts import OLDER_SECRET, SECRET, SECRETS


def admitted(
    *,
    headers: dict[str, str] | None = None,
    query: str = "",
    body: dict[str, Any] | None = None,
    in_query: bool = False,
) -> bool:
    shown = Shown(headers=Headers(headers or {}), query=query.encode(), raw=json.dumps(body).encode())
    return is_admitted(shown, secret_proofs(SECRETS, in_query=in_query))


@pytest.mark.parametrize(
    "shown",
    [
        {"headers": {"X-NTPP-Secret": SECRET}},
        {"headers": {"x-ntpp-secret": SECRET}},
        {"headers": {"X-NTPP-Secret": OLDER_SECRET}},
        {"headers": {"X-NTPP-Secret": "wrong"}, "body": {"customData": {"sentinel_secret": SECRET}}},
        {"body": {"customData": {"sentinel_secret": SECRET}}},
        {"body": {"customData": {"sentinel_secret": OLDER_SECRET}}},
        {"body": {"customData": {"sentinel_secret": f" {SECRET}\n"}}},
        {"body": {"customData": {"Sentinel Secret": SECRET}}},
        {"body": {"custom_data": {"sentinelSecret": SECRET}}},
        {"body": {"customData": {"sentinel_secret": "wrong", "sentinelSecret": SECRET}}},
        {"body": {"customData": {"sentinel_secret": ["wrong", SECRET]}}},
        {"query": f"secret={SECRET}", "in_query": True},
    ],
)
def test_a_request_that_shows_a_secret_is_admitted(shown: dict[str, Any]) -> None:
    assert admitted(**shown)


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"headers": {"X-NTPP-Secret": ""}},
        {"headers": {"X-NTPP-Secret": SECRET[:-1]}},
        {"headers": {"X-NTPP-Secret": SECRET + "x"}},
        {"headers": {"X-NTPP-Secret": SECRET.upper()}},
        {"headers": {"X-NTPP-Secret": ",".join(SECRETS)}},
        {"headers": {"X-NTPP-Secret": "sécrèt"}},
        {"headers": {"Authorization": SECRET}},
        {"query": f"secret={SECRET}"},
        {"query": "secret=wrong", "in_query": True},
        {"body": {}},
        {"body": {"sentinel_secret": SECRET}},
        {"body": {"customData": SECRET}},
        {"body": {"customData": {"secret": SECRET}}},
        {"body": {"customData": {"sentinel_secret": ""}}},
        {"body": {"customData": {"sentinel_secret": None}}},
        {"body": {"customData": {"sentinel_secret": True}}},
        {"body": {"customData": {"sentinel_secret": {"value": SECRET}}}},
        {"body": {"customData": {"sentinel_secret": "\ud800"}}},
    ],
)
def test_a_request_that_shows_none_is_not(shown: dict[str, Any]) -> None:
    assert not admitted(**shown)


def test_nobody_is_admitted_where_there_is_no_proof() -> None:
    shown = Shown(headers=Headers({"X-NTPP-Secret": SECRET}))
    assert not is_admitted(shown, ())
