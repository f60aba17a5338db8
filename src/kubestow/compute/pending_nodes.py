"""Pending nodes: what nodes for the pods that an option leaves Pending would cost.

An option must not look cheaper because pods of it wait: the cheapest nodes for them, which nothing
else runs on, are added to its costs. An autoscaler may well launch dearer ones.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from kubestow.compute.case import ComparisonCase
from kubestow.compute.node_parts import root_volumes
from kubestow.model.counted import counted
from kubestow.model.option import PENDING_PODS, CostPart, PlanWithInput
from kubestow.model.pod import Pod
from kubestow.provisioning.quick_plan import quick_plan

_WORK_LIMIT = 300
_SOURCE = "the cheapest nodes found for these pods alone, from the same NodePools"


def pending_nodes(
    case: ComparisonCase, planned: PlanWithInput, pending: Collection[str]
) -> Iterator[CostPart]:
    """Yield the cost of the cheapest nodes for pods that are left Pending, if there are any."""
    wanted = set(pending)
    if not wanted:
        return
    snapshot, pools = planned.snapshot, planned.pools
    pods = tuple(_alone(pod) for pod in snapshot.cluster.pods if pod.key in wanted)
    snapshot = replace(snapshot, cluster=replace(snapshot.cluster, pods=pods, nodes=()))
    plan = quick_plan(snapshot, pools, work_limit=_WORK_LIMIT, seed=case.seed)
    volumes = root_volumes(plan, pools, snapshot.catalog, case.hours_per_month)
    nano = plan.cost_nano_usd_per_hour + sum(part.nano_usd_per_hour for part in volumes)
    name = f"{counted(len(plan.nodes), 'node')} for {counted(len(pods), 'Pending pod')}"
    lacking = len(plan.unschedulable)
    source = f"{_SOURCE}; without {lacking} that need other pods or nodes" if lacking else _SOURCE
    yield CostPart(PENDING_PODS, name, nano, source, is_estimate=True)


def _alone(pod: Pod) -> Pod:
    """Return a pod that needs no others on its node or in its zone: those run elsewhere."""
    return replace(pod, template=replace(pod.template, affinity=()))
