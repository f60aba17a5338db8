"""Replicas that may all run on one node, because nothing spreads them."""

from collections.abc import Iterator

from kubestow.model import labels as names
from kubestow.model.counted import counted
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.capacity import one_node_holds
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.claim_shared_apart import tied_to_one_node
from kubestow.preflight.spreading import constraint, is_zone, kept_apart
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "crowd-on-one-node",
    "warning",
    "All replicas may run on one node",
    KUBERNETES + "concepts/scheduling-eviction/topology-spread-constraints/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find workloads with several replicas that no constraint spreads over nodes or zones."""
    for workload in context.on_nodes:
        if not workload.lasts or workload.replicas < 2:
            continue
        if tied_to_one_node(context, workload):
            continue  # spread, they could not use the claim they share
        if any(key == names.HOSTNAME or is_zone(key) for key in kept_apart(workload)):
            continue
        places = context.reach(workload).fitting
        most = max((one_node_holds(workload.template, item) for _, item in places), default=None)
        if most is not None and most < 2:
            continue  # no node fits two of them
        some = "all" if most is None or most >= workload.replicas else f"{most}"
        yield RULE.finding(
            workload.subject,
            f"{workload.field}.topologySpreadConstraints",
            f"nothing spreads its {counted(workload.replicas, 'replica')}: {some} may run on one "
            "node and fail with it",
            constraint(workload, names.HOSTNAME, "ScheduleAnyway"),
        )
