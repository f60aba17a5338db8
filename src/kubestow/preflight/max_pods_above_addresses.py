"""A maxPods above the number of pods that the VPC CNI has addresses for.

Addresses depend on the network interfaces, prefix delegation and custom networking. Pods beyond
them stay in ContainerCreating.
"""

from collections.abc import Iterator

from kubestow.catalog.density import max_pods
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.nodepool import NodeClass
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS, listed

RULE = Rule(
    "max-pods-above-addresses",
    "warning",
    "A node allows more pods than it has addresses for",
    EKS + "choosing-instance-type.html",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare maxPods with the addresses of each instance type."""
    if not context.capacities:
        yield RULE.not_judged(context.unknown_capacity or "there are no nodes, only Fargate")
    for capacity in context.capacities:
        allowed = capacity.node_class.max_pods
        if allowed is None:
            continue
        given = {t.name: max_pods(t, NodeClass(), context.networking) for t in capacity.types}
        short = sorted((pods, name) for name, pods in given.items() if pods < allowed)
        if not short:
            continue
        in_group = capacity.group is not None
        field = f"{capacity.path}.maxPodsPerNode" if in_group else "spec.kubelet.maxPods"
        some = listed((f"{name} {pods}" for pods, name in short), 3)
        all_types = len(short) == len(given)
        some_or_all = f"{len(short)} of its {len(given)} instance types have"
        if all_types:
            some_or_all = "its instance types have"
        yield RULE.finding(
            capacity.subject,
            field,
            f"it allows {allowed} pods per node, but {some_or_all} addresses for fewer: {some}; "
            "pods beyond that stay in ContainerCreating",
            f"lower it to {short[0][0]}, or omit it"
            + ("" if context.networking.prefix_delegation else ", or enable prefix delegation"),
            "error" if all_types else None,
        )
