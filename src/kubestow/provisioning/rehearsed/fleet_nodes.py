"""Nodes of a fleet that is rehearsed: what they cost, when they are filled, what they waste."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kubestow.model import labels as names
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.pod import Pod
from kubestow.model.resources import CPU, MEMORY, Amounts
from kubestow.model.taints import FILL_ORDER
from kubestow.scheduling.rehearsal import Run

GIANT = 0.6
"""The share of a node above which a pod needs a node to itself."""
Nodes = tuple[PlannedNode, ...]


def as_placed(plan: Plan, nodes: Nodes, run: Run) -> Plan:
    """Return the plan with its pods where the scheduler put them in one order."""
    pods = run.cluster.pods
    position = {node.name: number for number, node in enumerate(run.cluster.nodes)}
    there: dict[int, list[str]] = {}
    for pod, node in run.placed:
        there.setdefault(node, []).append(pods[pod].key)
    planned = {pods[pod].key for pod, _ in run.placed}
    nodes_as_placed = []
    for item in nodes:
        pods_there = [pod for pod in item.pods if item.existing and pod not in planned]
        new = there.get(position[item.name], [])
        nodes_as_placed.append(replace(item, pods=tuple(sorted([*pods_there, *new]))))
    witness = tuple(pods[pod].key for pod, _ in run.placed)
    return replace(plan, nodes=tuple(nodes_as_placed), witness=witness)


def cost_of(nodes: Iterable[PlannedNode]) -> int:
    """Return what the new nodes of a fleet cost, in nano-USD an hour."""
    return sum(node.price.nano_usd_per_hour for node in nodes if not node.existing)


def level_of(node: PlannedNode) -> int:
    """Return after how many others a node is filled: 0 for those that are filled first."""
    return sum(taint in FILL_ORDER for taint in node.taints)


def tainted(node: PlannedNode, level: int) -> PlannedNode:
    """Return a node that is filled at this level."""
    own = tuple(taint for taint in node.taints if taint not in FILL_ORDER)
    return replace(node, taints=(*own, *FILL_ORDER[:level]))


def filled_later(nodes: Nodes, chosen: Container[str], most: int) -> Nodes:
    """Return the nodes with the chosen ones filled one level later, up to ``most``."""
    return tuple(
        tainted(node, level_of(node) + 1) if node.name in chosen and level_of(node) < most else node
        for node in nodes
    )


def largest_share(node: PlannedNode, requests: Mapping[str, Amounts]) -> float:
    """Return how much of a node the largest of its planned pods takes."""
    has = dict(node.allocatable)
    return max(
        (
            amount / max(has.get(name, 0), 1)
            for pod in node.pods
            for name, amount in requests.get(pod, ())
            if name in (CPU, MEMORY)
        ),
        default=0.0,
    )


def ordinary(plan: Plan, limited: Container[str]) -> list[PlannedNode]:
    """Return 0.5 % of the plan's new nodes, of the type it has most of.

    None of a pool with limits: what those have room for is not looked at here.
    """
    new = [node for node in plan.nodes if not node.existing and node.nodepool not in limited]
    if not new:
        return []
    counts = Counter((node.instance_type, node.nodepool) for node in new)
    common = min(counts, key=lambda key: (-counts[key], key))
    like = next(n for n in new if (n.instance_type, n.nodepool) == common)
    return [replace(like, pods=())] * max(1, len(new) // 200)


def one_more(pod: Pod, zone: str) -> Pod:
    """Return another pod of this size, for a zone if one is given, that minds no other pod."""
    template = replace(pod.template, spread=(), affinity=(), anti_affinity=(), host_ports=())
    if zone:
        selector = dict(template.node_selector) | {names.ZONE: zone}
        template = replace(template, node_selector=tuple(sorted(selector.items())))
    return replace(
        pod,
        name=f"{pod.name}-more-{zone}",
        template=template,
        volume_claims=(),
        ephemeral_claims=(),
    )


def _renamed(pod: str, old: str, new: str) -> str:
    return f"{pod.removesuffix(old)}{new}"


def by_waste(nodes: Nodes, runs: Sequence[Run]) -> list[str]:
    """Return the new nodes, those first whose unused part costs most."""
    used: dict[str, dict[str, int]] = {}
    for run in runs:
        for pod, number in run.placed:
            amounts = used.setdefault(run.cluster.nodes[number].name, {})
            for name, amount in run.cluster.pods[pod].template.requests:
                amounts[name] = amounts.get(name, 0) + amount
    ranked = []
    for node in nodes:
        if not node.existing:
            has, amounts = dict(node.allocatable), used.get(node.name, {})
            share = max(
                amounts.get(name, 0) / (len(runs) * max(has.get(name, 0), 1))
                for name in (CPU, MEMORY)
            )
            ranked.append((-node.price.nano_usd_per_hour * (1.0 - share), node.name))
    return [name for _, name in sorted(ranked)]


def named(
    fresh: Iterable[PlannedNode], nodes: Nodes, requests: Mapping[str, Amounts]
) -> Iterator[PlannedNode]:
    """Yield nodes under names that the fleet does not have yet, to be filled later.

    Only those for giants come last: others would be filled with what finds no ordinary room.
    """
    taken = {node.name for node in nodes}
    for node in fresh:
        number = 1 + sum(other.nodepool == node.nodepool for other in nodes)
        while f"{node.nodepool}-{number:03d}" in taken:
            number += 1
        name = f"{node.nodepool}-{number:03d}"
        taken.add(name)
        daemons = tuple(sorted(_renamed(pod, node.name, name) for pod in node.daemonset_pods))
        labels = dict(node.labels) | {names.HOSTNAME: name}
        added = replace(
            node,
            name=name,
            labels=tuple(sorted(labels.items())),
            pods=(),
            daemonset_pods=daemons,
        )
        yield tainted(added, 2 if largest_share(node, requests) > GIANT else 1)


def numbered(nodes: Sequence[PlannedNode]) -> Nodes:
    """Return the nodes with the new ones numbered within their NodePools."""
    numbers: dict[str, int] = {}
    renamed: list[PlannedNode] = []
    for node in nodes:
        if node.existing:
            renamed.append(node)
            continue
        number = numbers[node.nodepool] = numbers.get(node.nodepool, 0) + 1
        renamed.append(node.renamed(f"{node.nodepool}-{number:03d}"))
    return tuple(renamed)
