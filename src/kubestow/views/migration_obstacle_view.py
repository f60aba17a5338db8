"""MigrationObstacleView: what blocks a pod from moving, and what would unblock it."""

from typing import Annotated

from msgspec import Meta

from kubestow.model.counted import counted
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
    "NodeUnschedulable": "uncordon the target nodes",
    "NodeAffinity": "change the nodeSelector or node affinity of {owner} to match the new nodes' "
    "labels (for kubernetes.io/arch, the image must support it), or label those nodes",
    "TaintToleration": "add a toleration for the new nodes' taints to {owner}, or remove the "
    "taints",
    "NodePorts": "add a node: its host port is in use on the nodes it may run on",
    "NodeResourcesFit": "use larger nodes or more of them: --surge N, or --to plan",
    "NodeVolumeLimits": "add a node: the nodes it may run on cannot attach another volume",
    "VolumeBinding": "add a node it may run on in the zone of its volume, or move the volume with "
    "a snapshot (if the claims are not in the input, add 'kubectl get pvc,pv,storageclass -A -o "
    "json')",
    "VolumeZone": "add a node it may run on in the zone of its volume, or move the volume with a "
    "snapshot",
    "PodTopologySpread": "add nodes in every domain of {owner}'s topology spread constraint, or "
    "raise maxSkew for the migration",
    "InterPodAffinity": "add nodes, or make the required (anti-)affinity of {owner} preferred for "
    "the migration",
}


class MigrationObstacleView(View, frozen=True):
    """What blocks a pod from moving, and what would unblock it."""

    pod: PodKey
    node: str
    kind: Annotated[str, one_of(BARE, PROTECTED, SEVERAL_BUDGETS, BUDGET, PLACEMENT, CAPACITY)]
    always: Annotated[
        bool,
        Meta(
            description="True: no eviction order gets past it; false: none of the simulated ones "
            "did."
        ),
    ]
    owner: Annotated[str | None, Meta(description="kind/name of its controller.")]
    budgets: Annotated[
        tuple[PodKey, ...], Meta(description="The PodDisruptionBudgets that block it.")
    ]
    refused_by: Annotated[
        tuple[str, ...], Meta(description="The scheduler's filters that refuse its replacement.")
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
    """Return what blocks a pod."""
    budgets = " and ".join(item.object)
    match item.kind:
        case kind if kind == BARE:
            return "it has no controller, so nothing would recreate it"
        case kind if kind == PROTECTED:
            return "it forbids disruption (karpenter.sh/do-not-disrupt or safe-to-evict)"
        case kind if kind == SEVERAL_BUDGETS:
            return (
                f"PodDisruptionBudgets {budgets} cover it: the eviction API refuses a pod with "
                "more than one"
            )
        case kind if kind == BUDGET:
            never = "never allows its eviction" if item.always else "does not allow its eviction"
            return f"PodDisruptionBudget {budgets} {never}: {item.detail}"
        case kind if kind == CAPACITY:
            return f"the target nodes are too small for all pods together: {item.detail}"
    return f"no node can run its replacement: {item.detail}"


def _remedies(item: MigrationObstacle, migration: Migration) -> list[str]:
    """Return what would let the pod move."""
    owner = "/".join(item.owner) if item.owner else "the pod"
    match item.kind:
        case kind if kind == BARE:
            return ["run it from a Deployment or a Job", "--force: delete it permanently"]
        case kind if kind == PROTECTED:
            return ["wait until it finishes, or remove the annotation", "--force: evict it anyway"]
        case kind if kind == SEVERAL_BUDGETS:
            return ["narrow a selector so that only one budget covers the pod",
                    *(_delete(name) for name in item.object[1:])]  # fmt: skip
        case kind if kind == BUDGET:
            return [*_by_rollout(item, owner), *map(_relax, item.object)]
    more = []
    if migration.spares_needed:
        count = migration.spares_needed
        nodes = counted(count, "more node")
        more = [f"--surge {count}: with {nodes} like those of --to, the migration completes"]
    if item.kind == CAPACITY:
        return [*more, _BY_FILTER["NodeResourcesFit"]]
    return more + [_BY_FILTER[n].format(owner=owner) for n in item.refused if n in _BY_FILTER]


def _by_rollout(item: MigrationObstacle, owner: str) -> list[str]:
    """Return the rollout that moves it past a budget; only a Deployment has one."""
    if item.owner is None or item.owner[0] != "Deployment":
        return []
    return [
        f"set the strategy of {owner} to RollingUpdate with maxUnavailable 0 and maxSurge 1, and "
        "use no volume bound to a single node: a rolling restart then starts the replacement first"
    ]


def _relax(budget: str) -> str:
    namespace, _, name = budget.partition("/")
    return (
        "for the migration, if one replica may be down: kubectl patch "
        f"poddisruptionbudget {name} -n {namespace} --type merge "
        '-p \'{"spec":{"minAvailable":null,"maxUnavailable":1}}\''
    )


def _delete(budget: str) -> str:
    namespace, _, name = budget.partition("/")
    return f"or for the migration: kubectl delete poddisruptionbudget {name} -n {namespace}"
