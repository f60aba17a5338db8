"""Jobs of several groups of pods."""

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]
TEMPLATE = "{spec: {containers: [{name: main, resources: {requests: {cpu: 2}}}]}}"
ONE = f"template: {TEMPLATE}"


def test_a_job_set_makes_jobs_named_after_it(make: Make) -> None:
    spec = f"""
    replicatedJobs:
    - {{name: leader, template: {{spec: {{template: {TEMPLATE}}}}}}}
    - {{name: worker, replicas: 2,
        template: {{spec: {{parallelism: 3, completions: 2, template: {TEMPLATE}}}}}}}
    """
    outcome = make(("jobset.x-k8s.io/v1alpha2", "JobSet", spec))
    assert outcome.problems == []
    assert outcome.counts == {"x-leader-0": 1, "x-worker-0": 2, "x-worker-1": 2}


@pytest.mark.parametrize("more", ["suspend: true", "status: done"])
def test_a_job_set_that_rests_has_no_pods(make: Make, more: str) -> None:
    spec = f"replicatedJobs: [{{name: a, template: {{spec: {{template: {TEMPLATE}}}}}}}]"
    whole = {
        "suspend": f"{{apiVersion: jobset.x-k8s.io/v1alpha2, kind: JobSet, metadata: {{name: x}}, "
        f"spec: {{suspend: true, {spec}}}}}",
        "status": f"{{apiVersion: jobset.x-k8s.io/v1alpha2, kind: JobSet, metadata: {{name: x}}, "
        f"spec: {{{spec}}}, status: {{conditions: [{{type: Completed, status: 'True'}}]}}}}",
    }[more.partition(":")[0]]
    outcome = make(whole)
    assert (outcome.problems, outcome.cluster.pods) == ([], ())


def test_jobs_of_the_input_stand_for_their_job_set(make: Make) -> None:
    spec = (
        f"replicatedJobs: [{{name: a, replicas: 2, template: {{spec: {{template: {TEMPLATE}}}}}}}]"
    )
    owner = "ownerReferences: [{kind: JobSet, name: x, controller: true}]"
    child = f"{{kind: Job, metadata: {{name: x-a-0, {owner}}}, spec: {{template: {TEMPLATE}}}}}"
    outcome = make(("jobset.x-k8s.io/v1alpha2", "JobSet", spec), child)
    assert outcome.counts == {"x-a-0": 1, "x-a-1": 1}


def test_a_number_of_jobs_that_no_cluster_holds_is_a_mistake(make: Make) -> None:
    spec = f"replicatedJobs: [{{name: a, replicas: 900000, template: {TEMPLATE}}}]"
    (problem,) = make(("jobset.x-k8s.io/v1alpha2", "JobSet", spec)).problems
    assert problem.subject == "JobSet x"
    assert problem.field == "spec.replicatedJobs[0].replicas"


def test_a_leader_worker_set_has_leaders_and_workers(make: Make) -> None:
    spec = f"{{replicas: 2, leaderWorkerTemplate: {{size: 4, workerTemplate: {TEMPLATE}}}}}"
    outcome = make(("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", spec))
    assert outcome.problems == []
    assert outcome.counts == {"x": 2, "x-0": 3, "x-1": 3}
    assert sorted(pod.name for pod in outcome.pods("x-1-")) == ["x-1-1", "x-1-2", "x-1-3"]


def test_an_exclusive_topology_is_named_as_not_followed(make: Make) -> None:
    spec = f"leaderWorkerTemplate: {{workerTemplate: {TEMPLATE}}}"
    note = "leaderworkerset.sigs.k8s.io/exclusive-topology: rack"
    outcome = make(
        f"{{apiVersion: leaderworkerset.x-k8s.io/v1, kind: LeaderWorkerSet, "
        f"metadata: {{name: x, annotations: {{{note}}}}}, spec: {{{spec}}}}}"
    )
    assert any("topology domain" in text for text in outcome.cluster.assumptions)


