"""MigrationObstacleView: what stops a pod's move, and what would unblock it, in sentences."""

from typing import Annotated

from msgspec import Meta

from kubestow.model.migration import (
    BARE,
    BUDGET,
    CAPACITY,
    PLACEMENT,
    PROTECTED,
    SEVERAL_BUDGETS,
    Migration,
    MigrationObstacle,
)
from kubestow.model.plan import Plan
from kubestow.views.reason_view import detail_text, reason_detail_view
from kubestow.views.shared import PodKey
from kubestow.views.view import View, one_of

_BY_FILTER = {
    "NodeUnschedulable": "kubectl uncordon the nodes to go to",
    "NodeAffinity": "change {owner}'s nodeSelector or node affinity to labels the new nodes have "
    "(kubernetes.io/arch among them: the image must be built for it), or label those nodes",
    "TaintToleration": "give {owner} a toleration for the new nodes' taints, or take the taints "
    "off",
    "NodePorts": "one node more: its host port is taken on the nodes it may run on",
    "NodeResourcesFit": "larger nodes or more of them: --surge N, or --to plan",
    "NodeVolumeLimits": "one node more: the nodes it may run on can attach no further volume",
    "VolumeBinding": "a node it may run on in the zone its volume is in; or move the volume by a "
    "snapshot (if the claims are not in the input, add 'kubectl get pvc,pv,storageclass -A -o "
    "json')",
    "VolumeZone": "a node it may run on in the zone its volume is in; or move the volume by a "
    "snapshot",
    "PodTopologySpread": "nodes in every domain of {owner}'s topology spread constraint, or a "
    "larger maxSkew for the time",
    "InterPodAffinity": "more nodes, or a preferred instead of a required (anti-)affinity of "
    "{owner} for the time",
}


class MigrationObstacleView(View, frozen=True):
    """What stops a pod from moving, and what would unblock it."""

    pod: PodKey
    node: str
    kind: Annotated[str, one_of(BARE, PROTECTED, SEVERAL_BUDGETS, BUDGET, PLACEMENT, CAPACITY)]
    always: Annotated[
        bool,
        Meta(
            description="True: no order of eviction gets past it; false: none of those that were "
            "played did."
        ),
    ]
    owner: Annotated[str | None, Meta(description="kind/name of its controller.")]
    budgets: Annotated[
        tuple[PodKey, ...], Meta(description="The PodDisruptionBudgets that stop it.")
    ]
    refused_by: Annotated[
        tuple[str, ...], Meta(description="The scheduler's filters that refuse its successor.")
    ]
    message: str
    remedies: Annotated[tuple[str, ...], Meta(description="What would let it move.")]
    offerings: Annotated[
        tuple[str, ...], Meta(description="With --to plan: why no offering takes it.")
    ]


def migration_obstacle_view(
    item: MigrationObstacle, migration: Migration, plan: Plan | None
) -> MigrationObstacleView:
    """Return the view of an obstacle; ``plan`` is that of the new nodes, if one was made."""
    unschedulable = plan.unschedulable if plan else ()
    refused = next((pod for pod in unschedulable if pod.pod == item.pod), None)
    return MigrationObstacleView(
        pod=item.pod,
        node=item.node,
        kind=item.kind,
        always=item.always,
        owner=None if item.owner is None else "/".join(item.owner),
        budgets=item.object,
        refused_by=item.refused,
        message=_message(item),
        remedies=tuple(_remedies(item, migration)),
        offerings=tuple(
            f"{reason.constraint}: {detail_text(reason_detail_view(reason.detail))}".rstrip(": ")
            for reason in (refused.reasons if refused else ())
        ),
    )


def _message(item: MigrationObstacle) -> str:
    """Say what stops a pod."""
    budgets = " and ".join(item.object)
    match item.kind:
        case kind if kind == BARE:
            return "nothing would make it anew: it has no controller"
        case kind if kind == PROTECTED:
            return "it asks not to be disrupted (karpenter.sh/do-not-disrupt or safe-to-evict)"
        case kind if kind == SEVERAL_BUDGETS:
            return (
                f"PodDisruptionBudgets {budgets} cover it: the eviction API refuses a pod with "
                "more than one"
            )
        case kind if kind == BUDGET:
            never = "never lets it go, whoever moves first" if item.always else "does not let it go"
            return f"PodDisruptionBudget {budgets} {never}: {item.detail}"
        case kind if kind == CAPACITY:
            return f"the nodes to go to are too small for all pods together: {item.detail}"
    return f"no node takes its successor: {item.detail}"


def _remedies(item: MigrationObstacle, migration: Migration) -> list[str]:
    """Say what would let the pod move."""
    owner = "/".join(item.owner) if item.owner else "the pod"
    match item.kind:
        case kind if kind == BARE:
            return ["run it from a Deployment or a Job", "--force: it is deleted, for good"]
        case kind if kind == PROTECTED:
            return ["wait until it is done, or take the annotation off", "--force: it is evicted"]
        case kind if kind == SEVERAL_BUDGETS:
            return ["narrow a selector, so that one budget covers the pod",
                    *(_delete(name) for name in item.object[1:])]  # fmt: skip
        case kind if kind == BUDGET:
            return [*_by_rollout(item, owner), *map(_relax, item.object)]
    more = []
    if migration.spares_needed:
        nodes = "1 node" if migration.spares_needed == 1 else f"{migration.spares_needed} nodes"
        more = [f"--surge {migration.spares_needed}: with {nodes} more like those of --to it ends"]
    if item.kind == CAPACITY:
        return [*more, _BY_FILTER["NodeResourcesFit"]]
    return more + [_BY_FILTER[n].format(owner=owner) for n in item.refused if n in _BY_FILTER]


def _by_rollout(item: MigrationObstacle, owner: str) -> list[str]:
    """Return the rollout that moves it past a budget; only a Deployment has one."""
    if item.owner is None or item.owner[0] != "Deployment":
        return []
    return [
        f"{owner}: strategy RollingUpdate with maxUnavailable 0 and maxSurge 1, and no volume of "
        "one node only: then a rolling restart moves it, the successor first"
    ]


def _relax(budget: str) -> str:
    namespace, _, name = budget.partition("/")
    return (
        "for the time of the migration, if a replica may be away: kubectl patch "
        f"poddisruptionbudget {name} -n {namespace} --type merge "
        '-p \'{"spec":{"minAvailable":null,"maxUnavailable":1}}\''
    )


def _delete(budget: str) -> str:
    namespace, _, name = budget.partition("/")
    return f"or for the time: kubectl delete poddisruptionbudget {name} -n {namespace}"
