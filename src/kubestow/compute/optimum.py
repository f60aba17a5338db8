"""kubestow's own fleet: the cheapest found, with its proven minimum.

Law: nodes of self-managed or Karpenter-launched capacity; no fee but the instances'.
"""

from contextlib import suppress

from kubestow.compute import case as common
from kubestow.model.instance_type import NANO_USD
from kubestow.model.option import ComputeOption, Operation
from kubestow.model.plan import Bound, Plan
from kubestow.model.reporter import EnoughError
from kubestow.provisioning.preparation.offerings import pools_of
from kubestow.provisioning.rehearsed.plan_choice import mend

ID = "optimum"


def _rehearsed(plan: Plan) -> tuple[str, ...]:
    found = plan.rehearsed
    if found is None:
        return ()
    extra = found.extra_nano_usd_per_hour / NANO_USD
    return (
        f"rehearsed in {found.orders} orders of arrival, {found.pending} pods Pending in the "
        f"worst; that costs {extra:.4f} USD/h of it",
    )


def option(case: common.ComparisonCase) -> tuple[ComputeOption, Bound, Plan]:
    """Return the option, the proven minimum of its instances, and its plan."""
    snapshot = case.snapshot
    pools = pools_of(snapshot.cluster)
    plan = case.planned(pools)
    bound = plan.bound
    if case.rehearses:
        with suppress(EnoughError):  # interrupted: as it is, not rehearsed
            plan = mend(snapshot, plan, reporter=case.reporter, seed=case.seed)
    found = common.option_of(
        case,
        plan,
        (snapshot, pools),
        identity=ID,
        title="kubestow's fleet",
        operation=Operation(
            "you: AMI and add-ons, by replacing nodes",
            "as long as EC2 needs for a node, about a minute",
            "until you replace it",
        ),
        pending=plan.rehearsed.pending if plan.rehearsed else None,
        notes=_rehearsed(plan),
        bounded=True,
    )
    return found, bound, plan
