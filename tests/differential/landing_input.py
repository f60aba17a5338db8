"""What is landed: the snapshots by name, and what a variant changes in them.

Law: values only; the same name gives the same snapshot.
"""

import random
from dataclasses import replace

from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.model.volume import PersistentVolumeClaim, StorageClass

from . import plans

MIX_PODS = 3_500
NAMES = (
    "shop", "openb", "small-1", "small-2", "small-3", "small-4", "caches-1", "caches-2", "caches-3",
    "spread-1", "spread-2", "spread-3",
)  # fmt: skip
_CLASS = "landed"
_SHARE_WITH_VOLUMES = 0.1
_GIB = 2**30


def snapshot(name: str, pods: int = MIX_PODS) -> Snapshot:
    """Return the snapshot of a row; mixes have at least so many pods, on c, m and r types."""
    return plans.snapshot(name, pods)


def with_volumes(state: Snapshot, seed: int) -> Snapshot:
    """Give each pod of a tenth of the workloads a claim that waits for its first consumer."""
    dice = random.Random(seed)
    workloads = sorted({_workload(pod) for pod in state.cluster.pods})
    chosen = set(dice.sample(workloads, max(int(len(workloads) * _SHARE_WITH_VOLUMES), 1)))
    claims = dict(state.cluster.claims)
    pods = []
    for pod in state.cluster.pods:
        if _workload(pod) not in chosen or pod.volume_claims:
            pods.append(pod)
            continue
        name = f"data-{pod.name}"
        claims[pod.namespace, name] = PersistentVolumeClaim(
            pod.namespace, name, _CLASS, bind_completed=False, requested=_GIB
        )
        pods.append(replace(pod, volume_claims=(name,)))
    classes = {**state.cluster.storage_classes, _CLASS: StorageClass(_CLASS)}
    cluster = replace(state.cluster, pods=tuple(pods), claims=claims, storage_classes=classes)
    return replace(state, cluster=cluster)


def _workload(pod: Pod) -> tuple[str, tuple[tuple[str, str], ...]]:
    return pod.namespace, pod.labels
