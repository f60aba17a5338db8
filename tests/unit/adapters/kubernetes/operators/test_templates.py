"""Kinds with one whole pod template."""

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]
SELECTOR = {"matchLabels": {"app": "x"}}
TEMPLATE = {
    "metadata": {"labels": {"app": "x"}},
    "spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "1"}}}]},
}


@pytest.mark.parametrize(
    ("version", "kind", "spec", "pods"),
    [
        ("argoproj.io/v1alpha1", "Rollout", {"replicas": 4, "selector": SELECTOR}, 4),
        ("argoproj.io/v1alpha1", "Rollout", {"selector": SELECTOR}, 1),
        ("apps.kruise.io/v1alpha1", "CloneSet", {"replicas": 3, "selector": SELECTOR}, 3),
        ("apps.kruise.io/v1beta1", "StatefulSet", {"replicas": 2, "selector": SELECTOR}, 2),
        ("apps.openshift.io/v1", "DeploymentConfig", {"replicas": 2, "selector": {"app": "x"}}, 2),
        ("kubeflow.org/v1", "Notebook", {}, 1),
        ("postgresql.cnpg.io/v1", "Pooler", {"instances": 3}, 3),
    ],
)
def test_a_template_is_read_with_its_replicas(
    make: Make, version: str, kind: str, spec: dict[str, Any], pods: int
) -> None:
    outcome = make((version, kind, spec | {"template": TEMPLATE}))
    assert outcome.problems == []
    assert len(outcome.cluster.pods) == pods
    assert outcome.requests("x")["cpu"] == 1000
    assert outcome.cluster.ignored == ()


def test_a_daemon_set_of_kruise_is_a_daemon_set(make: Make) -> None:
    spec = {"selector": SELECTOR, "template": TEMPLATE}
    cluster = make(("apps.kruise.io/v1alpha1", "DaemonSet", spec)).cluster
    assert [daemonset.name for daemonset in cluster.daemonsets] == ["x"]
    assert cluster.pods == ()


def test_a_fleet_of_game_servers_says_what_is_added_to_them(make: Make) -> None:
    spec = {"replicas": 2, "template": {"spec": {"template": TEMPLATE}}}
    outcome = make(("agones.dev/v1", "Fleet", spec))
    assert outcome.counts == {"x": 2}
    assert any("sidecar" in note for note in outcome.cluster.assumptions)
    (pod,) = make(("agones.dev/v1", "GameServer", {"template": TEMPLATE})).cluster.pods
    assert pod.lifecycle.owner == ("GameServer", "x")


