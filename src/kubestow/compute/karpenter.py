"""Karpenter with the user's NodePools: its first fleet, before any consolidation.

The nodes are chosen as Karpenter chooses them (kubestow.policies.karpenter_packing).
"""

from kubestow.compute.case import ComparisonCase
from kubestow.compute.node_option import option_of
from kubestow.model.option import ComputeOption, Operation, OptionDescription
from kubestow.model.pod import Preferences
from kubestow.policies.karpenter_packing import KarpenterPacking
from kubestow.provisioning.preparation.offerings import pools_of

KARPENTER = OptionDescription(
    "karpenter",
    "Karpenter",
    Operation(
        "you choose the AMI; Karpenter replaces nodes that drift",
        "about a minute: it launches instances itself",
        "expireAfter of the NodePool, 30 days by default",
    ),
    (
        "this is the first fleet; consolidation may later replace several nodes by one and evict "
        "their pods",
    ),
    bounded=True,
)
_PREFERENCES = (
    "what pods prefer is required as long as it can be met (preference policy Respect, the "
    "default), so there may be more nodes than are needed"
)
_OWN_PODS = (
    "Karpenter's own two pods (1 vCPU and 1 GiB each by default) are not included: they need a "
    "node group or Fargate"
)


def option(case: ComparisonCase) -> ComputeOption:
    """Return the option."""
    cluster = case.snapshot.cluster
    pools = pools_of(cluster)
    planned = case.planned(pools, KarpenterPacking(pools))
    counts_own_pods = any("karpenter" in pod.name for pod in cluster.pods)
    prefers = any(_is_heeded(pod.template.preferences) for pod in cluster.pods)
    notes = (_PREFERENCES,) if prefers else ()
    description = KARPENTER.noting(*notes, *(() if counts_own_pods else (_OWN_PODS,)))
    return option_of(case, description, planned, stranded=case.stranded(planned))


def _is_heeded(soft: Preferences) -> bool:
    return bool(soft.spread or soft.node_affinity or soft.affinity or soft.anti_affinity)
