"""Custom objects beside the workloads of the input, and those that are only named."""

from collections.abc import Callable
from typing import Any

from kubestow.adapters.kubernetes.operators.reading import READERS
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
    assert [maker.describe() for maker in outcome.cluster.pod_makers] == [
        "RedisFailover default/x", "Thing default/x",
    ]  # fmt: skip


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
