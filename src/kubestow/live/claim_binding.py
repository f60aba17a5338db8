"""Claims that wait for a first consumer are made for a node before its pod is bound to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster

_SELECTED = "volume.kubernetes.io/selected-node"


class ClaimHand(Protocol):
    """Who annotates claims."""

    def annotate_claim(self, namespace: str, name: str, notes: Mapping[str, str]) -> Answer:
        """Set annotations of a PersistentVolumeClaim."""


@dataclass(frozen=True, slots=True)
class ClaimBinding:
    """Whether all claims of a pod are bound, and what became of what was asked for them."""

    is_done: bool
    answers: tuple[Answer, ...] = ()


def bind_claims(hand: ClaimHand, cluster: Cluster, pod: Pod, node: str) -> ClaimBinding:
    """Have the claims of a pod that wait for it made for a node.

    Source: pkg/scheduler/framework/plugins/volumebinding (PreBind), annSelectedNode.
    """
    found = (cluster.claims.get((pod.namespace, name)) for name in pod.volume_claims)
    unbound = [
        claim
        for claim in found
        if claim is not None and not (claim.volume_name and claim.bind_completed)
    ]
    answers = tuple(
        hand.annotate_claim(claim.namespace, claim.name, {_SELECTED: node})
        for claim in unbound
        if claim.selected_node is None
    )
    return ClaimBinding(not unbound, answers)
