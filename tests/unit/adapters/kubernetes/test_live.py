from collections import Counter
from collections.abc import Callable

import pytest

from kubestow.model.selectors import SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import Taint

Read = Callable[..., Cluster]
NODE = "{kind: Node, metadata: {name: n1}, status: {allocatable: {cpu: 4, memory: 8Gi, pods: 29}}}"
SPEC = (
    "{matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: "
    "{containers: [{name: c}]}}"
)


def owned(kind: str, name: str) -> str:
    return f"ownerReferences: [{{kind: {kind}, name: {name}, controller: true}}]"


def workload(kind: str, name: str, replicas: str, owner: str = "labels: {}") -> str:
    return (
        f"{{kind: {kind}, metadata: {{name: {name}, {owner}}}, spec: {{{replicas}, "
        f"selector: {SPEC}}}}}"
    )


def pod(
    name: str, owner: str, spec: str = "nodeName: n1", phase: str = "Running", more: str = ""
) -> str:
    return (
        f"{{kind: Pod, metadata: {{name: {name}, labels: {{app: web, pod-template-hash: "
        f"abc}}, {owner}"
        f"{more}}}, spec: {{containers: [{{name: c, resources: {{requests: {{cpu: 1}}}}}}], "
        f"{spec}}}, "
        f"status: {{phase: {phase}}}}}"
    )


def bound(cluster: Cluster) -> Counter[str]:
    return Counter(p.node_name or "planned" for p in cluster.pods)


DEPLOYMENT = workload("Deployment", "web", "replicas: 3")
REPLICA_SET = workload("ReplicaSet", "web-abc", "replicas: 3", owned("Deployment", "web"))
OLD_REPLICA_SET = workload("ReplicaSet", "web-old", "replicas: 0", owned("Deployment", "web"))
PODS = [pod(f"web-abc-{i}", owned("ReplicaSet", "web-abc")) for i in range(3)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([NODE, DEPLOYMENT, REPLICA_SET, OLD_REPLICA_SET, *PODS], {"n1": 3}),
        ([*PODS, OLD_REPLICA_SET, REPLICA_SET, DEPLOYMENT, NODE], {"n1": 3}),
        ([NODE, DEPLOYMENT, *PODS], {"n1": 3}),
        ([NODE, REPLICA_SET, *PODS], {"n1": 3}),
        ([NODE, *PODS], {"n1": 3}),
        ([NODE, DEPLOYMENT, REPLICA_SET, *PODS[:2]], {"n1": 2, "planned": 1}),
        ([NODE, DEPLOYMENT, *PODS[:2]], {"n1": 2, "planned": 1}),
        ([DEPLOYMENT, REPLICA_SET, *PODS], {"planned": 3}),
        ([DEPLOYMENT, REPLICA_SET], {"planned": 3}),
        ([NODE, workload("Deployment", "web", "replicas: 1"), REPLICA_SET, *PODS], {"n1": 3}),
    ],
)
def test_live_pods_count_against_their_deployment(
    read: Read, texts: list[str], expected: dict[str, int]
) -> None:
    assert bound(read(f"{{kind: List, items: [{', '.join(texts)}]}}")) == expected


def test_the_missing_pod_of_a_stateful_set_is_the_one_planned(read: Read) -> None:
    pods = [pod(f"web-{i}", owned("StatefulSet", "web")) for i in (0, 2)]
    cluster = read(NODE, workload("StatefulSet", "web", "replicas: 3"), *pods)
    assert sorted((p.name, p.node_name) for p in cluster.pods) == [
        ("web-0", "n1"), ("web-1", ""), ("web-2", "n1"),
    ]  # fmt: skip


def test_a_running_job_of_a_cron_job_is_its_one_run(read: Read) -> None:
    template = "{metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}"
    cron = (
        "{kind: CronJob, metadata: {name: report}, spec: {concurrencyPolicy: Forbid, jobTemplate: "
        f"{{spec: {{template: {template}}}}}}}}}"
    )
    job = (
        f"{{kind: Job, metadata: {{name: report-1, {owned('CronJob', 'report')}}}, "
        f"spec: {{template: {template}}}}}"
    )
    running = pod("report-1-x", owned("Job", "report-1"))
    assert bound(read(NODE, cron, job, running)) == {"n1": 1}
    assert bound(read(NODE, cron, job)) == {"planned": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (pod("p", "uid: x", phase="Succeeded"), "its phase is Succeeded"),
        (pod("p", "uid: x", phase="Failed"), "its phase is Failed"),
        (pod("p", "uid: x", "nodeName: gone", more=", deletionTimestamp: '2025'"),
         "it is terminating"),
        (pod("p", owned("Node", "gone"), "nodeName: gone"),
         "a static pod of a node that is not in the input"),
    ],
)  # fmt: skip
def test_pods_that_ask_for_nothing_are_ignored_with_a_reason(
    read: Read, text: str, reason: str
) -> None:
    cluster = read(NODE, text)
    assert cluster.pods == ()
    assert [(i.kind, i.count, i.reason) for i in cluster.ignored] == [("Pod", 1, reason)]


