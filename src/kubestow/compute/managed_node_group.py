"""Managed node groups grown by Cluster Autoscaler: types given, or the best the search finds.

Law: a group launches one instance type with the labels and taints of the user's NodePool it stands
for; EKS caps its pods at 110 (up to 30 vCPU) or 250. Only what Cluster Autoscaler does with the
groups counts, not what an optimiser could do with them. Sources: AWS EKS user guide,
managed node groups and "choosing an instance type"; kubestow.policies.cluster_autoscaler_packing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from kubestow.compute import case as common
from kubestow.model import labels as names
from kubestow.model.nodepool import DEFAULT_SOURCE, NodePool
from kubestow.model.option import ComputeOption, Operation
from kubestow.model.requirements import Requirements, requirement
from kubestow.policies.cluster_autoscaler_packing import ClusterAutoscalerPacking, Expander
from kubestow.provisioning.packing.problem import Packing, PackingProblem
from kubestow.provisioning.preparation.offerings import pools_of

ID = "managed-node-groups"
GROUPS_MOST = 3
PODS_AT_MOST = (110, 250)
"""What EKS lets a managed node of up to 30 vCPU, and a larger one, run."""
_PROMISING = 8
_GROUPS_LIMIT = 12
OPERATION = Operation(
    "AWS builds the AMIs, you start the update; it drains by PodDisruptionBudgets for 15 minutes a "
    "node and then fails, unless forced",
    "a minute or two: Cluster Autoscaler raises the Auto Scaling group, which launches a node",
    "until an update or a scale-down replaces it; scale-down by the Auto Scaling group ignores "
    "PodDisruptionBudgets",
)


def option(
    case: common.ComparisonCase,
    types: Sequence[str] = (),
    groups: int = GROUPS_MOST,
    expander: Expander = "least-waste",
) -> ComputeOption:
    """Return the option: groups of the types given, or the best ``groups`` types found."""
    snapshot = case.snapshot
    pools = grouped(pools_of(snapshot.cluster), types)
    search = _Chosen(expander, groups if not types else None)
    plan = case.planned(pools, search)
    chosen = sorted({node.instance_type for node in plan.nodes if not node.existing})
    found = "given" if types else "found"
    return common.option_of(
        case,
        plan,
        (snapshot, pools),
        identity=ID,
        title="Managed node groups with Cluster Autoscaler",
        operation=OPERATION,
        pending=common.stranded(case, plan, snapshot),
        notes=(
            f"groups ({found}), one for each zone: {', '.join(chosen) or 'none'}; "
            f"expander {expander}",
            "its nodes have no labels of Karpenter's: selectors on those must be rewritten",
        ),
    )


def grouped(pools: Iterable[NodePool], types: Sequence[str] = ()) -> tuple[NodePool, ...]:
    """Return the pools as node groups launch them, of some types alone if any are given.

    Types replace what a pool requires of types, and stand for themselves: whoever names an arm64
    type says that the images run there.
    """
    found = []
    for pool in pools:
        wanted = pool.requirements
        if types:
            own = [item for key, item in wanted.by_key.items() if not _describes_type(key)]
            wanted = Requirements.of([*own, requirement(names.INSTANCE_TYPE, "In", types)])
            pool = replace(pool, opt_in_keys=())
        node_class = replace(pool.node_class, pods_at_most=PODS_AT_MOST)
        found.append(replace(pool, requirements=wanted, node_class=node_class))
    alike = types and all(pool.source == DEFAULT_SOURCE for pool in found)
    return tuple(found[:1] if alike else found)


def _describes_type(key: str) -> bool:
    return key in (names.INSTANCE_TYPE, names.ARCH) or key.startswith(names.AWS_PREFIX)


class _Chosen:
    """Cluster Autoscaler on all groups, or on the few types that come out cheapest."""

    def __init__(self, expander: Expander, groups: int | None) -> None:
        self._packing = ClusterAutoscalerPacking(expander)
        self._groups = groups

    def __call__(self, problem: PackingProblem) -> Packing:
        """Return the fleet of the best set of types, grown one type at a time."""
        if self._groups is None:
            return self._packing(problem)
        promising = _promising(problem)
        best: tuple[tuple[int, int], Packing] | None = None
        chosen: list[tuple[int, ...]] = []
        for turn in range(_GROUPS_LIMIT):
            if turn >= self._groups and best is not None and not best[0][0]:
                break  # more groups than asked for only as long as pods are left
            tried = []
            for group in promising:
                if group not in chosen:
                    some = [position for bins in (*chosen, group) for position in bins]
                    packing = self._packing.within(problem, some)
                    rank = (int(packing.left.sum()), packing.cost(problem.bins))
                    tried.append((rank, group, packing))
            found = min(tried, key=lambda item: item[0], default=None)
            if found is None or (best is not None and found[0] >= best[0]):
                break
            best = (found[0], found[2])
            chosen.append(found[1])
        return best[1] if best is not None else Packing([], problem.demand)


def _promising(problem: PackingProblem) -> list[tuple[int, ...]]:
    """Return the groups that could carry all they may at the least price, by resources alone.

    A group are the bins of one NodePool with the same room: a type in all zones, or like types. Of
    the groups that may run the same items, the best few, and that of the cheapest node: where pods
    keep apart from each other it is nodes that count, not what they hold.
    """
    alike: dict[tuple[int, bytes], list[int]] = {}
    for position, b in enumerate(problem.bins):
        if not b.exists:
            alike.setdefault((b.pool, problem.capacity[position].tobytes()), []).append(position)
    ranked: dict[bytes, list[tuple[float, int, tuple[int, ...]]]] = {}
    for bins in alike.values():
        able = problem.compatible[:, bins].any(axis=1)
        asked = (problem.demand[able, None] * problem.requests[able]).sum(axis=0)
        room = np.maximum(problem.capacity[bins[0]], 1)
        nodes = max(1.0, float((asked / room).max(initial=0.0)))
        price = max(problem.bins[position].price for position in bins)
        ranked.setdefault(able.tobytes(), []).append((nodes * price, price, tuple(bins)))
    few = max(2, _PROMISING // max(len(ranked), 1))
    chosen = []
    for found in ranked.values():
        chosen += [bins for _, _, bins in sorted(found)[:few]]
        chosen.append(min((price, bins) for _, price, bins in found)[1])
    return list(dict.fromkeys(chosen))
