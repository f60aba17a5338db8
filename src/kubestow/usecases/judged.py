"""The one place where plans are judged before anybody sees them."""

from kubestow.model.bug import RefusedPlanError
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.verify import judge


def judged(snapshot: Snapshot, plan: Plan, pools: tuple[NodePool, ...], title: str = "") -> Plan:
    """Return the plan; raise RefusedPlanError where the judge finds it illegal.

    ``title`` names the plan where there are several.
    """
    violations = judge(snapshot, plan, pools)
    if violations:
        raise RefusedPlanError(snapshot, plan, violations, title)
    return plan
