"""Checks of NodePools and EC2NodeClasses: can kubestow launch what takes the old nodes' place?"""

from collections.abc import Iterator

from kubestow.adoption.context import KARPENTER, AdoptionContext, launching, listed
from kubestow.catalog.usage import node_usage, offering_usage
from kubestow.model import labels as names
from kubestow.model.adoption import Manager
from kubestow.model.finding import Finding, Rule, Subject
from kubestow.model.instance_type import SPOT
from kubestow.model.nodepool import Launcher, NodePool
from kubestow.model.resources import format_amount

_POOLS, _CLASSES = KARPENTER + "nodepools/", KARPENTER + "nodeclasses/"
CLASS = Rule(
    "class-not-launchable", "error", "kubestow cannot launch with an EC2NodeClass", _CLASSES
)
MISSING = Rule("nodepool-missing", "error", "There is no NodePool to launch from", _POOLS)
LEFT_OUT = Rule("nodepool-left-out", "error", "A NodePool cannot be used", _POOLS)
STATIC = Rule("static-nodepool", "error", "A static NodePool stays with Karpenter", _POOLS)
LIMITS = Rule("nodepool-limits", "error", "A NodePool's limits leave no room for the change-over",
              _POOLS + "#speclimits")  # fmt: skip
DIFFERS = Rule("disruption-differs", "info", "kubestow disrupts otherwise than Karpenter",
               KARPENTER + "disruption/")  # fmt: skip
RULES = (CLASS, MISSING, LEFT_OUT, STATIC, LIMITS, DIFFERS)


def judge(context: AdoptionContext) -> Iterator[Finding]:
    """Yield the findings."""
    cluster = context.observed.snapshot.cluster
    if context.to is Manager.KUBESTOW:
        yield from _classes(context)
        yield from _static(cluster.nodepools)
        for pool in context.pools:
            yield from _differences(pool)
        if context.offers or not context.pools:
            yield _missing(context)
    yield from _left_out(context)
    yield from _limits(context)


def _classes(context: AdoptionContext) -> Iterator[Finding]:
    wrong = set()
    for problem in context.class_problems:
        kind, _, name = problem.subject.partition(" ")
        wrong.add(name)
        yield CLASS.finding(
            Subject(kind or "EC2NodeClass", name, "", problem.file), problem.field,
            f"found: {problem.field or 'it'} {problem.message}; expected: fields that kubestow "
            "launches with. No node of this class is launched",
            problem.hint,
        )  # fmt: skip
    if context.offers:
        return
    for pool in context.pools:
        name = pool.node_class.name
        if name not in context.classes and name not in wrong:
            known = f"there is {listed(sorted(context.classes))}" if context.classes else "none"
            yield CLASS.finding(
                Subject("NodePool", pool.name, "", pool.source),
                "spec.template.spec.nodeClassRef.name",
                f"found: {name}, which no EC2NodeClass is called; expected: one of the input: "
                f"{known}",
                "create it in the cluster, or give its file with --nodepool",
            )  # fmt: skip


def _static(pools: tuple[NodePool, ...]) -> Iterator[Finding]:
    for pool in pools:
        if pool.replicas is not None and pool.launched_by is Launcher.KARPENTER:
            yield STATIC.finding(
                Subject("NodePool", pool.name, "", pool.source), "spec.replicas",
                f"found: {pool.replicas}; expected: a NodePool without replicas. kubestow leaves "
                "static NodePools alone: with Karpenter stopped nobody replaces their nodes",
                "Karpenter refuses to take spec.replicas away: create another NodePool without it "
                "and delete this one once its pods have moved, or use a node group of that size",
            )  # fmt: skip


