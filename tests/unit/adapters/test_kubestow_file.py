"""Files that are no Kubernetes objects: what is said of those that cannot be read."""

from pathlib import Path

import pytest

from kubestow.adapters.kubestow_file import misspelt, read_mapping
from kubestow.model.input_error import InputError


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [", "not valid YAML or JSON"),
        ('{"a": ', "not valid YAML or JSON"),
        ("- a", "expected one mapping"),
        ("a: 1\n---\nb: 2", "expected 1 document, found 2"),
        ("a: 1\na: 2", "not valid YAML or JSON"),
        ("", "the file is empty"),
    ],
)
def test_a_file_that_is_no_mapping_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(content)
    with pytest.raises(InputError) as mistake:
        read_mapping("--subnets", str(path), "see the format")
    assert str(path) in mistake.value.message
    assert message in mistake.value.message
    assert mistake.value.hint == "see the format"


def test_a_file_that_is_not_there_says_which_option_wants_it(tmp_path: Path) -> None:
    with pytest.raises(InputError) as mistake:
        read_mapping("--subnets", str(tmp_path), "see the format")
    assert mistake.value.hint == "--subnets takes one file; see the format"


def test_yaml_and_json_are_read_alike(tmp_path: Path) -> None:
    for name, content in (("a.yaml", "a: {b: [1]}"), ("a.json", '{"a": {"b": [1]}}')):
        (tmp_path / name).write_text(content)
        assert read_mapping("--x", str(tmp_path / name), "") == {"a": {"b": [1]}}


def test_only_a_likely_slip_is_a_misspelt_field() -> None:
    known = frozenset({"instanceType", "maxSize"})
    slip = misspelt("f.yaml", "K", "groups[0]", {"maxSzie": 1}, known)
    assert slip is not None
    assert slip.message == "f.yaml: K: groups[0].maxSzie: is not a field"
    assert "maxSize" in slip.hint
    assert misspelt("f.yaml", "K", "", {"somethingNew": 1, "maxSize": 2}, known) is None
