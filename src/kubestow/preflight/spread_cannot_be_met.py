"""A topology spread that leaves pods Pending whatever is launched.

Source: kubernetes pkg/scheduler/framework/plugins/podtopologyspread: a node needs the key; with
fewer domains than minDomains the emptiest counts as zero, so each domain takes maxSkew pods.
"""

from collections.abc import Iterator

from kubestow.model import labels as names
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.pod import SpreadConstraint
from kubestow.model.setup import CheckedWorkload
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.spreading import selects_itself
from kubestow.preflight.wording import KUBERNETES, counted

RULE = Rule(
    "spread-cannot-be-met",
    "error",
    "A topology spread constraint cannot be met",
    KUBERNETES + "concepts/scheduling-eviction/topology-spread-constraints/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Count the domains nodes can be in, for every hard constraint."""
    if context.unknown_capacity:
        yield RULE.not_judged(context.unknown_capacity)
        return
    for workload in context.on_nodes:
        for number, spread in enumerate(workload.template.spread):
            found = _problem(context, workload, spread)
            if found is not None:
                field = f"{workload.field}.topologySpreadConstraints[{number}]"
                yield RULE.found(workload.subject, field, *found)


def _problem(
    context: CheckContext, workload: CheckedWorkload, spread: SpreadConstraint
) -> tuple[str, str] | None:
    places = context.reach(workload).tolerated
    if not places:
        return None
    key = names.normalised(spread.topology_key)
    if key == names.HOSTNAME:
        nodes = [c.most for c in dict.fromkeys(capacity for capacity, _ in places)]
        if any(most is None for most in nodes):
            return None
        domains = sum(most or 0 for most in nodes)
    else:
        domains = len({item.labels[key] for _, item in places if key in item.labels})
    if not domains:
        fix = f"spread over {names.ZONE} or {names.HOSTNAME}, or label the nodes"
        return f"no node it may use has the label {spread.topology_key}", fix
    if domains >= spread.min_domains or not selects_itself(spread, dict(workload.labels)):
        return None
    room = spread.max_skew * domains
    if room >= workload.replicas:
        return None
    return (
        f"minDomains: {spread.min_domains} and nodes can be in {counted(domains, 'domain')} of "
        f"{spread.topology_key} only, so each takes maxSkew: {spread.max_skew} pods: "
        f"{counted(workload.replicas - room, 'replica')} of {workload.replicas} stay Pending",
        f"write minDomains: {domains}, or add domains",
    )
