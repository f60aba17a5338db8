"""Karpenter's disruption of nodes with pods: drift, multi-node and single-node consolidation.

Each method simulates the scheduling of the pods without their nodes, and proposes at most one
replacement. What pods prefer is required there too, as at launch, so that nodes which preferences
called for are not consolidated at once. Sources: kubernetes-sigs/karpenter v1.14
pkg/utils/disruption/disruption.go, pkg/controllers/disruption (drift.go,
multinodeconsolidation.go, singlenodeconsolidation.go, consolidation.go); Karpenter's
documentation, concepts/disruption, Consolidation.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from kubestow.disruption.candidate import DisruptionCandidate
from kubestow.disruption.expected import expected
from kubestow.model.instance_type import SPOT
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.policies.consolidation_prefilter import ConsolidationPrefilter
from kubestow.policies.karpenter_packing import KarpenterPacking
from kubestow.policies.karpenter_preferences import is_heeded
from kubestow.policies.provisioner import Needs, needs, planned
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.wishes.launch_lists import with_launch_lists

SPOT_TYPES_MIN = 15
"""Cheaper types there must be for one spot node to replace another (feature SpotToSpot)."""
NODE_COST = 1.0
"""What draining a node costs beside its pods; a pod without a priority costs as much."""
PRIORITY_OF_ONE = 2**25
"""The priority that makes a pod cost one more."""
POD_COST_MAX = 10.0


@dataclass(frozen=True, slots=True)
class NodeReplacement:
    """Nodes to disrupt together, and what their pods then need."""

    nodes: tuple[DisruptionCandidate, ...]
    needs: Needs


@dataclass(frozen=True)
class KarpenterDisruption:
    """The methods of one round, on what is observed and remembered."""

    snapshot: Snapshot
    memory: Memory
    pools: tuple[NodePool, ...]
    spot_to_spot: bool
    cache: PlanningCache

    @cached_property
    def _prefilter(self) -> ConsolidationPrefilter:
        return ConsolidationPrefilter(self.snapshot, self.pools, self.cache)

    def first_schedulable(self, drifted: Sequence[DisruptionCandidate]) -> NodeReplacement | None:
        """Return the first drifted node whose pods all find a place elsewhere, empty ones first."""
        for candidate in sorted(drifted, key=lambda c: bool(c.pods)):
            pods_need = self._needs({candidate.name})
            if pods_need.places(candidate.keys(self.snapshot)):
                return NodeReplacement((candidate,), pods_need)
        return None

    def multi_node(
        self, ordered: Sequence[DisruptionCandidate], most: int
    ) -> NodeReplacement | None:
        """Return the longest run from the front that one cheaper node or none can replace."""
        low, high = 1, min(len(ordered), most) - 1
        best: NodeReplacement | None = None
        while low <= high:
            middle = (low + high) // 2
            replacement = self._replacement(ordered[: middle + 1])
            if replacement is not None:
                best, low = replacement, middle + 1
            else:
                high = middle - 1
        return best

    def single_node(
        self, ordered: Sequence[DisruptionCandidate], most: int
    ) -> NodeReplacement | None:
        """Return the first node, NodePools by turns, that one cheaper node or none can replace."""
        trials = (self._replacement([candidate]) for candidate in _by_turns(ordered)[:most])
        return next((replacement for replacement in trials if replacement is not None), None)

    def _replacement(self, nodes: Sequence[DisruptionCandidate]) -> NodeReplacement | None:
        """Return the replacement of some nodes by nothing, or by one cheaper node."""
        names = [candidate.name for candidate in nodes]
        price = sum(candidate.claim.nano_usd_per_hour for candidate in nodes)
        # _is_cheaper refuses to replace spot by spot; the prefilter need not offer it.
        off_spot = not self.spot_to_spot and all(c.claim.capacity_type == SPOT for c in nodes)
        if not self._prefilter.allows(names, price, off_spot=off_spot):
            return None
        relocation = self._prefilter.relocation
        trial = relocation.vacate(names)
        may_launch = bool(trial.left) and self._prefilter.has_offering(
            trial.left, price, off_spot=off_spot
        )
        relocation.undo(trial, names)
        if not self._prefer(nodes):
            if not trial.left:
                return NodeReplacement(tuple(nodes), Needs((), (), self.memory))
            if not may_launch:
                return None
        pods_need = self._needs(names)
        if len(pods_need.launches) > 1:
            return None
        if not all(pods_need.places(candidate.keys(self.snapshot)) for candidate in nodes):
            return None
        if pods_need.launches and not self._is_cheaper(pods_need.launches[0].claim, nodes):
            return None
        return NodeReplacement(tuple(nodes), pods_need)

    def _prefer(self, nodes: Sequence[DisruptionCandidate]) -> bool:
        """Return whether pods of some nodes prefer something, so that room alone is not enough."""
        pods = self.snapshot.cluster.pods
        return any(is_heeded(pods[n].template.preferences) for c in nodes for n in c.pods)

    def _is_cheaper(self, claim: NodeClaim, nodes: Sequence[DisruptionCandidate]) -> bool:
        """Return whether Karpenter would take a replacement (consolidation.go, filterByPrice)."""
        price = sum(candidate.claim.nano_usd_per_hour for candidate in nodes)
        if len(nodes) > 1:  # cheaper, too, than each of the nodes of its own type
            same = [c.claim.nano_usd_per_hour for c in nodes
                    if c.claim.instance_type == claim.instance_type]  # fmt: skip
            price = min([price, *same])
        if claim.nano_usd_per_hour >= price:
            return False
        if claim.capacity_type == SPOT and all(c.claim.capacity_type == SPOT for c in nodes):
            if not self.spot_to_spot:
                return False
            if len(nodes) == 1:
                return self._spot_types(nodes[0], price) >= SPOT_TYPES_MIN
        return True

    def _spot_types(self, node: DisruptionCandidate, price: int) -> int:
        """Return how many types on spot below a price would carry the pods of a node.

        They are counted in the zone that has most of them.
        """
        without = expected(self.snapshot, {node.name})
        cheaper = without.catalog.narrowed(
            lambda o: (
                o.capacity_type == SPOT
                and o.price is not None
                and o.price.nano_usd_per_hour < price
            )
        )
        without = replace(without, catalog=cheaper)
        packing = KarpenterPacking(self.pools)
        plan = planned(without, self.memory, self.pools, strategy=packing, cache=self.cache)
        plan = with_launch_lists(without, plan, self.pools, self.cache)
        lists = [node.launch for node in plan.nodes if node.launch is not None]
        counts = [count for launch in lists[:1] for _, count in launch.spot_types[-1]]
        return max(counts, default=0)

    def _needs(self, leaving: Collection[str]) -> Needs:
        packing = KarpenterPacking(self.pools)
        return needs(
            self.snapshot, self.memory, self.pools,
            without=set(leaving), strategy=packing, cache=self.cache,
        )  # fmt: skip


def by_disruption_cost(
    nodes: Sequence[DisruptionCandidate], pods: Sequence[Pod]
) -> list[DisruptionCandidate]:
    """Return nodes with pods, those first that cost most for what their disruption costs."""

    def rank(candidate: DisruptionCandidate) -> tuple[float, str]:
        cost = _disruption_cost(candidate, pods)
        return -candidate.claim.nano_usd_per_hour / cost, candidate.name

    return sorted((candidate for candidate in nodes if candidate.pods), key=rank)


def _disruption_cost(candidate: DisruptionCandidate, pods: Sequence[Pod]) -> float:
    """Return what the end of a node disrupts: its pods, more for those of a higher priority."""
    cost = NODE_COST
    for number in candidate.pods:
        pod_cost = 1 + pods[number].template.priority / PRIORITY_OF_ONE
        cost += min(max(pod_cost, 0.0), POD_COST_MAX)
    return cost


def _by_turns(ordered: Sequence[DisruptionCandidate]) -> list[DisruptionCandidate]:
    """Return the candidates so that each NodePool has its turn, in the order of their best."""
    turns: dict[str, int] = {}
    ranks = []
    for place, candidate in enumerate(ordered):
        pool = candidate.claim.nodepool
        turns[pool] = turns.get(pool, -1) + 1
        ranks.append((turns[pool], list(turns).index(pool), place))
    return [ordered[place] for _, _, place in sorted(ranks)]
