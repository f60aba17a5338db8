"""API versions that are gone."""

import pytest

from kubestow.model.setup import ApiObject
from kubestow.preflight import deprecated_api as check

from .builders import config, found, one, setup, subject


def of(kind: str, api_version: str, version: str = "") -> object:
    item = ApiObject(subject(kind, "web"), api_version)
    return setup(objects=(item,), config_of=config(version=version))


@pytest.mark.parametrize(
    ("kind", "written", "removed", "instead"),
    [
        ("Deployment", "extensions/v1beta1", "1.16", "apps/v1"),
        ("Ingress", "extensions/v1beta1", "1.22", "networking.k8s.io/v1"),
        ("CronJob", "batch/v1beta1", "1.25", "batch/v1"),
        ("PodDisruptionBudget", "policy/v1beta1", "1.25", "policy/v1"),
        ("HorizontalPodAutoscaler", "autoscaling/v2beta2", "1.26", "autoscaling/v2"),
        ("CSIStorageCapacity", "storage.k8s.io/v1beta1", "1.27", "storage.k8s.io/v1"),
    ],
)
def test_what_no_cluster_on_eks_serves(kind: str, written: str, removed: str, instead: str) -> None:
    finding = one(check, of(kind, written))
    assert (finding.severity, finding.field) == ("error", "apiVersion")
    assert f"is not served since Kubernetes {removed}, and EKS runs 1.29" in finding.reason
    assert finding.fix == f"use {instead}"


def test_what_a_later_version_drops_is_a_warning_until_then() -> None:
    flow = ("FlowSchema", "flowcontrol.apiserver.k8s.io/v1beta3")
    assert one(check, of(*flow, version="1.31")).severity == "warning"
    assert one(check, of(*flow, version="1.32")).severity == "error"


def test_karpenters_own_versions_are_judged_by_karpenter() -> None:
    finding = one(check, of("NodePool", "karpenter.sh/v1beta1"))
    assert finding.reason == "karpenter.sh/v1beta1 is not served by Karpenter 1.1 and later"


def test_current_versions_pass() -> None:
    for kind, written in (("Deployment", "apps/v1"), ("CronJob", "batch/v1"), ("Pod", "v1")):
        assert found(check, of(kind, written)) == []
