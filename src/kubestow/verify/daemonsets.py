"""DaemonSets: one pod on every new node that it may run on, and never two.

The DaemonSet controller considers selector, affinity and taints, but not resources.
"""

from collections import Counter
from collections.abc import Iterator

from kubestow.model.pod import DaemonSet
from kubestow.model.taints import DAEMONSET_TOLERATIONS
from kubestow.model.violation import Violation
from kubestow.verify.constraints import node_is_admitted, untolerated
from kubestow.verify.final_state import FinalState, NodeInPlan, daemonset_pod_name


def runs_on(daemonset: DaemonSet, place: NodeInPlan) -> bool:
    """Return whether the DaemonSet's pod is created for the node and may start there."""
    template = daemonset.template
    if template.unsupported or template.scheduling_gates:
        return False
    if not node_is_admitted(template, place.name, place.labels):
        return False
    return untolerated(place.taints, (*template.tolerations, *DAEMONSET_TOLERATIONS)) is None


def daemonsets(final_state: FinalState) -> Iterator[Violation]:
    """Find DaemonSet pods that are missing, misplaced, duplicated or invented."""
    bound = {
        (pod.node_name, pod.daemonset)
        for pod in final_state.snapshot.cluster.pods
        if pod.daemonset and pod.node_name
    }
    for place in final_state.places:
        if place.planned is None:
            continue
        listed = Counter(place.planned.daemonset_pods)
        for daemonset in final_state.snapshot.cluster.daemonsets:
            name = daemonset_pod_name(daemonset, place.name)
            times = listed.pop(name, 0)
            runs = runs_on(daemonset, place)
            if times > 1:
                yield Violation("DaemonSet", place.name, f"{name} is listed {times} times")
            elif times and (place.name, daemonset.key) in bound:
                yield Violation("DaemonSet", place.name, f"{daemonset.key} already runs here")
            elif times and not runs:
                yield Violation("DaemonSet", place.name, f"{daemonset.key} does not run here")
            elif runs and not times and not place.existing:
                yield Violation("DaemonSet", place.name, f"{name} is missing")
        for name in listed:
            yield Violation("DaemonSet", place.name, f"{name} is not the pod of a DaemonSet")
