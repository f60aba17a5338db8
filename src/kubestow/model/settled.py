"""Settled: what an autoscaler makes of a fleet if nothing happens but what it does itself.

Money is integer nano-USD per hour, of the nodes alone; times are seconds from the start.
"""

from collections import Counter
from dataclasses import dataclass

from kubestow.model.nodeclaim import NodeClaim


@dataclass(frozen=True, slots=True)
class SettledNode:
    """A node that is left, and the pods on it, by namespace/name in the input."""

    claim: NodeClaim
    pods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FirstFleet:
    """What an autoscaler launches in its first decision for pods that all wait."""

    nodes: int = 0
    nano_usd_per_hour: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """A fleet that was left alone with its pods, from the nodes that there were until it rests.

    ``last_action_at`` is when the policy last did something. It ``rests`` if it did nothing more
    for longer than anything it waits for; if not, ``limit_seconds`` ended it. ``pending`` are pods
    of the input that have no node then, ``left_out`` says which were not simulated at all.
    """

    policy: str
    first: FirstFleet
    nodes: tuple[SettledNode, ...]
    pending: tuple[str, ...]
    evictions: int
    last_action_at: int
    rests: bool
    limit_seconds: int
    left_out: tuple[str, ...] = ()

    @property
    def nano_usd_per_hour(self) -> int:
        """What the nodes that are left cost."""
        return sum(node.claim.nano_usd_per_hour for node in self.nodes)

    @property
    def nodes_by_type(self) -> Counter[str]:
        """How many nodes of each instance type are left."""
        return Counter(node.claim.instance_type for node in self.nodes)
