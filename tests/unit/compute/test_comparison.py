"""All options side by side: the same pods, legal plans, and no cheaper than the minimum."""

from dataclasses import replace

import pytest
from tests.legality import is_legal
from tests.properties.test_plans import random_snapshot

from kubestow.compute.case import ComparisonCase
from kubestow.compute.comparison import OptionChoices, compare, compare_types
from kubestow.compute.managed_node_group import NodeGroups
from kubestow.model import labels as names
from kubestow.model.fargate_profile import FargateProfile, FargateSelector
from kubestow.model.instance_type import Catalog, ServicePrice
from kubestow.model.machine import Machine
from kubestow.model.reporter import EnoughError
from kubestow.model.taints import Taint, Toleration
from kubestow.testing import GENERAL, catalog, node, nodepool, pod, replicas, snapshot

IDS = ["optimum", "karpenter", "managed-node-groups", "self-managed", "auto-mode", "fargate"]


def with_fargate() -> Catalog:
    """Return the catalog of the builders with Fargate's prices."""
    items = ("fargate_x86_vcpu_hour", "fargate_x86_gb_hour")
    prices = tuple(ServicePrice(item, 0.05, "USD/h", "quoted") for item in items)
    return replace(catalog(*GENERAL), service_prices=prices)


def test_every_option_is_there_and_legal() -> None:
    pods = (*replicas(8, "web", "1", "2Gi"), pod("dns", namespace="kube-system"))
    choices = OptionChoices(
        fargate_profiles=(FargateProfile("web", "", (FargateSelector("default"),)),),
        machines=(Machine("rack", 16, 64 * 2**30),),
    )
    found = compare(ComparisonCase(snapshot(pods, catalog_of=with_fargate())), choices)
    mixtures = ["system-and-karpenter", "fargate-and-karpenter"]
    assert [o.id for o in found.options] == [*IDS, "hybrid", *mixtures]
    assert found.pods == 9
    for option in found.options:
        assert all(is_legal(planned) for planned in option.plans)
        left = {name for item in option.cannot_run for name in item.pods}
        assert option.pods + len(left) == 9
        assert option.part("control plane") == 100_000_000


@pytest.mark.parametrize("seed", range(8))
def test_no_fleet_of_nodes_that_runs_all_pods_costs_less_than_the_minimum(seed: int) -> None:
    state = random_snapshot(seed)
    found = compare(ComparisonCase(state, rehearses=False), OptionChoices())
    for option in found.options:
        assert all(is_legal(planned) for planned in option.plans), option.id
        assert option.description.bounded == (option.id in ("optimum", "karpenter"))
        if option.description.bounded and option.pods == found.options[0].pods:
            assert option.part("instances") >= found.lower_bound.nano_usd_per_hour


def test_kubestow_s_fleet_stands_beside_fleets_of_one_type() -> None:
    found = compare_types(
        ComparisonCase(snapshot(replicas(4, "web", "1", "1Gi"))), ("m5.large", "m5.xlarge")
    )
    assert [o.id for o in found.options] == ["optimum", "m5.large", "m5.xlarge"]
    assert all(o.stranded == 0 for o in found.options)


def test_pods_that_the_scheduler_leaves_out_of_an_autoscaler_s_fleet_are_counted() -> None:
    # The big pod needs a node of its own; small ones that come before it fill every node a little.
    pods = (*replicas(12, "small", "400m", "512Mi"), *replicas(3, "big", "3500m", "1Gi"))
    found = compare(ComparisonCase(snapshot(pods)), OptionChoices(NodeGroups(("m5.xlarge",))))
    groups = next(o for o in found.options if o.id == "managed-node-groups")
    assert groups.stranded
    assert found.options[0].stranded == 0


def test_pods_that_run_already_do_not_count_and_no_mixture_shares_their_nodes() -> None:
    there = node("there", "4", "16Gi", labels={names.INSTANCE_TYPE: "m5.xlarge"})
    pods = (*replicas(2, "old", "1", node="there"), *replicas(6, "new", "1", "1Gi"),
            pod("dns", namespace="kube-system"))  # fmt: skip
    machines = (Machine("rack", 16, 64 * 2**30),)
    found = compare(
        ComparisonCase(snapshot(pods, nodes=(there,))), OptionChoices(machines=machines)
    )
    assert found.pods == 7
    for option in found.options:
        left = {name for item in option.cannot_run for name in item.pods}
        assert option.pods + len(left) == 7, option.id
        assert all(is_legal(planned) for planned in option.plans)
    assert "system-and-karpenter" not in [o.id for o in found.options]
    assert any("share the nodes of the input" in text for text in found.assumptions)


def test_every_architecture_and_every_tainted_pool_gets_a_node_group() -> None:
    taint = Taint("team", "a", "NoSchedule")
    pools = (nodepool("open"), nodepool("team", taints=(taint,), weight=1))
    tolerating = {"tolerations": (Toleration("team", "Equal", "a", "NoSchedule"),)}
    chosen = {"node_selector": ((names.NODEPOOL, "team"),)}
    pods = (*replicas(5, "web", "1"), *replicas(2, "own", "1", **tolerating, **chosen))
    found = compare(
        ComparisonCase(snapshot(pods, nodepools=pools)), OptionChoices(NodeGroups(most=1))
    )
    groups = next(o for o in found.options if o.id == "managed-node-groups")
    assert groups.pods == 7


class Impatient:
    """A reporter that asks for the end at the third step."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def progress(self, step: str, done: int, total: int) -> None:
        """Note the step; ask for the end at node groups."""
        self.steps.append(step)
        if step.startswith("planning node groups"):
            raise EnoughError


def test_an_interrupted_comparison_keeps_what_is_done() -> None:
    case = ComparisonCase(snapshot(replicas(4, "web", "1")), rehearses=False, reporter=Impatient())
    found = compare(case, OptionChoices())
    assert [o.id for o in found.options] == ["optimum", "karpenter"]
    assert any("interrupted" in text for text in found.assumptions)
