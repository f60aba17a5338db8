"""What is said of kinds that are not read."""

from typing import Any

import pytest

from kubestow.adapters.kubernetes.operators.unread import (
    ADDS,
    MAKES,
    MAY,
    RENDERS,
    UNKNOWN,
    why_unread,
)

POD = {"spec": {"containers": [{"name": "c"}]}}


@pytest.mark.parametrize(
    ("group", "kind", "spec", "reason"),
    [
        ("databases.spotahome.com", "RedisFailover", {}, MAKES),
        ("argoproj.io", "Workflow", {}, MAKES),
        ("kubevirt.io", "VirtualMachine", {}, MAKES),
        ("apps.kruise.io", "SidecarSet", {}, ADDS),
        ("argoproj.io", "Application", {}, RENDERS),
        ("helm.toolkit.fluxcd.io", "HelmRelease", {}, RENDERS),
        ("gateway.networking.k8s.io", "Gateway", {}, MAY),
        ("gateway.networking.k8s.io", "HTTPRoute", {}, ""),
        ("monitoring.coreos.com", "ServiceMonitor", {}, ""),
        ("cert-manager.io", "Certificate", {}, ""),
        ("networking.istio.io", "VirtualService", {}, ""),
        ("argoproj.io", "WorkflowTemplate", {"templates": [{"container": {}}]}, ""),
        ("", "ConfigMap", None, ""),
        ("rbac.authorization.k8s.io", "ClusterRole", None, ""),
        ("apiextensions.k8s.io", "CustomResourceDefinition", {"versions": []}, ""),
        ("example.com", "Fleet", {"template": POD}, MAKES),
        ("example.com", "Fleet", {"groups": [{"podTemplate": POD}]}, MAKES),
        ("", "CronTab", {"jobTemplate": {"spec": {"template": POD}}}, MAKES),
        ("example.com", "Fleet", {"replicas": 3}, MAY),
        ("example.com", "Fleet", {"server": {"resources": {"requests": {}}}}, MAY),
        ("example.com", "Fleet", {"instances": 3}, MAY),
        ("example.com", "Fleet", {"colour": "red"}, UNKNOWN),
        ("example.com", "Fleet", None, UNKNOWN),
        ("example.com", "Fleet", 3, UNKNOWN),
    ],
)
def test_a_kind_is_judged_by_facts_and_else_by_what_it_holds(
    group: str, kind: str, spec: Any, reason: str
) -> None:
    assert why_unread(group, kind, spec) == reason


def test_depth_is_bounded() -> None:
    deep: Any = POD
    for _ in range(40):
        deep = {"a": deep}
    assert why_unread("example.com", "Deep", deep) == UNKNOWN


def test_what_changes_what_is_launched_is_named() -> None:
    assert "prices or resources" in why_unread("karpenter.sh", "NodeOverlay", {})
    assert "keeps room" in why_unread("autoscaling.x-k8s.io", "CapacityBuffer", {})
    assert why_unread("autoscaling.x-k8s.io", "ProvisioningRequest", {}) == ""
