from kubestow import engine
from kubestow.explanation.planned_cluster import (
    changed,
    existing_name,
    only,
    planned_name,
    usage,
    with_planned_nodes,
)
from kubestow.model import labels as names
from kubestow.testing import node, nodepool, pod, snapshot

GIVEN = snapshot([pod("a"), pod("b"), pod("huge", cpu="200")], nodes=(node("tiny", "50m"),))
PLAN = engine.plan(GIVEN)


def test_a_planned_node_that_stands_is_told_from_every_node_of_the_input() -> None:
    assert planned_name(existing_name("new-1")) == "new-1"
    assert planned_name("new-1") is None


def test_every_pod_stands_where_the_plan_puts_it_but_those_a_change_concerns() -> None:
    (new,) = (item for item in PLAN.nodes if not item.existing)
    cluster = with_planned_nodes(GIVEN, PLAN, (1,)).cluster
    assert [item.node_name for item in cluster.pods] == [existing_name(new.name), "", ""]
    assert {item.name for item in cluster.nodes} == {"tiny", existing_name(new.name)}


def test_a_standing_node_carries_its_own_name_as_hostname() -> None:
    (new,) = (item for item in PLAN.nodes if not item.existing)
    name = existing_name(new.name)
    (stands,) = (n for n in with_planned_nodes(GIVEN, PLAN, ()).cluster.nodes if n.name == name)
    assert dict(stands.labels)[names.HOSTNAME] == name
    assert stands.allocatable == new.allocatable


def test_a_change_gives_the_template_to_the_pods_it_concerns_alone() -> None:
    template = pod("x", cpu="2").template
    pools = (nodepool("other"),)
    cluster = changed(GIVEN, (0, 2), template, pools).cluster
    assert [item.template == template for item in cluster.pods] == [True, False, True]
    assert cluster.nodepools == pools
    assert [item.key for item in cluster.pods] == [item.key for item in GIVEN.cluster.pods]


def test_only_the_offerings_that_are_asked_for_are_for_sale() -> None:
    wanted = frozenset({("m5.large", "zone-a", "on-demand")})
    left = only(GIVEN, wanted).catalog.offerings
    assert {(o.instance_type, o.zone, o.capacity_type) for o in left} == wanted


def test_nodes_use_the_limits_of_the_pool_whose_label_they_bear() -> None:
    nodes = tuple(
        node(name, labels={names.NODEPOOL: pool, names.INSTANCE_TYPE: "m5.large"})
        for name, pool in (("a", "one"), ("b", "one"), ("c", "two"))
    )
    pools = (nodepool("one"), nodepool("two"))
    used = usage(snapshot((), nodepools=pools), nodes)
    assert {pool: amounts["cpu"] for pool, amounts in used.items()} == {"one": 4000, "two": 2000}
    fresh = tuple(item for item in PLAN.nodes if not item.existing)
    assert usage(GIVEN, (), fresh)["pool"]["cpu"] == 2000
