import numpy as np

from kubestow.model.snapshot import Cluster
from kubestow.scheduling import filtering
from kubestow.scheduling.contents import Contents
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.resource_scores import resource_scores
from kubestow.scheduling.scheduler_cache import build_cache
from kubestow.testing import node, pod

CLUSTER = Cluster(
    pods=(*(pod(f"p{n}", str(1 + n % 3)) for n in range(9)), pod("none", "0")),
    nodes=(node("n"), node("m"), node("o", cpu="8"), node("bare", memory="0")),
)


def test_remembered_values_are_those_that_are_computed_for_each_kind() -> None:
    plain, told = build_cache(CLUSTER), build_cache(CLUSTER)
    told.tell_apart(Contents())
    contexts = [
        [PodContext(cache, kind) for kind in range(len(cache.kinds))] for cache in (plain, told)
    ]
    for number in range(9):
        for cache in (plain, told):
            cache.add(number, number % 4)
        for one, other in zip(*contexts, strict=True):
            fits = filtering.feasible(one)
            assert np.array_equal(fits, filtering.feasible(other))
            scores = resource_scores(one)(), resource_scores(other)()
            assert np.array_equal(scores[0][fits], scores[1][fits])


def test_a_cache_that_comes_back_to_a_mark_places_pods_as_a_new_one_does() -> None:
    pods = range(2, len(CLUSTER.pods))
    contents = Contents()
    again = build_cache(CLUSTER)
    again.add(0, 2)
    again.tell_apart(contents)
    mark, cycle = again.mark(), Cycle(again)
    for seed in range(4):
        fresh = build_cache(CLUSTER)
        fresh.add(0, 2)
        expected = Cycle(fresh, seed)
        again.rewind(mark)
        cycle.restart(seed)
        assert cycle.run(pods) == expected.run(pods)
        assert again.node_of == fresh.node_of
        assert np.array_equal(again.amounts, fresh.amounts)
