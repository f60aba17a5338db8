"""A volume in a zone where its pod can use no node."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.volumes import bound_volume, zones_of_volume
from kubestow.preflight.wording import KUBERNETES, listed

RULE = Rule(
    "zonal-volume",
    "error",
    "A volume is in a zone without nodes for its pod",
    KUBERNETES + "concepts/storage/persistent-volumes/#node-affinity",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare the zones of bound volumes with those of the nodes their pods may use."""
    if context.unknown_capacity:
        yield RULE.not_judged(context.unknown_capacity)
        return
    for workload in context.on_nodes:
        offered = {item.zone for _, item in context.reach(workload).tolerated}
        if not offered:
            continue  # other checks report why it can use no node
        for volume in workload.volumes:
            bound = bound_volume(context.setup, workload, volume)
            zones = zones_of_volume(bound) if bound is not None else ()
            if bound is not None and zones and not offered & set(zones):
                yield RULE.finding(
                    workload.subject,
                    f"{workload.field}.volumes",
                    f"volume {bound.name} (claim {volume.claim}) is in {listed(zones)}, but the "
                    f"nodes its pod may use are only in {listed(sorted(offered))}",
                    f"let a node group or NodePool launch in {zones[0]}, or restore a snapshot of "
                    "the volume in a zone with nodes",
                )
