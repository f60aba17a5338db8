"""What a plan takes for granted of node groups and add-ons, and what of them is not counted.

Nothing here changes a plan; every note names the file or the group. Single fields that are not
modelled are named by kubestow.adapters.kubernetes.field_judgements. Sources: eksctl user guide,
"GPU support" (the device plugins that it installs); EKS user guide, "Assign more IP addresses to
Amazon EKS nodes with prefixes".
"""

import re
from collections.abc import Iterator

from kubestow.adapters.eksctl.config_file import EksctlConfig
from kubestow.adapters.eksctl.group_zones import group_zones
from kubestow.adapters.eksctl.node_group import EksctlNodeGroup
from kubestow.model.snapshot import Cluster

_SYSTEM = "kube-system"
_COUNTED = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
_IN_PART = {"aws-ebs-csi-driver": "aws-ebs-csi-driver (its controller)"}
_DEVICES = (
    (re.compile(r"p\d|g(?!\d+ad\b)r?\d"), "NVIDIA's device plugin"),
    (re.compile(r"inf\d|trn\d"), "the Neuron device plugin"),
)
"""Families of instances for which eksctl installs a DaemonSet; g4ad has AMD's GPUs."""


def title(group: EksctlNodeGroup) -> str:
    """Return how messages name a group."""
    return f"{'managed' if group.is_managed else 'self-managed'} node group {group.name}"


def group_notes(group: EksctlNodeGroup, config: EksctlConfig) -> Iterator[str]:
    """Yield what is taken for granted of a group's nodes, and what of them is not modelled."""
    own, types = title(group), ", ".join(group.instance_types)
    if len(group.instance_types) > 1 and group.is_spot:
        yield (
            f"{own}: EC2 chooses among {types}; planned as the cheapest that carries the pods, "
            f"while Cluster Autoscaler counts on {group.instance_types[0]}"
        )
    elif len(group.instance_types) > 1:
        yield (
            f"{own}: planned as {group.instance_types[0]}, the first of {types}: on demand it is "
            "launched first, and Cluster Autoscaler counts on it"
        )
    if group.is_mixed:
        yield f"{own}: a part of its nodes is spot; planned and priced as on demand"
    if group_zones(config.shape, group.shape) is None:
        yield f"{own}: the zones of its subnets are not known; planned in all zones"
    yield from (f"{own}: {note}" for note in _unmodelled(group))


def _unmodelled(group: EksctlNodeGroup) -> Iterator[str]:
    shape = group.shape
    if shape.capacity_reservation:
        yield "its capacity reservation is not modelled; priced on demand"
    for families, plugin in _DEVICES:
        if shape.ami_family != "Bottlerocket" and any(map(families.match, group.instance_types)):
            yield f"each of its nodes runs {plugin}, which eksctl installs: its pod is not counted"


def config_notes(config: EksctlConfig, cluster: Cluster) -> Iterator[str]:
    """Yield what of a file's clusters is not modelled; ``cluster`` is what else was read."""
    file = config.file
    if config.networking.prefix_delegation:
        yield (
            f"{file}: add-on vpc-cni assigns prefixes: planned as if it did not; "
            "--prefix-delegation plans with them where maxPods of the nodes follows"
        )
    if config.networking.custom_networking:
        yield f"{file}: add-on vpc-cni uses custom networking: planned with it"
    yield from _addons(config, cluster)


def _addons(config: EksctlConfig, cluster: Cluster) -> Iterator[str]:
    """Yield the add-ons whose pods are missing from an input without pods of kube-system."""
    if any(pod.namespace == _SYSTEM for pod in cluster.pods):
        return
    named = {addon.name for addon in config.shape.addons or ()} - {"", *_COUNTED}
    *most, last = [_IN_PART.get(name, name) for name in sorted(named)] or [""]
    if last:
        listed = f"add-ons {', '.join(most)} and {last}" if most else f"add-on {last}"
        yield f"{config.file}: the pods of {listed} are not in the input, and are not counted"
