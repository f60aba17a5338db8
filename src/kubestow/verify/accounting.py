"""Accounting: every pod appears once, no pod is invented, and no pod is placed that cannot run.

Only names are compared here; other rules decide where a pod may go.
"""

from collections import Counter
from collections.abc import Iterator

from kubestow.model.pod import Pod
from kubestow.model.violation import Violation
from kubestow.verify.final_state import FinalState


def accounting(final_state: FinalState) -> Iterator[Violation]:
    """Find pods that are lost, duplicated, invented, moved or not allowed to run."""
    placed: dict[str, list[str]] = {}
    for node in final_state.plan.nodes:
        for key in node.pods:
            placed.setdefault(key, []).append(node.name)
    refused = Counter(item.pod for item in final_state.plan.unschedulable)
    pods_by_key: dict[str, list[Pod]] = {}
    for pod in final_state.snapshot.cluster.pods:
        pods_by_key.setdefault(pod.key, []).append(pod)
    for key, pods in pods_by_key.items():
        places = placed.get(key, [])
        if len(pods) == 1:
            yield from _one_pod(pods[0], places, refused[key])
        elif len(places) + refused[key] != len(pods):
            yield Violation(
                "Accounting",
                key,
                f"{len(pods)} pods have this name, the plan has {len(places) + refused[key]}",
            )
    for key in (*placed, *refused):
        if key not in pods_by_key:
            yield Violation("Accounting", key, "no such pod is in the snapshot")


def _one_pod(pod: Pod, places: list[str], refusals: int) -> Iterator[Violation]:
    if pod.node_name:
        if places != [pod.node_name] or refusals:
            yield Violation(
                "Accounting", pod.key, f"it is bound to {pod.node_name}, and only there"
            )
        return
    times = len(places) + refusals
    if times != 1:
        yield Violation("Accounting", pod.key, f"it appears {times} times in the plan")
    if not places:
        return
    if pod.rejected:
        yield Violation("Admission", pod.key, pod.rejected)
    if pod.template.scheduling_gates:
        yield Violation("SchedulingGates", pod.key, ", ".join(pod.template.scheduling_gates))
    if pod.template.unsupported:
        yield Violation("Unsupported", pod.key, ", ".join(pod.template.unsupported))
