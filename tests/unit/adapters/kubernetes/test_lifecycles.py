"""Owners, grace periods, local data and disruption budgets as objects tell them."""

import pytest

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.sources import Source
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.input_error import InputProblem
from kubestow.model.snapshot import Cluster
from kubestow.model.workload import Lifecycle, Workload

NODE = """
apiVersion: v1
kind: Node
metadata: {name: n}
status: {allocatable: {cpu: 4, memory: 8Gi, pods: 58}}
"""
POD = """
apiVersion: v1
kind: Pod
metadata:
  name: web-6d5f7c9b8f-b7x2k
  labels: {app: web, pod-template-hash: 6d5f7c9b8f}
  annotations: {ANNOTATION}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-6d5f7c9b8f, controller: true}]
spec:
  nodeName: n
  terminationGracePeriodSeconds: 75
  volumes: [{name: cache, emptyDir: {}}, {name: logs, hostPath: {path: /var/log}}]
  containers: [{name: c}]
status: {phase: Running, conditions: [{type: Ready, status: "READY"}]}
"""
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  strategy: STRATEGY
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c}]}
"""
BUDGET = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {SPEC, selector: {matchLabels: {app: web}}}
"""


def read(*texts: str) -> tuple[Cluster, list[InputProblem]]:
    problems: list[InputProblem] = []
    documents: list[Document] = []
    for text in texts:
        documents += read_documents(Source("in.yaml", text.encode()), problems)
    return read_cluster(documents, problems), problems


@pytest.mark.parametrize(
    ("annotation", "ready", "terms"),
    [
        ("", "True", {}),
        ("", "False", {}),
        ('karpenter.sh/do-not-disrupt: "true"', "True", {"do_not_disrupt": True}),
        ('cluster-autoscaler.kubernetes.io/safe-to-evict: "false"', "True",
         {"safe_to_evict": False}),
        ('cluster-autoscaler.kubernetes.io/safe-to-evict: "true"', "True", {"safe_to_evict": True}),
    ],
)  # fmt: skip
def test_a_pods_lifecycle(annotation: str, ready: str, terms: dict[str, bool]) -> None:
    cluster, problems = read(NODE, POD.replace("ANNOTATION", annotation).replace("READY", ready))
    assert not problems
    assert cluster.pods[0].lifecycle == Lifecycle(
        ("Deployment", "web"),
        75,
        ("cache",),
        ("logs",),
        ready == "True",
        eviction=EvictionTerms(local_volumes=("cache", "logs"), **terms),
    )


def test_a_pod_without_a_controller_has_no_owner_and_the_default_grace() -> None:
    bare = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {nodeName: n, containers: [{}]}"
    cluster, problems = read(NODE, bare)
    assert not problems
    assert cluster.pods[0].lifecycle == Lifecycle(None, 30)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("{}", Workload("Deployment", "default", "web", 2)),
        ("{type: Recreate}", Workload("Deployment", "default", "web", 2, "Recreate")),
        (
            "{rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}",
            Workload("Deployment", "default", "web", 2, max_surge=1, max_unavailable=0),
        ),
    ],
)
def test_how_a_deployment_is_rolled_out(strategy: str, expected: Workload) -> None:
    cluster, problems = read(DEPLOYMENT.replace("STRATEGY", strategy))
    assert not problems
    assert cluster.workloads == (expected,)
    assert cluster.pods[0].lifecycle.owner == ("Deployment", "web")


@pytest.mark.parametrize(
    ("strategy", "field"),
    [
        ("{type: Rolling}", "spec.strategy.type"),
        ("{rollingUpdate: {maxSurge: lots}}", "spec.strategy.rollingUpdate.maxSurge"),
        ("{rollingUpdate: {maxUnavailable: -1}}", "spec.strategy.rollingUpdate.maxUnavailable"),
    ],
)
def test_a_strategy_that_cannot_be_meant_is_named(strategy: str, field: str) -> None:
    _, problems = read(DEPLOYMENT.replace("STRATEGY", strategy))
    assert [problem.field for problem in problems] == [field]
    assert problems[0].hint


@pytest.mark.parametrize(
    ("spec", "least", "most", "policy"),
    [
        ("minAvailable: 2", 2, None, "IfHealthyBudget"),
        ("minAvailable: 50%", "50%", None, "IfHealthyBudget"),
        ("maxUnavailable: 0", None, 0, "IfHealthyBudget"),
        ("maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow", None, 1, "AlwaysAllow"),
    ],
)
def test_a_disruption_budget(
    spec: str, least: int | str | None, most: int | str | None, policy: str
) -> None:
    cluster, problems = read(BUDGET.replace("SPEC", spec))
    assert not problems
    (budget,) = cluster.disruption_budgets
    assert (budget.min_available, budget.max_unavailable) == (least, most)
    assert budget.unhealthy_policy == policy


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ("minAvailable: half", "spec.minAvailable"),
        ("maxUnavailable: 1.5%", "spec.maxUnavailable"),
        ("minAvailable: 1, maxUnavailable: 1", "spec.maxUnavailable"),
        ("minAvailble: 1", "spec.minAvailble"),
        ("unhealthyPodEvictionPolicy: Never", "spec.unhealthyPodEvictionPolicy"),
    ],
)
def test_a_budget_the_api_server_would_refuse_is_named(spec: str, field: str) -> None:
    _, problems = read(BUDGET.replace("SPEC", spec))
    assert [problem.field for problem in problems] == [field]
    assert problems[0].hint
