"""What is read of a running cluster: the lists of every kind that an input may have; its version.

A list is a source like a file of 'kubectl get KIND -A -o json', so that a cluster and a dump of it
are one input. Secrets and ConfigMaps are never asked for.
"""

from dataclasses import dataclass

import msgspec

from kubestow.adapters.kubernetes.cluster_version import version_object
from kubestow.adapters.kubernetes_api.api_server import ApiServer, ForbiddenError, NotServedError
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputError
from kubestow.model.reporter import Reporter


@dataclass(frozen=True, slots=True)
class ListedKind:
    """A kind, and the group, version and resource it is listed as.

    Where a ``required`` one may not be listed there is no input; other ones are left out.
    """

    group: str  # and version
    resource: str
    kind: str
    required: bool = False
    is_custom: bool = False

    @property
    def path(self) -> str:
        """Where the objects of all namespaces are listed."""
        root = "/api" if self.group == "v1" else "/apis"
        return f"{root}/{self.group}/{self.resource}"


# Pods come before nodes: a pod is on a node that is there then, if it is not deleted in between.
LISTED = (
    ListedKind("v1", "pods", "Pod", required=True),
    ListedKind("v1", "nodes", "Node", required=True),
    ListedKind("v1", "namespaces", "Namespace"),
    ListedKind("v1", "persistentvolumes", "PersistentVolume"),
    ListedKind("v1", "persistentvolumeclaims", "PersistentVolumeClaim"),
    ListedKind("v1", "limitranges", "LimitRange"),
    ListedKind("v1", "resourcequotas", "ResourceQuota"),
    ListedKind("v1", "replicationcontrollers", "ReplicationController"),
    ListedKind("v1", "services", "Service"),
    ListedKind("apps/v1", "deployments", "Deployment"),
    ListedKind("apps/v1", "replicasets", "ReplicaSet"),
    ListedKind("apps/v1", "statefulsets", "StatefulSet"),
    ListedKind("apps/v1", "daemonsets", "DaemonSet"),
    ListedKind("batch/v1", "jobs", "Job"),
    ListedKind("batch/v1", "cronjobs", "CronJob"),
    ListedKind("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
    ListedKind("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget"),
    ListedKind("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass"),
    ListedKind("node.k8s.io/v1", "runtimeclasses", "RuntimeClass"),
    ListedKind("storage.k8s.io/v1", "storageclasses", "StorageClass"),
    ListedKind("storage.k8s.io/v1", "csinodes", "CSINode"),
    ListedKind("storage.k8s.io/v1", "csidrivers", "CSIDriver"),
    ListedKind("storage.k8s.io/v1", "csistoragecapacities", "CSIStorageCapacity"),
    ListedKind("storage.k8s.io/v1", "volumeattachments", "VolumeAttachment"),
    ListedKind("karpenter.sh/v1", "nodepools", "NodePool", is_custom=True),
    ListedKind("karpenter.k8s.aws/v1", "ec2nodeclasses", "EC2NodeClass", is_custom=True),
    ListedKind("eks.amazonaws.com/v1", "nodeclasses", "NodeClass", is_custom=True),
    ListedKind("keda.sh/v1alpha1", "scaledobjects", "ScaledObject", is_custom=True),
)


@dataclass(frozen=True, slots=True)
class ClusterSources:
    """The lists of a cluster, and what is missing from them."""

    sources: tuple[Source, ...]
    notes: tuple[str, ...]


def cluster_sources(
    context: str | None, kubeconfig: str | None, reporter: Reporter
) -> ClusterSources:
    """List everything that a plan depends on in the cluster of a context.

    Raise InputError where the cluster cannot be asked, or its pods or nodes may not be listed.
    """
    with ApiServer.of(context, kubeconfig) as server:
        sources: list[Source] = []
        notes: list[str] = []
        for number, kind in enumerate(LISTED):
            reporter.progress(f"listing {kind.resource}", number, len(LISTED))
            try:
                sources.append(_source(server, kind))
            except ForbiddenError:
                notes.append(refusal(server.name, kind))
            except NotServedError:
                notes += left_out(server.name, kind)
        try:
            sources.append(_version(server))
        except ForbiddenError:
            notes.append(
                f"{server.name}: /version may not be read: the newest kubelet's version counts "
                "(the ClusterRole system:public-info-viewer allows it)"
            )
        except NotServedError:
            pass  # it is no API server of Kubernetes; the kubelets' versions are there
    return ClusterSources(tuple(sources), tuple(notes))


def _version(server: ApiServer) -> Source:
    """Return the version of an API server as an object among the lists."""
    content = msgspec.json.encode(version_object(server.version()))
    return Source(f"{server.name}: version", content)


def _source(server: ApiServer, kind: ListedKind) -> Source:
    content = b"\n".join(server.listed(kind.path).pages)
    return Source(f"{server.name}: {kind.resource}", content)


def left_out(cluster: str, kind: ListedKind) -> tuple[str, ...]:
    """Return what to tell of a kind that a cluster does not have: nothing of custom ones."""
    if kind.is_custom:
        return ()
    return (f"{cluster}: {kind.group} has no {kind.resource}: left out",)


def refusal(cluster: str, kind: ListedKind, verbs: str = "list") -> str:
    """Return what to tell of a kind that may not be listed, or not watched.

    Raise InputError where nothing can be said without it.
    """
    group = "" if kind.group == "v1" else f".{kind.group.partition('/')[0]}"
    rule = f"a ClusterRole that may {verbs} {kind.resource}{group} in all namespaces"
    if kind.required:
        raise InputError(
            f"{cluster}: the user of this context may not {verbs} {kind.resource}",
            hint=f"it needs {rule}",
        )
    return f"{cluster}: {kind.resource} may not be listed: left out ({rule} would show them)"
