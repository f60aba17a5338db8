"""A landing as text: how many pods are where, which nodes are open, and what is left."""

from collections.abc import Iterable, Iterator

from kubestow.model.counted import agreeing, counted
from kubestow.model.landing_report import NodeOutcome, PodOutcome
from kubestow.report.table import Screen, heading, pairs, render
from kubestow.views.landing_view import LandingView

_NAMED = 5
_WORDS = {
    PodOutcome.AS_PLANNED: "as planned",
    PodOutcome.ELSEWHERE: "elsewhere",
    PodOutcome.PENDING: "Pending",
    PodOutcome.ABSENT: "not there",
    PodOutcome.NOT_WANTED: "not wanted any more",
}


def render_landing(view: LandingView, screen: Screen) -> str:
    """Render a landing."""
    counts = view.pod_counts
    would = "would be" if view.dry_run else agreeing(counts.planned, "is", "are")
    of = f"{counts.as_planned:,} of {counted(counts.planned, 'planned pod')} {would}"
    their = agreeing(counts.planned, "its node", "their nodes")
    lines = [heading(f"{view.cluster}: {of} on {their}"), *pairs(_sums(view)), *_left(view)]
    return render(lines, screen)


def _sums(view: LandingView) -> Iterator[tuple[str, str]]:
    pods = dict.fromkeys(PodOutcome, 0)
    for pod in view.pods:
        pods[PodOutcome(pod.outcome)] += 1
    said = (f"{count:,} {_WORDS[key]}" for key, count in pods.items() if count)
    yield "pods", ", ".join(said) or "none"
    nodes = dict.fromkeys(NodeOutcome, 0)
    for node in view.nodes:
        nodes[NodeOutcome(node.outcome)] += 1
    yield "nodes", ", ".join(f"{n:,} {key}" for key, n in nodes.items() if n) or "none"
    if view.timed_out:
        yield "time", "--timeout was over: what was held still was opened"


def _left(view: LandingView) -> Iterator[str]:
    """Yield what is not as planned, the same reason once."""
    left: dict[tuple[str, str], list[str]] = {}
    for node in view.nodes:
        if node.outcome != NodeOutcome.OPENED:
            place = " ".join((node.instance_type, node.zone, node.capacity_type))
            name = node.node or f"{node.planned_node} ({node.node_pool}, {place})"
            left.setdefault((f"node {node.outcome}", node.reason), []).append(name)
    for pod in view.pods:
        if pod.outcome in (PodOutcome.PENDING, PodOutcome.ABSENT):
            key = (f"pod {_WORDS[PodOutcome(pod.outcome)]}", pod.reason)
            left.setdefault(key, []).append(pod.pod or pod.planned_pod)
        elif pod.outcome == PodOutcome.ELSEWHERE:
            left.setdefault(("pod elsewhere", ""), []).append(f"{pod.pod} on {pod.node}")
    for other in view.other_nodes:
        left.setdefault(("other node", other.reason), []).append(other.node)
    if left:
        yield ""
    for (what, reason), names in left.items():
        yield f"  {what}: {_some(names)}{': ' if reason else ''}{reason}"


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - _NAMED
    shown = ", ".join(listed[:_NAMED])
    return f"{shown} and {more:,} more" if more > 0 else shown
