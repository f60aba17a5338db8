"""kubestow's own fleet: the cheapest found, with its proven minimum.

Law: nodes of self-managed or Karpenter-launched capacity; no fee but the instances'.
"""

from kubestow.compute import case as common
from kubestow.model.option import ComputeOption, Operation
from kubestow.model.plan import Bound
from kubestow.provisioning.choosing import mend
from kubestow.provisioning.offerings import pools_of

ID = "optimum"


def option(case: common.Case) -> tuple[ComputeOption, Bound]:
    """Return the option and the proven minimum of its instances."""
    snapshot = case.snapshot
    pools = pools_of(snapshot.cluster)
    plan = case.planned(pools)
    bound = plan.bound
    if case.rehearses:
        plan = mend(snapshot, plan, reporter=case.reporter, seed=case.seed)
    found = ComputeOption(
        ID,
        "kubestow's fleet",
        common.fleet_lines(plan, snapshot),
        (
            *common.instances(plan),
            *common.storage(case, plan, pools),
            common.control_plane(case),
        ),
        common.left_out(plan),
        common.placed(plan),
        Operation(
            "you: AMI and add-ons, by replacing nodes",
            "as long as EC2 needs for a node, about a minute",
            "until you replace it",
        ),
        ("mended until no order of arrival leaves a pod Pending",) * case.rehearses
        + common.storage_note(case),
        plan.rehearsed.pending if plan.rehearsed else None,
        ((snapshot, plan, pools),),
    )
    return found, bound
