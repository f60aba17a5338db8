"""Knative's Service and Flink's FlinkDeployment."""

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]
CONTAINERS = "{containers: [{image: a, resources: {requests: {cpu: 1}}}]}"


def service(notes: str) -> tuple[str, str, str]:
    spec = f"template: {{metadata: {{annotations: {{{notes}}}}}, spec: {CONTAINERS}}}"
    return "serving.knative.dev/v1", "Service", spec


@pytest.mark.parametrize(
    ("notes", "choice", "pods"),
    [
        ("", "current", 1),
        ("", "min", 0),
        ('autoscaling.knative.dev/min-scale: "2"', "current", 2),
        ('autoscaling.knative.dev/minScale: "2"', "min", 2),
        ('autoscaling.knative.dev/max-scale: "8"', "max", 8),
        ('autoscaling.knative.dev/initial-scale: "3"', "current", 3),
    ],
)
def test_a_service_is_scaled_by_its_annotations(
    make: Make, notes: str, choice: str, pods: int
) -> None:
    outcome = make(service(notes), autoscaler_choice=choice)
    assert outcome.problems == []
    assert len(outcome.cluster.pods) == pods
    if pods:
        assert outcome.requests("x")["cpu"] == 1025


def test_a_scale_that_is_no_number_is_a_mistake(make: Make) -> None:
    (problem,) = make(service("autoscaling.knative.dev/min-scale: some")).problems
    assert problem.subject == "Service x"
    assert problem.field.endswith("autoscaling.knative.dev/min-scale")


def test_a_deployment_of_a_service_stands_for_it(make: Make) -> None:
    owned = "ownerReferences: [{kind: %s, name: %s, controller: true}]"
    revision = (
        "{apiVersion: serving.knative.dev/v1, kind: Revision, metadata: {name: x-1, "
        f"{owned % ('Service', 'x')}}}, spec: {CONTAINERS}}}"
    )
    deployment = (
        f"{{kind: Deployment, metadata: {{name: x-1-deployment, {owned % ('Revision', 'x-1')}}}, "
        "spec: {replicas: 2, selector: {matchLabels: {a: b}}, template: {metadata: {labels: "
        f"{{a: b}}}}, spec: {CONTAINERS.replace('image: a', 'name: c')}}}}}}}"
    )
    outcome = make(service(""), revision, deployment)
    assert outcome.counts == {"x-1-deployment": 2}
    assert outcome.cluster.ignored == ()


def test_task_managers_follow_from_parallelism_and_slots(make: Make) -> None:
    spec = """
    flinkConfiguration: {taskmanager.numberOfTaskSlots: "2"}
    jobManager: {resource: {memory: 2048m, cpu: 1}}
    taskManager: {resource: {memory: 4g, cpu: 2}}
    job: {parallelism: 7}
    """
    outcome = make(("flink.apache.org/v1beta1", "FlinkDeployment", spec))
    assert outcome.problems == []
    assert outcome.counts == {"x-jobmanager": 1, "x-taskmanager": 4}
    assert outcome.requests("x-jobmanager") == {"cpu": 1000, "memory": 2048}
    assert outcome.requests("x-taskmanager") == {"cpu": 2000, "memory": 4096}


def test_a_suspended_job_of_flink_has_no_pods(make: Make) -> None:
    spec = "{job: {state: suspended, parallelism: 2}}"
    assert make(("flink.apache.org/v1beta1", "FlinkDeployment", spec)).cluster.pods == ()
