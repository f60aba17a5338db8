"""What is read of a running cluster: the lists of every kind that an input may have.

A list is a source like a file of 'kubectl get KIND -A -o json', so that a cluster and a dump of it
are one input. Secrets and ConfigMaps are never asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kubestow.adapters.kubernetes_api.api_server import ApiServer, ForbiddenError, NotServedError
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputError
from kubestow.model.reporter import Reporter


@dataclass(frozen=True, slots=True)
class ListedKind:
    """A kind, and the group and resource it is listed as.

    Where a ``required`` one may not be listed there is no input; other ones are left out.
    """

    group: str  # and version
    resource: str
    required: bool = False
    is_custom: bool = False

    @property
    def path(self) -> str:
        """Where the objects of all namespaces are listed."""
        root = "/api" if self.group == "v1" else "/apis"
        return f"{root}/{self.group}/{self.resource}"


# Pods come before nodes: a pod is on a node that is there then, if it is not deleted in between.
LISTED = (
    *(ListedKind("v1", name, required=True) for name in ("pods", "nodes")),
    *(ListedKind("v1", name) for name in (
        "namespaces", "persistentvolumes", "persistentvolumeclaims", "limitranges",
        "resourcequotas", "replicationcontrollers", "services")),
    *(ListedKind("apps/v1", name) for name in (
        "deployments", "replicasets", "statefulsets", "daemonsets")),
    *(ListedKind("batch/v1", name) for name in ("jobs", "cronjobs")),
    ListedKind("autoscaling/v2", "horizontalpodautoscalers"),
    ListedKind("policy/v1", "poddisruptionbudgets"),
    ListedKind("scheduling.k8s.io/v1", "priorityclasses"),
    ListedKind("node.k8s.io/v1", "runtimeclasses"),
    *(ListedKind("storage.k8s.io/v1", name) for name in (
        "storageclasses", "csinodes", "csidrivers", "csistoragecapacities", "volumeattachments")),
    ListedKind("karpenter.sh/v1", "nodepools", is_custom=True),
    ListedKind("karpenter.k8s.aws/v1", "ec2nodeclasses", is_custom=True),
    ListedKind("eks.amazonaws.com/v1", "nodeclasses", is_custom=True),
    ListedKind("keda.sh/v1alpha1", "scaledobjects", is_custom=True),
)  # fmt: skip


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
                notes += _refused(server, kind)
            except NotServedError:
                if not kind.is_custom:
                    notes.append(f"{server.name}: {kind.group} has no {kind.resource}: left out")
    return ClusterSources(tuple(sources), tuple(notes))


def _source(server: ApiServer, kind: ListedKind) -> Source:
    content = b"\n".join(server.pages(kind.path))
    return Source(f"{server.name}: {kind.resource}", content)


def _refused(server: ApiServer, kind: ListedKind) -> Iterator[str]:
    """Yield what is left out; raise InputError where nothing can be said without it."""
    group = "" if kind.group == "v1" else f".{kind.group.partition('/')[0]}"
    rule = f"a ClusterRole that may list {kind.resource}{group} in all namespaces"
    if kind.required:
        raise InputError(
            f"{server.name}: the user of this context may not list {kind.resource}",
            hint=f"it needs {rule}",
        )
    yield f"{server.name}: {kind.resource} may not be listed: left out ({rule} would show them)"
