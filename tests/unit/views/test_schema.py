"""Generated schemas: what is required, what things are called, how they are described."""

import json
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from kubestow.views.schema import schema_text
from kubestow.views.view import Count, View, one_of


class PartView(View, frozen=True):
    """A part."""

    size: Count


class WholeView(View, frozen=True, kw_only=True):
    """A whole
    of parts.

    It has some.
    """

    kind: str = "Whole"
    parts: tuple[PartView, ...]
    first_name: Annotated[str, one_of("a", "b")]
    note: str | UnsetType = UNSET


class NoteWire(msgspec.Struct):
    """A note that is read."""

    text: str
    lines: int = 1


def schema(document: type[msgspec.Struct]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema_text(document, "whole.v1"))
    return found


def test_every_field_of_a_view_is_required_but_for_those_that_may_be_unset() -> None:
    found = schema(WholeView)
    assert found["required"] == ["kind", "parts", "firstName"]
    assert list(found["properties"]) == ["kind", "parts", "firstName", "note"]
    assert "default" not in found["properties"]["kind"]


def test_a_field_with_a_default_may_be_left_out_of_what_is_read() -> None:
    found = schema(NoteWire)
    assert found["required"] == ["text"]
    assert found["properties"]["lines"] == {"type": "integer", "default": 1}


def test_types_go_by_their_names_without_the_suffix() -> None:
    found = schema(WholeView)
    assert (found["title"], schema(NoteWire)["title"]) == ("Whole", "Note")
    assert found["$id"] == "https://kubestow.dev/schema/whole.v1.json"
    assert found["properties"]["parts"]["items"] == {"$ref": "#/$defs/Part"}
    assert found["$defs"]["Part"]["title"] == "Part"


def test_docstrings_are_descriptions_on_one_line() -> None:
    assert schema(WholeView)["description"] == "A whole of parts. It has some."


def test_constraints_and_choices_are_kept() -> None:
    found = schema(WholeView)
    assert found["properties"]["firstName"]["enum"] == ["a", "b"]
    assert found["$defs"]["Part"]["properties"]["size"] == {"type": "integer", "minimum": 0}
