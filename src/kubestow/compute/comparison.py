"""All options on the same pods, side by side.

Law: every option is asked for the same pods and paid at the same prices; which can run them at
all, and what they cost, is each option's own affair.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kubestow.compute import (
    auto_mode,
    fargate,
    hybrid,
    karpenter,
    managed_node_group,
    mixture,
    optimum,
    self_managed,
)
from kubestow.compute import (
    homogeneous as one_type,
)
from kubestow.compute.case import Case
from kubestow.model.fargate_profile import Profile
from kubestow.model.machine import Machine
from kubestow.model.option import Comparison, ComputeOption
from kubestow.model.plan import Bound
from kubestow.policies.cluster_autoscaler import Expander


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user says of the options."""

    node_group_types: Sequence[str] = ()
    node_groups: int = managed_node_group.GROUPS_MOST
    expander: Expander = "least-waste"
    fargate_profiles: Sequence[Profile] = ()
    machines: Sequence[Machine] = ()


def compare(case: Case, wishes: Wishes) -> Comparison:
    """Return every option for the case's pods; Hybrid Nodes only where there are machines."""
    case.reporter.progress("planning kubestow's fleet", 0, 0)
    cheapest, bound = optimum.option(case)
    found: list[ComputeOption | None] = [cheapest]
    case.reporter.progress("planning Karpenter's fleet", 0, 0)
    found.append(karpenter.option(case))
    case.reporter.progress("planning node groups with Cluster Autoscaler", 0, 0)
    managed = managed_node_group.option(
        case, wishes.node_group_types, wishes.node_groups, wishes.expander
    )
    found += [managed, self_managed.option(managed)]
    case.reporter.progress("planning EKS Auto Mode", 0, 0)
    found.append(auto_mode.option(case))
    case.reporter.progress("sizing pods for Fargate", 0, 0)
    found.append(fargate.option(case, wishes.fargate_profiles))
    if wishes.machines:
        found.append(hybrid.option(case, wishes.machines))
    case.reporter.progress("planning mixtures", 0, 0)
    found.append(mixture.system_on_node_group(case))
    if wishes.fargate_profiles:
        found.append(mixture.namespaces_on_fargate(case, wishes.fargate_profiles))
    return _comparison(case, found, bound)


def homogeneous(case: Case, types: Sequence[str]) -> Comparison:
    """Return fleets of one type each, and kubestow's beside them."""
    case.reporter.progress("planning kubestow's fleet", 0, 0)
    cheapest, bound = optimum.option(case)
    found: list[ComputeOption | None] = [cheapest]
    for name in types:
        case.reporter.progress(f"planning {name}", 0, 0)
        found.append(one_type.option(case, name))
    return _comparison(case, found, bound)


def _comparison(case: Case, found: Sequence[ComputeOption | None], bound: Bound) -> Comparison:
    cluster = case.snapshot.cluster
    pods = sum(1 for pod in cluster.pods if not pod.node_name and not pod.daemonset)
    return Comparison(tuple(option for option in found if option), bound, pods, cluster.assumptions)
