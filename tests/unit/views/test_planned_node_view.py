"""A planned node: what its pods request, what is of headroom, and when it is filled."""

from dataclasses import replace

import pytest
from msgspec import UNSET

from kubestow.model.instance_type import Price
from kubestow.model.plan import Alternative, LaunchList
from kubestow.model.taints import Taint
from kubestow.testing import daemonset, pod, replicas, snapshot
from kubestow.views.planned_node_view import planned_node_views

from .plans import plan, planned

HELD = "kubestow-headroom/held-0"
OF = snapshot(
    (*replicas(2, "web", "500m", "1Gi"), pod("held-0", "1", "1Gi", namespace="kubestow-headroom")),
    daemonsets=(daemonset("agent"),),
)


def test_requests_are_those_of_its_pods_of_headroom_and_of_daemonsets() -> None:
    node = planned("n", ["default/web-0", HELD], daemonset_pods=("kube-system/agent-n",))
    (view,) = planned_node_views(plan(node), OF)
    assert view.requested == {"cpu": "1600m", "memory": "2176Mi", "pods": "3"}
    assert view.allocatable == {"cpu": "1900m", "memory": "6144Mi", "pods": "20"}
    assert (view.pods, view.headroom_pods) == (("default/web-0",), 1)


def test_what_does_not_apply_is_unset() -> None:
    (view,) = planned_node_views(plan(planned("n")), OF)
    assert (view.headroom_pods, view.reservation, view.launch) == (UNSET, UNSET, UNSET)


def test_a_launch_list_is_shown_even_if_it_is_empty() -> None:
    item = Alternative("m5.xlarge", "zone-b", "spot", Price(5, "a list", is_estimate=True))
    nodes = (planned("a", launch=LaunchList((), 0)), planned("b", launch=LaunchList((item,), 3)))
    empty, full = (view.launch for view in planned_node_views(plan(*nodes), OF))
    assert empty
    assert (empty.count, empty.alternatives) == (0, ())
    assert full
    assert (full.count, full.alternatives[0].usd_per_hour) == (3, 5 / 10**9)


def test_a_reserved_node_is_not_there_yet_and_used_with_pods_alone() -> None:
    nodes = (
        planned("there", existing=True),
        planned("unused", existing=True, reservation="r"),
        planned("used", ["default/web-0"], existing=True, reservation="r"),
        planned("held", [HELD], existing=True, reservation="r"),
    )
    views = planned_node_views(plan(*nodes), OF)
    assert [view.is_there for view in views] == [True, False, False, False]
    assert [view.is_used_reservation for view in views] == [False, False, True, True]


@pytest.mark.parametrize("order", ["second", "third", "last", ""])
def test_the_fill_order_is_that_of_its_taint(order: str) -> None:
    keys = ("dedicated", *([f"kubestow.dev/fill-{order}"] if order else []))
    taints = tuple(Taint(key, "", "PreferNoSchedule") for key in keys)
    (view,) = planned_node_views(plan(replace(planned("n"), taints=taints)), OF)
    assert view.fill_order == order
