"""What kube-scheduler says about a pod on the existing nodes, in its own words.

Only existing nodes and the pods bound to them count; nothing planned or reserved.
"""

from dataclasses import replace

from kubestow.model.explanation import SchedulerView
from kubestow.model.snapshot import Cluster
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.filtering import judge
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.scheduler_cache import build_cache


def scheduler_view(cluster: Cluster, pod: int) -> SchedulerView | None:
    """Return kube-scheduler's verdict on one pod; None if there are no nodes."""
    there = tuple(node for node in cluster.nodes if not node.reservation)
    if not there:
        return None
    cluster = replace(cluster, nodes=there)
    state = build_cache(cluster)
    verdict = judge(PodContext(state, state.kind_of[pod]))
    feasible = int(verdict.feasible.sum())
    best: list[str] = []
    if feasible:
        nodes = Cycle(state, sampled=False).best_nodes(pod)
        best = sorted(state.nodes[int(number)].name for number in nodes)
    total = len(there)
    return SchedulerView(
        total,
        feasible,
        f"{feasible}/{total} nodes are available." if feasible else verdict.message(),
        _counted(verdict.histogram),
        _counted(verdict.deciding),
        tuple(best),
    )


def _counted(counts: "dict[str, int]") -> tuple[tuple[str, int], ...]:
    """Return names with their counts, the largest count first."""
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
