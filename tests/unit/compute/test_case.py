from dataclasses import replace

import pytest

from kubestow.compute.case import ComparisonCase, pods_to_run
from kubestow.model.instance_type import ServicePrice
from kubestow.testing import GENERAL, catalog, node, nodepool, pod, replicas, snapshot

GIVEN = snapshot(replicas(3, "web", "1"))


def test_pods_to_run_are_those_on_no_node_that_no_daemonset_makes() -> None:
    agent = replace(pod("agent-x"), daemonset="kube-system/agent")
    given = snapshot([pod("a"), pod("b", node="n"), agent], nodes=(node("n"),))
    assert pods_to_run(given) == {"default/a"}


def test_a_plan_comes_with_the_snapshot_and_the_pools_it_was_made_for() -> None:
    pools = (nodepool("other"),)
    case = ComparisonCase(GIVEN)
    planned = case.planned(pools)
    assert (planned.snapshot, planned.pools) == (GIVEN, pools)
    assert {item.nodepool for item in planned.plan.nodes} == {"other"}
    smaller = snapshot([pod("one")])
    assert case.planned(pools, snapshot=smaller).snapshot is smaller


@pytest.mark.parametrize(("item", "usd"), [("fargate_vcpu", 0.04), ("fargate_gb", None)])
def test_a_service_has_a_price_where_the_catalog_has_it(item: str, usd: float | None) -> None:
    listed = (ServicePrice("fargate_vcpu", 0.04, "hour", "list"),)
    priced = replace(catalog(*GENERAL), service_prices=listed)
    price = ComparisonCase(snapshot(catalog_of=priced)).service_price(item)
    assert (None if price is None else price.usd) == usd


def test_a_plan_with_room_for_every_order_of_arrival_strands_nobody() -> None:
    case = ComparisonCase(GIVEN)
    assert case.stranded(case.planned((nodepool(),))) == ()


def test_pods_that_a_plans_nodes_cannot_all_hold_are_stranded() -> None:
    case = ComparisonCase(GIVEN)
    planned = case.planned((nodepool(),))
    tight = tuple(replace(item, allocatable=(("cpu", 1000), ("memory", 2**40), ("pods", 58)))
                  for item in planned.plan.nodes)  # fmt: skip
    stranded = case.stranded(replace(planned, plan=replace(planned.plan, nodes=tight)))
    assert stranded is not None
    assert len(stranded) == 3 - len(tight)
    assert set(stranded) < {item.key for item in GIVEN.cluster.pods}


def test_without_a_rehearsal_nobody_knows_who_is_stranded() -> None:
    case = ComparisonCase(GIVEN, rehearses=False)
    assert case.stranded(case.planned((nodepool(),))) is None
