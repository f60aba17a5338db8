"""Anti-affinity among replicas that needs more nodes or zones than can exist."""

from collections.abc import Iterator

from kubestow.model import labels as names
from kubestow.model.counted import agreeing, counted
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.spreading import is_zone, term_selects_itself
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "anti-affinity-needs-nodes",
    "error",
    "Anti-affinity needs more nodes than can exist",
    KUBERNETES
    + "concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare replicas that exclude each other with the nodes and zones they may use."""
    if context.unknown_capacity:
        yield RULE.not_judged(context.unknown_capacity)
        return
    for workload in context.on_nodes:
        places = context.reach(workload).tolerated
        for number, term in enumerate(workload.template.anti_affinity):
            if not places or not term_selects_itself(term, workload):
                continue
            if term.topology_key == names.HOSTNAME:
                sizes = [c.most for c in dict.fromkeys(capacity for capacity, _ in places)]
                if any(most is None for most in sizes):
                    continue
                places_max, what = sum(most or 0 for most in sizes), "nodes at maxSize"
            elif is_zone(term.topology_key):
                places_max, what = len({item.zone for _, item in places}), "zones"
            else:
                continue
            if workload.replicas > places_max:
                yield RULE.finding(
                    workload.subject,
                    f"{workload.field}.affinity.podAntiAffinity."
                    f"requiredDuringSchedulingIgnoredDuringExecution[{number}]",
                    f"{workload.replicas} replicas exclude each other by {term.topology_key}, but "
                    f"only {places_max} {what} {agreeing(places_max, 'is', 'are')} available: "
                    f"{workload.replicas - places_max} stay Pending",
                    f"run at most {counted(places_max, 'replica')}, make the term preferred, or "
                    "raise maxSize",
                )
