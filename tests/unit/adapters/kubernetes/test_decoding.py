"""Decoding: what an error says about the field and how to fix it."""

import pytest

from kubestow.adapters.documents import Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import wire
from kubestow.adapters.kubernetes.decoding import decode, subject

KUBECTL = "check the field with 'kubectl explain'"


def document(json: str, kind: str = "Pod") -> Document:
    return Document("in.yaml", kind, "v1", json.encode())


def mistake(json: str) -> FieldError:
    with pytest.raises(FieldError) as raised:
        decode(document(json), wire.PodWire)
    return raised.value


@pytest.mark.parametrize(
    ("spec", "field", "message", "hint"),
    [
        ('{"priority": "high"}', "spec.priority", "expected a whole number, got text",
         "write it in digits, without quotes: 3"),
        ('{"nodeName": 7}', "spec.nodeName", "expected text, got a whole number",
         "put the value in quotes"),
        ('{"containers": {}}', "spec.containers", "expected a list, got a mapping",
         "write a list, each item on a line that starts with -"),
        ('{"affinity": []}', "spec.affinity", "expected a mapping, got a list",
         "write a mapping, its fields indented below it"),
        ('{"hostNetwork": "yes"}', "spec.hostNetwork", "expected true or false, got text",
         KUBECTL),
        ('{"volumes": [{}, {"persistentVolumeClaim": {}}]}',
         "spec.volumes[1].persistentVolumeClaim",
         "Object missing required field `claimName`", KUBECTL),
    ],
)  # fmt: skip
def test_an_error_has_the_field_what_was_expected_and_a_hint(
    spec: str, field: str, message: str, hint: str
) -> None:
    error = mistake(f'{{"metadata": {{"name": "p"}}, "spec": {spec}}}')
    assert (error.field, error.message, error.hint) == (field, message, hint)


def test_an_error_in_a_mapping_names_the_key() -> None:
    labels = '{"app": "web", "enabled": true, "tier": "db"}'
    error = mistake(f'{{"metadata": {{"labels": {labels}}}}}')
    assert (error.field, error.hint) == ("metadata.labels.enabled", "put the value in quotes")


def test_an_error_in_a_mapping_inside_a_list_names_index_and_key() -> None:
    requests = '{"resources": {"requests": {"cpu": 1, "memory": []}}}'
    error = mistake(f'{{"metadata": {{}}, "spec": {{"containers": [{{}}, {requests}]}}}}')
    assert error.field == "spec.containers[1].resources.requests.memory"


def test_json_that_exhausts_the_stack_is_an_error_without_a_field() -> None:
    nested = "[" * 100_000 + "]" * 100_000
    error = mistake(f'{{"metadata": {{}}, "spec": {{"azure": {nested}}}}}')
    assert (error.field, error.message) == ("", "nested too deeply")


@pytest.mark.parametrize(
    ("json", "name"),
    [
        ('{"metadata": {"namespace": "shop", "name": "web"}}', "Pod shop/web"),
        ('{"metadata": {"name": "web"}}', "Pod web"),
        ('{"metadata": {}}', "Pod"),
        ('{"metadata": ["web"]}', "Pod"),
        ("[1]", "Pod"),
        ("{", "Pod"),
    ],
)
def test_an_object_is_named_by_kind_namespace_and_name_where_present(json: str, name: str) -> None:
    assert subject(document(json)) == name


def test_a_name_that_is_no_text_is_not_repeated() -> None:
    content = b'{"metadata": {"namespace": {"value": "hunter2"}, "name": "web"}}'
    assert subject(Document("a.json", "Pod", "v1", content)) == "Pod web"