def test_tasks_of_volcano_are_for_its_own_scheduler(make: Make) -> None:
    spec = f"tasks: [{{name: ps, replicas: 1, {ONE}}}, {{replicas: 2, {ONE}}}]"
    outcome = make(("batch.volcano.sh/v1alpha1", "Job", spec))
    assert outcome.counts == {"x-ps": 1, "x-default1": 2}
    reason = "it is scheduled by volcano, not by kube-scheduler"
    assert {pod.template.unsupported for pod in outcome.cluster.pods} == {(reason,)}
    ours = make(
        ("batch.volcano.sh/v1alpha1", "Job", f"{{schedulerName: default-scheduler, {spec}}}")
    )
    assert {pod.template.unsupported for pod in ours.cluster.pods} == {()}


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("PyTorchJob", "pytorchReplicaSpecs"), ("TFJob", "tfReplicaSpecs"),
        ("MPIJob", "mpiReplicaSpecs"), ("XGBoostJob", "xgbReplicaSpecs"),
        ("PaddleJob", "paddleReplicaSpecs"), ("JAXJob", "jaxReplicaSpecs"),
    ],
)  # fmt: skip
def test_a_training_job_has_replicas_of_each_type(make: Make, kind: str, field: str) -> None:
    spec = f"{field}: {{Master: {{{ONE}}}, Worker: {{replicas: 3, {ONE}}}}}"
    outcome = make(("kubeflow.org/v1", kind, spec))
    assert outcome.problems == []
    assert outcome.counts == {"x-master": 1, "x-worker": 3}


@pytest.mark.parametrize(("choice", "workers"), [("min", 2), ("current", 3), ("max", 6)])
def test_an_elastic_job_has_its_bounds(make: Make, choice: str, workers: int) -> None:
    spec = f"""
    elasticPolicy: {{minReplicas: 2, maxReplicas: 6}}
    pytorchReplicaSpecs: {{Worker: {{replicas: 3, template: {TEMPLATE}}}}}
    """
    outcome = make(("kubeflow.org/v1", "PyTorchJob", spec), autoscaler_choice=choice)
    assert outcome.counts == {"x-worker": workers}


def test_a_training_job_that_has_ended_has_no_pods(make: Make) -> None:
    outcome = make(
        f"{{apiVersion: kubeflow.org/v1, kind: TFJob, metadata: {{name: x}}, "
        f"spec: {{tfReplicaSpecs: {{Worker: {{template: {TEMPLATE}}}}}}}, "
        "status: {conditions: [{type: Succeeded, status: 'True'}]}}"
    )
    assert outcome.cluster.pods == ()


def test_live_pods_of_a_group_count_against_that_group(make: Make) -> None:
    spec = f"pytorchReplicaSpecs: {{Master: {{{ONE}}}, Worker: {{replicas: 3, {ONE}}}}}"
    labels = "training.kubeflow.org/job-name: x, training.kubeflow.org/replica-type: worker"
    owner = "ownerReferences: [{kind: PyTorchJob, name: x, controller: true}]"
    live = f"{{kind: Pod, metadata: {{name: live, labels: {{{labels}}}, {owner}}}, " + TEMPLATE[1:]
    outcome = make(("kubeflow.org/v1", "PyTorchJob", spec), live)
    assert len(outcome.cluster.pods) == 4
    assert len(outcome.pods("x-worker")) == 2


def test_leaders_and_workers_have_the_claims_of_their_set(make: Make) -> None:
    claim = "{metadata: {name: d}, spec: {resources: {requests: {storage: 1Gi}}}}"
    spec = f"leaderWorkerTemplate: {{size: 2, workerTemplate: {TEMPLATE}, "
    spec += f"volumeClaimTemplates: [{claim}]}}"
    outcome = make(("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", spec))
    claims = sorted(name for pod in outcome.cluster.pods for name in pod.volume_claims)
    assert claims == ["d-x-0", "d-x-0-1"]
