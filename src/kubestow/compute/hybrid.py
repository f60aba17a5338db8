"""EKS Hybrid Nodes: the user's own machines, paid to AWS by their vCPU-hours.

Law: the machines are what a file says, and a pod that does not fit on them cannot run there. The
fee falls by tiers of the month's vCPU-hours. Source: the fee is the one AWS published in 2024-12
and has not been checked against a bill: an estimate.
"""

from collections.abc import Sequence
from dataclasses import replace

from kubestow.compute import case as common
from kubestow.model import labels as names
from kubestow.model.instance_type import NANO_USD
from kubestow.model.machine import Machine
from kubestow.model.node import Node
from kubestow.model.option import (
    FEES,
    INSTANCES,
    CannotRun,
    ComputeOption,
    CostPart,
    FleetLine,
    Operation,
)
from kubestow.model.plan import PlannedNode
from kubestow.model.pod import Pod
from kubestow.model.resources import CPU, EPHEMERAL_STORAGE, MEMORY, PODS, amounts
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import EBS_PROVISIONERS

ID = "hybrid"
_TIERS = ((576_000, 0.020), (576_000, 0.014), (4_608_000, 0.010), (5_760_000, 0.008), (None, 0.006))
"""vCPU-hours a month, and USD for one."""
_SOURCE = "0.020 USD a vCPU-hour and less by volume, as published 2024-12 (unverified)"


def fee(vcpus: int, hours: float) -> int:
    """Return the fee in nano-USD an hour for so many vCPUs that all run so many hours a month."""
    left, total = vcpus * hours, 0.0
    for most, usd in _TIERS:
        taken = left if most is None else min(left, most)
        total += taken * usd
        left -= taken
    return round(total / hours * NANO_USD)


def option(case: common.ComparisonCase, machines: Sequence[Machine]) -> ComputeOption:
    """Return the option: the pods on the user's machines, and what they leave over."""
    cluster = case.snapshot.cluster
    nodes = tuple(
        _node(machine, number) for machine in machines for number in range(1, machine.count + 1)
    )
    barred = {pod.key for pod in cluster.pods if _needs_ebs(pod, cluster)}
    pods = tuple(pod for pod in cluster.pods if not pod.node_name and pod.key not in barred)
    alone = replace(cluster, nodes=nodes, pods=tuple(map(_without_storage, pods)), attachments=())
    snapshot = replace(case.snapshot, cluster=alone)
    plan = case.planned((), None, snapshot)
    asked = common.asked_by(snapshot)
    of: dict[str, list[PlannedNode]] = {}
    for node in plan.nodes:
        of.setdefault(node.name.rpartition("-")[0], []).append(node)
    lines = tuple(
        FleetLine(
            f"{m.name}: {m.vcpu} vCPU, {m.memory_bytes / 2**30:g} GiB",
            m.zone,
            "own",
            m.count,
            sum(len(node.pods) for node in of[m.name]),
            m.nano_usd_per_hour,
            m.pods,
            common.spare(of[m.name], asked),
        )
        for m in machines
    )
    vcpus = sum(m.vcpu * m.count for m in machines)
    own = sum(m.nano_usd_per_hour * m.count for m in machines)
    sources = sorted({m.source for m in machines if m.source})
    return ComputeOption(
        ID,
        "Hybrid Nodes",
        lines,
        (
            CostPart(INSTANCES, "own machines", own, "; ".join(sources) or "your file", False),
            CostPart(
                FEES, f"{vcpus} vCPU attached", fee(vcpus, case.hours_per_month), _SOURCE, True
            ),
            common.control_plane(case),
        ),
        (*common.left_out(plan), *_without_ebs(barred)),
        common.placed(plan, snapshot),
        Operation(
            "you: the machine, its operating system and nodeadm",
            "at once where there is room; there is no more than that",
            "as long as you keep it",
        ),
        (
            "every attached vCPU is billed while it is attached, used or not",
            "no EBS, no VPC CNI: a CNI such as Cilium and its addresses are yours",
            "ephemeral storage and devices of the machines are not known and not judged",
            *(
                ("what runs on the nodes of the input stays there, and is not counted",)
                if cluster.nodes
                else ()
            ),
        ),
        common.stranded(case, plan, snapshot),
        judged=((snapshot, plan, ()),),
    )


def _needs_ebs(pod: Pod, cluster: Cluster) -> bool:
    """Tell whether a pod has a disk of EBS, or a claim that would become one."""
    if pod.template.inline_ebs_volumes:
        return True
    for name in pod.volume_claims:
        claim = cluster.claims.get((pod.namespace, name))
        volume = cluster.volumes.get(claim.volume_name) if claim is not None else None
        storage = cluster.storage_classes.get(claim.storage_class or "") if claim else None
        if (
            volume.is_ebs
            if volume is not None
            else (storage is None or storage.provisioner in EBS_PROVISIONERS)
        ):
            return True
    return False


def _without_ebs(pods: set[str]) -> tuple[CannotRun, ...]:
    reason = "EBS volumes cannot be attached to machines of one's own"
    return (CannotRun(tuple(sorted(pods)), "spec.volumes", reason),) if pods else ()


def _without_storage(pod: Pod) -> Pod:
    """Return a pod that asks for no ephemeral storage, which machines do not state."""
    kept = tuple(item for item in pod.template.requests if item[0] != EPHEMERAL_STORAGE)
    return replace(pod, template=replace(pod.template, requests=kept))


def _node(machine: Machine, number: int) -> Node:
    name = f"{machine.name}-{number}"
    labels = {
        names.HOSTNAME: name,
        names.ARCH: machine.architecture,
        names.OS: "linux",
        "eks.amazonaws.com/compute-type": "hybrid",
        **dict(machine.labels),
    }
    if machine.zone:
        labels[names.ZONE] = machine.zone
    room = {CPU: machine.vcpu * 1000, MEMORY: machine.memory_bytes, PODS: machine.pods}
    return Node(name, tuple(sorted(labels.items())), amounts(room.items()))
