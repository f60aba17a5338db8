"""YAML as kubectl reads it: types of scalars, merge keys, duplicate keys, and hostile input."""

from typing import Any

import pytest

from kubestow.adapters.depth import DEPTH_MAX
from kubestow.adapters.manifest_yaml import (
    DuplicateKeys,
    UnfitDocument,
    YamlError,
    read_values,
)


def value(text: str) -> Any:
    (only,) = read_values(text)
    return only


def error(text: str) -> str:
    with pytest.raises(YamlError) as raised:
        list(read_values(text))
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", True),
        ("off", False),
        ("2026-01-05", "2026-01-05"),
        ("2026-01-05T10:00:00Z", "2026-01-05T10:00:00Z"),
        ("12:30:45", "12:30:45"),
        ("=", "="),
        ("0x1F", 31),
        ("0o17", "0o17"),
        ("017", 15),
        ("08", "08"),
        ("1_000", 1000),
        ("1.5e+3", 1500.0),
        ("1e3", "1e3"),
        ("~", None),
    ],
)
def test_a_scalar_has_the_type_that_go_yaml_gives_it(text: str, expected: object) -> None:
    assert value(f"a: {text}") == {"a": expected}


def test_a_merge_key_fills_in_what_the_mapping_does_not_set() -> None:
    text = "base: &b {x: 1, y: 2}\nown:\n  <<: *b\n  x: 3\n"
    assert value(text)["own"] == {"x": 3, "y": 2}


def test_every_document_is_read_and_duplicate_keys_name_the_object() -> None:
    first, second, third = read_values(
        "a: 1\n---\nkind: Pod\nmetadata: {namespace: shop, name: web}\nx: 1\nx: 2\ny: 1\ny: 2\n"
        "---\nb: 2\n"
    )
    assert (first, third) == ({"a": 1}, {"b": 2})
    assert isinstance(second, DuplicateKeys)
    assert second.subject == "Pod shop/web"
    assert str(second) == "line 6: duplicate key x (and 1 more)"


def test_a_duplicate_key_of_great_length_is_not_printed() -> None:
    key = "k" * 500
    assert str(value(f"{key}: 1\n{key}: 2\n")) == "line 2: duplicate key"


def test_documents_before_a_syntax_error_are_yielded() -> None:
    values = read_values("a: 1\n---\nb: [\n")
    assert next(values) == {"a": 1}
    with pytest.raises(YamlError, match="line 4"):
        next(values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1, 2", "line 2, column 1: did not find expected"),
        ("a:\n\t- b\n", "(the line is indented with a tab)"),
        ("a: &x [*x]", "an alias refers to a value that contains it"),
        ("a: " + "[" * (DEPTH_MAX + 1), f"nested more than {DEPTH_MAX} levels deep"),
    ],
)
def test_an_error_says_where_and_why(text: str, message: str) -> None:
    assert message in error(text)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("a: !!int hunter2", "a value does not fit its type"),
        ("a: !!python/object/apply:os.hunter2 []", "could not determine a constructor"),
        ("a: .nan", "line 3, column 4: .nan and .inf are not numbers of JSON"),
        ("a: -.inf", ".nan and .inf are not numbers"),
        ("? [a]\n: 1", "the key of a mapping is not text"),
        ("~: 1", "the key of a mapping is not text"),
        ("!!binary aGVsbG8=: 1", "the key of a mapping is not text"),
        ("a: !!binary hunter2", "failed to decode base64 data"),
    ],
)
def test_a_value_that_json_cannot_hold_spoils_its_document_alone(
    document: str, message: str
) -> None:
    first, second, third = read_values(f"x: &x {{}}\n---\n{document}\n---\nb: {{c: [1]}}\n")
    assert (first, third) == ({"x": {}}, {"b": {"c": [1]}})
    assert isinstance(second, UnfitDocument)
    assert message in str(second)
    assert "hunter2" not in str(second)


def test_keys_that_are_numbers_or_booleans_become_text() -> None:
    assert value("{1: a, 0x10: b, 1.5: c, yes: d, False: e}") == {
        "1": "a", "16": "b", "1.5": "c", "true": "d", "false": "e",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "kind: Secret\nstringData: {hunter2: a, hunter2: b}",
        "kind: Pod\nx: {password:hunter2, password:hunter2}",
        "stringData:\n  'hunter2 is it': 1\n  'hunter2 is it': 2",
    ],
)
def test_a_duplicate_key_that_may_be_a_secret_is_not_repeated(text: str) -> None:
    found = value(text)
    assert isinstance(found, DuplicateKeys)
    assert "duplicate key" in str(found)
    assert "hunter2" not in str(found)


@pytest.mark.parametrize("text", ["a: *hunter2", "a: 'x' hunter2", "%hunter2", "a: &hunter2 &b c"])
def test_a_syntax_error_repeats_nothing_of_the_file(text: str) -> None:
    assert "hunter2" not in error(text)


def test_aliases_that_multiply_a_document_are_refused() -> None:
    lines = ["a0: &a0 [" + ",".join(["lol"] * 100) + "]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 7)]
    assert "its aliases expand to more than 10,000,000 characters" in error("\n".join(lines))


def test_brackets_in_text_are_not_nesting() -> None:
    assert value('a: "' + "[" * 2_000 + '"') == {"a": "[" * 2_000}
