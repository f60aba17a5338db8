"""A quick plan: for whoever plans many times and needs no proof."""

from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.assemble import assemble_unproven
from kubestow.provisioning.packing.problem import PackingStrategy
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.provision import GAP, provision


def quick_plan(
    snapshot: Snapshot,
    pools: tuple[NodePool, ...],
    cache: PlanningCache | None = None,
    *,
    work_limit: int,
    seed: int,
    even: bool = False,
    strategy: PackingStrategy | None = None,
    every_node: bool = False,
    gap: float | None = None,
) -> Plan:
    """Plan as ``provision`` does, without a proof and without notes on what is assumed.

    With a ``gap`` the search goes on until its cost is proven to be that near the minimum, or its
    work is done.

    The plan leaves out existing nodes that get no pod, unless it is to hold ``every_node``.
    """
    fleet = provision(
        snapshot,
        pools,
        work_limit=work_limit,
        seed=seed,
        even=even,
        whole_loads=gap is not None,
        gap=GAP if gap is None else gap,
        strategy=strategy,
        cache=cache,
        proves=False,
    )
    return assemble_unproven(fleet, every_node=every_node)
