"""A topology spread constraint that leaves pods Pending, whatever is launched.

Source: kubernetes pkg/scheduler/framework/plugins/podtopologyspread: a node needs the key; with
fewer domains than minDomains the global minimum is zero, so each domain takes maxSkew pods.
"""

from collections.abc import Iterator

from kubestow.model import labels as names
from kubestow.model.counted import counted
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.pod import SpreadConstraint
from kubestow.model.setup import CheckedWorkload
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.spreading import selects_itself
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "spread-cannot-be-met",
    "error",
    "A topology spread constraint cannot be satisfied",
    KUBERNETES + "concepts/scheduling-eviction/topology-spread-constraints/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Count the domains that nodes can be in, for every hard constraint."""
    if context.unknown_capacity:
        yield RULE.not_judged(context.unknown_capacity)
        return
    for workload in context.on_nodes:
        for number, spread in enumerate(workload.template.spread):
            problem = _problem(context, workload, spread)
            if problem is not None:
                field = f"{workload.field}.topologySpreadConstraints[{number}]"
                yield RULE.finding(workload.subject, field, *problem)


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
    placeable = spread.max_skew * domains
    if placeable >= workload.replicas:
        return None
    return (
        f"minDomains is {spread.min_domains}, but nodes can be in only "
        f"{counted(domains, 'domain')} of {spread.topology_key}, so each takes at most "
        f"{spread.max_skew} (maxSkew): {counted(workload.replicas - placeable, 'replica')} of "
        f"{workload.replicas} stay Pending",
        f"set minDomains: {domains}, or add domains",
    )
