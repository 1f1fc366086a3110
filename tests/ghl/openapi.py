"""Requests held against the vendor's OpenAPI files; the two known differences of its README are written out here."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft7Validator

FOLDER = Path(__file__).parents[2].parent / "shared" / "ghl" / "openapi"

# Production confirms both (README of that folder): Version 2021-07-28 works on conversations too, and a send may name
# its conversation.
KNOWN_VERSIONS = frozenset({"2021-04-15", "2021-07-28"})
UNLISTED_IN_SENDS = frozenset({"conversationId"})
# GHL.md 4: marked as required, yet the send contract that production has verified leaves both out.
NOT_REQUIRED_IN_SENDS = frozenset({"subType", "status"})

Json = dict[str, Any]


def documents() -> list[Json]:
    return [json.loads((FOLDER / f"{name}.json").read_text("utf-8")) for name in ("conversations", "contacts", "users")]


def misfits(request: httpx.Request, documents: list[Json]) -> list[str]:
    """What the vendor's files say against a request; nothing when it fits."""
    for document in documents:
        for path, operations in sorted(document["paths"].items(), key=lambda item: item[0].count("{")):
            operation = operations.get(request.method.lower())
            if operation and re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", path), request.url.path):
                return [*_of_parameters(request, operation), *_of_body(request, operation, document)]
    return [f"no endpoint {request.method} {request.url.path}"]


def _of_parameters(request: httpx.Request, operation: Json) -> Iterator[str]:
    listed = {parameter["name"]: parameter for parameter in operation["parameters"] if parameter["in"] == "query"}
    given = dict(request.url.params)
    yield from (f"unknown parameter {name}" for name in given.keys() - listed.keys())
    yield from (f"missing parameter {n}" for n, p in listed.items() if p.get("required") and n not in given)
    for name in given.keys() & listed.keys():
        yield from (f"{name}: {error.message}" for error in _errors(_typed(given[name]), listed[name]["schema"]))
    if request.headers.get("Version") not in KNOWN_VERSIONS:
        yield "unknown Version"


def _of_body(request: httpx.Request, operation: Json, document: Json) -> Iterator[str]:
    if "requestBody" not in operation:
        return
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = document["components"]["schemas"][name]
    required = [field for field in schema["required"] if field not in NOT_REQUIRED_IN_SENDS]
    body = json.loads(request.content)
    whole = {**schema, "required": required, "components": document["components"]}
    yield from (error.message for error in Draft7Validator(whole).iter_errors(body))
    yield from (f"unknown field {field}" for field in body.keys() - schema["properties"].keys() - UNLISTED_IN_SENDS)


def _errors(value: object, schema: Json) -> Iterator[Any]:
    # The files say `"type": "any"` of a search's cursor, which is no type of JSON schema.
    known = {key: rule for key, rule in schema.items() if rule != "any" and key != "example"}
    # Ids of digits alone are texts too: a text parameter takes either reading.
    return Draft7Validator(known).iter_errors(str(value) if known.get("type") == "string" else value)


def _typed(text: str) -> object:
    return int(text) if text.isdigit() else text
