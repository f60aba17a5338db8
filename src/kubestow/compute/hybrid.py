"""EKS Hybrid Nodes: the user's own machines, for which AWS charges by the vCPU-hour.

A file lists the machines; pods that do not fit on them cannot run. The fee falls in tiers of the
month's vCPU-hours. Source: AWS's prices of 2024-12; not checked against a bill, so an estimate.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kubestow.compute.case import ComparisonCase
from kubestow.compute.cost_parts import control_plane
from kubestow.compute.fleet_lines import requests_of, spare
from kubestow.compute.node_option import cannot_run, pods_run
from kubestow.model import labels as names
from kubestow.model.instance_type import NANO_USD
from kubestow.model.machine import Machine
from kubestow.model.node import Node
from kubestow.model.nodepool import GIB
from kubestow.model.option import (
    FEES,
    INSTANCES,
    CannotRun,
    ComputeOption,
    CostPart,
    FleetLine,
    Operation,
    OptionDescription,
    PlanWithInput,
)
from kubestow.model.plan import PlannedNode
from kubestow.model.pod import Pod
from kubestow.model.resources import CPU, EPHEMERAL_STORAGE, MEMORY, PODS, amounts
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import EBS_PROVISIONERS

HYBRID = OptionDescription(
    "hybrid",
    "Hybrid Nodes",
    Operation(
        "you: the machines, their operating system and nodeadm",
        "immediate while the machines have room; no more can be launched",
        "as long as you keep the machine",
    ),
    (
        "every attached vCPU is billed, used or not",
        "no EBS and no VPC CNI: you run a CNI such as Cilium and assign its addresses",
        "ephemeral storage and devices of the machines are unknown and not checked",
    ),
)
_RUNNING_STAYS = "pods already running on nodes of the input stay there and are not counted"
_NO_EBS = "EBS volumes cannot be attached to your own machines"
_TIERS = ((576_000, 0.020), (576_000, 0.014), (4_608_000, 0.010), (5_760_000, 0.008), (None, 0.006))
"""vCPU-hours per month, and USD per vCPU-hour."""
_FEE_SOURCE = "0.020 USD per vCPU-hour, less by volume, as published 2024-12 (unverified)"


def option(case: ComparisonCase, machines: Sequence[Machine]) -> ComputeOption:
    """Return the option: the pods that run on the user's machines, and those that do not fit."""
    cluster = case.snapshot.cluster
    on_ebs = {p.key for p in cluster.pods if not p.node_name and _needs_ebs(p, cluster)}
    planned = _planned(case, machines, on_ebs)
    stranded = case.stranded(planned)
    barred = (CannotRun(tuple(sorted(on_ebs)), "spec.volumes", _NO_EBS),) if on_ebs else ()
    return ComputeOption(
        HYBRID.noting(_RUNNING_STAYS) if cluster.nodes else HYBRID,
        tuple(_lines(planned, machines)),
        (*_costs(case, machines), control_plane(case)),
        (*cannot_run(planned.plan), *barred),
        pods_run(planned),
        None if stranded is None else len(stranded),
        (planned,),
    )


def _planned(
    case: ComparisonCase, machines: Iterable[Machine], on_ebs: Iterable[str]
) -> PlanWithInput:
    """Plan the pods to run on the machines only, except those that need EBS."""
    cluster = case.snapshot.cluster
    nodes = (_node(machine, number + 1) for machine in machines for number in range(machine.count))
    pods = (pod for pod in cluster.pods if not pod.node_name and pod.key not in on_ebs)
    cluster = replace(
        cluster, nodes=tuple(nodes), pods=tuple(map(_without_storage, pods)), attachments=()
    )
    return case.planned((), None, replace(case.snapshot, cluster=cluster))


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
    allocatable = {CPU: machine.vcpu * 1000, MEMORY: machine.memory_bytes, PODS: machine.pods}
    return Node(name, tuple(sorted(labels.items())), amounts(allocatable.items()))


def _needs_ebs(pod: Pod, cluster: Cluster) -> bool:
    """Return whether a pod has an EBS volume, or a claim for one."""
    return bool(pod.template.inline_ebs_volumes) or any(
        _claims_ebs(pod.namespace, name, cluster) for name in pod.volume_claims
    )


def _claims_ebs(namespace: str, name: str, cluster: Cluster) -> bool:
    claim = cluster.claims.get((namespace, name))
    if claim is None:
        return True
    volume = cluster.volumes.get(claim.volume_name)
    if volume is not None:
        return volume.is_ebs
    storage_class = cluster.storage_classes.get(claim.storage_class or "")
    return storage_class is None or storage_class.provisioner in EBS_PROVISIONERS


def _without_storage(pod: Pod) -> Pod:
    """Return the pod without its request for ephemeral storage, which machines do not declare."""
    requests = tuple(item for item in pod.template.requests if item[0] != EPHEMERAL_STORAGE)
    return replace(pod, template=replace(pod.template, requests=requests))


def _lines(planned: PlanWithInput, machines: Iterable[Machine]) -> Iterator[FleetLine]:
    requests = requests_of(planned.snapshot)
    nodes_of: dict[str, list[PlannedNode]] = {}
    for node in planned.plan.nodes:
        nodes_of.setdefault(node.name.rpartition("-")[0], []).append(node)
    for machine in machines:
        nodes = nodes_of[machine.name]
        yield FleetLine(
            f"{machine.name}: {machine.vcpu} vCPU, {machine.memory_bytes / GIB:g} GiB",
            machine.zone,
            "own",
            machine.count,
            sum(len(node.pods) for node in nodes),
            machine.nano_usd_per_hour,
            machine.pods,
            spare(nodes, requests),
        )


def _costs(case: ComparisonCase, machines: Sequence[Machine]) -> Iterator[CostPart]:
    own = sum(machine.nano_usd_per_hour * machine.count for machine in machines)
    sources = sorted({machine.source for machine in machines if machine.source})
    yield CostPart(INSTANCES, "own machines", own, "; ".join(sources) or "your file")
    vcpus = sum(machine.vcpu * machine.count for machine in machines)
    nano = fee(vcpus, case.hours_per_month)
    yield CostPart(FEES, f"{vcpus} vCPU attached", nano, _FEE_SOURCE, is_estimate=True)


def fee(vcpus: int, hours: float) -> int:
    """Return the fee in nano-USD per hour for vCPUs that are attached for ``hours`` a month."""
    left, total = vcpus * hours, 0.0
    for most, usd in _TIERS:
        taken = left if most is None else min(left, most)
        total += taken * usd
        left -= taken
    return round(total / hours * NANO_USD)
