"""The state of nodes and their pods."""

import numpy as np

from kubestow.model.snapshot import Cluster
from kubestow.scheduling.scheduler_cache import build_cache
from kubestow.testing import node, pod


def test_pods_added_at_once_count_as_pods_added_one_by_one() -> None:
    pods = (pod("a", "1"), pod("b", "2", priority=5), pod("c", "1"))
    cluster = Cluster(pods=pods, nodes=(node("n"), node("m")))
    places = {0: 1, 1: 0, 2: 1}
    single, whole = build_cache(cluster), build_cache(cluster)
    for number, where in places.items():
        single.add(number, where)
    whole.add_all(places)
    assert np.array_equal(single.free, whole.free)
    assert np.array_equal(single.used_scored, whole.used_scored)
    assert (single.placed, single.node_of) == (whole.placed, whole.node_of)
    assert single.by_priority == whole.by_priority
    assert single.changed.since(0).tolist() == whole.changed.since(0).tolist()
