"""Plan files: what landing needs is read back, and what is wrong is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from kubestow.adapters.plan_file import read_plan
from kubestow.model.input_error import InputError
from kubestow.model.taints import Taint


def node(name: str, *pods: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name, "nodePool": "general", "instanceType": "m6g.large", "zone": "zone-a",
        "capacityType": "spot", "existing": False, "labels": {"team": "a"}, "pods": list(pods),
        "taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}],
        "daemonSetPods": [f"kube-system/aws-node-{name}"], **more,
    }  # fmt: skip


def document(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "kubestow.dev/v1alpha1", "kind": "Plan", "region": "ap-northeast-2",
        "nodes": list(nodes), "cost": {"usdPerHour": 1.0},
        "workloads": [
            {"kind": "Deployment", "namespace": "shop", "name": "web", "pods": ["web-0", "web-1"]}
        ],
    }  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "plan.json"


def test_what_is_to_be_launched_is_read_with_its_pods(path: Path) -> None:
    there = node("b", "shop/web-1", existing=True)
    reserved = node("c", "shop/x", existing=True, reservation="own")
    path.write_text(json.dumps(document(node("a", "shop/web-0"), there, reserved)))
    plan = read_plan(str(path))
    first, second = plan.nodes
    assert (first.name, first.nodepool, first.offering) == (
        "a", "general", ("m6g.large", "zone-a", "spot"),
    )  # fmt: skip
    assert (first.labels, first.taints) == ((("team", "a"),), (Taint("k", "v", "NoSchedule"),))
    assert first.daemonsets == {"kube-system/aws-node"}
    assert second.name == "c"
    assert plan.elsewhere == ("shop/web-1",)
    assert plan.workloads["shop/web-1"] == ("Deployment", "shop", "web")
    assert "shop/x" not in plan.workloads


def test_a_plan_is_told_by_its_nodes_however_it_is_written(path: Path) -> None:
    path.write_text(json.dumps(document(node("a"))))
    first = read_plan(str(path))
    path.write_text(json.dumps(document(node("a")) | {"timing": {}}, indent=3))
    assert read_plan(str(path)).digest == first.digest
    path.write_text(json.dumps(document(node("b"))))
    other = read_plan(str(path))
    assert other.digest != first.digest
    assert other.mark(other.nodes[0]) == f"{other.digest}/b"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "plan.json: "),
        ("[]", "plan.json: "),
        ('{"apiVersion": "kubestow.dev/v1alpha1", "kind": "Comparison"}', "found kubestow.dev"),
        (json.dumps(document(node("a", "web-0"))), "nodes[0].pods[0]: 'web-0' is not"),
        (json.dumps(document(node("a", "s/w"), node("b", "s/w"))), "nodes[0].pods[0]: s/w is th"),
        (json.dumps(document(node("a"), node("a"))), "nodes[0].name: a is there twice"),
        (json.dumps(document(node("a", zone=5))), "nodes[0].zone: "),
        (json.dumps(document(node("a")) | {"workloads": None}), "workloads: "),
    ],
)
def test_what_is_no_plan_is_an_error_that_names_the_field(
    path: Path, content: str, expected: str
) -> None:
    path.write_text(content)
    with pytest.raises(InputError) as raised:
        read_plan(str(path))
    assert expected in raised.value.message
    assert raised.value.message.startswith(str(path))
    assert "kubestow plan" in raised.value.hint
