"""Checks of pods: which cannot move, which no new node can carry, and what they lose."""

from collections import defaultdict
from collections.abc import Iterator

from kubestow.adoption.context import KUBERNETES, AdoptionContext, listed
from kubestow.model.finding import Finding, Rule, Subject
from kubestow.model.migration import (
    BARE,
    BUDGET,
    CAPACITY,
    JOB,
    LOST,
    PROTECTED,
    SEVERAL_BUDGETS,
    MigrationObstacle,
)

_DRAIN = KUBERNETES + "tasks/administer-cluster/safely-drain-node/"
STUCK = Rule("pod-cannot-move", "error", "A pod cannot leave its node", _DRAIN)
UNPLACED = Rule(
    "pod-not-carried", "error", "No node that kubestow would launch carries a pod", _DRAIN
)
LOSES = Rule("pod-loses", "warning", "Pods lose something when they move", _DRAIN)
NOT_READY = Rule("pods-not-ready", "warning", "Pods are not Ready before anything moves", _DRAIN)
RULES = (STUCK, UNPLACED, LOSES, NOT_READY)
_WHY = {
    BARE: ("it has no controller", "a controller that makes it anew",
           "run it from a Deployment or a Job, or --force to give it up"),
    PROTECTED: ("karpenter.sh/do-not-disrupt or safe-to-evict=false", "a pod that may be evicted",
                "wait until it has finished, remove the annotation, or --force to move it"),
    SEVERAL_BUDGETS: ("several PodDisruptionBudgets cover it", "one: the eviction API refuses more",
                      "narrow a selector"),
    BUDGET: ("its PodDisruptionBudget allows no eviction", "one that allows at least one",
             "use maxUnavailable: 1, or a rolling restart with maxSurge 1 and maxUnavailable 0"),
    CAPACITY: ("all nodes together are too small", "room for all pods",
               "raise the limits of the NodePools"),
}  # fmt: skip


def judge(context: AdoptionContext) -> Iterator[Finding]:
    """Yield the findings; pods of one owner that are held by the same thing are one."""
    migration = context.migration
    yield from _not_ready(context)
    if migration is None:
        return
    alike: dict[tuple[object, ...], list[MigrationObstacle]] = defaultdict(list)
    for item in migration.obstacles:
        alike[item.kind, item.owner, item.object, item.refused].append(item)
    for items in alike.values():
        yield _blocked(items)
    lost: dict[str, list[str]] = defaultdict(list)
    for loss in migration.losses:
        lost[loss.kind].append(loss.pod)
    texts = {
        LOST: ("pods that nothing makes anew", "they are gone after the change-over"),
        JOB: ("pods of Jobs", "their work begins again"),
        "emptyDir": ("pods with emptyDir volumes", "the data in them is deleted"),
        "hostPath": ("pods with hostPath volumes", "the data stays on the old node"),
    }
    for kind, pods in lost.items():
        what, then = texts[kind]
        yield LOSES.finding(
            Subject("pods", listed(pods)), "",
            f"found: {len(pods)} {what}; expected: none. When they move, {then}",
            "save what is needed before, or move them when it hurts least",
        )  # fmt: skip
    if migration.down:
        yield LOSES.finding(
            Subject("pods", listed(migration.down)), "spec.replicas",
            f"found: {len(migration.down)} single replicas; expected: two or more. They are down "
            "from their eviction until a node is there and they are Ready again",
            "run a second replica meanwhile: kubectl scale",
        )  # fmt: skip


def _blocked(items: list[MigrationObstacle]) -> Finding:
    first = items[0]
    namespace, _, name = first.pod.partition("/")
    subject = Subject("Pod", name, namespace)
    named = listed(item.pod for item in items)
    if first.kind in _WHY:
        found, expected, hint = _WHY[first.kind]
        what = f" ({', '.join(first.object)})" if first.object else ""
        detail = f": {first.detail}" if first.detail else ""
        rule = UNPLACED if first.kind == CAPACITY else STUCK
        return rule.finding(
            subject, "", f"{named}: found: {found}{what}{detail}; expected: {expected}", hint
        )
    return UNPLACED.finding(
        subject, "",
        f"{named}: found: {first.detail or 'no node fits'}; expected: a NodePool whose nodes carry "
        "it. Labels of node groups (eks.amazonaws.com/nodegroup) are on no node that kubestow "
        "launches",
        "kubestow explain tells the nearest miss; change its selector or the NodePool's labels, "
        "taints and requirements",
    )  # fmt: skip


def _not_ready(context: AdoptionContext) -> Iterator[Finding]:
    """Pods that wait or crash: the runbook's waits, and budgets, may not come to an end."""
    wrong = []
    for pod in context.observed.snapshot.cluster.pods:
        key = f"{pod.namespace}/{pod.name}"
        details = context.observed.pods.get(key)
        is_there = details is not None and details.ready == details.containers
        if details is not None and not (pod.node_name and is_there):
            wrong.append(f"{key} ({details.status or 'Pending'})")
    if wrong:
        yield NOT_READY.finding(
            Subject("pods", listed(wrong)), "status.conditions",
            f"found: {len(wrong)} that {'is' if len(wrong) == 1 else 'are'} not Ready; expected: "
            "none. The runbook waits after each wave until every pod has a node, and budgets count "
            "only pods that are Ready",
            "mend or delete them first: kubectl get pods -A",
        )  # fmt: skip
