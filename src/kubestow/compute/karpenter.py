"""Karpenter with the user's NodePools: its first fleet, before any consolidation.

Law: its own choice of nodes (kubestow.policies.karpenter_packing), paid at the catalog's prices.
"""

from kubestow.compute import case as common
from kubestow.model.option import ComputeOption, Operation
from kubestow.policies.karpenter_packing import KarpenterPacking
from kubestow.provisioning.preparation.offerings import pools_of

ID = "karpenter"
_OWN_PODS = (
    "Karpenter's own two pods (by default 1 vCPU and 1 GiB each) are not counted: they must run on "
    "a node group or on Fargate"
)
_CONSOLIDATION = (
    "this is its first fleet; its consolidation may later replace nodes, one for many, by evicting "
    "pods"
)


def option(case: common.ComparisonCase) -> ComputeOption:
    """Return the option."""
    snapshot = case.snapshot
    pools = pools_of(snapshot.cluster)
    runs = any("karpenter" in pod.name for pod in snapshot.cluster.pods)
    own = () if runs else (_OWN_PODS,)
    plan = case.planned(pools, KarpenterPacking(pools))
    return common.option_of(
        case,
        plan,
        (snapshot, pools),
        identity=ID,
        title="Karpenter",
        operation=Operation(
            "you choose the AMI; Karpenter replaces nodes that drift from it",
            "about a minute: it launches instances itself",
            "expireAfter of the NodePool, 30 days by default",
        ),
        pending=common.stranded(case, plan, snapshot),
        notes=(_CONSOLIDATION, *own),
        bounded=True,
    )
