"""Replicas that may all land in one zone: nothing spreads them over zones."""

from collections.abc import Iterator

from kubestow.model import labels as names
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.spreading import constraint, is_zone, kept_apart
from kubestow.preflight.wording import KUBERNETES, counted

RULE = Rule(
    "crowd-in-one-zone",
    "warning",
    "Replicas are free to crowd in one zone",
    KUBERNETES + "concepts/scheduling-eviction/topology-spread-constraints/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find workloads of several replicas that no constraint over zones keeps apart."""
    for workload in context.on_nodes:
        if not workload.lasts or workload.replicas < 2:
            continue
        if any(is_zone(key) for key in kept_apart(workload)):
            continue
        zones = {item.zone for _, item in context.reach(workload).tolerated}
        if len(zones) == 1 and not context.unknown_capacity:
            continue  # there is no other zone it may go to
        yield RULE.found(
            workload.subject,
            f"{workload.field}.topologySpreadConstraints",
            f"all of its {counted(workload.replicas, 'replica')} may land in one zone, and go down "
            "with it: nothing spreads them over zones",
            constraint(workload, names.ZONE, "ScheduleAnyway"),
        )
