"""More EBS volumes than a node can attach: for one pod, or before its requests fill the node.

Law: slots are those of the worst case, with all network interfaces attached.
"""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.resources import EBS_VOLUMES
from kubestow.model.setup import CheckedWorkload
from kubestow.preflight.capacity import one_node_holds
from kubestow.preflight.check_context import CheckContext, Place
from kubestow.preflight.volumes import is_ebs
from kubestow.preflight.wording import KUBERNETES, counted

RULE = Rule(
    "ebs-slots",
    "error",
    "A node has too few EBS slots for the volumes its pods use",
    KUBERNETES + "concepts/storage/storage-limits/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare volumes with slots, for one pod and for a node full of them."""
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
            yield RULE.found(
                workload.subject,
                f"{workload.field}.volumes",
                f"a pod uses {counted(volumes, 'EBS volume')}, and the nodes it may use have "
                f"{counted(slots, 'attachment slot')} at most",
                "use fewer, larger volumes, EFS, or types with more attachments (Nitro)",
            )
        else:
            yield from _crowded(workload, volumes, places)


def _crowded(
    workload: CheckedWorkload, volumes: int, places: tuple[Place, ...]
) -> Iterator[Finding]:
    """Say where slots and not requests are what fills every node it may use."""
    bound = []
    for place in places:
        pods = min(one_node_holds(workload.template, place[1]), workload.replicas)
        if pods * volumes <= _slots(place):
            return
        bound.append((_slots(place), pods, place[1].instance_type))
    slots, pods, name = max(bound)
    yield RULE.found(
        workload.subject,
        f"{workload.field}.volumes",
        f"{counted(pods, 'pod')} of it fit a node by their requests, with {pods * volumes} EBS "
        f"volumes, and {name} has {slots} slots: more nodes are needed than requests say",
        "plan with smaller nodes, or fewer volumes a pod",
        "info",
    )


def _slots(place: Place) -> int:
    return dict(place[1].allocatable).get(EBS_VOLUMES, 0)
