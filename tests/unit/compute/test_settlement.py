"""An option whose autoscaler was left alone: the settled cost, beside the first fleet's."""

from typing import Any

import pytest

from kubestow.compute import auto_mode, karpenter, managed_node_group
from kubestow.compute.case import ComparisonCase
from kubestow.compute.mixture import system_on_node_group
from kubestow.model import labels as names
from kubestow.model.option import INSTANCES
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.policy import Policy
from kubestow.simulation.settled import settled
from kubestow.testing import node, pod, replicas, snapshot, spread

PODS = (
    *replicas(9, "web", "900m", "1Gi", labels={"app": "web"},
              spread=(spread(names.ZONE, app="web"),)),
    *replicas(7, "api", "1500m", "5Gi"),
)  # fmt: skip
STATE = snapshot(PODS)
OPTIONS = [karpenter.option, managed_node_group.option, auto_mode.option]


@pytest.mark.parametrize("option", OPTIONS)
def test_the_cost_is_of_the_fleet_that_the_autoscaler_rests_with(option: Any) -> None:
    results = []

    def settler(state: Snapshot, policy: Policy, reporter: Reporter) -> Any:
        results.append(settled(state, policy, reporter))
        return results[-1]

    found = option(ComparisonCase(STATE, settler=settler))
    result = min(results, key=lambda each: (len(each.pending), each.nano_usd_per_hour))
    assert found.settlement is not None
    assert found.settlement.rests
    assert found.settlement.evictions == result.evictions
    assert found.part(INSTANCES) == result.nano_usd_per_hour
    assert found.nodes == len(result.nodes)
    assert found.pods == len(PODS)
    assert found.stranded == 0


@pytest.mark.parametrize("option", OPTIONS)
def test_the_first_fleet_is_the_one_without_a_settler(option: Any) -> None:
    first = option(ComparisonCase(STATE, rehearses=False))
    assert first.settlement is None
    assert any("first fleet only" in note for note in first.description.notes)
    found = option(ComparisonCase(STATE, settler=settled))
    assert found.settlement.first_nano_usd_per_hour == first.nano_usd_per_hour
    assert found.settlement.first_nodes == first.nodes
    assert [p.plan.nodes for p in found.plans] == [p.plan.nodes for p in first.plans]


def test_a_fleet_beside_nodes_of_the_input_is_the_first_one_and_says_so() -> None:
    state = snapshot(PODS, nodes=(node("there", "1", "1Gi"),))
    found = karpenter.option(ComparisonCase(state, settler=settled))
    assert found.settlement is None
    assert any("the input has nodes" in note for note in found.description.notes)


def test_pods_that_no_fleet_runs_are_no_pending_pods() -> None:
    state = snapshot((*PODS, pod("huge", "900")))
    found = karpenter.option(ComparisonCase(state, settler=settled))
    assert (found.pods, found.stranded) == (len(PODS), 0)
    assert [item.pods for item in found.cannot_run] == [("default/huge",)]


def test_a_mixture_settles_in_both_parts() -> None:
    state = snapshot((*PODS, pod("dns", namespace="kube-system")))
    case = ComparisonCase(state, settler=settled)
    found = system_on_node_group(case, managed_node_group.NodeGroups())
    first = system_on_node_group(ComparisonCase(state), managed_node_group.NodeGroups())
    assert found is not None
    assert first is not None
    assert found.settlement is not None
    pending = first.part("pending pods")
    assert found.settlement.first_nano_usd_per_hour == first.nano_usd_per_hour - pending
