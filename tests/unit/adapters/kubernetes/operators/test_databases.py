"""Databases and queues whose pods follow from a size."""

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]


def cnpg(more: str = "") -> tuple[str, str, str]:
    spec = (
        "{instances: 3, resources: {requests: {cpu: 2, memory: 4Gi}}, "
        f"storage: {{size: 20Gi, storageClass: gp3}}{more}}}"
    )
    return "postgresql.cnpg.io/v1", "Cluster", spec


def test_instances_of_postgres_have_a_claim_each(make: Make) -> None:
    outcome = make(cnpg(", walStorage: {size: 5Gi}"))
    assert outcome.problems == []
    assert sorted(pod.name for pod in outcome.cluster.pods) == ["x-1", "x-2", "x-3"]
    assert outcome.requests("x") == {"cpu": 2000, "memory": 4096}
    assert all(len(pod.volume_claims) == 2 for pod in outcome.cluster.pods)
    (claim, *_) = outcome.cluster.claims.values()
    assert (claim.storage_class, claim.requested) == ("gp3", 20 * 2**30)


@pytest.mark.parametrize(
    ("affinity", "required", "preferred"),
    [
        ("", 0, 1),
        (", affinity: {podAntiAffinityType: required}", 1, 0),
        (", affinity: {enablePodAntiAffinity: false}", 0, 0),
    ],
)
def test_instances_keep_apart_as_the_cluster_says(
    make: Make, affinity: str, required: int, preferred: int
) -> None:
    template = make(cnpg(affinity)).cluster.pods[0].template
    assert len(template.anti_affinity) == required
    assert len(template.preferences.anti_affinity) == preferred


def test_a_database_of_zalando_is_a_stateful_set(make: Make) -> None:
    spec = "{numberOfInstances: 2, volume: {size: 10Gi}, resources: {requests: {cpu: 500m}}}"
    outcome = make(("acid.zalan.do/v1", "postgresql", spec))
    assert outcome.problems == []
    assert outcome.counts == {"x": 2}
    assert outcome.requests("x") == {"cpu": 500, "memory": 100}
    assert any("operator's configuration" in note for note in outcome.cluster.assumptions)


def test_a_rabbit_has_the_operators_defaults(make: Make) -> None:
    outcome = make(("rabbitmq.com/v1beta1", "RabbitmqCluster", "{replicas: 3}"))
    assert outcome.counts == {"x-server": 3}
    assert outcome.requests("x-server") == {"cpu": 1000, "memory": 2048}
    claims = {claim.requested for claim in outcome.cluster.claims.values()}
    assert claims == {10 * 2**30}
    without = make(("rabbitmq.com/v1beta1", "RabbitmqCluster", "{persistence: {storage: 0}}"))
    assert without.cluster.claims == {}
