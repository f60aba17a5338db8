import json
import time

import pytest

from kubestow.adapters.documents import Document, plain_values, read_documents
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem


def read(
    content: str | bytes, name: str = "shop.yaml"
) -> tuple[list[Document], list[InputProblem]]:
    problems: list[InputProblem] = []
    raw = content.encode() if isinstance(content, str) else content
    return list(read_documents(Source(name, raw), problems)), problems


def kinds(content: str | bytes, name: str = "shop.yaml") -> list[str]:
    documents, problems = read(content, name)
    assert problems == []
    return [document.kind for document in documents]


def the_problem(content: str | bytes, name: str = "shop.yaml") -> InputProblem:
    _, problems = read(content, name)
    assert len(problems) == 1, problems
    return problems[0]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("kind: A\n---\nkind: B\n", ["A", "B"]),
        ("---\n---\nkind: A\n---\n# nothing\n---\nkind: B\n...\n", ["A", "B"]),
        ("\ufeffkind: A\n", ["A"]),
        ("kind: A\r\n---\r\nkind: B\r\n", ["A", "B"]),
        ('{"kind": "A"}', ["A"]),
        ('\ufeff{"kind": "A"}', ["A"]),
        ('{"kind": "A"}{"kind": "B"}\n', ["A", "B"]),
        ('{"kind": "A"}\n{"kind": "B"}\n', ["A", "B"]),
        ('{"kind": "A"}\n---\n{"kind": "B"}\n', ["A", "B"]),
        ("{kind: A}\n", ["A"]),
        ("- kind: A\n- kind: B\n", ["A", "B"]),
        ('[{"kind": "A"}, [{"kind": "B"}, []]]', ["A", "B"]),
        ("kind: List\nitems: [{kind: A}, {kind: List, items: [{kind: B}]}]", ["A", "B"]),
        ("kind: PodList\napiVersion: v1\nitems: [{metadata: {}}, {kind: B}]", ["Pod", "B"]),
        ("kind: List\nitems:\n", []),
        ("kind: List\n", []),
        ("kind: PodList\nitems: []\n", []),
        ("kind: AllowList\nspec: {}\n", ["AllowList"]),
    ],
)
def test_objects_are_found_in_every_wrapping(content: str, found: list[str]) -> None:
    assert kinds(content) == found


def test_items_of_a_typed_list_inherit_kind_and_api_version() -> None:
    documents, _ = read("kind: DeploymentList\napiVersion: apps/v1\nitems: [{metadata: {}}]")
    assert [(d.kind, d.api_version) for d in documents] == [("Deployment", "apps/v1")]


@pytest.mark.parametrize(
    ("text", "json"),
    [
        ("2024-01-01", '"2024-01-01"'),
        ("10:30", '"10:30"'),
        ("=", '"="'),
        ("yes", "true"),
        ("off", "false"),
        ("0o17", '"0o17"'),
        ("017", "15"),
        ("0x1f", "31"),
        ("1_000", "1000"),
        ("1e3", '"1e3"'),
        ("1.50", "1.5"),
        ("~", "null"),
        ("'1'", '"1"'),
    ],
)
def test_yaml_values_are_read_as_kubectl_reads_them(text: str, json: str) -> None:
    documents, _ = read(f"kind: A\nvalue: {text}\n")
    assert bytes(documents[0].json).decode() == f'{{"kind":"A","value":{json}}}'


def test_anchors_and_merge_keys_are_resolved() -> None:
    documents, problems = read(
        "kind: A\nbase: &base {x: 1, y: 2}\nother: &other {x: 3, z: 4}\n"
        "alias: *base\nmerged: {<<: [*base, *other], y: 9}\n"
    )
    assert problems == []
    assert b'"alias":{"x":1,"y":2}' in bytes(documents[0].json)
    assert json.loads(documents[0].json)["merged"] == {"x": 1, "y": 9, "z": 4}


def test_what_comes_before_a_mistake_is_kept() -> None:
    documents, problems = read("kind: A\n---\nkind: B\n\tx: 1\n---\nkind: C\n")
    assert [document.kind for document in documents] == ["A"]
    assert len(problems) == 1


def test_a_document_whose_keys_are_not_text_does_not_hide_the_next() -> None:
    documents, problems = read("kind: A\n? ~\n: 1\n---\nkind: B\n")
    assert [document.kind for document in documents] == ["B"]
    assert "the key of a mapping is not text" in problems[0].message


