"""Share per node: at most so large a share of a workload's replicas on one node.

Every workload gets a topology spread constraint that says so, as if its manifest had it. Its pods
are planned, rehearsed and judged like any other.
"""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from math import floor

from kubestow.model.labels import HOSTNAME
from kubestow.model.pod import Pod, PodTemplate, SpreadConstraint
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.snapshot import Snapshot

_PER_POD = frozenset(
    {
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-completion-index",
        "controller-revision-hash",
        "controller-uid",
        "pod-template-hash",
        "statefulset.kubernetes.io/pod-name",
    }
)
Workload = tuple[str, LabelSelector]
"""What tells a workload apart: its namespace and what selects its pods."""


def with_max_share_per_node(snapshot: Snapshot, share: Fraction) -> Snapshot:
    """Hold every workload of two replicas or more to this share of them on a node, at least one.

    A workload is the pods of a namespace with one owner's selector, or with the same labels where
    no selector is known; pods without labels cannot be selected and are left alone. Replicas that
    run already count, but are not moved.
    """
    cluster = snapshot.cluster
    workloads = [workload_of(pod) for pod in cluster.pods]
    replicas = Counter(workload for workload in workloads if workload is not None)
    amended: dict[tuple[PodTemplate, Workload], PodTemplate] = {}
    pods = []
    for pod, workload in zip(cluster.pods, workloads, strict=True):
        if workload is None or pod.node_name or replicas[workload] < 2:
            pods.append(pod)
            continue
        key = (pod.template, workload)
        if key not in amended:
            cap = max(1, floor(replicas[workload] * share))
            amended[key] = _held(pod, workload[1], cap)
        pods.append(replace(pod, template=amended[key]))
    held = len({workload for _, workload in amended})
    note = (
        f"a node runs at most {float(100 * share):g} % of a workload's replicas, or one "
        f"({held} workloads); kube-scheduler keeps to it, as long as some node has none of them, "
        f"if the pod templates have topologySpreadConstraints: [{{topologyKey: {HOSTNAME}, "
        "whenUnsatisfiable: DoNotSchedule, maxSkew: that share of the replicas rounded down, at "
        "least 1, labelSelector: the workload's own}]"
    )
    assumptions = (*cluster.assumptions, note) if held else cluster.assumptions
    return replace(snapshot, cluster=replace(cluster, pods=tuple(pods), assumptions=assumptions))


def workload_of(pod: Pod) -> Workload | None:
    """Return a pod's workload; None for a pod of a DaemonSet, or one that nothing selects."""
    if pod.daemonset or pod.terminating:
        return None
    selector = pod.owner_selector or LabelSelector(())
    own = tuple(item for item in selector.requirements if item.key not in _PER_POD)
    if not own:
        labels = [(key, value) for key, value in pod.labels if key not in _PER_POD]
        own = tuple(SelectorRequirement(key, "In", (value,)) for key, value in labels)
    return (pod.namespace, LabelSelector(own)) if own else None


def _held(pod: Pod, selector: LabelSelector, cap: int) -> PodTemplate:
    """Return a pod's template with a hostname spread of at most ``cap``; its own is tightened."""
    template, labels = pod.template, dict(pod.labels)
    spread = []
    has_own = False
    for constraint in template.spread:
        counts = constraint.selector is not None and constraint.selector.matches(labels)
        if constraint.topology_key == HOSTNAME and counts:
            has_own = True
            spread.append(replace(constraint, max_skew=min(cap, constraint.max_skew)))
        else:
            spread.append(constraint)
    if not has_own:
        spread.append(SpreadConstraint(HOSTNAME, cap, selector))
    return replace(template, spread=tuple(spread))
