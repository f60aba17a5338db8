from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.instance_type import Price
from kubestow.model.nodepool import NodeClass, NodePool
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.taints import Taint

TAINT = Taint("team", "blue", "NoSchedule")


def pool(*items: Any, **facts: Any) -> NodePool:
    return NodePool("own", Requirements.of(requirement(*item) for item in items), **facts)


def test_existing_and_new_nodes_that_are_what_they_claim_are_legal(scene: Any) -> None:
    scene.pools.append(
        pool(
            (names.ARCH, "In", ["amd64"]), labels=(("team", "blue"),), taints=(TAINT,),
            node_class=NodeClass(max_pods=7),
        )
    )  # fmt: skip
    scene.old("old", taints=(TAINT,))
    scene.old("cordoned", unschedulable=True)
    scene.new("plain", "b", "m9.xlarge")
    scene.new("own", "c", pool="own")
    assert scene.found() == ()


def test_a_node_name_used_twice_is_found(scene: Any) -> None:
    scene.new("one")
    scene.planned["again"] = scene.planned["one"]
    assert scene.rules() == ["Node"]


def test_a_new_node_with_the_name_of_an_existing_one_is_found(scene: Any) -> None:
    scene.old("one")
    scene.new("one")
    assert scene.rules() == ["Node"]


def test_an_existing_node_the_cluster_does_not_have_is_found(scene: Any) -> None:
    scene.old("one")
    scene.cluster["nodes"] = []
    assert "Node" in scene.rules()


@pytest.mark.parametrize(
    "changes",
    [
        {"price": Price(1, "invented")},
        {"labels": (("kubernetes.io/hostname", "one"),)},
        {"taints": (TAINT,)},
        {"allocatable": (("cpu", 8000), ("pods", 10))},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_existing_node_that_is_not_the_clusters_own_is_found(
    scene: Any, changes: dict[str, Any]
) -> None:
    scene.old("one")
    scene.change("one", **changes)
    assert scene.rules() == ["Node"]


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("Offering", {"price": Price(99, "cheaper")}),
        ("Offering", {"capacity_type": "spot"}),
        ("Offering", {"zone": "d"}),
        ("Offering", {"instance_type": "z1.nano"}),
        ("NodePool", {"nodepool": "nobody's"}),
        ("NodePool", {"taints": (TAINT,)}),
        ("Node", {"allocatable": (("cpu", 64000), ("pods", 110))}),
    ],
)
def test_a_new_node_that_nobody_sells_or_sets_up_is_found(
    scene: Any, rule: str, changes: dict[str, Any]
) -> None:
    scene.new("one")
    scene.change("one", **changes)
    assert rule in scene.rules()


def test_an_offering_without_a_price_is_not_for_sale(scene: Any) -> None:
    scene.new("one", labels={names.CAPACITY_TYPE: "spot"}, capacity_type="spot")
    assert scene.rules() == ["Offering"]


@pytest.mark.parametrize(
    "key", [names.ZONE, names.HOSTNAME, names.NODEPOOL, names.INSTANCE_TYPE, "team"]
)
def test_a_new_node_without_a_label_it_must_have_is_found(scene: Any, key: str) -> None:
    scene.pools.append(pool(labels=(("team", "blue"),)))
    scene.new("one", pool="own")
    kept = tuple(pair for pair in scene.planned["one"].labels if pair[0] != key)
    scene.change("one", labels=kept)
    assert scene.rules() == ["Node"]


def test_a_label_that_nothing_gives_is_found(scene: Any) -> None:
    scene.new("one", labels={"team": "blue"})
    assert scene.rules() == ["Node"]


def test_a_pools_requirement_explains_a_label_it_accepts(scene: Any) -> None:
    scene.pools.append(pool(("team", "In", ["blue", "red"])))
    scene.new("one", labels={"team": "red"}, pool="own")
    assert scene.found() == ()


@pytest.mark.parametrize(
    ("item", "labels"),
    [
        ((names.INSTANCE_TYPE, "NotIn", ["m9.large"]), {}),
        ((names.ARCH, "In", ["arm64"]), {}),
        (("karpenter.k8s.aws/instance-cpu", "Gt", ["4"]), {}),
        (("team", "Exists"), {}),
        (("team", "In", ["blue"]), {"team": "red"}),
        (("team", "DoesNotExist"), {"team": "red"}),
    ],
)
def test_a_node_its_pool_refuses_is_found(scene: Any, item: Any, labels: Any) -> None:
    scene.pools.append(pool(item))
    scene.new("one", pool="own", labels=labels)
    assert scene.rules() == ["NodePool"]


@pytest.mark.parametrize("item", [("team", "NotIn", ["blue"]), ("team", "DoesNotExist")])
def test_a_requirement_that_allows_absence_needs_no_label(scene: Any, item: Any) -> None:
    scene.pools.append(pool(item))
    scene.new("one", pool="own")
    assert scene.found() == ()


def test_the_current_generation_key_is_a_fact_of_the_type(scene: Any) -> None:
    key = "kubestow.dev/current-generation"
    scene.pools.append(pool((key, "In", ["true"])))
    scene.new("one", pool="own")
    assert scene.found() == ()
    scene.new("two", "a", "m1.large", pool="own")
    assert scene.rules() == ["NodePool"]
    assert scene.subjects() == ["two"]


def test_the_current_generation_key_is_no_node_label(scene: Any) -> None:
    key = "kubestow.dev/current-generation"
    scene.pools.append(pool((key, "In", ["true"])))
    scene.new("one", pool="own", labels={key: "true"})
    assert scene.rules() == ["Node"]
