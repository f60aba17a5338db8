"""The search for waves that end: which nodes are drained when, and where it stops."""

from collections.abc import Callable

from kubestow.migration.start import Start
from kubestow.migration.wave_search import ORDERS, find_waves
from kubestow.model import labels as names
from kubestow.model.migration import PLACEMENT, PlannedLaunch, Request
from kubestow.model.pod import Pod
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import Cluster
from kubestow.testing import affinity_term, node

Make = Callable[..., tuple[Pod, ...]]
Clusters = Callable[..., Cluster]
Requests = Callable[..., Request]
APART = (affinity_term(names.HOSTNAME, app="web"),)


class Counting:
    """A reporter that counts the orders that are played."""

    def __init__(self) -> None:
        self.orders: list[int] = []

    def progress(self, step: str, done: int, total: int) -> None:
        """Note an order."""
        assert total == ORDERS
        self.orders.append(done)


def test_the_node_with_the_fewest_pods_is_drained_first_and_one_at_a_time(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1", "old-1", "old-2"])
    waves = find_waves(Start(cluster(*pods), request_of(), ()), SilentReporter())
    assert [step.drain for step in waves.steps] == [("old-2",), ("old-1",)]
    assert waves.stop is None


def test_waves_are_played_in_every_order_before_they_count(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    reporter = Counting()
    pods = workload_pods("web", ["old-1", "old-2"])
    assert find_waves(Start(cluster(*pods), request_of(), ()), reporter).steps
    assert reporter.orders == list(range(1, ORDERS + 1))


def test_nodes_are_drained_one_by_one_where_several_at_once_have_no_place_yet(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    """Pods that keep apart need both new nodes, and the second comes when an old one has gone."""
    launches = tuple(PlannedLaunch(node(f"new-{number}")) for number in (1, 2))
    given = cluster(*workload_pods("web", ["old-1", "old-2"], anti_affinity=APART), new=0)
    for surge, drained in ((2, [("old-1", "old-2")]), (1, [("old-1",), ("old-2",)])):
        request = request_of(launches=launches, surge=surge, max_parallel=2)
        waves = find_waves(Start(given, request, launches), SilentReporter())
        assert [step.drain for step in waves.steps] == drained


def test_without_waves_that_end_there_are_none_and_where_the_first_way_stopped(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1", "old-2"], anti_affinity=APART)
    waves = find_waves(Start(cluster(*pods), request_of(), ()), SilentReporter())
    assert waves.steps == ()
    assert waves.stop is not None
    assert waves.stop.kind == PLACEMENT


def test_no_more_nodes_are_launched_at_a_time_than_the_surge_allows(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    launches = tuple(PlannedLaunch(node(f"new-{number}")) for number in (1, 2))
    given = cluster(*workload_pods("web", ["old-1", "old-2"]), new=0)
    for surge, launched in ((1, [1, 1]), (2, [2, 0]), (None, [2, 0])):
        request = request_of(launches=launches, surge=surge)
        waves = find_waves(Start(given, request, launches), SilentReporter())
        assert [len(step.launch) for step in waves.steps] == launched