def deployment(replicas: int) -> dict[str, Any]:
    spec = {"replicas": replicas, "selector": SELECTOR, "template": TEMPLATE}
    return {"kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


@pytest.mark.parametrize(
    ("scale_down", "pods"), [("never", 5), ("onsuccess", 3), ("progressively", 3)]
)
def test_a_rollout_has_the_template_of_the_deployment_it_names(
    make: Make, scale_down: str, pods: int
) -> None:
    reference = {"kind": "Deployment", "name": "web", "scaleDown": scale_down}
    rollout = ("argoproj.io/v1alpha1", "Rollout", {"replicas": 3, "workloadRef": reference})
    outcome = make(deployment(2), rollout)
    assert outcome.problems == []
    assert len(outcome.cluster.pods) == pods
    assert outcome.requests("x")["cpu"] == 1000


def test_a_rollout_without_its_deployment_is_a_mistake(make: Make) -> None:
    spec = {"workloadRef": {"kind": "Deployment", "name": "web"}}
    (problem,) = make(("argoproj.io/v1alpha1", "Rollout", spec)).problems
    assert problem.subject == "Rollout x"
    assert problem.field == "spec.workloadRef"
    assert "Deployment default/web is not in the input" in problem.message
    assert not problem.is_fatal


def live(name: str, owner: tuple[str, str], labels: dict[str, str]) -> dict[str, Any]:
    reference = {"kind": owner[0], "name": owner[1], "controller": True}
    metadata = {"name": name, "labels": labels, "ownerReferences": [reference]}
    return {"kind": "Pod", "metadata": metadata, "spec": TEMPLATE["spec"]}


def test_live_pods_of_a_rollout_are_not_planned_twice(make: Make) -> None:
    labels = {"app": "x", "rollouts-pod-template-hash": "abc"}
    spec = {"replicas": 3, "selector": SELECTOR, "template": TEMPLATE}
    outcome = make(
        ("argoproj.io/v1alpha1", "Rollout", spec),
        live("x-abc-1", ("ReplicaSet", "x-abc"), labels),
        live("x-abc-2", ("ReplicaSet", "x-abc"), labels),
    )
    assert len(outcome.cluster.pods) == 3
    assert {pod.lifecycle.owner for pod in outcome.cluster.pods} == {("Rollout", "x")}


def test_the_replica_sets_of_a_rollout_are_not_planned_beside_it(make: Make) -> None:
    spec = {"replicas": 3, "selector": SELECTOR, "template": TEMPLATE}
    owner = [{"kind": "Rollout", "name": "x", "controller": True}]
    child = {"kind": "ReplicaSet", "metadata": {"name": "x-abc", "ownerReferences": owner},
             "spec": spec}  # fmt: skip
    assert len(make(("argoproj.io/v1alpha1", "Rollout", spec), child).cluster.pods) == 3


@pytest.mark.parametrize(("choice", "pods"), [("min", 2), ("current", 4), ("max", 9)])
def test_an_autoscaler_scales_a_rollout(make: Make, choice: str, pods: int) -> None:
    spec = {"replicas": 4, "selector": SELECTOR, "template": TEMPLATE}
    target = {"kind": "Rollout", "name": "x"}
    scaler = {"kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"},
              "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 9}}  # fmt: skip
    rollout = ("argoproj.io/v1alpha1", "Rollout", spec)
    assert len(make(rollout, scaler, autoscaler_choice=choice).cluster.pods) == pods


@pytest.mark.parametrize(("choice", "pods"), [("min", 2), ("current", 2), ("max", 14)])
def test_a_scaled_job_runs_as_many_jobs_as_its_bounds_say(
    make: Make, choice: str, pods: int
) -> None:
    spec = {
        "minReplicaCount": 1,
        "maxReplicaCount": 7,
        "jobTargetRef": {"parallelism": 2, "template": TEMPLATE},
    }
    outcome = make(("keda.sh/v1alpha1", "ScaledJob", spec), autoscaler_choice=choice)
    assert len(outcome.cluster.pods) == pods


def test_a_scaled_job_plans_a_hundred_jobs_at_most_by_default(make: Make) -> None:
    spec = {"jobTargetRef": {"template": TEMPLATE}}
    scaled = ("keda.sh/v1alpha1", "ScaledJob", spec)
    assert len(make(scaled, autoscaler_choice="max").cluster.pods) == 100
    assert make(scaled).cluster.pods == ()


def test_runners_are_planned_for_their_bounds(make: Make) -> None:
    spec = {"minRunners": 2, "maxRunners": 5, "template": TEMPLATE}
    runners = ("actions.github.com/v1alpha1", "AutoscalingRunnerSet", spec)
    assert len(make(runners).cluster.pods) == 2
    assert len(make(runners, autoscaler_choice="max").cluster.pods) == 5
    open_ended = ("actions.github.com/v1alpha1", "AutoscalingRunnerSet", {"template": TEMPLATE})
    outcome = make(open_ended, autoscaler_choice="max")
    assert any("without a maximum" in note for note in outcome.cluster.assumptions)


def test_a_stopped_notebook_has_no_pod(make: Make) -> None:
    metadata = {"name": "n", "annotations": {"kubeflow-resource-stopped": "2024-01-01"}}
    stopped = {"apiVersion": "kubeflow.org/v1", "kind": "Notebook", "metadata": metadata,
               "spec": {"template": TEMPLATE}}  # fmt: skip
    assert make(stopped).cluster.pods == ()


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        ({"replicas": "3"}, "spec.replicas", "expected a whole number, got text"),
        ({"replicas": True}, "spec.replicas", "got true or false"),
        ({"replicas": -1}, "spec.replicas", "-1 is negative"),
        ({"template": []}, "spec.template", "expected a mapping, got a list"),
        ({"template": {**TEMPLATE, "spec": {"containers": []}}}, "spec.template.spec.containers",
         "is empty"),
        ({"template": {"metadata": "m", "spec": {}}}, "spec.template.metadata",
         "expected a mapping"),
        ({"template": {**TEMPLATE, "spec": {"container": []}}}, "spec.template.spec.container",
         "is not a field"),
        ({"selector": {"matchLabels": {"app": "y"}}}, "spec.selector", "does not match"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_custom_object_and_its_field(
    make: Make, spec: dict[str, Any], field: str, message: str
) -> None:
    whole = {"replicas": 1, "selector": SELECTOR, "template": TEMPLATE} | spec
    (problem,) = make(("argoproj.io/v1alpha1", "Rollout", whole)).problems
    assert problem.subject == "Rollout x"
    assert problem.field == field
    assert message in problem.message
    assert problem.hint
