"""Arrival: where kube-scheduler itself would put pods that wait, on the nodes that are expected.

Law: its own cycle (kubestow.scheduling.cycle), one order of arrival; a plan that leaves none
waiting here may still leave one in another order, and never an illegal one.
"""

from collections.abc import Collection
from dataclasses import replace

from kubestow.model.snapshot import Snapshot
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.rehearsal import settled
from kubestow.scheduling.state import build_state


def arrive(
    snapshot: Snapshot, pods: Collection[str], seed: int = 0
) -> tuple[Snapshot, tuple[str, ...]]:
    """Let some of the pods that wait come; return the snapshot after it, and who still waits."""
    cluster = settled(snapshot.cluster)
    wanted = set(pods)
    numbers = [n for n, pod in enumerate(cluster.pods) if pod.key in wanted and not pod.node_name]
    state = build_state(cluster)
    Cycle(state, seed).run(numbers)
    placed = {n: state.nodes[state.node_of[n]].name for n in numbers if n in state.node_of}
    after = tuple(
        replace(pod, node_name=placed[n]) if n in placed else pod
        for n, pod in enumerate(snapshot.cluster.pods)
    )
    left = tuple(cluster.pods[n].key for n in numbers if n not in placed)
    return replace(snapshot, cluster=replace(snapshot.cluster, pods=after)), left
