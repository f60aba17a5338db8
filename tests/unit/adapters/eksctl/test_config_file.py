"""The one reader of ClusterConfigs: what it refuses, and with which words."""

from pathlib import Path
from typing import Any

import pytest

from kubestow.adapters.documents import Document
from kubestow.adapters.eksctl.config_file import is_config, only, read_configs
from kubestow.model.input_error import InputError

from .builders import config


@pytest.mark.parametrize(
    ("fields", "message", "hint"),
    [
        ({"kind": "Deployment"}, "expected eksctl.io/v1alpha5 ClusterConfig", "eksctl.io/v1alpha5"),
        ({"apiVersion": "eksctl.io/v1alpha4"}, "found eksctl.io/v1alpha4", "eksctl.io/v1alpha5"),
        ({"metadata": {"version": 1.3}}, "metadata.version", "quotes"),
        ({"managedNodeGroup": []}, "managedNodeGroup: is not a field", "managedNodeGroups"),
        (
            {"managedNodeGroups": [{"name": "a", "maxSzie": 3}]},
            "managedNodeGroups[0].maxSzie: is not a field",
            "maxSize",
        ),
        (
            {"managedNodeGroups": [{"name": "a", "instancesDistribution": {}}]},
            "instancesDistribution: is not a field of a managed node group",
            "eksctl utils schema",
        ),
        (
            {"nodeGroups": [{"name": "a", "releaseVersion": "1"}]},
            "nodeGroups[0].releaseVersion: is not a field of a self-managed node group",
            "eksctl utils schema",
        ),
        ({"managedNodeGroups": {"name": "a"}}, "managedNodeGroups", "write a list"),
        ({"managedNodeGroups": [{}]}, "managedNodeGroups[0].name: is missing", "name the node"),
        (
            {"managedNodeGroups": [{"name": "a"}], "nodeGroups": [{"name": "a"}]},
            "2 node groups are named 'a'",
            "its own name",
        ),
        (
            {"nodeGroups": [{"name": "a", "minSize": 5, "maxSize": 3}]},
            "nodeGroups[0].desiredCapacity: 5 is not between minSize 5 and maxSize 3",
            "minSize <= desiredCapacity",
        ),
        ({"nodeGroups": [{"name": "a", "maxSize": -1}]}, "-1 is negative", "0 or more"),
        (
            {"nodeGroups": [{"name": "a", "taints": [{"key": "k", "effect": "NoSchedul"}]}]},
            "nodeGroups[0].taints[0].effect",
            "NoSchedule",
        ),
        ({"fargateProfiles": [{"name": "f"}]}, "fargateProfiles[0].selectors: is empty", "select"),
        ({"fargateProfiles": [{}]}, "fargateProfiles[0].name: is missing", "name the profile"),
        (
            {"addons": [{"name": "vpc-cni", "configurationValues": "{"}]},
            "addons[0].configurationValues: is neither JSON nor YAML",
            "ENABLE_PREFIX_DELEGATION",
        ),
    ],
)
def test_a_mistake_names_file_field_and_way_out(
    fields: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(InputError) as mistake:
        config(**fields)
    assert mistake.value.message.startswith("c.yaml: ")
    assert message in mistake.value.message
    assert hint in mistake.value.hint


def test_a_field_that_no_group_has_is_noted_on_its_group() -> None:
    found = config(managedNodeGroups=[{"name": "a", "somethingNew": 3}, {"name": "b"}])
    assert [group.unknown for group in found.groups] == [("somethingNew",), ()]


def test_a_section_that_is_not_known_is_passed_over() -> None:
    assert config(somethingNew={"a": 1}).groups == ()


def test_every_config_of_the_files_is_read(tmp_path: Path) -> None:
    head = "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\n"
    (tmp_path / "a.yaml").write_text(
        f"{head}metadata: {{name: a}}\n---\n{head}metadata: {{name: b}}\n"
    )
    (tmp_path / "b.json").write_text(
        '{"apiVersion": "eksctl.io/v1alpha5", "kind": "ClusterConfig", "metadata": {"name": "c"}}'
    )
    configs = read_configs([str(tmp_path)])
    assert [item.shape.metadata.name for item in configs] == ["a", "b", "c"]
    assert [Path(item.file).name for item in configs] == ["a.yaml", "a.yaml", "b.json"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("# nothing\n", "no ClusterConfig in it"),
        ("managedNodeGroups: [", "not valid YAML"),
        ("metadata: {name: a}\n", "the object has no kind"),
    ],
)
def test_a_file_without_a_config_is_refused(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "cluster.yaml"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        read_configs([str(path)])
    assert message in caught.value.message
    assert "cluster.yaml" in caught.value.message
    assert caught.value.hint


def test_a_config_of_another_version_is_one_still() -> None:
    assert is_config(Document("a", "ClusterConfig", "eksctl.io/v1alpha4", b"{}"))
    assert not is_config(Document("a", "ClusterConfig", "example.com/v1", b"{}"))


def test_more_than_one_config_is_refused() -> None:
    only(["a.yaml"])
    with pytest.raises(InputError, match=r"2 ClusterConfigs: a\.yaml, b\.yaml"):
        only(["a.yaml", "b.yaml"])


def test_a_field_that_may_matter_and_is_not_modelled_is_named() -> None:
    group = {"name": "a", "instanceType": "m6i.large", "efaEnabled": True}
    found = config(managedNodeGroups=[group])
    assert found.remarks == (
        "ClusterConfig: managedNodeGroups[].efaEnabled is not modelled: instance types without "
        "it are not left out",
    )


def test_a_number_that_no_value_can_hold_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cluster.json"
    number = "9" * 5000
    path.write_text(
        f'{{"apiVersion": "eksctl.io/v1alpha5", "kind": "ClusterConfig", "iam": {{"x": {number}}}}}'
    )
    with pytest.raises(InputError, match=r"cluster.json: ClusterConfig: a number is out of range"):
        read_configs([str(path)])
