"""Generated mixes: reproducible by seed, of about the size asked for, with spread and caches."""

import pytest

from kubestow.model import labels as names
from kubestow.model.resources import CPU, MEMORY
from kubestow.simulation.generated import cluster


def test_the_same_seed_gives_the_same_cluster_and_another_seed_another() -> None:
    assert cluster(200, 3) == cluster(200, 3)
    assert cluster(200, 3).pods != cluster(200, 4).pods


@pytest.mark.parametrize("pods", [1, 50, 1_000])
def test_it_has_the_pods_asked_for_and_at_most_one_workload_more(pods: int) -> None:
    assert pods <= len(cluster(pods, 0).pods) < pods + 40


def test_every_node_runs_five_daemonsets() -> None:
    assert len({daemonset.key for daemonset in cluster(1, 0).daemonsets}) == 5


def test_requests_stay_in_the_ranges_of_the_mix() -> None:
    requests = [dict(pod.template.requests) for pod in cluster(2_000, 1).pods]
    assert all(50 <= amounts[CPU] <= 2_000 for amounts in requests)
    assert all(64 * 2**20 <= amounts[MEMORY] <= 8 * 2**30 for amounts in requests)


def test_about_a_third_of_the_workloads_are_spread_over_zones_and_some_over_nodes() -> None:
    by_app = {dict(pod.labels)["app"]: pod.template for pod in cluster(8_000, 2).pods}
    templates = list(by_app.values())
    keys = [constraint.topology_key for t in templates for constraint in t.spread]
    alone = [template for template in templates if template.anti_affinity]
    assert 0.2 < keys.count(names.ZONE) / len(templates) < 0.4
    assert 0.07 < len(alone) / len(templates) < 0.25
    assert 0 < keys.count(names.HOSTNAME) < keys.count(names.ZONE)


def test_a_workload_with_one_replica_per_node_has_at_most_twelve() -> None:
    pods = [pod for pod in cluster(4_000, 5).pods if pod.template.anti_affinity]
    apps = [dict(pod.labels)["app"] for pod in pods]
    assert 1 <= max(apps.count(app) for app in set(apps)) <= 12
