"""Strimzi's kinds."""

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]
V = "kafka.strimzi.io/v1beta2"
KAFKA = """
kafka: {replicas: 3, resources: {requests: {cpu: 2, memory: 8Gi}},
        storage: {type: jbod, volumes: [{id: 0, type: persistent-claim, size: 100Gi, class: gp3}]}}
zookeeper: {replicas: 3, storage: {type: persistent-claim, size: 10Gi}}
entityOperator: {topicOperator: {resources: {requests: {cpu: 100m}}}, userOperator: {}}
kafkaExporter: {}
"""


def test_a_kafka_has_brokers_zookeeper_and_operators(make: Make) -> None:
    outcome = make((V, "Kafka", KAFKA))
    assert outcome.problems == []
    assert outcome.counts == {
        "x-kafka": 3, "x-zookeeper": 3, "x-entity-operator": 1, "x-kafka-exporter": 1
    }  # fmt: skip
    assert outcome.requests("x-kafka-0") == {"cpu": 2000, "memory": 8192}
    assert outcome.pods("x-kafka-0")[0].volume_claims == ("data-0-x-kafka-0",)
    assert outcome.pods("x-zookeeper-0")[0].volume_claims == ("data-x-zookeeper-0",)
    assert outcome.requests("x-entity-operator")["cpu"] == 100
    assert outcome.pods("x-kafka-0")[0].lifecycle.owner == ("StrimziPodSet", "x-kafka")


def pool(spec: str) -> str:
    return (
        f"{{apiVersion: {V}, kind: KafkaNodePool, metadata: {{name: brokers, "
        f"labels: {{strimzi.io/cluster: x}}}}, spec: {spec}}}"
    )


def test_a_node_pool_takes_what_it_lacks_from_its_kafka(make: Make) -> None:
    kafka = """
    kafka: {resources: {requests: {cpu: 1, memory: 2Gi}},
            template: {pod: {tolerations: [{key: kafka, operator: Exists}]}}}
    """
    outcome = make((V, "Kafka", kafka), pool("{replicas: 2, storage: {type: ephemeral}}"))
    assert outcome.counts == {"x-brokers": 2}
    assert outcome.requests("x-brokers") == {"cpu": 1000, "memory": 2048}
    (pod, _) = outcome.cluster.pods
    assert [t.key for t in pod.template.tolerations] == ["kafka"]
    assert pod.volume_claims == ()
    own = pool("{replicas: 1, resources: {requests: {cpu: 3}}}")
    assert make((V, "Kafka", kafka), own).requests("x-brokers") == {"cpu": 3000, "memory": 0}


def test_rack_awareness_is_named_as_not_followed(make: Make) -> None:
    spec = "kafka: {replicas: 1, rack: {topologyKey: topology.kubernetes.io/zone}}"
    outcome = make((V, "Kafka", spec))
    assert any("rack awareness" in note for note in outcome.cluster.assumptions)


@pytest.mark.parametrize(
    ("kind", "spec", "name", "pods"),
    [
        ("KafkaConnect", "{replicas: 2}", "x-connect", 2),
        ("KafkaConnect", "{}", "x-connect", 3),
        ("KafkaMirrorMaker2", "{replicas: 1}", "x-mirrormaker2", 1),
        ("KafkaBridge", "{}", "x-bridge", 1),
    ],
)
def test_connect_and_its_like_have_replicas(
    make: Make, kind: str, spec: str, name: str, pods: int
) -> None:
    assert make((V, kind, spec)).counts == {name: pods}


def test_live_brokers_are_not_planned_twice(make: Make) -> None:
    owner = "ownerReferences: [{kind: StrimziPodSet, name: x-kafka, controller: true}]"
    live = (
        f"{{kind: Pod, metadata: {{name: x-kafka-0, {owner}}}, "
        "spec: {containers: [{name: kafka}]}}"
    )
    outcome = make((V, "Kafka", "kafka: {replicas: 3}"), live)
    assert sorted(pod.name for pod in outcome.cluster.pods) == [
        "x-kafka-0",
        "x-kafka-1",
        "x-kafka-2",
    ]
