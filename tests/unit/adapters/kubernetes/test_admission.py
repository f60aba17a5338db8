from collections.abc import Callable

import pytest

from kubestow.adapters.documents import read_documents
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import Toleration

Read = Callable[..., Cluster]


def pod(spec: str, status: str = "{}") -> str:
    return f"{{kind: Pod, metadata: {{name: p}}, spec: {{{spec}}}, status: {status}}}"


def asking(resources: str) -> str:
    return pod(f"containers: [{{name: c, resources: {{{resources}}}}}]")


def limit_range(item: str, namespace: str = "default") -> str:
    return (
        f"{{kind: LimitRange, metadata: {{name: l, namespace: {namespace}}}, "
        f"spec: {{limits: [{{{item}}}]}}}}"
    )


def the_pod(read: Read, *texts: str) -> Pod:
    (found,) = read(*texts).pods
    return found


def cpu(found: Pod) -> int:
    return dict(found.template.requests).get("cpu", 0)


@pytest.mark.parametrize(
    ("resources", "requests"),
    [
        ("requests: {cpu: 1}", {"cpu": 1000}),
        ("limits: {cpu: 1}", {"cpu": 1000}),
        ("requests: {cpu: 1}, limits: {cpu: 2, memory: 1Ki}", {"cpu": 1000, "memory": 1024}),
        ("requests: {cpu: 0}, limits: {cpu: 2}", {}),
        ("limits: {nvidia.com/gpu: 1}", {"nvidia.com/gpu": 1}),
        ("", {}),
    ],
)
def test_a_missing_request_is_its_limit(
    read: Read, resources: str, requests: dict[str, int]
) -> None:
    assert dict(the_pod(read, asking(resources)).template.requests) == requests


@pytest.mark.parametrize(
    ("item", "resources", "millicpu"),
    [
        ("type: Container, defaultRequest: {cpu: 100m}", "", 100),
        ("type: Container, defaultRequest: {cpu: 100m}", "requests: {cpu: 1}", 1000),
        ("type: Container, default: {cpu: 300m}", "", 300),
        ("type: Container, default: {cpu: 300m}, defaultRequest: {cpu: 100m}", "", 100),
        ("type: Container, max: {cpu: 2}", "", 2000),
        ("type: Container, min: {cpu: 50m}", "", 50),
        ("type: Container, min: {cpu: 50m}, default: {cpu: 70m}", "", 70),
        ("type: Container, defaultRequest: {cpu: 100m}", "limits: {cpu: 500m}", 500),
        ("type: Pod, max: {cpu: 2}", "", 0),
        ("type: PersistentVolumeClaim, max: {storage: 1Gi}", "", 0),
    ],
)
def test_a_limit_range_fills_in_what_a_container_does_not_ask_for(
    read: Read, item: str, resources: str, millicpu: int
) -> None:
    found = the_pod(read, limit_range(item), asking(resources))
    assert (cpu(found), found.rejected) == (millicpu, "")


@pytest.mark.parametrize(
    ("item", "resources", "refusal"),
    [
        ("type: Container, max: {cpu: 1}", "requests: {cpu: 2}, limits: {cpu: 2}",
         "LimitRange: Container cpu exceeds the maximum"),
        ("type: Container, min: {memory: 1Gi}", "requests: {memory: 1Mi}",
         "LimitRange: Container memory is below the minimum"),
        ("type: Pod, max: {cpu: 1}", "requests: {cpu: 2}",
         "LimitRange: Pod cpu exceeds the maximum"),
        ("type: Pod, min: {cpu: 1}", "", "LimitRange: Pod cpu is below the minimum"),
    ],
)  # fmt: skip
def test_a_limit_range_refuses_what_is_out_of_bounds(
    read: Read, item: str, resources: str, refusal: str
) -> None:
    assert the_pod(read, limit_range(item), asking(resources)).rejected == refusal


