"""What objects tell of the managers of nodes: Deployments, Leases and NodeClaims.

Karpenter is known by its chart's label or its image (karpenter v1.14 charts/karpenter), Cluster
Autoscaler by those of its chart and of its examples (autoscaler
cluster-autoscaler/cloudprovider/aws/examples), kubestow by its chart's labels. Their Leases have
fixed names (karpenter pkg/operator/operator.go; cluster-autoscaler main.go).
"""

from collections.abc import Iterable

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes import wire
from kubestow.adapters.kubernetes.facts import instant
from kubestow.adapters.kubernetes.wire import Wire
from kubestow.adapters.shapes import decoded
from kubestow.model import labels as names
from kubestow.model.adoption import (
    Manager,
    ManagerDeployment,
    ManagerObjects,
    SeenLease,
    SeenNodeClaim,
)

KARPENTER_LEASE, AUTOSCALER_LEASE, OWN_LEASE = (
    "karpenter-leader-election", "cluster-autoscaler", "kubestow",
)  # fmt: skip
_LEASES = {
    KARPENTER_LEASE: Manager.KARPENTER,
    AUTOSCALER_LEASE: Manager.CLUSTER_AUTOSCALER,
    OWN_LEASE: Manager.KUBESTOW,
}
_APP = "app.kubernetes.io/name"
_APPS = {
    "karpenter": Manager.KARPENTER,
    "cluster-autoscaler": Manager.CLUSTER_AUTOSCALER,
    "aws-cluster-autoscaler": Manager.CLUSTER_AUTOSCALER,
    "kubestow-controller": Manager.KUBESTOW,
}
_AUTO_MODE_GROUP = "eks.amazonaws.com"
KINDS = ("Deployment", "Lease", "NodeClaim")


class _Container(Wire):
    image: str | None = None
    command: list[str] | None = None
    args: list[str] | None = None


class _PodSpec(Wire):
    containers: list[_Container] | None = None


class _Template(Wire):
    spec: _PodSpec | None = None


class _Spec(Wire):
    replicas: int | None = None
    template: _Template | None = None


class _Status(Wire):
    ready_replicas: int | None = None


class _Deployment(Wire):
    metadata: wire.Metadata
    spec: _Spec | None = None
    status: _Status | None = None


class _LeaseSpec(Wire):
    holder_identity: str | None = None
    renew_time: str | None = None


class _Lease(Wire):
    metadata: wire.Metadata
    spec: _LeaseSpec | None = None


class _ClaimStatus(Wire):
    node_name: str | None = None


class _ClassReference(Wire):
    group: str | None = None


class _ClaimSpec(Wire):
    node_class_ref: _ClassReference | None = None


class _NodeClaim(Wire):
    metadata: wire.Metadata
    spec: _ClaimSpec | None = None
    status: _ClaimStatus | None = None


def manager_objects(
    documents: Iterable[Document], *, is_live: bool, unread: Iterable[str] = ()
) -> ManagerObjects:
    """Return what documents tell of managers; one that does not fit is passed over."""
    deployments: dict[str, ManagerDeployment] = {}
    leases: dict[tuple[str, str], SeenLease] = {}
    claims: dict[str, SeenNodeClaim] = {}
    for document in documents:
        if document.kind not in KINDS:
            continue
        try:
            if document.kind == "Deployment":
                found = _deployment(decoded(document.json, _Deployment))
                if found is not None:
                    deployments[found.path] = found
            elif document.kind == "Lease":
                lease = _lease(decoded(document.json, _Lease))
                if lease is not None:
                    leases[lease.namespace, lease.name] = lease
            else:
                claim = decoded(document.json, _NodeClaim)
                if not _is_of_auto_mode(claim):
                    claims[claim.metadata.name] = _claim(claim)
        except (msgspec.MsgspecError, RecursionError):
            continue
    return ManagerObjects(
        deployments=tuple(deployments[key] for key in sorted(deployments)),
        leases=tuple(leases[key] for key in sorted(leases)),
        nodeclaims=tuple(claims[key] for key in sorted(claims)),
        is_live=is_live,
        unread=tuple(unread),
    )


def _deployment(item: _Deployment) -> ManagerDeployment | None:
    spec = item.spec or _Spec()
    pod = (spec.template.spec if spec.template else None) or _PodSpec()
    containers = pod.containers or []
    labels = item.metadata.labels or {}
    manager = _manager(item.metadata.name, labels, [each.image or "" for each in containers])
    if manager is None:
        return None
    status = item.status or _Status()
    arguments = (
        text for each in containers for text in (*(each.command or ()), *(each.args or ()))
    )
    notes = dict(item.metadata.annotations or {})
    notes.pop(names.LAST_APPLIED, None)
    return ManagerDeployment(
        manager,
        item.metadata.namespace or "default",
        item.metadata.name,
        1 if spec.replicas is None else spec.replicas,
        status.ready_replicas or 0,
        tuple(arguments),
        tuple(sorted(labels.items())),
        tuple(sorted(notes.items())),
    )


def _manager(name: str, labels: dict[str, str], images: list[str]) -> Manager | None:
    app = labels.get(_APP, labels.get("app", ""))
    if app in _APPS:
        return _APPS[app]
    for image in images:
        *folders, last = image.partition("@")[0].split("/")
        parts = [*folders, last.partition(":")[0]]
        if parts[-2:] == ["karpenter", "controller"] or parts[-1] == "karpenter":
            return Manager.KARPENTER
        if parts[-1].startswith("cluster-autoscaler"):
            return Manager.CLUSTER_AUTOSCALER
    return Manager.KARPENTER if name == "karpenter" else None


def _lease(item: _Lease) -> SeenLease | None:
    manager = _LEASES.get(item.metadata.name)
    if manager is None:
        return None
    spec = item.spec or _LeaseSpec()
    return SeenLease(
        manager,
        item.metadata.namespace or "default",
        item.metadata.name,
        spec.holder_identity or "",
        instant(spec.renew_time),
    )


def _is_of_auto_mode(item: _NodeClaim) -> bool:
    """Return whether EKS Auto Mode made a NodeClaim, whose class is of its own group then."""
    reference = item.spec.node_class_ref if item.spec else None
    return reference is not None and reference.group == _AUTO_MODE_GROUP


def _claim(item: _NodeClaim) -> SeenNodeClaim:
    return SeenNodeClaim(
        item.metadata.name,
        (item.status.node_name if item.status else None) or "",
        (item.metadata.labels or {}).get(names.NODEPOOL, ""),
        item.metadata.deletion_timestamp is not None,
    )