def _missing(context: AdoptionContext) -> Finding:
    auto = any(pool.launched_by is Launcher.AUTO_MODE
               for pool in context.observed.snapshot.cluster.nodepools)  # fmt: skip
    what = "those of EKS Auto Mode alone" if auto else "none"
    how = (
        "'-o nodepools' writes NodePools and EC2NodeClasses made from the node groups: fill in "
        "what is marked, check them, and give them with --nodepool"
        if context.offers
        else "create a NodePool and an EC2NodeClass, or give them with --nodepool FILE"
    )
    return MISSING.finding(
        Subject("cluster", context.observed.name), "",
        f"found: {what}; expected: a NodePool (karpenter.sh/v1) and its EC2NodeClass, in the "
        "cluster or in files", how,
    )  # fmt: skip


def _left_out(context: AdoptionContext) -> Iterator[Finding]:
    cluster = context.observed.snapshot.cluster
    for name in cluster.pools_left_out:
        own = f"left out: {name}: "
        why = next((i.reason.removeprefix(own) for i in cluster.ignored
                    if i.reason.startswith(own)), "it cannot be read")  # fmt: skip
        yield LEFT_OUT.finding(
            Subject("NodePool", name), "",
            f"found: {why}; expected: a NodePool that kubestow launches from. Nothing is launched "
            "for pods that need it",
            "correct it, or give its pods another NodePool",
            "warning" if launching(cluster.nodepools) else "error",
        )  # fmt: skip


def _limits(context: AdoptionContext) -> Iterator[Finding]:
    """Old and new nodes are there at once, and both count against a NodePool's limits."""
    if context.plan is None:
        return
    snapshot = context.observed.snapshot
    types, prices = snapshot.catalog.instance_types, snapshot.catalog.prices()
    for pool in context.pools:
        if not pool.limits:
            continue
        total: dict[str, int] = {}
        there = [node for node in snapshot.cluster.nodes if pool.owns(dict(node.labels))]
        uses = [node_usage(dict(n.labels), n.allocatable, types, prices) for n in there]
        new = [
            offering_usage(types[node.instance_type], node.price.nano_usd_per_hour)
            for node in context.plan.nodes
            if not node.existing and node.nodepool == pool.name
        ]
        uses += new
        for use in uses:
            for key, amount in use.items():
                total[key] = total.get(key, 0) + amount
        for key, limit in pool.limits:
            if new and total.get(key, 0) > limit:
                yield LIMITS.finding(
                    Subject("NodePool", pool.name, "", pool.source), f"spec.limits.{key}",
                    f"found: {format_amount(key, limit)}; expected: at least "
                    f"{format_amount(key, total[key])} until the old nodes have gone: they and "
                    "those that take their place count together",
                    "raise it for the change-over, or move one wave at a time and end its nodes "
                    "before the next",
                )  # fmt: skip


def _differences(pool: NodePool) -> Iterator[Finding]:
    subject = Subject("NodePool", pool.name, "", pool.source)
    capacity = pool.requirements.by_key.get(names.CAPACITY_TYPE)
    is_spot = capacity is not None and capacity.has(SPOT)
    minimal = [key for key, item in sorted(pool.requirements.by_key.items()) if item.min_values]
    if minimal:
        yield DIFFERS.finding(
            subject, "spec.template.spec.requirements.minValues",
            f"found: minValues for {listed(minimal)}; expected: no need of it. kubestow keeps it "
            "in its plans, but asks EC2 for exactly the planned instance type",
            "where that type has no capacity the rest is planned anew at once; see "
            "docs/how-to/run.md", "warning",
        )  # fmt: skip
    if (
        is_spot
        and pool.disruption.when_underutilized
        and pool.disruption.consolidate_after is not None
    ):
        yield DIFFERS.finding(
            subject, "spec.disruption.consolidationPolicy",
            "found: consolidation of spot nodes; expected: to be known that Karpenter replaces a "
            "spot node by a cheaper one only among 15 types, and kubestow whenever that pays for "
            "its evictions",
            "consolidationPolicy: WhenEmpty, or consolidateAfter: Never, keep them as they are",
        )  # fmt: skip