def test_a_terminating_pod_on_a_node_still_takes_its_room(read: Read) -> None:
    (found,) = read(NODE, pod("p", "uid: x", more=", deletionTimestamp: '2025'")).pods
    assert (found.node_name, found.terminating) == ("n1", True)


def test_a_terminating_pod_does_not_count_against_its_workload(read: Read) -> None:
    going = pod("web-abc-9", owned("ReplicaSet", "web-abc"), more=", deletionTimestamp: '2025'")
    assert bound(read(NODE, DEPLOYMENT, going)) == {"n1": 1, "planned": 3}


PINNED = (
    "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
    "[{%smatchFields: [{key: metadata.name, operator: In, values: [n9]}]}]}}}"
)


@pytest.mark.parametrize(
    ("expressions", "terms"),
    [
        ("", None),
        (
            "matchExpressions: [{key: os, operator: Exists}], ",
            [SelectorRequirement("os", "Exists")],
        ),
    ],
)
def test_daemonset_pods_without_their_nodes_become_the_daemonset(
    read: Read, expressions: str, terms: list[SelectorRequirement] | None
) -> None:
    pods = [
        pod(
            f"agent-{i}", owned("DaemonSet", "agent"), f"nodeName: gone-{i}, {PINNED % expressions}"
        )
        for i in range(3)
    ]
    cluster = read(*pods)
    assert cluster.pods == ()
    (found,) = cluster.daemonsets
    assert (found.key, found.template.requests) == ("default/agent", (("cpu", 1000),))
    affinity = found.template.node_affinity
    assert (affinity and [*affinity[0].expressions]) == terms


def test_daemonset_pods_on_their_nodes_stay_there(read: Read) -> None:
    cluster = read(
        NODE,
        workload("DaemonSet", "agent", "minReadySeconds: 1"),
        pod("a", owned("DaemonSet", "agent")),
    )
    assert [(p.node_name, p.daemonset) for p in cluster.pods] == [("n1", "default/agent")]
    assert [d.key for d in cluster.daemonsets] == ["default/agent"]


def test_a_resized_container_holds_the_most_of_what_is_said_of_it(read: Read) -> None:
    text = pod("p", "uid: x").replace(
        "status: {", "status: {containerStatuses: [{name: c, resources: {requests: {cpu: 2}}, "
        "allocatedResources: {cpu: 1500m, memory: 1Ki}}, {name: other}], "
    )  # fmt: skip
    assert read(NODE, text).pods[0].template.requests == (("cpu", 2000), ("memory", 1024))
    assert read(text).pods[0].template.requests == (("cpu", 1000),)


def test_a_node_is_read_with_what_the_scheduler_sees(read: Read) -> None:
    (node,) = read(
        "{kind: Node, metadata: {name: n, labels: {zone: a}}, spec: {unschedulable: true, taints: "
        "[{key: t, value: v, effect: NoExecute}]}, status: {allocatable: {cpu: 3920m, "
        "memory: 7Gi}, "
        "capacity: {cpu: 4}}}"
    ).nodes
    assert (node.name, node.labels, node.unschedulable) == ("n", (("zone", "a"),), True)
    assert node.allocatable == (("cpu", 3920), ("memory", 7 * 2**30))
    assert node.taints == (Taint("t", "v", "NoExecute"),)


def test_a_node_without_allocatable_has_its_capacity(read: Read) -> None:
    (node,) = read("{kind: Node, metadata: {name: n}, status: {capacity: {cpu: 4}}}").nodes
    assert node.allocatable == (("cpu", 4000),)


def test_from_scratch_every_pod_is_planned_as_if_its_node_were_gone(read: Read) -> None:
    agent = pod("agent-x", owned("DaemonSet", "agent"))
    cluster = read(NODE, DEPLOYMENT, REPLICA_SET, *PODS, agent, from_scratch=True)
    assert cluster.nodes == ()
    assert bound(cluster) == {"planned": 3}
    assert [d.key for d in cluster.daemonsets] == ["default/agent"]
    assert [(i.kind, i.count, i.reason) for i in cluster.ignored] == [
        ("Node", 1, "planning from scratch")
    ]
    assert cluster.assumptions == ("3 pods already run on nodes: planned from scratch",)


def test_pods_that_wait_share_what_their_equal_specs_say(read: Read) -> None:
    small, large = "nodeName: gone", "nodeName: gone, overhead: {cpu: 2}"
    texts = [pod(name, "uid: x", spec) for name, spec in
             (("a", small), ("b", large), ("c", small))]  # fmt: skip
    a, b, c = read(*texts).pods
    assert a.template is c.template
    assert dict(b.template.requests)["cpu"] == dict(a.template.requests)["cpu"] + 2000