def test_a_limit_range_rules_its_own_namespace_only(read: Read) -> None:
    rule = limit_range("type: Container, defaultRequest: {cpu: 1}", "other")
    assert cpu(the_pod(read, rule, asking(""))) == 0


def test_a_request_over_the_limit_given_by_default_is_refused_as_the_api_server_would() -> None:
    problems: list[InputProblem] = []
    text = (
        limit_range("type: Container, default: {cpu: 1}") + "\n---\n" + asking("requests: {cpu: 2}")
    )
    read_cluster(read_documents(Source("in.yaml", text.encode()), problems), problems)
    assert [(p.subject, p.field) for p in problems] == [
        ("Pod p", "spec.containers[0].resources.requests.cpu")
    ]
    assert "the default limit of a LimitRange" in problems[0].message


def test_a_bound_pod_was_admitted_already(read: Read) -> None:
    found = the_pod(
        read,
        limit_range("type: Container, max: {cpu: 1}, defaultRequest: {cpu: 500m}"),
        "{kind: Node, metadata: {name: n}}",
        pod("nodeName: n, containers: [{name: a}, {name: b, resources: {requests: {cpu: 2}}}]"),
    )
    assert (cpu(found), found.rejected) == (2000, "")


def test_a_runtime_class_adds_overhead_selector_and_tolerations(read: Read) -> None:
    found = the_pod(
        read,
        "{kind: RuntimeClass, metadata: {name: r}, handler: x, overhead: {podFixed: {cpu: 250m}}, "
        "scheduling: {nodeSelector: {sandbox: y}, tolerations: [{key: s, operator: Exists}]}}",
        pod("runtimeClassName: r, nodeSelector: {a: b}, "
            "containers: [{name: c, resources: {requests: {cpu: 1}}}]"),
    )  # fmt: skip
    assert cpu(found) == 1250
    assert found.template.node_selector == (("a", "b"), ("sandbox", "y"))
    assert found.template.tolerations == (Toleration("s", "Exists"),)
    assert found.template.unsupported == ()


def test_a_runtime_class_that_is_missing_is_said(read: Read) -> None:
    found = the_pod(read, pod("runtimeClassName: r, containers: [{name: c}]"))
    assert found.template.unsupported == ("RuntimeClass r is not in the input",)


@pytest.mark.parametrize(
    ("spec", "priority"),
    [
        ("", 5),
        ("priorityClassName: gold, ", 100),
        ("priority: 7, priorityClassName: gold, ", 7),
        ("priorityClassName: system-node-critical, ", 2_000_001_000),
        ("priorityClassName: unknown, ", 5),
    ],
)
def test_priority_comes_from_the_pod_its_class_or_the_default(
    read: Read, spec: str, priority: int
) -> None:
    found = the_pod(
        read,
        "{kind: PriorityClass, metadata: {name: gold}, value: 100}",
        "{kind: PriorityClass, metadata: {name: usual}, value: 5, globalDefault: true}",
        pod(spec + "containers: [{name: c}]"),
    )
    assert found.template.priority == priority


@pytest.mark.parametrize(
    ("hard", "admitted"),
    [
        ("pods: 2", 2),
        ("count/pods: 2, pods: 3", 2),
        ("cpu: 2500m", 2),
        ("requests.cpu: 1, cpu: 3", 1),
        ("requests.memory: 100Mi", 4),
        ("limits.cpu: 1", 4),
        ("pods: 0", 0),
    ],
)
def test_a_quota_admits_pods_until_it_is_used_up(read: Read, hard: str, admitted: int) -> None:
    cluster = read(
        f"{{kind: ResourceQuota, metadata: {{name: q}}, spec: {{hard: {{{hard}}}}}}}",
        "{kind: Deployment, metadata: {name: w}, spec: {replicas: 4, selector: "
        "{matchLabels: {a: b}}, "
        "template: {metadata: {labels: {a: b}}, spec: {containers: "
        "[{name: c, resources: {requests: {cpu: 1}}}]}}}}",
    )
    assert len([p for p in cluster.pods if not p.rejected]) == admitted
