"""A reference of documents, as Markdown, written from their JSON schemas.

Reads what docs/schema uses of JSON Schema 2020-12; a keyword that it does not know is an error, so
that no rule goes unsaid.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reference import markdown

Schema = dict[str, Any]

_TEXT = {"title", "description", "default", "$schema", "$id", "$defs", "$ref"}
_SHAPE = {"type", "properties", "required", "additionalProperties", "items", "prefixItems",
          "anyOf", "oneOf", "const", "enum"}  # fmt: skip
_LIMITS = {
    "minimum": "{} or more",
    "exclusiveMinimum": "above {}",
    "maximum": "{} or less",
    "exclusiveMaximum": "below {}",
    "minItems": "{} or more items",
    "maxItems": "{} or fewer items",
    "uniqueItems": "no duplicates",
    "minLength": "{} or more characters",
    "format": "{}",
    "pattern": "matches `{}`",
}


def reference(directory: Path) -> str:
    """Return a section for each schema of the directory, by name."""
    return "\n".join(
        line
        for file in sorted(directory.glob("*.json"))
        for line in _Document(file.name, json.loads(file.read_text(encoding="utf-8"))).lines()
    )


class _Document:
    """One schema on its way to Markdown."""

    def __init__(self, file: str, schema: Schema) -> None:
        self._file = file
        self._name = file.partition(".")[0]
        self._schema = schema
        self._definitions: Schema = schema.get("$defs", {})

    def lines(self) -> Iterator[str]:
        root = self._resolved(self._schema)
        title = self._schema.get("title") or root.get("title") or self._name
        yield from (f"({self._name})=", f"## {title}", "")
        text = self._schema.get("description") or root.get("description", "")
        yield from (markdown.escaped(text), "", f"Schema: [{self._file}](../schema/{self._file})")
        yield ""
        yield from self._object(root, "")
        for name, definition in self._definitions.items():
            if definition is not root and self._is_object(definition):
                yield from self._titled(definition, name)

    def _titled(self, schema: Schema, path: str) -> Iterator[str]:
        yield from (f"({self._anchor(path)})=", f"### {self._name}: {path}", "")
        if "description" in schema:
            yield from (markdown.escaped(schema["description"]), "")
        yield from self._object(schema, path)

    def _object(self, schema: Schema, path: str) -> Iterator[str]:
        """Yield the table of an object's fields, then the objects inside it."""
        required = schema.get("required", ())
        nested: list[tuple[Schema, str]] = []
        rows = []
        for name, field in schema["properties"].items():
            inner = f"{path}.{name}" if path else name
            kind = self._type(field, inner, nested)
            text = field.get("description") or self._resolved(field).get("description", "")
            rows.append(
                [f"`{name}`", kind, "yes" if name in required else "", markdown.escaped(text)]
            )
        yield from markdown.table(["Field", "Type", "Required", "Description"], rows)
        if "oneOf" in schema:
            choices = [f"`{'`, `'.join(one['required'])}`" for one in schema["oneOf"]]
            yield from (f"Exactly one of {' and '.join(choices)} is given.", "")
        for inside, inner in nested:
            yield from self._titled(inside, inner)

    def _type(self, schema: Schema, path: str, nested: list[tuple[Schema, str]]) -> str:
        """Return a field's type as text; objects written in place are added to ``nested``."""
        unknown = schema.keys() - _TEXT - _SHAPE - _LIMITS.keys()
        assert not unknown, f"{self._file}: {path}: {sorted(unknown)}"
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/$defs/")
            target = self._definitions[name]
            if self._is_object(target):
                return f"[{name}](#{self._anchor(name)})"
            return self._type(target, path, nested)
        if "const" in schema or "enum" in schema:
            values = schema.get("enum", [schema.get("const")])
            return " or ".join(f"`{json.dumps(value)}`" for value in values)
        alternatives = schema.get("anyOf") or schema.get("oneOf", [])
        if alternatives and all("required" not in one for one in alternatives):
            kinds = [self._type(one, path, nested) for one in alternatives]
            return " or ".join(sorted(kinds, key="null".__eq__))
        kinds = schema.get("type", "any")
        kinds = sorted([kinds] if isinstance(kinds, str) else kinds, key="null".__eq__)
        limits = [form.format(schema[key]) for key, form in _LIMITS.items() if key in schema]
        note = f" ({', '.join(limits)})".replace("|", "\\|") if limits else ""
        return " or ".join(
            "null" if kind == "null" else f"{self._kind(kind, schema, path, nested)}{note}"
            for kind in kinds
        )

    def _kind(self, kind: str, schema: Schema, path: str, nested: list[tuple[Schema, str]]) -> str:
        if kind == "array" and "prefixItems" in schema:
            items = [self._type(one, path, nested) for one in schema["prefixItems"]]
            return f"[{', '.join(items)}]"
        if kind == "array":
            return f"array of {self._type(schema.get('items', {}), f'{path}[]', nested)}"
        if kind == "object" and self._is_object(schema):
            nested.append((schema, path))
            return f"[object](#{self._anchor(path)})"
        if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            values = self._type(schema["additionalProperties"], f"{path}.*", nested)
            return f"map from string to {values}"
        return kind

    def _resolved(self, schema: Schema) -> Schema:
        reference = schema.get("$ref")
        return self._definitions[reference.removeprefix("#/$defs/")] if reference else schema

    def _is_object(self, schema: Schema) -> bool:
        return bool(schema.get("properties"))

    def _anchor(self, path: str) -> str:
        return re.sub(r"[^a-z0-9]+", "-", f"{self._name}-{path}".lower()).strip("-")
