"""PlannedWorkloadView: the workload that planned pods are of.

The cluster names the pods of a Deployment in its own way: who lands a plan's pods knows them by
their workload.
"""

from typing import Annotated

from msgspec import Meta

from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.views.view import View


class PlannedWorkloadView(View, frozen=True):
    """A workload with pods on the planned nodes."""

    kind: Annotated[str, Meta(description="Deployment, StatefulSet, Job and the like.")]
    namespace: str
    name: str
    pods: Annotated[
        tuple[str, ...], Meta(description="Names of its planned pods, without the namespace.")
    ]


def planned_workload_views(plan: Plan, snapshot: Snapshot) -> tuple[PlannedWorkloadView, ...]:
    """Return the workloads whose pods are on the plan's nodes, sorted."""
    planned = {key for node in plan.nodes for key in node.pods}
    pods: dict[tuple[str, str, str], list[str]] = {}
    for pod in snapshot.cluster.pods:
        owner = pod.lifecycle.owner
        if owner is not None and not pod.daemonset and pod.key in planned:
            pods.setdefault((owner[0], pod.namespace, owner[1]), []).append(pod.name)
    return tuple(PlannedWorkloadView(*key, tuple(pods[key])) for key in sorted(pods))
