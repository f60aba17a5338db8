"""Custom objects beside the workloads of the input, and those that are only named."""

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes.operators.reading import READERS, may_make_pods
from kubestow.adapters.kubernetes.operators.unread import why_unread

Make = Callable[..., Any]


def ignored(outcome: Any) -> list[tuple[str, int, str]]:
    return [(item.kind, item.count, item.reason) for item in outcome.cluster.ignored]


def test_kinds_that_make_pods_are_named_as_not_counted(make: Make) -> None:
    failover = ("databases.spotahome.com/v1", "RedisFailover", "{redis: {replicas: 3}}")
    outcome = make(failover, ("v1", "ConfigMap", None), ("example.com/v1", "Thing", "{size: 3}"))
    assert ignored(outcome) == [
        ("ConfigMap", 1, "this kind does not affect placement"),
        ("RedisFailover", 1, "makes pods that are not counted"),
        ("Thing", 1, "may make pods, which are not counted"),
    ]


def test_what_an_object_of_the_input_controls_is_not_named_beside_it(make: Make) -> None:
    owner = "ownerReferences: [{kind: CronWorkflow, name: x, controller: true}]"
    run = f"{{apiVersion: argoproj.io/v1alpha1, kind: Workflow, metadata: {{name: x-1, {owner}}}}}"
    outcome = make(("argoproj.io/v1alpha1", "CronWorkflow", "{}"), run)
    assert ignored(outcome) == [("CronWorkflow", 1, "makes pods that are not counted")]


def test_a_namespace_of_ones_own_is_that_of_the_pods(make: Make) -> None:
    outcome = make(
        "{apiVersion: monitoring.coreos.com/v1, kind: Alertmanager, "
        "metadata: {name: x, namespace: m}, spec: {replicas: -1}}",
        "{apiVersion: monitoring.coreos.com/v1, kind: Alertmanager, metadata: {name: y}, spec: {}}",
        namespace="mine",
    )
    assert [pod.key for pod in outcome.cluster.pods] == ["mine/alertmanager-y-0"]
    (problem,) = outcome.problems
    assert problem.describe() == "in.yaml: Alertmanager m/x: spec.replicas: -1 is negative"


def test_the_last_definition_of_a_custom_object_counts(make: Make) -> None:
    kind = "monitoring.coreos.com/v1", "Alertmanager"
    outcome = make((*kind, "{replicas: 1}"), (*kind, "{replicas: 3}"))
    assert outcome.counts == {"alertmanager-x": 3}


def test_an_object_without_a_name_is_a_mistake(make: Make) -> None:
    outcome = make("{apiVersion: ray.io/v1, kind: RayCluster, metadata: {}, spec: {}}")
    assert [(p.field, p.is_fatal) for p in outcome.problems] == [("metadata.name", False)]


def test_a_kind_is_either_read_or_named() -> None:
    named = {key for key in READERS if why_unread(*key, None).startswith("makes pods")}
    assert named == set()


def test_every_reader_says_a_field_of_the_wrong_type_by_its_path(make: Make) -> None:
    for group, kind in READERS:
        outcome = make((f"{group}/v1", kind, [1]))
        assert [(p.subject, p.field) for p in outcome.problems] == [(f"{kind} x", "spec")], kind


def test_every_reader_reads_an_empty_object_or_says_what_it_lacks(make: Make) -> None:
    for group, kind in READERS:
        outcome = make((f"{group}/v1", kind, {}))
        assert all(p.hint and p.subject == f"{kind} x" for p in outcome.problems), kind


POD = {"metadata": {"labels": {"a": "b"}}, "spec": {
    "containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}}],
    "initContainers": [{"name": "i"}], "volumes": [{"name": "v"}], "nodeSelector": {"a": "b"},
}}  # fmt: skip
CLAIM = {"metadata": {"name": "d"}, "spec": {"resources": {"requests": {"storage": "1Gi"}}}}
JOB = {"parallelism": 2, "completions": 2, "template": POD}
GROUP = {"groupName": "g", "replicas": 1, "minReplicas": 0, "maxReplicas": 3, "numOfHosts": 1,
         "template": POD}  # fmt: skip