@pytest.mark.parametrize(
    ("content", "name", "field", "message", "hint"),
    [
        ("kind: A\n\tx: 1\n", "a.yaml", "", "indented with a tab", "spaces"),
        ("kind: {{ .Values.kind }}\n", "a.yaml", "", "not valid YAML", "helm template"),
        ("{{- if .Values.x }}\nkind: A\n{{- end }}\n", "a.yaml", "", "not valid YAML", "helm"),
        ("kind: [A\n", "a.yaml", "", "not valid YAML: line 2", "this line and the one before"),
        ('{"kind": "A", "spec": {', "a.json", "", "not valid JSON", "the file is complete"),
        ('{\n"kind": "A",\n "spec": {', "<stdin>", "", "not valid JSON", "the file is complete"),
        ('{"kind": "A"} x', "a.json", "", "not valid JSON", "brackets"),
        ("name: caf\xe9\n".encode("latin-1"), "a.yaml", "", "not valid UTF-8: line 1", "UTF-8"),
        ('{"a":\n"\xe9"}'.encode("latin-1"), "a.json", "", "not valid UTF-8: line 2", "UTF-8"),
        ("kind: A\nx: '" + " " * 9000 + "\0'\n", "a.yaml", "", "control characters", "YAML"),
        ("hello\n", "a.yaml", "", "not a Kubernetes object", "mapping"),
        ("42\n", "a.yaml", "", "not a Kubernetes object", "mapping"),
        ("- a\n- b\n- 3\n", "a.yaml", "[0]", "item 0 of a list (and 2 more) is not", "mapping"),
        ("[null]", "a.json", "[0]", "item 0 of a list is not", "mapping"),
        ("metadata: {name: x}\n", "a.yaml", "kind", "no kind", "apiVersion and kind"),
        ("kind:\n", "a.yaml", "kind", "no kind", "apiVersion and kind"),
        ("kind: [A]\n", "a.yaml", "", "not a Kubernetes object", "mapping"),
        ("kind: A\nx: !!int a\n", "a.yaml", "", "does not fit its type", "YAML"),
        ("kind: A\nx: !!bool a\n", "a.yaml", "", "does not fit its type", "YAML"),
        ("kind: A\nx: !!timestamp a\n", "a.yaml", "", "does not fit its type", "YAML"),
        ("kind: A\nx: !!int ''\n", "a.yaml", "", "does not fit its type", "YAML"),
        ("kind: A\nx: !!python/name:os.system\n", "a.yaml", "", "constructor", "YAML"),
        ("kind: A\nx: " + "1" * 5000, "a.yaml", "", "does not fit its type", "YAML"),
        ("kind: A\n? [a]\n: 1\n", "a.yaml", "", "the key of a mapping is not text", "YAML"),
        ("kind: *nowhere\n", "a.yaml", "", "undefined alias", "YAML"),
        ("kind: A\nx: &a [*a]\n", "a.yaml", "", "contains it", "YAML"),
        ("kind: A\nx: &a {y: *a}\n", "a.yaml", "", "contains it", "YAML"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_one_problem(
    content: str | bytes, name: str, field: str, message: str, hint: str
) -> None:
    problem = the_problem(content, name)
    assert (problem.file, problem.subject, problem.field) == (name, "", field)
    assert message in problem.message
    assert "\n" not in problem.message
    assert hint in problem.hint


def test_a_list_whose_items_are_no_list_is_one_problem() -> None:
    problem = the_problem("kind: List\nitems: 5\n")
    assert (problem.file, problem.subject, problem.field) == ("shop.yaml", "List", "items")
    assert "Expected `array" in problem.message
    assert problem.hint == "expected a list of objects"


def laughing(levels: int, tail: str) -> str:
    lines = [f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 10)}]" for i in range(levels)]
    return "\n".join(["kind: A", "a0: &a0 [lol, lol]", *lines, tail])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (laughing(30, ""), "expand"),
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested"),
        ("a: " + "[" * 100_000, "500 levels"),
        ("a: " + "{a: " * 100_000, "500 levels"),
        ("- " * 100_000, "500 levels"),
        ("? " * 100_000, "500 levels"),
        ("\n".join(" " * i + "a:" for i in range(2_000)), "500 levels"),
    ],
)
def test_input_made_to_exhaust_memory_or_stack_is_refused_at_once(
    content: str, message: str
) -> None:
    start = time.process_time()
    assert message in the_problem(content).message
    assert time.process_time() - start < 3


def test_repeated_merge_keys_do_not_multiply() -> None:
    lines = [f"a{i + 1}: &a{i + 1} {{<<: [{', '.join([f'*a{i}'] * 10)}]}}" for i in range(20)]
    start = time.process_time()
    assert kinds("\n".join(["kind: A", "a0: &a0 {x: 1, y: 2}", *lines])) == ["A"]
    assert time.process_time() - start < 3


def test_honest_nesting_and_brackets_in_text_are_fine() -> None:
    assert kinds("kind: A\nx: " + "[" * 200 + "]" * 200) == ["A"]
    assert kinds("kind: A\nx: '" + "[" * 10_000 + "'\n") == ["A"]
    assert kinds("kind: A\nx: |\n" + " " * 4 + " " * 300 + "text\n") == ["A"]


def test_a_key_given_twice_is_a_problem_and_the_other_documents_are_kept() -> None:
    text = (
        "kind: A\nmetadata: {name: a}\n---\nkind: B\nmetadata: {name: b}\nspec:\n  x: 1\n"
        "  x: 2\n  x: 3\n---\nkind: C\n"
    )
    documents, problems = read(text)
    assert [d.kind for d in documents] == ["A", "C"]
    assert [(p.subject, p.message) for p in problems] == [
        ("B b", "line 8: duplicate key x (and 1 more)")
    ]


def test_a_key_that_replaces_a_merged_one_is_not_given_twice() -> None:
    text = "kind: A\na: &a {x: 1}\nb: {<<: *a, x: 2}\nc: {<<: *a, <<: *a}\n"
    (document,) = read(text)[0]
    assert b'"b":{"x":2}' in bytes(document.json)


def test_many_keys_given_twice_are_found_in_a_moment() -> None:
    start = time.process_time()
    assert "(and 19999 more)" in the_problem("kind: A\n" + "x: 1\n" * 20_001).message
    assert time.process_time() - start < 3


@pytest.mark.parametrize("number", ["9" * 5000, "1e999", "-1e400"])
def test_a_number_that_no_value_can_hold_is_an_error_of_its_object(number: str) -> None:
    document = Document("a.json", "Pod", "v1", f'{{"spec": {{"x": [{number}]}}}}'.encode())
    with pytest.raises(FieldError, match="a number is out of range"):
        plain_values(document)
    assert plain_values(Document("", "Pod", "v1", b'{"a": [1, 2.5]}')) == {"a": [1, 2.5]}
