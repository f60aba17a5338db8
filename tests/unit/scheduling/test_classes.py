from dataclasses import replace

from kubestow.model import labels as names
from kubestow.model.pod import Preferences
from kubestow.model.snapshot import Cluster
from kubestow.scheduling.classes import classify
from kubestow.testing import affinity_term, pod, replicas, spread


def sizes(*pods: object) -> list[int]:
    cluster = Cluster(pods=tuple(pods))  # type: ignore[arg-type] # built by the test's helpers
    return [len(c.pending) + len(c.bound) for c in classify(cluster)]


def test_replicas_are_one_class() -> None:
    assert sizes(*replicas(50, "a")) == [50]


def test_labels_no_selector_looks_at_do_not_split_a_class() -> None:
    assert sizes(pod("a", labels={"hash": "1"}), pod("b", labels={"hash": "2"})) == [2]


def test_labels_a_selector_looks_at_split_a_class() -> None:
    looking = pod("c", "1", spread=(spread(names.ZONE, app="x"),))
    assert sizes(pod("a", labels={"app": "x"}), pod("b", labels={"app": "y"}), looking) == [1, 1, 1]


def test_namespaces_split_a_class_only_where_pods_are_coupled() -> None:
    here, there = pod("a", namespace="one"), pod("a", namespace="two")
    assert sizes(here, there) == [2]
    coupled = pod("c", "1", anti_affinity=(affinity_term(names.HOSTNAME, app="x"),))
    assert sizes(here, there, coupled) == [1, 1, 1]


def test_bound_and_pending_pods_share_a_class_but_only_pending_ones_are_demand() -> None:
    cluster = Cluster(pods=(pod("a"), pod("b", node="n")))
    (only,) = classify(cluster)
    assert (only.pending, only.bound, only.demand) == ([0], [1], 1)


def test_a_refused_pod_is_a_class_of_its_own() -> None:
    assert sizes(pod("a"), replace(pod("b"), rejected="over quota")) == [1, 1]


def test_what_pods_prefer_splits_a_class_only_where_it_is_heeded() -> None:
    soft = Preferences(anti_affinity=((1, affinity_term(names.HOSTNAME, app="x")),))
    item = pod("a", labels={"app": "x"}, preferences=soft)
    seen = replace(item, name="b", template=replace(item.template, preferences=Preferences()))
    drawn = replace(item, name="c", template=replace(
        item.template, preferences=replace(soft, images=("i",))))  # fmt: skip
    other = replace(seen, name="d", labels=(("app", "y"),))
    cluster = Cluster(pods=(item, seen, drawn, other))
    assert [c.demand for c in classify(cluster)] == [4]
    heeded = classify(cluster, heeds_preferences=True)
    assert [c.demand for c in heeded] == [2, 1, 1]
    assert heeded[0].template.preferences == soft
