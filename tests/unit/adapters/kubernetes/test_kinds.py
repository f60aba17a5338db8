from collections.abc import Callable

import pytest

from kubestow.adapters.documents import Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.kinds import UnknownKindError, stranger, why_ignored
from kubestow.model.snapshot import Cluster

Read = Callable[..., Cluster]
TEMPLATE = b'{"template": {"spec": {"containers": [{"name": "c"}]}}}'


def document(kind: str, api_version: str = "", json: bytes = b"{}") -> Document:
    return Document("in.yaml", kind, api_version, json)


@pytest.mark.parametrize(
    ("kind", "api_version", "meant"),
    [
        ("Deploymnet", "apps/v1", "Deployment"),
        ("deployment", "", "Deployment"),
        ("pods", "v1", "Pod"),
        ("DeamonSet", "apps/v1", "DaemonSet"),
        ("NodePol", "karpenter.sh/v1", "NodePool"),
    ],
)
def test_a_misspelt_kind_is_a_mistake(kind: str, api_version: str, meant: str) -> None:
    with pytest.raises(UnknownKindError) as raised:
        stranger(document(kind, api_version))
    assert raised.value.meant == meant
    assert raised.value.hint == f"did you mean {meant!r}?"


@pytest.mark.parametrize(
    ("kind", "api_version"),
    [
        ("NodeClass", "eks.amazonaws.com/v1"),
        ("NodeClaim", "karpenter.sh/v1"),
        ("PodTemplate", "v1"),
        ("CSINode", "storage.k8s.io/v1"),
        ("CloneSet", "apps.kruise.io/v1alpha1"),
        ("DeploymentConfig", "apps.openshift.io/v1"),
        ("CronTab", ""),
    ],
)
def test_a_kind_of_its_own_is_no_misspelling(kind: str, api_version: str) -> None:
    assert stranger(document(kind, api_version)) == ""


@pytest.mark.parametrize(
    "json",
    [
        b'{"spec": %s}' % TEMPLATE,
        b'{"spec": {"jobTemplate": {"spec": %s}}}' % TEMPLATE,
    ],
)
def test_an_unknown_kind_that_makes_pods_says_so(json: bytes) -> None:
    reason = why_ignored(document("Rollout", "argoproj.io/v1alpha1", json))
    assert reason == "its pods are not planned: unsupported kind"


@pytest.mark.parametrize("json", [b"{}", b'{"spec": 3}', b'{"spec": {"template": {"spec": []}}}'])
def test_an_unknown_kind_without_pods_does_not_decide_placement(json: bytes) -> None:
    assert why_ignored(document("Service", "v1", json)) == "this kind does not affect placement"


def test_files_of_helm_and_kustomize_are_ignored_with_what_to_do() -> None:
    assert "helm template" in why_ignored(document("Chart.yaml"))
    assert "helm template" in why_ignored(document("values.yaml"))
    kustomization = document("Kustomization", "kustomize.config.k8s.io/v1beta1")
    assert "kubectl kustomize" in why_ignored(kustomization)


def test_a_kind_of_another_group_that_makes_pods_says_so(read: Read) -> None:
    (ignored,) = read(
        "{apiVersion: apps.kruise.io/v1beta1, kind: StatefulSet, metadata: {name: s}, "
        "spec: {template: {spec: {containers: [{name: c}]}}}}"
    ).ignored
    assert ignored.reason == (
        "apps.kruise.io/v1beta1 is another API group's StatefulSet; its pods are not planned"
    )


def test_a_wrong_group_of_kubernetes_is_a_mistake() -> None:
    with pytest.raises(FieldError):
        stranger(document("Deployment", "batch/v1"))
