"""Pod batching: Karpenter waits for more pods before it packs those that are pending.

A batch is packed one second after its last pod came, and at most ten seconds after its first.
Source: kubernetes-sigs/karpenter v1.14 pkg/controllers/provisioning/batcher.go.
"""

from collections.abc import Collection
from dataclasses import replace

from kubestow.model.decision import Waiting
from kubestow.model.memory import Memory
from kubestow.model.policy_memory import KarpenterMemory, PodBatch
from kubestow.model.snapshot import Snapshot
from kubestow.policies.provisioner import PLANNED, nominations, waiting_pods

BATCH_IDLE_SECONDS, BATCH_SECONDS_MAX = 1, 10
BATCHED = "it is batched with the pods that follow it"


def batched(snapshot: Snapshot, own: KarpenterMemory) -> KarpenterMemory:
    """Return the memory with newly pending pods in its batch; without a batch if that is due."""
    at, waiting, batch = snapshot.at, len(waiting_pods(snapshot.cluster)), own.batch
    if waiting > own.waiting_pods:
        batch = PodBatch(batch.first_pod_at if batch else at, at)
    if not waiting or (batch is not None and due_at(batch) <= at):
        batch = None
    return replace(own, batch=batch, waiting_pods=waiting)


def due_at(batch: PodBatch) -> int:
    """Return when a batch is to be packed."""
    return min(batch.last_pod_at + BATCH_IDLE_SECONDS, batch.first_pod_at + BATCH_SECONDS_MAX)


def batch_reasons(
    snapshot: Snapshot, memory: Memory, leaving: Collection[str]
) -> tuple[Waiting, ...]:
    """Return why each pod waits while a batch is open: for its planned node, or for the batch."""
    planned_on = nominations(snapshot, memory, leaving)
    return tuple(
        Waiting(pod.key, PLANNED, planned_on[pod.key])
        if pod.key in planned_on
        else Waiting(pod.key, BATCHED)
        for pod in waiting_pods(snapshot.cluster)
    )
