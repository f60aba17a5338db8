"""A generated mix is that of its seed, and stays within what it says."""

from collections import Counter

import pytest

from kubestow.model.resources import CPU, MEMORY
from kubestow.simulation.generated import cluster

MIX = cluster(2_000, 4)


def test_there_are_as_many_pods_as_asked_for_and_the_last_workload_is_whole() -> None:
    assert 2_000 <= len(MIX.pods) < 2_040
    assert 1 <= len(cluster(1, 4).pods) <= 40
    assert len(cluster(0, 4).pods) == 0


def test_the_same_seed_gives_the_same_mix_and_another_another() -> None:
    assert cluster(200, 4) == cluster(200, 4)
    assert cluster(200, 4) != cluster(200, 5)


def test_a_larger_mix_begins_with_the_smaller_one() -> None:
    small = cluster(200, 4).pods
    assert MIX.pods[: len(small)] == small


def test_pods_request_from_50m_and_64mi_to_2_cpu_and_8gi() -> None:
    requests = [dict(pod.template.requests) for pod in MIX.pods]
    assert {50, 2_000} <= {own[CPU] for own in requests}
    assert all(50 <= own[CPU] <= 2_000 for own in requests)
    assert all(64 * 2**20 <= own[MEMORY] <= 8 * 2**30 for own in requests)


def test_workloads_have_1_to_40_replicas_fewer_where_each_is_alone_on_its_node() -> None:
    sizes = Counter(dict(pod.labels)["app"] for pod in MIX.pods)
    alone = {dict(pod.labels)["app"] for pod in MIX.pods if pod.template.anti_affinity}
    assert 1 <= min(sizes.values()) <= max(sizes.values()) <= 40
    assert max(sizes.values()) > 30
    assert max(sizes[name] for name in alone) <= 12


@pytest.mark.parametrize(("kind", "share"), [("spread", 0.35), ("anti_affinity", 0.15)])
def test_about_as_many_workloads_are_constrained_as_it_says(kind: str, share: float) -> None:
    templates = {dict(pod.labels)["app"]: pod.template for pod in cluster(20_000, 1).pods}
    constrained = sum(bool(getattr(template, kind)) for template in templates.values())
    assert constrained / len(templates) == pytest.approx(share, abs=0.05)


def test_most_workloads_have_a_service_and_there_are_five_daemonsets() -> None:
    workloads = {pod.labels for pod in MIX.pods}
    services = {service.selector for service in MIX.services}
    assert services < workloads
    assert len(services) > len(workloads) / 2
    assert len(MIX.daemonsets) == 5
