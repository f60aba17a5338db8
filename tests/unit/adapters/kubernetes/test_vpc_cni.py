"""The settings of aws-node: kept of its environment alone, and what they mean."""

import json
from typing import Any

import pytest

from kubestow.adapters.files import read_files
from kubestow.adapters.kubernetes.slim import slim
from kubestow.adapters.kubernetes.vpc_cni import (
    CUSTOM_NETWORKING,
    PREFIX_DELEGATION,
    settings_of,
    with_settings,
)
from kubestow.adapters.sources import Source
from kubestow.model.nodepool import Networking, VpcCni

SECRET = {"name": "PASSWORD", "value": "hunter2"}


def aws_node(*env: dict[str, Any], name: str = "aws-node") -> dict[str, Any]:
    containers = [
        {"name": "aws-node", "image": "cni", "env": [SECRET, *env]},
        {"name": "aws-eks-nodeagent", "env": [SECRET]},
    ]
    labels = {"k8s-app": "aws-node"}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        },
    }


def on(name: str, value: str = "true") -> dict[str, Any]:
    return {"name": name, "value": value}


def node(pods: int, instance_type: str = "m5.large") -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": "n",
            "labels": {"node.kubernetes.io/instance-type": instance_type},
        },
        "status": {"allocatable": {"cpu": "1930m", "memory": "7Gi", "pods": str(pods)}},
    }


def read(*items: dict[str, Any], from_scratch: bool = False) -> VpcCni:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()
    reading = read_files([Source("x.json", text)], from_scratch=from_scratch)
    assert reading.problems == ()
    return reading.cluster.vpc_cni


def test_settings_are_those_that_decide_about_addresses() -> None:
    whole = aws_node(on(PREFIX_DELEGATION), on("ENABLE_POD_ENI"), on(CUSTOM_NETWORKING, "false"))
    assert settings_of(json.dumps(whole).encode()) == {
        PREFIX_DELEGATION: "true",
        CUSTOM_NETWORKING: "false",
    }


@pytest.mark.parametrize(
    "item",
    [
        aws_node(on(PREFIX_DELEGATION), name="another"),
        {"metadata": {"name": "aws-node", "namespace": "kube-system"}},
        {"metadata": {"name": "aws-node", "namespace": "kube-system"}, "spec": 1},
        aws_node({"name": PREFIX_DELEGATION, "valueFrom": {"configMapKeyRef": {"name": "c"}}}),
        [],
    ],
)
def test_others_have_none(item: Any) -> None:
    assert settings_of(json.dumps(item).encode()) == {}


def test_of_a_watched_daemonset_its_settings_are_kept_and_no_other_variable() -> None:
    kept = slim("daemonsets", json.dumps(aws_node(on(PREFIX_DELEGATION))).encode())
    assert settings_of(kept) == {PREFIX_DELEGATION: "true"}
    assert b"hunter2" not in kept
    other = slim("daemonsets", json.dumps(aws_node(on(PREFIX_DELEGATION), name="b")).encode())
    assert b'"env"' not in other
    assert with_settings({"spec": {}}, {}) == {"spec": {}}


def test_custom_networking_is_read() -> None:
    assert read(aws_node(on(CUSTOM_NETWORKING))) == VpcCni(Networking(custom_networking=True))
    assert read(node(29)) == VpcCni()


@pytest.mark.parametrize("from_scratch", [False, True])
@pytest.mark.parametrize(
    ("pods", "instance_type", "follows"),
    [(29, "m5.large", False), (110, "m5.large", True), (110, "unknown", False)],
)
def test_prefixes_count_where_a_node_has_more_slots_than_single_addresses_allow(
    pods: int, instance_type: str, follows: bool, from_scratch: bool
) -> None:
    items = (node(pods, instance_type), aws_node(on(PREFIX_DELEGATION)))
    found = read(*items, from_scratch=from_scratch)
    assert found == VpcCni(Networking(prefix_delegation=True), follows)


def test_slots_alone_tell_nothing() -> None:
    assert read(node(110), aws_node()) == VpcCni()
