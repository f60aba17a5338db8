"""What of a ClusterConfig is not modelled is named."""

from typing import Any

import pytest
from tests.unit.adapters.eksctl.builders import config

from kubestow.adapters.eksctl.unmodelled import config_notes, group_notes
from kubestow.model.snapshot import Cluster
from kubestow.testing import pod

PREFIXES = '{"env": {"ENABLE_PREFIX_DELEGATION": "true"}}'


def notes_on(section: str, **fields: Any) -> list[str]:
    made = config(**{section: [{"name": "own"} | fields]})
    return list(group_notes(made.groups[0], made))


@pytest.mark.parametrize(
    ("section", "fields", "said"),
    [
        ("managedNodeGroups", {"capacityReservation": {"a": "b"}}, "reservation is not modelled"),
        ("managedNodeGroups", {"instanceType": "g5.xlarge"}, "NVIDIA's device plugin"),
        ("managedNodeGroups", {"instanceType": "p4d.24xlarge"}, "NVIDIA's device plugin"),
        ("managedNodeGroups", {"instanceType": "gr6.4xlarge"}, "NVIDIA's device plugin"),
        ("managedNodeGroups", {"instanceType": "inf2.xlarge"}, "Neuron device plugin"),
    ],
)
def test_a_setting_of_a_group_is_named(section: str, fields: dict[str, Any], said: str) -> None:
    (note,) = notes_on(section, **fields)
    assert note.startswith("managed node group own" if "managed" in section else "self-managed")
    assert said in note


@pytest.mark.parametrize(
    "fields",
    [
        {"instanceType": "m5.large", "connectionTracking": {"udpTimeout": 60}},
        {"instanceType": "g4ad.xlarge"},
        {"instanceType": "g5.xlarge", "amiFamily": "Bottlerocket"},
        {"instanceType": "m7g.large", "placement": {}},
    ],
)
def test_what_changes_nothing_is_not_said(fields: dict[str, Any]) -> None:
    assert notes_on("managedNodeGroups", **fields) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"addons": [{"name": "vpc-cni", "configurationValues": PREFIXES}]}, "assigns prefixes"),
        ({"addons": [{"name": "coredns"}]}, "the pods of add-on coredns are not in the input"),
    ],
)
def test_a_section_is_named_with_its_file(fields: dict[str, Any], said: str) -> None:
    (note,) = config_notes(config(**fields), Cluster())
    assert note.startswith("c.yaml: ")
    assert said in note


def test_what_an_ordinary_config_says_is_all_modelled() -> None:
    made = config(
        kubernetesNetworkConfig={"ipFamily": "IPv4"},
        addons=[{"name": "vpc-cni"}, {"name": "kube-proxy"}],
        managedNodeGroups=[{"name": "own"}],
    )
    assert list(config_notes(made, Cluster())) == []


def test_add_ons_are_not_missed_where_the_input_has_pods_of_kube_system() -> None:
    made = config(addons=[{"name": "coredns"}])
    there = Cluster(pods=(pod("coredns", namespace="kube-system"),))
    assert list(config_notes(made, there)) == []
