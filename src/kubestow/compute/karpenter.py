"""Karpenter with the user's NodePools: the fleet it rests with, and what it launches first.

Nodes are chosen and consolidated as Karpenter does it (kubestow.policies.karpenter_packing and
karpenter), and its own two pods are paid for.
"""

from kubestow.compute.case import ComparisonCase
from kubestow.compute.karpenter_controller import controller
from kubestow.compute.settlement import settled_option
from kubestow.model.option import ComputeOption, Operation, OptionDescription
from kubestow.policies.karpenter import Karpenter
from kubestow.policies.karpenter_packing import KarpenterPacking
from kubestow.policies.karpenter_preferences import is_heeded
from kubestow.provisioning.preparation.offerings import pools_of

KARPENTER = OptionDescription(
    "karpenter",
    "Karpenter",
    Operation(
        "you choose the AMI; Karpenter replaces nodes that drift",
        "about a minute: it launches instances itself",
        "expireAfter of the NodePool, 30 days by default",
    ),
    bounded=True,
)
_PREFERENCES = (
    "what pods prefer is required as long as it can be met (preference policy Respect, the "
    "default), so there may be more nodes than are needed"
)
_OWN_PODS = (
    "Karpenter's own two pods must not run on its nodes: the fees hold a small node group for them"
)


def option(case: ComparisonCase) -> ComputeOption:
    """Return the option."""
    cluster = case.snapshot.cluster
    pools = pools_of(cluster)
    planned = case.planned(pools, KarpenterPacking(pools))
    own = tuple(controller(case))
    prefers = any(is_heeded(pod.template.preferences) for pod in cluster.pods)
    notes = (_PREFERENCES,) if prefers else ()
    description = KARPENTER.noting(*notes, *((_OWN_PODS,) if own else ()))
    return settled_option(case, description, planned, Karpenter(pools), lambda plan: own)
