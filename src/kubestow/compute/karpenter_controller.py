"""Karpenter's own pods, and the nodes they need: none that Karpenter launched.

Its Helm chart runs two replicas on different nodes, which must not be Karpenter's own. It sets no
requests, and suggests 1 cpu and 1 GiB for each; its getting-started guide installs it with these.
Source: aws/karpenter-provider-aws, charts/karpenter/values.yaml (replicas, affinity, tolerations,
controller.resources).
"""

from collections.abc import Iterator
from dataclasses import replace

from kubestow.compute.case import ComparisonCase
from kubestow.compute.node_parts import root_volumes
from kubestow.model import labels as names
from kubestow.model.counted import counted
from kubestow.model.nodepool import GIB
from kubestow.model.option import FEES, CostPart
from kubestow.model.pod import Pod, PodAffinityTerm, PodTemplate
from kubestow.model.resources import CPU, MEMORY, amounts
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.provisioning.preparation.offerings import default_pools
from kubestow.provisioning.quick_plan import quick_plan

REPLICAS, CPU_MILLI, MEMORY_BYTES = 2, 1_000, GIB
_LABEL = ("app.kubernetes.io/name", "karpenter")
_WORK_LIMIT = 300
_SOURCE = (
    "the cheapest nodes found for two pods of 1 cpu and 1 GiB, as Karpenter's chart suggests, on "
    "different on-demand nodes of a node group"
)


def controller(case: ComparisonCase) -> Iterator[CostPart]:
    """Yield the cost of the nodes for Karpenter's own pods, unless the input has such pods."""
    cluster = case.snapshot.cluster
    if any("karpenter" in pod.name for pod in cluster.pods):
        return
    pools = default_pools()
    snapshot = replace(
        case.snapshot, cluster=replace(cluster, pods=_pods(), nodes=(), nodepools=pools)
    )
    plan = quick_plan(snapshot, pools, work_limit=_WORK_LIMIT, seed=case.seed)
    volumes = root_volumes(plan, pools, snapshot.catalog, case.hours_per_month)
    nano = plan.cost_nano_usd_per_hour + sum(part.nano_usd_per_hour for part in volumes)
    types = sorted({node.instance_type for node in plan.nodes})
    name = f"Karpenter's own two pods, {counted(len(plan.nodes), 'node')} ({', '.join(types)})"
    if plan.nodes:
        yield CostPart(FEES, name, nano, _SOURCE)


def _pods() -> tuple[Pod, ...]:
    key, value = _LABEL
    selector = LabelSelector((SelectorRequirement(key, "In", (value,)),))
    template = PodTemplate(
        requests=amounts({CPU: CPU_MILLI, MEMORY: MEMORY_BYTES}),
        anti_affinity=(PodAffinityTerm(names.HOSTNAME, selector),),
    )
    return tuple(
        Pod("kube-system", f"karpenter-{number}", template, (_LABEL,)) for number in range(REPLICAS)
    )
