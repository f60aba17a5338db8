"""Elastic's kinds."""

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]


def test_every_node_set_is_a_stateful_set(make: Make) -> None:
    spec = """
    nodeSets:
    - {name: master, count: 3}
    - name: data
      count: 2
      podTemplate: {spec: {containers: [{name: elasticsearch,
                                         resources: {requests: {cpu: 4, memory: 16Gi}}}]}}
      volumeClaimTemplates: [{metadata: {name: elasticsearch-data},
                              spec: {resources: {requests: {storage: 200Gi}}}}]
    """
    outcome = make(("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", spec))
    assert outcome.problems == []
    assert outcome.counts == {"x-es-master": 3, "x-es-data": 2}
    assert outcome.requests("x-es-master") == {"cpu": 0, "memory": 2048}
    assert outcome.requests("x-es-data") == {"cpu": 4000, "memory": 16384}
    sizes = sorted(claim.requested for claim in outcome.cluster.claims.values())
    assert sizes == [2**30] * 3 + [200 * 2**30] * 2
    assert len(outcome.pods("x-es-data")[0].template.preferences.anti_affinity) == 1


@pytest.mark.parametrize(
    ("group", "kind", "name", "cpu", "memory"),
    [
        ("kibana", "Kibana", "x-kb", 0, 1024),
        ("apm", "ApmServer", "x-apm-server", 0, 512),
        ("logstash", "Logstash", "x-ls", 1000, 2048),
        ("enterprisesearch", "EnterpriseSearch", "x-ent", 0, 4096),
    ],
)
def test_the_others_have_a_count(
    make: Make, group: str, kind: str, name: str, cpu: int, memory: int
) -> None:
    outcome = make((f"{group}.k8s.elastic.co/v1", kind, "{count: 2}"))
    assert outcome.counts == {name: 2}
    assert outcome.requests(name) == {"cpu": cpu, "memory": memory}


def test_a_beat_is_a_daemon_set_or_a_deployment(make: Make) -> None:
    v = "beat.k8s.elastic.co/v1beta1", "Beat"
    daemonsets = make((*v, "{type: filebeat, daemonSet: {}}")).cluster.daemonsets
    assert [daemonset.name for daemonset in daemonsets] == ["x-beat-filebeat"]
    outcome = make((*v, "{type: heartbeat, deployment: {replicas: 2}}"))
    assert outcome.counts == {"x-beat-heartbeat": 2}
    assert outcome.requests("x-beat") == {"cpu": 100, "memory": 300}
