"""More EBS volumes than a node can attach, for one pod or for as many pods as fit.

Slots are counted for the worst case, with all network interfaces attached.
"""

from collections.abc import Iterator

from kubestow.model.counted import counted
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.resources import EBS_VOLUMES
from kubestow.model.setup import CheckedWorkload
from kubestow.preflight.capacity import one_node_holds
from kubestow.preflight.check_context import CheckContext, Place
from kubestow.preflight.volumes import is_ebs
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "ebs-slots",
    "error",
    "Nodes have too few EBS slots for the volumes of their pods",
    KUBERNETES + "concepts/storage/storage-limits/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare volumes with slots, for one pod and for a full node."""
    if not context.capacities:
        yield RULE.not_judged(context.unknown_capacity or "there are no nodes, only Fargate")
        return
    for workload in context.on_nodes:
        volumes = sum(is_ebs(context.setup, workload, volume) for volume in workload.volumes)
        places = context.reach(workload).fitting
        if not volumes or not places:
            continue
        slots = max(_slots(place) for place in places)
        if volumes > slots:
            yield RULE.finding(
                workload.subject,
                f"{workload.field}.volumes",
                f"a pod uses {counted(volumes, 'EBS volume')}, but the nodes it may use have at "
                f"most {counted(slots, 'attachment slot')}",
                "use fewer and larger volumes, EFS, or types with more slots (Nitro)",
            )
        else:
            yield from _crowded(workload, volumes, places)


def _crowded(
    workload: CheckedWorkload, volumes: int, places: tuple[Place, ...]
) -> Iterator[Finding]:
    """Report a workload if slots, not requests, limit it on every node it may use."""
    limited = []
    for place in places:
        pods = min(one_node_holds(workload.template, place[1]), workload.replicas)
        if pods * volumes <= _slots(place):
            return
        limited.append((_slots(place), pods, place[1].instance_type))
    slots, pods, name = max(limited)
    yield RULE.finding(
        workload.subject,
        f"{workload.field}.volumes",
        f"by requests, {counted(pods, 'pod')} with {pods * volumes} EBS volumes fit on a node, "
        f"but {name} has {slots} slots: more nodes are needed than requests suggest",
        "use smaller nodes, or fewer volumes per pod",
        "info",
    )


def _slots(place: Place) -> int:
    return dict(place[1].allocatable).get(EBS_VOLUMES, 0)
