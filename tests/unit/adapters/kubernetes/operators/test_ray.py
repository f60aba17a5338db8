"""KubeRay's kinds."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from kubestow.adapters.documents import read_documents
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem

Make = Callable[..., Any]
HEAD = "{spec: {containers: [{name: ray-head, resources: {requests: {cpu: 2, memory: 4Gi}}}]}}"
WORKER = "{spec: {containers: [{name: ray-worker, resources: {requests: {cpu: 4, memory: 8Gi}}}]}}"
CLUSTER = f"""
headGroupSpec: {{rayStartParams: {{}}, template: {HEAD}}}
workerGroupSpecs:
- {{groupName: small, replicas: 2, minReplicas: 1, maxReplicas: 5, template: {WORKER}}}
"""


def cluster(more: str = "") -> tuple[str, str, str]:
    return "ray.io/v1", "RayCluster", CLUSTER + more


def test_a_ray_cluster_has_a_head_and_its_workers(make: Make) -> None:
    outcome = make(cluster())
    assert outcome.problems == []
    assert outcome.counts == {"x-head": 1, "x-small-worker": 2}
    assert outcome.requests("x-head") == {"cpu": 2000, "memory": 4096}
    assert {pod.lifecycle.owner for pod in outcome.cluster.pods} == {("RayCluster", "x")}


@pytest.mark.parametrize(("choice", "workers"), [("min", 1), ("current", 2), ("max", 5)])
def test_an_autoscaler_in_the_head_scales_the_workers(
    make: Make, choice: str, workers: int
) -> None:
    outcome = make(cluster("enableInTreeAutoscaling: true"), autoscaler_choice=choice)
    assert outcome.counts == {"x-head": 1, "x-small-worker": workers}
    assert outcome.requests("x-head") == {"cpu": 2500, "memory": 4096 + 512}


def test_without_an_autoscaler_the_replicas_stay(make: Make) -> None:
    assert make(cluster(), autoscaler_choice="max").counts["x-small-worker"] == 2


def test_a_replica_may_be_several_hosts(make: Make) -> None:
    spec = CLUSTER.replace("replicas: 2,", "replicas: 2, numOfHosts: 4,")
    assert make(("ray.io/v1", "RayCluster", spec)).counts["x-small-worker"] == 8


def test_replicas_are_held_between_their_bounds(make: Make) -> None:
    spec = CLUSTER.replace("replicas: 2,", "replicas: 50,", 1)
    assert make(("ray.io/v1", "RayCluster", spec)).counts["x-small-worker"] == 5


def test_a_suspended_cluster_has_no_pods(make: Make) -> None:
    assert make(cluster("suspend: true")).cluster.pods == ()


def test_a_ray_job_has_a_cluster_and_a_submitter(make: Make) -> None:
    spec = f"rayClusterSpec: {{headGroupSpec: {{template: {HEAD}}}}}"
    outcome = make(("ray.io/v1", "RayJob", spec))
    assert outcome.counts == {"x-head": 1, "x": 1}
    assert outcome.requests("x-0") == {"cpu": 500, "memory": 200}
    by_http = make(("ray.io/v1", "RayJob", spec + "\nsubmissionMode: HTTPMode"))
    assert by_http.counts == {"x-head": 1}


@pytest.mark.parametrize("status", ["Complete", "Failed"])
def test_a_ray_job_that_has_ended_has_no_pods(make: Make, status: str) -> None:
    outcome = make(
        f"{{apiVersion: ray.io/v1, kind: RayJob, metadata: {{name: x}}, spec: {{rayClusterSpec: "
        f"{{headGroupSpec: {{template: {HEAD}}}}}}}, status: {{jobDeploymentStatus: {status}}}}}"
    )
    assert outcome.cluster.pods == ()


def test_the_cluster_of_a_job_stands_for_it(make: Make) -> None:
    spec = f"rayClusterSpec: {{headGroupSpec: {{template: {HEAD}}}}}"
    owner = "ownerReferences: [{kind: RayJob, name: x, controller: true}]"
    child = (
        f"{{apiVersion: ray.io/v1, kind: RayCluster, metadata: {{name: x-raycluster-1, {owner}}}, "
        f"spec: {{headGroupSpec: {{template: {HEAD}}}}}}}"
    )
    assert make(("ray.io/v1", "RayJob", spec), child).counts == {"x-raycluster-1-head": 1}


def test_a_ray_service_has_one_cluster_and_says_so(make: Make) -> None:
    spec = f"rayClusterConfig: {{headGroupSpec: {{template: {HEAD}}}}}"
    outcome = make(("ray.io/v1", "RayService", spec))
    assert outcome.counts == {"x-head": 1}
    assert any("upgrade" in note for note in outcome.cluster.assumptions)


def test_live_workers_count_against_their_group(make: Make) -> None:
    labels = "ray.io/cluster: x, ray.io/node-type: worker, ray.io/group: small"
    owner = "ownerReferences: [{kind: RayCluster, name: x, controller: true}]"
    live = f"{{kind: Pod, metadata: {{name: w, labels: {{{labels}}}, {owner}}}, " + WORKER[1:]
    outcome = make(cluster(), live)
    assert len(outcome.cluster.pods) == 3
    assert len(outcome.pods("x-head")) == 1


def test_a_mistake_in_a_worker_group_names_its_field(make: Make) -> None:
    spec = CLUSTER.replace("cpu: 4", "cpu: four")
    (problem,) = make(("ray.io/v1", "RayCluster", spec)).problems
    assert problem.subject == "RayCluster x"
    path = "spec.workerGroupSpecs[0].template.spec.containers[0].resources.requests.cpu"
    assert problem.field == path


CONTAINER = {"name": "c", "image": "x", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}
TEMPLATE = {"spec": {"containers": [CONTAINER]}}
HEAD_GROUP = {"headGroupSpec": {"rayStartParams": {}, "template": TEMPLATE}}


def owned(kind: str, name: str, uid: str) -> dict[str, Any]:
    reference = {"apiVersion": "ray.io/v1", "kind": kind, "name": name, "uid": uid}
    return {"ownerReferences": [reference | {"controller": True}]}


def pods_of(*objects: dict[str, Any]) -> list[str]:
    content = msgspec.json.encode({"kind": "List", "apiVersion": "v1", "items": objects})
    problems: list[InputProblem] = []
    documents = read_documents(Source("dump.json", content), problems)
    cluster = read_cluster(documents, problems)
    assert problems == []
    return sorted(pod.name for pod in cluster.pods)


JOB = {
    "apiVersion": "ray.io/v1",
    "kind": "RayJob",
    "metadata": {"name": "rj", "uid": "1"},
    "spec": {"entrypoint": "python x.py", "rayClusterSpec": HEAD_GROUP},
}
CHILD = {
    "apiVersion": "ray.io/v1",
    "kind": "RayCluster",
    "metadata": {"name": "rj-abc12", "uid": "2", **owned("RayJob", "rj", "1")},
    "spec": HEAD_GROUP,
}
SUBMITTER = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "rj", "uid": "3", **owned("RayJob", "rj", "1")},
    "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [CONTAINER]}}},
}


def test_a_ray_job_and_the_cluster_that_it_made_are_counted_once() -> None:
    assert pods_of(JOB) == ["rj-0", "rj-head-0"]
    assert pods_of(JOB, CHILD, SUBMITTER) == ["rj-0", "rj-abc12-head-0"]
    head = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "rj-abc12-head-x",
            "labels": {"ray.io/cluster": "rj-abc12", "ray.io/node-type": "head"},
            **owned("RayCluster", "rj-abc12", "2"),
        },
        "spec": {"containers": [CONTAINER]},
        "status": {"phase": "Pending"},
    }
    assert pods_of(JOB, CHILD, SUBMITTER, head) == ["rj-0", "rj-abc12-head-x"]
