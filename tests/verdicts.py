"""What one filter says of one pod and one node, in a word that a table can hold."""

from collections.abc import Iterable
from typing import Any, Protocol

from kubestow.model.node import Node
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal
from kubestow.scheduling.scheduler_cache import build_cache

PASSES = ""


class Filter(Protocol):
    """A filter's module."""

    def refusals(self, context: PodContext) -> list[Refusal]:
        """Return the nodes it refuses, by reason."""


def unschedulable(*reasons: str) -> str:
    """Say that a node is refused, and that evicting pods may help."""
    return f"Unschedulable: {'; '.join(reasons)}"


def unresolvable(*reasons: str) -> str:
    """Say that a node is refused, and that evicting pods would not help."""
    return f"UnschedulableAndUnresolvable: {'; '.join(reasons)}"


def context_of(
    incoming: Pod, nodes: Iterable[Node], there: Iterable[Pod], **more: Any
) -> PodContext:
    """Return what a filter sees of a pod; further arguments are Cluster's fields."""
    cache = build_cache(Cluster(pods=(incoming, *there), nodes=tuple(nodes), **more))
    return PodContext(cache, cache.kind_of[0])


def verdicts(
    module: Filter, incoming: Pod, nodes: Iterable[Node], *there: Pod, **more: Any
) -> list[str]:
    """Return a filter's verdict on a pod for each node, by that filter alone."""
    context = context_of(incoming, nodes, there, **more)
    refusals = module.refusals(context)
    answers = []
    for number in range(len(context.index)):
        own = [refusal for refusal in refusals if refusal.nodes[number]]
        final = any(
            refusal.hopeless if isinstance(refusal.hopeless, bool) else refusal.hopeless[number]
            for refusal in own
        )
        reasons = [refusal.reason for refusal in own]
        refused = unresolvable(*reasons) if final else unschedulable(*reasons)
        answers.append(refused if own else PASSES)
    return answers


def verdict(module: Filter, incoming: Pod, node: Node, *there: Pod, **more: Any) -> str:
    """Return a filter's verdict on a pod and the only node."""
    (answer,) = verdicts(module, incoming, (node,), *there, **more)
    return answer
