"""Clusters under Karpenter and Cluster Autoscaler, as JSON, and what is made of them."""

import json
from pathlib import Path
from typing import Any

import yaml
from tests.unit.live.objects import AT, Object, node, observed, pod

from kubestow.adapters.documents import read_documents
from kubestow.adapters.kubernetes.managers import manager_objects
from kubestow.adapters.sources import Source
from kubestow.adoption.context import AdoptionContext
from kubestow.adoption.managers import managed_nodes
from kubestow.model.adoption import KARPENTER_FINALIZER, OWN_FINALIZER, Manager, ManagerObjects
from kubestow.usecases.survey import survey

FRESH, STALE = "2026-11-18T11:06:30.000000Z", "2026-11-18T10:06:40.000000Z"
"""Ten seconds before the observation (AT), and an hour."""
GENERAL = list(
    yaml.safe_load_all(
        (Path(__file__).parents[3] / "examples/nodepools/general.yaml").read_text("utf-8")
    )
)


def karpenter_node(name: str, pool: str = "general", **metadata: Any) -> Object:
    made = node(name)
    labels = made["metadata"]["labels"]
    del labels["eks.amazonaws.com/nodegroup"], labels["eks.amazonaws.com/capacityType"]
    labels |= {"karpenter.sh/nodepool": pool, "karpenter.sh/capacity-type": "on-demand"}
    made["metadata"] |= {"finalizers": [KARPENTER_FINALIZER]} | metadata
    return made


def own_node(name: str, **metadata: Any) -> Object:
    annotations = {"kubestow.dev/open-since": "1795000000"}
    return karpenter_node(name, finalizers=[OWN_FINALIZER], annotations=annotations, **metadata)


def deployment(
    name: str, namespace: str = "kube-system", *, replicas: int = 2, ready: int | None = None,
    args: tuple[str, ...] = (), image: str = "app:1", **metadata: Any,
) -> Object:  # fmt: skip
    labels = {"app.kubernetes.io/name": name} | metadata.pop("labels", {})
    return {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": labels, **metadata},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": image, "args": list(args)}]},
            },
        },
        "status": {"readyReplicas": replicas if ready is None else ready},
    }  # fmt: skip


def lease(name: str, renewed: str = FRESH, namespace: str = "kube-system") -> Object:
    return {
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"holderIdentity": f"{name}-1", "renewTime": renewed},
    }  # fmt: skip


def claim(name: str, on: str, **metadata: Any) -> Object:
    return {
        "apiVersion": "karpenter.sh/v1", "kind": "NodeClaim",
        "metadata": {"name": name, "labels": {"karpenter.sh/nodepool": "general"}, **metadata},
        "status": {"nodeName": on},
    }  # fmt: skip


def replicaset(name: str = "web-5d9c", replicas: int = 4) -> Object:
    return {
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": name, "namespace": "shop", "uid": "1"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
                 "template": {"metadata": {"labels": {"app": "web"}},
                              "spec": pod("x")["spec"]}},
    }  # fmt: skip


def under_karpenter(*more: Object) -> list[Object]:
    """Return two static nodes, two of Karpenter's with two pods each, and Karpenter."""
    return [
        node("system-1", group="system"), node("system-2", group="system"),
        karpenter_node("k-1"), karpenter_node("k-2"), replicaset(),
        *(pod(f"web-{number}", f"k-{number % 2 + 1}") for number in range(4)),
        deployment("karpenter"), lease("karpenter-leader-election"),
        claim("general-a", "k-1"), claim("general-b", "k-2"), *GENERAL, *more,
    ]  # fmt: skip


def under_autoscaler(*more: Object) -> list[Object]:
    """Return two groups, of two and of one node, and Cluster Autoscaler."""
    return [
        node("w-1"), node("w-2"), node("system-1", "m5.large", group="system"), replicaset(),
        *(pod(f"web-{number}", f"w-{number % 2 + 1}") for number in range(4)),
        deployment("cluster-autoscaler", replicas=1, args=("./cluster-autoscaler",
                   "--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled")),
        *more,
    ]  # fmt: skip


def objects_of(items: list[Object], *, is_live: bool = True, **more: Any) -> ManagerObjects:
    content = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    documents = read_documents(Source("test", content.encode()), [])
    return manager_objects(documents, is_live=is_live, **more)


def context_of(items: list[Object], **facts: Any) -> AdoptionContext:
    """Return what checks are given, before anything was planned."""
    seen, objects = observed(*items), facts.pop("objects", None) or objects_of(items)
    told = survey(seen)
    given: dict[str, Any] = {
        "of": Manager.KARPENTER, "to": Manager.KUBESTOW, "observed": seen, "objects": objects,
        "survey": told, "groups": managed_nodes(seen, told, objects), "moving": ("k-1", "k-2"),
        "home": None, "at": AT, "classes": frozenset({"general"}),
    }  # fmt: skip
    return AdoptionContext(**(given | facts))
