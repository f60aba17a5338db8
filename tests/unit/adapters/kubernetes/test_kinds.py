from collections.abc import Callable

import pytest

from kubestow.adapters.documents import Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.kinds import UnknownKindError, stranger, why_ignored
from kubestow.adapters.kubernetes.operators.unread import UNKNOWN
from kubestow.model.snapshot import Cluster

Read = Callable[..., Cluster]


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
    ("known", "other_group", "reason"),
    [
        ("makes pods that are not counted", "", "makes pods that are not counted"),
        ("", "", "this kind does not affect placement"),
        ("", "a/v1 is another API group's Job", "a/v1 is another API group's Job"),
        (UNKNOWN, "", UNKNOWN),
        (UNKNOWN, "a/v1 is another API group's Job",
         "a/v1 is another API group's Job; if it makes pods, they are not counted"),
    ],
)  # fmt: skip
def test_what_is_known_of_a_kind_is_why_it_is_left_out(
    known: str, other_group: str, reason: str
) -> None:
    assert why_ignored(document("Thing", "a.example/v1"), known, other_group) == reason


def test_files_of_helm_and_kustomize_are_ignored_with_what_to_do() -> None:
    assert "helm template" in why_ignored(document("Chart.yaml"), "", "")
    assert "helm template" in why_ignored(document("values.yaml"), "", "")
    kustomization = document("Kustomization", "kustomize.config.k8s.io/v1beta1")
    assert "kubectl kustomize" in why_ignored(kustomization, "", "")


def test_a_node_of_another_group_is_left_out_by_name(read: Read) -> None:
    (ignored,) = read(
        "{apiVersion: longhorn.io/v1beta2, kind: Node, metadata: {name: n}, spec: {}}"
    ).ignored
    assert ignored.reason == "longhorn.io/v1beta2 is another API group's Node"


def test_a_wrong_group_of_kubernetes_is_a_mistake() -> None:
    with pytest.raises(FieldError):
        stranger(document("Deployment", "batch/v1"))
