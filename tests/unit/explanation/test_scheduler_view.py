from dataclasses import replace

from kubestow.explanation.scheduler_view import scheduler_view
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import Taint
from kubestow.testing import node, pod

TAINTED = node("tainted", taints=[Taint("team", "batch", "NoSchedule")])
SMALL = node("small", "1")


def test_kube_scheduler_says_nothing_where_there_are_no_nodes() -> None:
    reserved = replace(node("paid"), reservation="ri")
    assert scheduler_view(Cluster(pods=(pod("a"),)), 0) is None
    assert scheduler_view(Cluster(pods=(pod("a"),), nodes=(reserved,)), 0) is None


def test_each_node_is_counted_under_the_filter_that_refuses_it() -> None:
    view = scheduler_view(Cluster(pods=(pod("a", "2"),), nodes=(SMALL, TAINTED)), 0)
    assert view is not None
    assert (view.nodes, view.feasible, view.best) == (2, 0, ())
    assert sorted(view.filters) == [("NodeResourcesFit", 1), ("TaintToleration", 1)]
    assert view.message.startswith("0/2 nodes are available: ")


def test_reasons_are_sorted_by_how_many_nodes_they_refuse() -> None:
    nodes = (TAINTED, SMALL, node("smaller", "500m"))
    view = scheduler_view(Cluster(pods=(pod("a", "2"),), nodes=nodes), 0)
    assert view is not None
    assert [count for _, count in view.reasons] == [2, 1]


def test_of_the_feasible_nodes_the_emptiest_is_the_best() -> None:
    pods = (pod("a"), pod("there", "3", node="used"))
    view = scheduler_view(Cluster(pods=pods, nodes=(node("used"), node("free"))), 0)
    assert view is not None
    assert (view.feasible, view.best) == (2, ("free",))
    assert view.message == "2/2 nodes are available."
