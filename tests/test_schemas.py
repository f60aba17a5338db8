"""The schemas of docs/schema are what their types generate, and close every object."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tools.write_schemas import DOCUMENTS, SCHEMAS

from kubestow.views.schema import schema_text

_OPTIONAL = "its type leaves required fields optional, so that the reader names what lacks them"
BY_HAND = {
    "costs.v1alpha1": f"{_OPTIONAL}; and an entry has one of two prices, which no type can say",
    "machines.v1alpha1": _OPTIONAL,
}
"""Schemas that are not generated, and why."""


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema of an object."""
    if isinstance(node, list):
        for item in node:
            yield from objects(item)
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        for item in node.values():
            yield from objects(item)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_committed_schema_is_what_its_type_generates(name: str) -> None:
    committed = (SCHEMAS / f"{name}.json").read_text(encoding="utf-8")
    assert committed == schema_text(DOCUMENTS[name], name), "run 'make schemas'"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_object_of_a_schema_takes_fields_it_does_not_list(name: str) -> None:
    schema = json.loads(schema_text(DOCUMENTS[name], name))
    found = list(objects(schema))
    assert all(item["additionalProperties"] is False for item in found if "properties" in item)
    assert all(item["additionalProperties"] for item in found if "properties" not in item)
    assert schema in found


def test_every_schema_is_generated_or_written_by_hand_for_a_reason() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == {*DOCUMENTS, *BY_HAND}
