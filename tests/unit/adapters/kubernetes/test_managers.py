"""Managers of nodes are known by their labels and images, with what they are told."""

import json

import pytest
from tests.unit.adoption.clusters import claim, deployment, lease

from kubestow.adapters.documents import read_documents
from kubestow.adapters.kubernetes.managers import manager_objects
from kubestow.adapters.sources import Source
from kubestow.controller import rivals
from kubestow.live import marks
from kubestow.model import adoption
from kubestow.model.adoption import Manager, ManagerObjects


def read(*items: dict) -> ManagerObjects:
    content = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    documents = read_documents(Source("test", content.encode()), [])
    return manager_objects(documents, is_live=True)


@pytest.mark.parametrize(
    ("name", "image", "manager"),
    [
        ("karpenter", "app:1", Manager.KARPENTER),
        ("aws-cluster-autoscaler", "app:1", Manager.CLUSTER_AUTOSCALER),
        ("kubestow-controller", "app:1", Manager.KUBESTOW),
        ("a", "public.ecr.aws/karpenter/controller:1.15.1", Manager.KARPENTER),
        ("a", "registry.k8s.io/autoscaling/cluster-autoscaler:v1.34.0", Manager.CLUSTER_AUTOSCALER),
        ("a", "registry:5000/karpenter/controller@sha256:0", Manager.KARPENTER),
        ("kubestow", "kubestow:0.1.0", None),
        ("web", "mirror/karpenter:1", Manager.KARPENTER),
        ("web", "mirror/karpenter-view:1", None),
    ],
)
def test_a_deployment_runs_a_manager(name: str, image: str, manager: Manager | None) -> None:
    found = read(deployment(name, image=image)).deployments
    assert [item.manager for item in found] == ([] if manager is None else [manager])


def test_replicas_arguments_and_annotations_are_read() -> None:
    notes = {"kubestow.dev/replicas-before-adoption": "2"}
    (found,) = read(
        deployment("karpenter", replicas=0, args=("--a=b",), annotations=notes)
    ).deployments
    assert (found.replicas, found.ready, found.arguments) == (0, 0, ("--a=b",))
    assert found.note == notes


def test_leases_and_claims_are_read_and_others_passed_over() -> None:
    found = read(
        lease("karpenter-leader-election"), lease("node-1"), claim("c", "n"),
        claim("d", "m", deletionTimestamp="2026-11-18T12:00:00Z"),
    )  # fmt: skip
    assert [item.holder for item in found.leases] == ["karpenter-leader-election-1"]
    assert [(item.node, item.is_deleted) for item in found.nodeclaims] == [
        ("n", False),
        ("m", True),
    ]


def test_what_does_not_fit_is_passed_over() -> None:
    broken = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": 3}}
    assert read(broken).deployments == ()


def test_names_are_those_that_the_controller_writes_and_looks_at() -> None:
    assert adoption.OWN_FINALIZER == marks.FINALIZER
    assert adoption.OWN_PREFIX == marks.PREFIX
    where = {name.partition("/")[0] for name in rivals._KARPENTER}
    assert where == set(adoption.SEEN_NAMESPACES)
    assert adoption.LEASE_SECONDS == rivals._FRESH_SECONDS
