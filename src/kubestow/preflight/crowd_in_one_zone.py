"""Replicas that may all run in one zone, because nothing spreads them over zones."""

from collections.abc import Iterator

from kubestow.model import labels as names
from kubestow.model.counted import counted
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.claim_shared_apart import tied_to_one_zone
from kubestow.preflight.spreading import constraint, is_zone, kept_apart
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "crowd-in-one-zone",
    "warning",
    "All replicas may run in one zone",
    KUBERNETES + "concepts/scheduling-eviction/topology-spread-constraints/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find workloads with several replicas that no constraint spreads over zones."""
    for workload in context.on_nodes:
        if not workload.lasts or workload.replicas < 2:
            continue
        if tied_to_one_zone(context, workload):
            continue  # spread, they could not use the claim they share
        if any(is_zone(key) for key in kept_apart(workload)):
            continue
        zones = {item.zone for _, item in context.reach(workload).tolerated}
        if len(zones) == 1 and not context.unknown_capacity:
            continue  # it may use no other zone
        yield RULE.finding(
            workload.subject,
            f"{workload.field}.topologySpreadConstraints",
            f"nothing spreads its {counted(workload.replicas, 'replica')} over zones: all may run "
            "in one zone and fail with it",
            constraint(workload, names.ZONE, "ScheduleAnyway"),
        )
