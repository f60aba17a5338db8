"""JSON Schemas of the documents that kubestow reads and writes, generated from their types.

A schema lists exactly the fields of its type; fields that may be absent are not required.
"""

import json
from typing import Any

import msgspec

from kubestow.views.view import View

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BASE = "https://kubestow.dev/schema"


def schema_text(document: type[msgspec.Struct], name: str) -> str:
    """Return the JSON Schema of a document as text; ``name`` is its file stem: plan.v1alpha1."""
    (_,), components = msgspec.json.schema_components((document,), ref_template="#/$defs/{name}")
    components = _plain(components)
    if issubclass(document, View):
        components = {name: _all_written(item) for name, item in components.items()}
    own = components.pop(_title(document.__name__))
    head = {"$schema": _DIALECT, "$id": f"{_BASE}/{name}.json"}
    schema = head | own | ({"$defs": components} if components else {})
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _title(name: str) -> str:
    """Return the title of a type in the schema: Plan for PlanView, Network for NetworkWire."""
    return name.removesuffix("View").removesuffix("Wire")


def _plain(components: dict[str, Any]) -> dict[str, Any]:
    """Return the components by title, with descriptions on one line."""
    text = json.dumps(components)
    for name in components:
        text = text.replace(f'"#/$defs/{name}"', f'"#/$defs/{_title(name)}"')
    items: dict[str, dict[str, Any]] = json.loads(text)
    return {
        _title(name): item
        | {"title": _title(name), "description": " ".join(item["description"].split())}
        for name, item in items.items()
    }


def _all_written(component: dict[str, Any]) -> dict[str, Any]:
    """Require fields that have a default too, because a view always writes them.

    Only ``UNSET`` fields may be absent; msgspec gives them no default in the schema.
    """
    fields: dict[str, dict[str, Any]] = component["properties"]
    required = component["required"]
    needed = [name for name, field in fields.items() if name in required or "default" in field]
    written = {
        name: {key: item for key, item in field.items() if key != "default"}
        for name, field in fields.items()
    }
    return component | {"properties": written, "required": needed}