RAY = {"headGroupSpec": {"template": POD}, "workerGroupSpecs": [GROUP],
       "enableInTreeAutoscaling": True, "autoscalerOptions": {"resources": {}}}  # fmt: skip
STORAGE = {"type": "jbod", "volumes": [{"id": 0, "type": "persistent-claim", "size": "1Gi"}],
           "volumeClaimTemplate": CLAIM, "size": "1Gi", "storageClass": "gp3"}  # fmt: skip
SPARK = {"cores": 1, "memory": "1g", "instances": 2, "sidecars": [{"name": "s"}],
         "nodeSelector": {"a": "b"}, "gpu": {"name": "a.b/c", "quantity": 1},
         "template": POD}  # fmt: skip
EVERYTHING: dict[str, Any] = {
    "replicas": 2, "count": 2, "instances": 2, "shards": 2, "numberOfInstances": 2,
    "minReplicaCount": 1, "maxReplicaCount": 3, "minRunners": 1, "maxRunners": 2, "size": 2,
    "selector": {"matchLabels": {"a": "b"}}, "template": POD, "podTemplate": POD,
    "jobTargetRef": JOB, "volumeClaimTemplates": [CLAIM], "storage": STORAGE,
    "volume": STORAGE, "persistence": {"storage": "1Gi"}, "resources": {"requests": {"cpu": "1"}},
    "containers": [{"name": "c"}], "volumes": [{"name": "v"}], "podMetadata": {"labels": {}},
    "thanos": {"resources": {}}, "affinity": {"podAntiAffinityType": "required"},
    "replicatedJobs": [{"name": "j", "replicas": 1, "template": {"spec": JOB}}],
    "leaderWorkerTemplate": {"size": 2, "workerTemplate": POD, "leaderTemplate": POD},
    "tasks": [{"name": "t", "replicas": 1, "template": POD}],
    "pytorchReplicaSpecs": {"Worker": {"replicas": 1, "template": POD}},
    "elasticPolicy": {"minReplicas": 1, "maxReplicas": 2}, "runPolicy": {"suspend": False},
    **RAY, "rayClusterSpec": RAY, "rayClusterConfig": RAY, "submitterPodTemplate": POD,
    "driver": SPARK, "executor": SPARK, "sparkConf": {"spark.executor.instances": "2"},
    "dynamicAllocation": {"enabled": True, "minExecutors": 1}, "memoryOverheadFactor": "0.2",
    "kafka": {"replicas": 1, "resources": {}, "storage": STORAGE, "rack": {},
              "template": {"pod": {"metadata": {"labels": {}}}}},
    "zookeeper": {"replicas": 1}, "entityOperator": {"topicOperator": {}, "userOperator": {}},
    "cruiseControl": {}, "nodeSets": [{"name": "n", "count": 1, "podTemplate": POD,
                                       "volumeClaimTemplates": [CLAIM]}],
    "daemonSet": {"podTemplate": POD}, "deployment": {"replicas": 1, "podTemplate": POD},
    "flinkConfiguration": {"taskmanager.numberOfTaskSlots": "2"},
    "jobManager": {"resource": {"cpu": 1, "memory": "1024m"}, "replicas": 1},
    "taskManager": {"resource": {"cpu": 1}, "podTemplate": POD}, "job": {"parallelism": 2},
    "walStorage": STORAGE, "inheritedMetadata": {"labels": {}}, "mode": "deployment",
    "autoscaler": {"minReplicas": 1, "maxReplicas": 2}, "override": {"statefulSet": {"spec": {}}},
    "sidecars": [{"name": "s"}], "additionalContainers": [{"name": "a"}], "type": "Python",
}  # fmt: skip
WRONG: tuple[Any, ...] = (
    None, True, 0, -3, 10**30, 1.5, "", "text", "10Gi", [], [None], [1], [[]], {}, {"a": None},
    {"a": {"b": []}}, {"name": 3},
)  # fmt: skip


def paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where every value of a nested one is."""
    yield before
    if isinstance(value, (dict, list)):
        steps = value if isinstance(value, dict) else range(len(value))
        for step in steps:
            yield from paths(value[step], (*before, step))


def test_no_mutation_of_a_custom_object_escapes_as_an_exception(make: Make) -> None:
    dice = random.Random(7)
    places = [path for path in paths(EVERYTHING) if path]
    for group, kind in READERS:
        for _ in range(60):
            spec = copy.deepcopy(EVERYTHING)
            where = dice.choice([p for p in places if len(p) < dice.randint(2, 7)])
            inner = spec
            for step in where[:-1]:
                inner = inner[step]
            inner[where[-1]] = dice.choice(WRONG)
            choice = dice.choice(("min", "current", "max"))
            outcome = make((f"{group}/v1", kind, spec), autoscaler_choice=choice)
            assert all(p.hint and p.message for p in outcome.problems)


@pytest.mark.parametrize(
    ("api_version", "kind", "may"),
    [
        ("monitoring.coreos.com/v1", "Prometheus", True),
        ("databases.spotahome.com/v1", "RedisFailover", True),
        ("example.com/v1", "Anything", True),
        ("keda.sh/v1alpha1", "ScaledJob", True),
        ("keda.sh/v1alpha1", "ScaledObject", False),
        ("argoproj.io/v1alpha1", "Rollout", False),
        ("kafka.strimzi.io/v1beta2", "KafkaTopic", False),
        ("monitoring.coreos.com/v1", "ServiceMonitor", False),
        ("cert-manager.io/v1", "Certificate", False),
        ("karpenter.sh/v1", "NodePool", False),
        ("policy/v1", "PodDisruptionBudget", False),
        ("apps/v1", "Deployment", False),
        ("networking.k8s.io/v1", "Ingress", False),
        ("v1", "ConfigMap", False),
    ],
)
def test_labels_of_pods_are_unknown_where_an_operator_makes_them(
    api_version: str, kind: str, may: bool
) -> None:
    assert may_make_pods(Document("f.yaml", kind, api_version, b"{}")) is may


@pytest.mark.parametrize(
    ("version", "kind", "spec", "is_exact"),
    [
        ("ray.io/v1", "RayCluster", {"headGroupSpec": {"template": POD}}, False),
        ("rabbitmq.com/v1beta1", "RabbitmqCluster", {}, False),
        ("jobset.x-k8s.io/v1alpha2", "JobSet", {"replicatedJobs": [
            {"name": "j", "template": {"spec": JOB}}]}, True),
        ("argoproj.io/v1alpha1", "Rollout", {"template": POD,
                                             "selector": {"matchLabels": {"a": "b"}}}, True),
    ],
)  # fmt: skip
def test_what_is_not_exact_says_so(
    make: Make, version: str, kind: str, spec: Any, is_exact: bool
) -> None:
    notes = make((version, kind, spec)).cluster.assumptions
    said = f"1 {kind}: pods are as its operator makes them by default; its configuration may add"
    assert any(note.startswith(said) for note in notes) is not is_exact


def test_an_autoscaler_of_what_it_cannot_be_applied_to_is_said_not_to_be_followed(
    make: Make,
) -> None:
    kind = "LeaderWorkerSet"
    scaling = {"scaleTargetRef": {"kind": kind, "name": "x"}, "maxReplicas": 9}
    scaler = {"kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"}, "spec": scaling}
    spec = {"leaderWorkerTemplate": {"workerTemplate": POD}}
    outcome = make(("leaderworkerset.x-k8s.io/v1", kind, spec), scaler, autoscaler_choice="max")
    assert outcome.counts == {"x": 1}
    said = f"{kind} default/x: what scales it is not followed: planned as it says"
    assert said in outcome.cluster.assumptions
