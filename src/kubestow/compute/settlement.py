"""Settlement: an option with the fleet that its autoscaler rests with, beside the first one.

What an autoscaler launches first is rarely what is paid for: pods that kube-scheduler puts
elsewhere need more nodes, and consolidation or scale-down takes others away, at the price of
evictions. The case's settler plays that; this module makes an option of its result.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from kubestow.compute.case import ComparisonCase
from kubestow.compute.node_option import option_of
from kubestow.model.counted import counted
from kubestow.model.instance_type import Price
from kubestow.model.option import (
    ComputeOption,
    CostPart,
    OptionDescription,
    PlanWithInput,
    Settlement,
)
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.settled import Settled, SettledNode
from kubestow.policies.policy import Policy

FeesOf = Callable[[Plan], Iterable[CostPart]]
"""Returns the costs of a plan that belong to no single node."""
FIRST_FLEET = "first fleet only, before any consolidation or scale-down"


def settled_option(
    case: ComparisonCase,
    description: OptionDescription,
    planned: PlanWithInput,
    policy: Policy,
    fees_of: FeesOf = lambda plan: (),
) -> ComputeOption:
    """Return the option with the fleet that the policy rests with.

    It is the first fleet, as ``planned``, where that cannot be told, and says why.
    """
    obstacle, settled = obstacle_of(case), None
    if not obstacle and case.settler is not None:
        settled = case.settler(planned.snapshot, policy, case.reporter)
        obstacle = _left_out(planned, settled)
    if settled is None or obstacle:
        note = f"{FIRST_FLEET}: {obstacle}"
        fees = fees_of(planned.plan)
        stranded = case.stranded(planned)
        return option_of(case, description.noting(note), planned, stranded=stranded, fees=fees)
    first = option_of(case, description, planned, stranded=None, fees=fees_of(planned.plan))
    resting = _resting(planned, settled)
    cannot = {item.pod for item in resting.plan.unschedulable}
    pending = [pod for pod in settled.pending if pod not in cannot]
    option = option_of(
        case, description.noting(*_notes(settled)), resting, stranded=pending,
        fees=fees_of(resting.plan),
    )  # fmt: skip
    settlement = Settlement(
        first.nano_usd_per_hour, first.nodes, settled.last_action_at, settled.evictions,
        settled.rests, settled.limit_seconds,
    )  # fmt: skip
    pods = option.pods + len(pending)
    return replace(option, pods=pods, plans=(planned,), settlement=settlement)


def obstacle_of(case: ComparisonCase) -> str:
    """Return why fleets cannot be left alone; an empty string if they can."""
    if case.settler is None:
        return "no autoscaler was left alone until it rests"
    if case.snapshot.cluster.nodes:
        return "the input has nodes, and a fleet is left alone from an empty cluster on"
    return ""


def _left_out(planned: PlanWithInput, settled: Settled) -> str:
    """Return which pods of a plan were not left alone with the fleet, if there are any."""
    simulated = {*settled.pending, *(pod for node in settled.nodes for pod in node.pods)}
    missing = sum(pod not in simulated for node in planned.plan.nodes for pod in node.pods)
    return "; ".join(settled.left_out) if missing else ""


def _notes(settled: Settled) -> Iterable[str]:
    hours = settled.limit_seconds // 3_600
    if not settled.rests:
        yield f"it does not rest: the fleet is the one after {counted(hours, 'hour')}"


def _resting(planned: PlanWithInput, settled: Settled) -> PlanWithInput:
    """Return the plan of the nodes that are left, for the pods on them."""
    prices = {
        (o.instance_type, o.zone, o.capacity_type): o.price
        for o in planned.snapshot.catalog.offerings
        if o.price is not None
    }
    nodes = tuple(_planned_node(node, prices[node.claim.offering]) for node in settled.nodes)
    pending = set(settled.pending)
    cannot = tuple(item for item in planned.plan.unschedulable if item.pod in pending)
    plan = replace(planned.plan, nodes=nodes, unschedulable=cannot, witness=())
    return replace(planned, plan=plan)


def _planned_node(node: SettledNode, price: Price) -> PlannedNode:
    claim = node.claim
    return PlannedNode(
        claim.name,
        claim.nodepool,
        claim.instance_type,
        claim.zone,
        claim.capacity_type,
        price,
        claim.node.labels,
        claim.node.taints,
        claim.node.allocatable,
        node.pods,
        tuple(pod.key for pod in claim.daemonset_pods),
    )
