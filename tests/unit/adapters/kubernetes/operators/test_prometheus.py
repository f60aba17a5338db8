"""Prometheus operator's kinds and OpenTelemetry's Collector."""

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]
V = "monitoring.coreos.com/v1"
RELOADER = {"cpu": 10, "memory": 50}


def test_a_prometheus_is_a_stateful_set_with_a_reloader(make: Make) -> None:
    spec = "{replicas: 2, resources: {requests: {cpu: 2, memory: 8Gi}}}"
    outcome = make((V, "Prometheus", spec))
    assert outcome.problems == []
    assert outcome.counts == {"prometheus-x": 2}
    assert outcome.requests("prometheus-x") == {"cpu": 2010, "memory": 8192 + 50}
    (note, *_) = outcome.cluster.assumptions
    assert note.startswith("1 Prometheus: config-reloader is counted with the operator's defaults")
    assert outcome.cluster.ignored == ()


def test_shards_are_stateful_sets_of_their_own(make: Make) -> None:
    outcome = make((V, "Prometheus", "{replicas: 2, shards: 3}"))
    assert outcome.counts == {
        "prometheus-x": 2, "prometheus-x-shard-1": 2, "prometheus-x-shard-2": 2
    }  # fmt: skip


def test_placement_labels_and_storage_are_followed(make: Make) -> None:
    spec = """
    podMetadata: {labels: {app: metrics}}
    nodeSelector: {pool: monitoring}
    tolerations: [{key: monitoring, operator: Exists}]
    topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname,
                                 whenUnsatisfiable: DoNotSchedule,
                                 labelSelector: {matchLabels: {app: metrics}}}]
    storage: {volumeClaimTemplate: {spec: {storageClassName: gp3,
                                           resources: {requests: {storage: 50Gi}}}}}
    """
    outcome = make((V, "Prometheus", spec))
    assert outcome.problems == []
    (pod,) = outcome.cluster.pods
    labels = dict(pod.labels)
    assert labels["app"] == "metrics"
    assert labels["app.kubernetes.io/name"] == "prometheus"
    assert labels["operator.prometheus.io/name"] == "x"
    assert pod.template.node_selector == (("pool", "monitoring"),)
    assert [t.key for t in pod.template.tolerations] == ["monitoring"]
    assert len(pod.template.spread) == 1
    assert pod.volume_claims == ("prometheus-x-db-prometheus-x-0",)
    assert outcome.cluster.claims["default", pod.volume_claims[0]].storage_class == "gp3"


def test_containers_of_ones_own_are_merged_by_name(make: Make) -> None:
    spec = """
    containers:
    - {name: config-reloader, resources: {requests: {cpu: 100m}}}
    - {name: proxy, resources: {requests: {cpu: 200m}}}
    thanos: {resources: {requests: {cpu: 300m}}}
    """
    outcome = make((V, "Prometheus", spec))
    assert outcome.requests("prometheus-x") == {"cpu": 600, "memory": 50}


def test_an_alertmanager_requests_memory_by_default(make: Make) -> None:
    outcome = make((V, "Alertmanager", "{replicas: 3}"))
    assert outcome.counts == {"alertmanager-x": 3}
    assert outcome.requests("alertmanager-x") == {"cpu": 10, "memory": 250}


def test_a_ruler_and_an_agent_are_stateful_sets_too(make: Make) -> None:
    assert make((V, "ThanosRuler", "{}")).counts == {"thanos-ruler-x": 1}
    agent = "monitoring.coreos.com/v1alpha1", "PrometheusAgent"
    assert make((*agent, "{replicas: 2}")).counts == {"prom-agent-x": 2}
    daemonsets = make((*agent, "{mode: DaemonSet}")).cluster.daemonsets
    assert [daemonset.name for daemonset in daemonsets] == ["prom-agent-x"]


def test_the_stateful_set_of_the_input_stands_for_its_prometheus(make: Make) -> None:
    owner = "ownerReferences: [{kind: Prometheus, name: x, controller: true}]"
    child = (
        f"{{kind: StatefulSet, metadata: {{name: prometheus-x, {owner}}}, spec: {{replicas: 2, "
        "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, "
        "spec: {containers: [{name: c, resources: {requests: {cpu: 3}}}]}}}}"
    )
    outcome = make((V, "Prometheus", "{replicas: 2}"), child)
    assert outcome.requests("prometheus-x")["cpu"] == 3000
    assert len(outcome.cluster.pods) == 2


def test_live_pods_of_a_prometheus_are_not_planned_twice(make: Make) -> None:
    owner = "ownerReferences: [{kind: StatefulSet, name: prometheus-x, controller: true}]"
    live = (
        f"{{kind: Pod, metadata: {{name: prometheus-x-0, {owner}}}, "
        "spec: {containers: [{name: c, resources: {requests: {cpu: 3}}}]}}"
    )
    outcome = make((V, "Prometheus", "{replicas: 2}"), live)
    assert sorted(p.name for p in outcome.cluster.pods) == ["prometheus-x-0", "prometheus-x-1"]


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ("{resources: {requests: {cpu: much}}}", "spec.resources.requests.cpu"),
        ("{replicas: two}", "spec.replicas"),
        ("{shards: -2}", "spec.shards"),
        ("{tolerations: [{operator: Maybe, key: a}]}", "spec.tolerations[0].operator"),
        ("{podMetadata: {labels: {a: 1}}}", "spec.podMetadata.labels.a"),
    ],
)
def test_a_mistake_names_the_field_of_the_custom_object(make: Make, spec: str, field: str) -> None:
    problem = make((V, "Prometheus", spec)).problems[0]
    assert (problem.subject, problem.field) == ("Prometheus x", field)


def test_a_collector_has_the_kind_its_mode_says(make: Make) -> None:
    v = "opentelemetry.io/v1beta1", "OpenTelemetryCollector"
    spec = "{replicas: 3, resources: {requests: {cpu: 1, memory: 1Gi}}}"
    outcome = make((*v, spec))
    assert outcome.counts == {"x-collector": 3}
    assert outcome.requests("x-collector") == {"cpu": 1000, "memory": 1024}
    assert len(make((*v, "{mode: daemonset}")).cluster.daemonsets) == 1
    sidecar = make((*v, "{mode: sidecar}")).cluster
    assert sidecar.pods == ()


@pytest.mark.parametrize(("choice", "pods"), [("min", 1), ("current", 2), ("max", 6)])
def test_a_collector_may_be_scaled(make: Make, choice: str, pods: int) -> None:
    spec = "{replicas: 2, autoscaler: {minReplicas: 1, maxReplicas: 6}}"
    made = make(("opentelemetry.io/v1beta1", "OpenTelemetryCollector", spec),
                autoscaler_choice=choice)  # fmt: skip
    assert len(made.cluster.pods) == pods
