"""JSON Schemas of the documents that kubestow reads and writes, generated from their types.

A schema lists exactly the fields its type has; those that may be absent are not required.
"""

import json
from typing import Any

import msgspec

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BASE = "https://kubestow.dev/schema"
_REFERENCE = "#/$defs/"


def schema_text(document: type[msgspec.Struct], name: str) -> str:
    """Return the JSON Schema of a document as text; ``name`` is its file's, like plan.v1alpha1."""
    (_,), components = msgspec.json.schema_components((document,), ref_template="#/$defs/{name}")
    own = components.pop(document.__name__)
    head = {"$schema": _DIALECT, "$id": f"{_BASE}/{name}.json"}
    schema = head | own | ({"$defs": components} if components else {})
    return json.dumps(_tidy(schema), indent=2, ensure_ascii=False) + "\n"


def _tidy(node: Any) -> Any:
    """Drop defaults: a field that has one is written all the same, so it is required.

    Only ``UNSET`` fields may be absent; msgspec gives them no default in the schema.
    """
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    properties = node.get("properties")
    if isinstance(properties, dict):
        given = {name for name, item in properties.items() if "default" in item}
        needed = set(node.get("required", ())) | given
        node = node | {"required": [name for name in properties if name in needed]}
        if not node["required"]:
            del node["required"]
    return {key: _tidy(item) for key, item in node.items() if key != "default"}
