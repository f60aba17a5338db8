"""The nodes of a migration: which group they are in, and which labels a new one must be given."""

from kubestow.model import labels as names
from kubestow.model.migration import Request
from kubestow.model.snapshot import Cluster
from kubestow.testing import pod
from kubestow.views.migrated_nodes import launched_node_view, node_group, source_view

from .migrations import NODES, launch, migration


def test_a_node_group_is_by_ekss_label_or_by_eksctls() -> None:
    both = {names.EKSCTL_NODE_GROUP: "b", names.EKS_NODE_GROUP: "a"}
    assert node_group(both) == "a"
    assert node_group({names.EKSCTL_NODE_GROUP: "b"}) == "b"
    assert node_group({}) == ""


def test_the_nodes_to_leave_have_their_group_cluster_and_price() -> None:
    request = Request(("old-1", "old-2"), prices=(("old-1", 96_000_000),))
    source = source_view("group=old", migration(), Cluster(nodes=NODES), request)
    assert source.selector == "group=old"
    assert [(n.name, n.node_group, n.cluster, n.usd_per_hour) for n in source.nodes] == [
        ("old-1", "old", "shop", 0.096), ("old-2", "old", "shop", None),
    ]  # fmt: skip


def test_a_copy_grows_the_group_of_its_model_which_has_the_labels() -> None:
    view = launched_node_view(launch("new-2", model="new-1"), Cluster(nodes=NODES))
    assert (view.node_group, view.node_group_size, view.copy_of) == ("new", 1, "new-1")
    assert view.labels == {}
    assert view.usd_per_hour is None


def test_a_new_group_is_given_the_labels_that_nothing_else_sets() -> None:
    view = launched_node_view(launch("planned-1"), Cluster(nodes=NODES))
    assert (view.node_group, view.node_group_size) == ("", 0)
    assert view.labels == {"team": "batch"}
    assert [taint.key for taint in view.taints] == ["team"]


def test_a_label_of_karpenters_is_given_where_a_pod_selects_by_it() -> None:
    selecting = pod("a", node_selector=((names.NODEPOOL, "general"),))
    view = launched_node_view(launch("planned-1"), Cluster(pods=(selecting,), nodes=NODES))
    assert set(view.labels) == {"team", names.NODEPOOL}
