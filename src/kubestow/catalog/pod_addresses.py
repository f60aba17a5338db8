"""How the VPC CNI gives pods their addresses: what a user says, or what an input's aws-node does.

Prefixes count only where maxPods of nodes follows, as some node of the input shows: kubelets do not
know of them by themselves. Source: EKS user guide, "Assign more IP addresses to Amazon EKS nodes
with prefixes"; Karpenter NodeClasses, spec.kubelet.maxPods.
"""

from collections.abc import Iterator
from dataclasses import replace

from kubestow.model.nodepool import Networking, WantedNetworking
from kubestow.model.snapshot import Cluster

_FOLLOWED = (
    "aws-node assigns address prefixes, and nodes have pod slots for them: planned with them; "
    "--no-prefix-delegation plans without"
)
_NOT_FOLLOWED = (
    "aws-node assigns address prefixes, but no node of the input has more pod slots than single "
    "addresses allow: planned without; --prefix-delegation plans with them where maxPods follows"
)
_CUSTOM = "aws-node uses custom networking: planned with it; --no-custom-networking plans without"


def with_pod_addresses(cluster: Cluster, wanted: WantedNetworking) -> tuple[Cluster, Networking]:
    """Return how pods get addresses, and the cluster with notes on what was found of it."""
    cni = cluster.vpc_cni
    found = Networking(
        cni.has_slots_for_prefixes, cni.networking.custom_networking or cluster.custom_networking
    )
    notes = tuple(_notes(cluster, wanted))
    return replace(cluster, assumptions=(*cluster.assumptions, *notes)), wanted.over(found)


def _notes(cluster: Cluster, wanted: WantedNetworking) -> Iterator[str]:
    cni = cluster.vpc_cni
    if cni.networking.prefix_delegation and wanted.prefix_delegation is None:
        yield _FOLLOWED if cni.has_slots_for_prefixes else _NOT_FOLLOWED
    if cni.networking.custom_networking and wanted.custom_networking is None:
        yield _CUSTOM
