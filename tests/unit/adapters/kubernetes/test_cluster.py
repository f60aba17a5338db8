import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem
from kubestow.model.snapshot import Cluster

ROOT = Path(__file__).parents[4]
POD = "spec: {containers: [{name: c, resources: {requests: {cpu: 1}}}]}"
TEMPLATE = f"metadata: {{labels: {{app: web}}}}, {POD}"
SELECTOR = "selector: {matchLabels: {app: web}}"


def read(*texts: str) -> tuple[Cluster, list[InputProblem]]:
    problems: list[InputProblem] = []
    documents: list[Document] = []
    for text in texts:
        documents += read_documents(Source("in.yaml", text.encode()), problems)
    return read_cluster(documents, problems), problems


def pods_of(*texts: str) -> list[str]:
    cluster, problems = read(*texts)
    assert problems == []
    return sorted(pod.key for pod in cluster.pods)


def workload(kind: str, more: str = "", template: str = TEMPLATE) -> str:
    return (
        f"{{kind: {kind}, metadata: {{name: web}}, spec: {{{SELECTOR}, template: "
        f"{{{template}}}{more}}}}}"
    )


def container(text: str) -> str:
    return workload("Deployment", template=TEMPLATE.replace(POD, f"spec: {{containers: [{text}]}}"))


def pod_spec(text: str) -> str:
    spec = POD.removesuffix("}") + f", {text}}}"
    return workload("Deployment", template=TEMPLATE.replace(POD, spec))


def limited(limits: str) -> str:
    spec = f"limits: {{{limits}}}, template: {{spec: {{}}}}"
    return f"{{kind: NodePool, metadata: {{name: p}}, spec: {{{spec}}}}}"


def nodepool(text: str) -> str:
    return f"kind: NodePool\nmetadata: {{name: p}}\nspec: {{template: {{spec: {{{text}}}}}}}\n"


WEB = "Deployment web"
PATH = "spec.template.spec"


@pytest.mark.parametrize(
    ("text", "subject", "field", "message", "hint"),
    [
        ("{kind: Deployment, metadata: {name: "
            "web}}", WEB, "spec.template", "is missing", "template"),
        ("{kind: Deployment, metadata: {name: web}, spec: {}}", WEB, "spec.template", "is missing",
         "template"),
        (workload("Deployment", template="metadata: {labels: {app: web}}"), WEB, PATH, "is missing",
         "containers"),
        (workload("Deployment", template="metadata: {labels: {app: web}}, spec: "
            "{containers: null}"),
         WEB, f"{PATH}.containers", "is empty", "at least one"),
        (workload("Deployment", template=f"metadata: {{labels: {{app: db}}}}, {POD}"), WEB,
         "spec.selector", "does not match", "select labels that the template has"),
        (f"{{kind: Deployment, metadata: {{name: web}}, spec: {{template: {{{TEMPLATE}}}}}}}", WEB,
         "spec.selector", "is missing", "labels"),
        (workload("Deployment", ", replicas: 200000"), WEB, "spec.replicas", "150000", "split"),
        (workload("Deployment", ", replicas: -1"), WEB, "spec.replicas", "negative", "0 or more"),
        (workload("Deployment", ", replicas: '3'"), WEB, "spec.replicas", "got text",
         "without quotes"),
        (workload("Deployment", f", replicas: {10**30}"), WEB, "spec.replicas", "150000", "split"),
        (workload("Deployment", f", replicas: 1{'0' * 4000}"), WEB, "spec.replicas",
         "the number exceeds",
         "split"),
        (workload("Job", ", parallelism: 200000"), "Job web", "spec.parallelism", "150000",
         "split"),
        (container("{resources: {requests: {cpu: 12Q}}}"), WEB,
         f"{PATH}.containers[0].resources.requests.cpu", "'12Q' is not a quantity", "500m"),
        (container("{resources: {requests: {cpu: " + "'" + "1" * 5000 + "'}}}"), WEB,
         f"{PATH}.containers[0].resources.requests.cpu", "at most 1000 characters", "500m"),
        (container("{resources: {requests: {memory: -1Gi}}}"), WEB,
         f"{PATH}.containers[0].resources.requests.memory", "negative", "zero or more"),
        (container("{resources: {requests: {cpu: 2}, limits: {cpu: 1}}}"), WEB,
         f"{PATH}.containers[0].resources.requests.cpu", "exceeds its limit", "raise the limit"),
        (container("{resources: {requests: {cpu: [1]}}}"), WEB,
         f"{PATH}.containers[0].resources.requests.cpu", "got a list", "kubectl explain"),
        (container("{name: 3}"), WEB, f"{PATH}.containers[0].name", "got a whole number",
         "in quotes"),
        (workload("Deployment", template=f"metadata: {{labels: {{app: web, on: true}}}}, {POD}")
         .replace("on:", "'on':"), WEB, "spec.template.metadata.labels.on", "got true or false",
         "in quotes"),
        (pod_spec("tolerations: {key: a}"), WEB, f"{PATH}.tolerations", "got a mapping",
         "write a list"),
        (pod_spec("affinity: [a]"), WEB, f"{PATH}.affinity", "got a list", "write a mapping"),
        (pod_spec("tolerations: [{key: a, operator: Exist}]"), WEB,
         f"{PATH}.tolerations[0].operator", "'Exist'", "Equal or Exists"),
        (pod_spec("tolerations: [{operator: Equal, value: a}]"), WEB,
         f"{PATH}.tolerations[0].operator", "must use operator Exists", "name the key"),
        (pod_spec("tolerations: [{operator: Exists, effect: NoSchedul}]"), WEB,
         f"{PATH}.tolerations[0].effect", "'NoSchedul'", "did you mean 'NoSchedule'?"),
        (pod_spec("topologySpreadConstraints: [{maxSkew: 0, topologyKey: z, "
                  "whenUnsatisfiable: DoNotSchedule}]"), WEB,
         f"{PATH}.topologySpreadConstraints[0].maxSkew", "at least 1", "1 or more"),
        (pod_spec("topologySpreadConstraints: [{maxSkew: 1, topologyKey: z, "
                  "whenUnsatisfiable: Never}]"), WEB,
         f"{PATH}.topologySpreadConstraints[0].whenUnsatisfiable", "'Never'", "DoNotSchedule"),
        (pod_spec("topologySpreadConstraints: [{maxSkew: 1, topologyKey: '', "
                  "whenUnsatisfiable: DoNotSchedule}]"), WEB,
         f"{PATH}.topologySpreadConstraints[0].topologyKey", "is empty", "node label"),
        (pod_spec("topologySpreadConstraints: [{maxSkew: 1}]"), WEB,
         f"{PATH}.topologySpreadConstraints[0]", "missing required field `topologyKey`", "explain"),
        (pod_spec("affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
                  "{nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Is}]}]}}}"), WEB,
         f"{PATH}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution."
         "nodeSelectorTerms[0].matchExpressions[0].operator", "'Is'", "NotIn"),
        (pod_spec("affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
                  "[{topologyKey: '', labelSelector: {}}]}}"), WEB,
         f"{PATH}.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
         ".topologyKey", "is empty", "node label"),
        ("{kind: Deployment, metadata: {}}", "Deployment", "metadata.name", "is missing", "a name"),
        ("{kind: Deployment}", "Deployment", "", "missing required field `metadata`", "explain"),
        ("{kind: Deployment, metadata: null}", "Deployment", "metadata", "got null", "mapping"),
        ("{kind: Pod, metadata: {name: p}}", "Pod p", "spec", "is missing", "containers"),
        ("{kind: Pod, metadata: {name: p, namespace: n}, spec: {containers: []}}", "Pod n/p",
         "spec.containers", "is empty", "at least one"),
        ("{kind: CronJob, metadata: {name: c}, spec: {}}", "CronJob c", "spec.jobTemplate.spec",
         "is missing", "job template"),
        ("{kind: DaemonSet, metadata: {name: d}}", "DaemonSet d", "spec.template", "is missing",
         "template"),
        ("{kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {maxReplicas: 3}}",
         "HorizontalPodAutoscaler h", "spec", "missing required field `scaleTargetRef`", "explain"),
        (workload("Deployment").replace("kind:", "apiVersion: v1, kind:", 1), WEB, "apiVersion",
         "'v1' has no kind Deployment", "apps/v1"),
        ("{kind: StorageClass, metadata: {name: s}, allowedTopologies: [{matchLabelExpressions: "
         "[{values: [a]}]}]}", "StorageClass s", "allowedTopologies[0].matchLabelExpressions[0]",
         "missing required field `key`", "explain"),
        ("{kind: Node, metadata: {name: n}, spec: {taints: [{key: a, effect: noSchedule}]}}",
         "Node n", "spec.taints[0].effect", "'noSchedule'", "did you mean 'NoSchedule'?"),
        ("{kind: Node, metadata: {name: n}, status: {allocatable: {cpu: lots}}}", "Node n",
         "status.allocatable.cpu", "not a quantity", "500m"),
        (nodepool("requirements: [{key: a, operator: Is, values: [b]}]"), "NodePool p",
         "spec.template.spec.requirements[0]", "'Is' is not one of", "requirements"),
        (container("{resources: {limits: {nvidia.com/gpu: 500m}}}"), WEB,
         f"{PATH}.containers[0].resources.limits.nvidia.com/gpu", "whole number",
         "use a whole number"),
        (container("{resources: {requests: {memroy: 1Gi}}}"), WEB,
         f"{PATH}.containers[0].resources.requests.memroy", "not a resource", "'memory'"),
        (pod_spec("resources: {limits: {gpu: 1}}"), WEB, f"{PATH}.resources.limits.gpu",
         "not a resource", "ephemeral-storage"),
        (container("{ports: [{hostPort: 0}, {hostPort: 65536}]}"), WEB,
         f"{PATH}.containers[0].ports[1].hostPort", "65536 is not a valid port", "65535"),
        (pod_spec("initContainers: [{ports: [{hostPort: -1}]}]"), WEB,
         f"{PATH}.initContainers[0].ports[0].hostPort", "-1 is not a valid port", "65535"),
        (pod_spec("tolerations: [{key: a, operator: Exists, value: b}]"), WEB,
         f"{PATH}.tolerations[0].value", "takes no value", "Equal"),
        ("{kind: NodePool, metadata: {name: p}, spec: {weight: 101, template: {spec: {}}}}",
         "NodePool p", "spec.weight", "101 is out of range", "1 to 100"),
        (limited("kubestow.dev/usd-per-hour: 12.5 USD"), "NodePool p",
         "spec.limits.kubestow.dev/usd-per-hour", "'12.5 USD' is not an amount in USD", '"12.5"'),
        (limited("kubestow.dev/usd-per-hour: -1"), "NodePool p",
         "spec.limits.kubestow.dev/usd-per-hour", "-1 is not an amount in USD", "zero or more"),
        (limited("kubestow.dev/usd-per-hour: 12Gi"), "NodePool p",
         "spec.limits.kubestow.dev/usd-per-hour", "'12Gi' is not an amount in USD", '"12.5"'),
        (limited("kubestow.dev/usd-per-hour: null"), "NodePool p",
         "spec.limits.kubestow.dev/usd-per-hour", "None is not an amount in USD", '"12.5"'),
        (limited("kubestow.dev/usd-per-month: 9000"), "NodePool p",
         "spec.limits.kubestow.dev/usd-per-month", "unknown kubestow limit",
         "did you mean kubestow.dev/usd-per-hour?"),
        (nodepool("requirements: [{key: karpenter.k8s.aws/instance-famly, operator: Exists}]"),
         "NodePool p", "spec.template.spec.requirements[0]", "karpenter.k8s.aws/instance-famly",
         "did you mean 'karpenter.k8s.aws/instance-family'?"),
        (nodepool("requirements: [{key: topology.kubernetes.io/rack, operator: Exists}]"),
         "NodePool p", "spec.template.spec.requirements[0]", "topology.kubernetes.io/rack",
         "kubestow"),
        ("{apiVersion: apps/v1, kind: Deploymnet, metadata: {name: web}}", "Deploymnet web", "kind",
         "unknown kind 'Deploymnet'", "did you mean 'Deployment'?"),
        (nodepool("taints: [{key: a, effect: NoExecut}]"), "NodePool p",
         "spec.template.spec.taints[0].effect", "'NoExecut'", "did you mean 'NoExecute'?"),
        ("{kind: LimitRange, metadata: {name: l}, spec: {limits: [{type: Container, "
         "max: {cpu: -1}}]}}", "LimitRange l", "spec.limits[0].max.cpu", "negative", "zero"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_problem_that_names_the_field(
    text: str, subject: str, field: str, message: str, hint: str
) -> None:
    cluster, problems = read(text)
    assert len(problems) == 1, problems
    problem = problems[0]
    assert (problem.file, problem.subject, problem.field) == ("in.yaml", subject, field)
    assert message in problem.message
    assert hint in problem.hint
    assert cluster.pods == ()


@pytest.mark.parametrize(
    ("kind", "fatal"),
    [("Node", True), ("StorageClass", True), ("NodePool", False), ("EC2NodeClass", False),
     ("Deployment", False), ("Pod", False), ("PodDisruptionBudget", False)],
)  # fmt: skip
def test_only_what_would_make_the_rest_wrong_is_fatal(kind: str, fatal: bool) -> None:
    _, problems = read(f"{{kind: {kind}, metadata: {{}}}}")
    assert [p.is_fatal for p in problems] == [fatal]


@pytest.mark.parametrize(
    "text",
    [
        workload("Deployment"),
        workload("StatefulSet"),
        workload("Job"),
        workload("DaemonSet"),
        f"{{kind: Pod, metadata: {{name: p}}, {POD}}}",
        "{kind: Node, metadata: {name: n}, status: {allocatable: {cpu: 4}}}",
        nodepool("requirements: []"),
        "{kind: EC2NodeClass, metadata: {name: c}, spec: {amiFamily: AL2023}}",
        "{kind: StorageClass, metadata: {name: s}, provisioner: a}",
    ],
)
def test_of_several_definitions_of_an_object_the_last_counts(text: str) -> None:
    once, _ = read(text)
    same, none = read(text, text)
    assert none == []
    assert (same.pods, same.nodes, same.nodepools) == (once.pods, once.nodes, once.nodepools)
    (ignored,) = same.ignored
    assert ignored.count == 1
    assert ignored.reason.startswith("defined more than once; the last one is used")
    value = yaml.safe_load(text)
    value["metadata"]["labels"] = {"another": "one"}
    other = json.dumps(value)
    alone, _ = read(other)
    last, problems = read(text, other)
    assert problems == []
    assert replace(last, ignored=()) == replace(alone, ignored=())


def test_the_last_replicas_of_a_deployment_are_planned() -> None:
    few, many = workload("Deployment", ", replicas: 2"), workload("Deployment", ", replicas: 5")
    assert len(pods_of(few, many)) == 5
    assert len(pods_of(many, few)) == 2
    assert [w.replicas for w in read(many, few)[0].workloads] == [2]


def test_the_last_limits_of_a_nodepool_count() -> None:
    (pool,) = read(limited("cpu: 10"), limited("cpu: 20"))[0].nodepools
    assert dict(pool.limits) == {"cpu": 20_000}


def test_a_definition_that_is_not_valid_does_not_hide_what_it_replaces() -> None:
    cluster, problems = read(workload("Deployment"), "{kind: Deployment, metadata: {name: web}}")
    assert [p.field for p in problems] == ["spec.template"]
    assert cluster.ignored[0].reason.endswith("default/web")


def test_objects_with_a_generated_name_are_all_different() -> None:
    job = workload("Job").replace("name: web", "generateName: web-", 1)
    assert len(set(pods_of(job, job, job))) == 3


@pytest.mark.parametrize(
    "text",
    [
        "{apiVersion: longhorn.io/v1beta2, kind: Node, metadata: {name: n}, spec: {disks: {}}}",
        "{apiVersion: execution.furiko.io/v1, kind: Job, metadata: {name: j}, spec: {}}",
        "{apiVersion: hypershift.openshift.io/v1beta1, kind: NodePool, metadata: {name: p}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: s}}",
        "{apiVersion: example.com/v1, kind: AllowList, metadata: {name: s}}",
    ],
)
def test_kinds_of_other_groups_are_counted_as_ignored(text: str) -> None:
    cluster, problems = read(text)
    assert problems == []
    assert (cluster.pods, cluster.nodes, cluster.nodepools) == ((), (), ())
    assert [i.count for i in cluster.ignored] == [1]


@pytest.mark.parametrize(
    "text",
    [
        "{kind: Namespace, metadata: {name: n, labels: null, annotations: null}, spec: null}",
        "{kind: LimitRange, metadata: {name: n}, spec: null}",
        "{kind: LimitRange, metadata: {name: n}, spec: {limits: null}}",
        "{kind: ResourceQuota, metadata: {name: n}, spec: {hard: null, scopes: null}}",
        "{kind: RuntimeClass, metadata: {name: n}, overhead: null, scheduling: "
        "{tolerations: null}}",
        "{kind: Node, metadata: {name: n, ownerReferences: null}, spec: null, status: null}",
        "{kind: Node, metadata: {name: n}, spec: {taints: null}, status: {allocatable: null}}",
        "{kind: PersistentVolume, metadata: {name: n}, spec: {nodeAffinity: {required: null}}}",
        "{kind: PersistentVolumeClaim, metadata: {name: n}, spec: null}",
        "{kind: StorageClass, metadata: {name: n}, allowedTopologies: null}",
        "{kind: StorageClass, metadata: {name: n}, allowedTopologies: [{matchLabelExpressions: }]}",
        "{kind: EC2NodeClass, metadata: {name: n}, spec: null}",
        "{kind: EC2NodeClass, metadata: {name: n}, spec: {kubelet: null, amiSelectorTerms: null}}",
        "{kind: Provisioner, metadata: {name: n}, spec: null}",
        nodepool("requirements: null, taints: null, nodeClassRef: null, kubelet: {maxPods: null}"),
        container("{name: c, resources: null, ports: null}"),
        container("{name: c, resources: {requests: null, limits: null}}"),
        workload("StatefulSet", ", volumeClaimTemplates: [{metadata: null, spec: null}]"),
        workload("StatefulSet", ", volumeClaimTemplates: null, replicas: null"),
        workload("Job", ", completions: null, parallelism: null, suspend: null"),
        pod_spec("affinity: null, tolerations: null, volumes: null, nodeSelector: null"),
        pod_spec("affinity: {nodeAffinity: null, podAffinity: null, podAntiAffinity: null}"),
        pod_spec("volumes: [{name: v, ephemeral: {volumeClaimTemplate: {metadata: , spec: }}}]"),
        pod_spec("initContainers: null, overhead: null, resources: null, schedulingGates: null"),
        "{kind: Pod, metadata: {name: p, labels: {a: null}, annotations: {b: null}}, "
        "spec: {containers: [{name: c}]}}",
        pod_spec(
            "affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: "
            "[{weight: 1, preference: null}]}}"
        ),
        "{kind: PriorityClass, metadata: {name: n}, value: null}",
        "{kind: LimitRange, spec: {limits: [{type: Pod, max: {cpu: 1}}]}}",
        "{kind: CSIStorageCapacity, metadata: {name: n}, maximumVolumeSize: -1}",
    ],
)
def test_an_optional_field_may_be_null(text: str) -> None:
    assert read(text)[1] == []


def test_quotas_count_bound_pods_first_and_refuse_what_is_too_much() -> None:
    quota = "{kind: ResourceQuota, metadata: {name: q}, spec: {hard: {pods: 3, limits.cpu: 9}}}"
    node = "{kind: Node, metadata: {name: n}, status: {allocatable: {cpu: 8}}}"
    bound = f"{{kind: Pod, metadata: {{name: b}}, {POD.replace('{', '{nodeName: n, ', 1)}}}"
    cluster, problems = read(quota, workload("Deployment", ", replicas: 3"), node, bound)
    assert problems == []
    refused = {pod.name: pod.rejected for pod in cluster.pods}
    assert {name for name, why in refused.items() if not why} == {"b", "web-0", "web-1"}
    assert refused["web-2"] == "ResourceQuota q: pods used 3, requested 1, hard 3"
    assert [i.reason for i in cluster.ignored] == ["limits.cpu is not enforced"]


def test_a_namespace_carries_its_name_as_a_label() -> None:
    cluster, _ = read("{kind: Namespace, metadata: {name: shop, labels: {team: a}}}")
    assert dict(cluster.namespaces["shop"]) == {"kubernetes.io/metadata.name": "shop", "team": "a"}


def test_what_had_to_be_assumed_is_said() -> None:
    cluster, _ = read(
        pod_spec("priorityClassName: gold"),
        f"{{kind: CronJob, metadata: {{name: c}}, spec: {{jobTemplate: {{spec: "
        f"{{template: {{{TEMPLATE}}}}}}}}}}}",
        f"{{kind: Pod, metadata: {{name: b}}, {POD.replace('{', '{nodeName: gone, ', 1)}}}",
    )
    assert cluster.assumptions == (
        "CronJob default/c: planned for one run at a time, although its concurrencyPolicy allows "
        "more",
        "PriorityClasses not in the input, treated as priority 0: gold",
        "1 pod is bound to nodes not in the input: planned as pending",
    )


# --- mutations: whatever is read, nothing but Problems may come of it ---------------------------

EXTRA = [
    workload("StatefulSet", ", volumeClaimTemplates: [{metadata: {name: d}, spec: "
        "{storageClassName: s}}]"),
    pod_spec(
        "nodeSelector: {a: b}, overhead: {cpu: 1}, runtimeClassName: r, hostNetwork: true, "
        "resources: {requests: {cpu: 2}, limits: {memory: 1Gi}}, schedulingGates: [{name: g}], "
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
        "{nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [b]}], "
        "matchFields: [{key: metadata.name, operator: In, values: [n]}]}]}}, podAffinity: "
        "{requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: z, namespaces: [a], "
        "labelSelector: {matchExpressions: [{key: a, operator: Exists}]}, matchLabelKeys: [app], "
        "namespaceSelector: {}}]}}, volumes: [{name: v, persistentVolumeClaim: {claimName: c}}, "
        "{name: e, ephemeral: {volumeClaimTemplate: {spec: {storageClassName: s}}}}, "
        "{name: b, awsElasticBlockStore: {volumeID: vol-1}}]"
    ),
    "{kind: RuntimeClass, metadata: {name: r}, overhead: {podFixed: {cpu: 1}}, scheduling: "
    "{nodeSelector: {a: b}, tolerations: [{key: a, operator: Exists}]}}",
    "{kind: ResourceQuota, metadata: {name: q}, spec: {hard: {pods: 9}, scopes: [a]}}",
    "{kind: PersistentVolume, metadata: {name: v}, spec: {csi: {driver: ebs.csi.aws.com}, "
    "nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: "
    "[{key: z, operator: In, values: [a]}]}]}}}}",
    "{kind: PersistentVolumeClaim, metadata: {name: c}, spec: {storageClassName: s, "
    "volumeName: v, accessModes: [ReadWriteOnce]}}",
    "{kind: StorageClass, metadata: {name: s}, provisioner: ebs.csi.aws.com, allowedTopologies: "
    "[{matchLabelExpressions: [{key: z, values: [a]}]}]}",
    "{kind: Node, metadata: {name: n, labels: {a: b}}, spec: {taints: [{key: a, effect: "
    "NoSchedule}], "
    "unschedulable: true}, status: {allocatable: {cpu: 4, memory: 8Gi}}}",
    "{kind: Pod, metadata: {name: p, ownerReferences: [{kind: DaemonSet, name: d, "
    "controller: true}]"
    ", deletionTimestamp: x}, spec: {nodeName: n, containers: [{name: c, ports: "
    "[{containerPort: 1, "
    "hostPort: 2, hostIP: 1.1.1.1}]}]}, status: {phase: Running, containerStatuses: [{name: c, "
    "resources: {requests: {cpu: 1}}, allocatedResources: {cpu: 2}}]}}",
    "{kind: Provisioner, metadata: {name: p}, spec: {requirements: [{key: a, operator: In, values: "
    "[b]}], limits: {resources: {cpu: 1}}, providerRef: {name: d}, kubeletConfiguration: "
    "{maxPods: 9}}}",
]  # fmt: skip


def _objects() -> list[Any]:
    found = [value for text in EXTRA for value in yaml.safe_load_all(text)]
    for directory in ("online-shop", "nodepools"):
        for path in sorted((ROOT / "examples" / directory).glob("*.yaml")):
            values = yaml.safe_load_all(path.read_text())
            found += [v for v in values if v["kind"] not in ("Service", "ConfigMap")]
    return found


OBJECTS = _objects()
JUNK: list[Any] = [
    None, True, False, 0, -1, 2**63, 10**30, 1.5, -0.0, 1e308, "", " ", "a", "\ud7ff", "12Q", "-1",
    "1" * 5000, "١", "\0", "a" * 300, [], {}, [[]], [None], [{}], {"": ""}, {"a": None},
    {"kind": "Pod"}, {"key": "a", "operator": "In"}, ["a", 1], [["a"]], "NoSchedule", "Always",
]  # fmt: skip


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items: Any = value.items() if isinstance(value, dict) else ()
    for key, child in enumerate(value) if isinstance(value, list) else items:
        yield from _paths(child, (*path, key))


PATHS = [list(_paths(value)) for value in OBJECTS]


def _mutated(value: Any, path: tuple[Any, ...], junk: Any, drop: bool) -> Any:
    if not path:
        return junk
    value = copy.deepcopy(value)
    parent = value
    for key in path[:-1]:
        parent = parent[key]
        if not isinstance(parent, dict | list):
            return value  # an earlier mutation cut this branch off
    try:
        if drop:
            del parent[path[-1]]
        else:
            parent[path[-1]] = junk
    except (LookupError, TypeError):
        pass
    return value


@st.composite
def clusters(draw: st.DrawFn) -> list[Any]:
    found = []
    for index in draw(st.lists(st.integers(0, len(OBJECTS) - 1), min_size=1, max_size=5)):
        value = OBJECTS[index]
        for _ in range(draw(st.integers(0, 3))):
            path = draw(st.sampled_from(PATHS[index]))
            try:
                value = _mutated(value, path, draw(st.sampled_from(JUNK)), draw(st.booleans()))
            except (LookupError, TypeError):
                continue
        found.append(value)
    return found


@settings(
    max_examples=1200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(clusters(), st.sampled_from(["current", "min", "max"]))
def test_no_mutation_of_valid_objects_escapes_as_an_exception(
    values: list[Any], choice: Any
) -> None:
    problems: list[InputProblem] = []
    source = Source("in.json", msgspec.json.encode(values))
    cluster = read_cluster(read_documents(source, problems), problems, autoscaler_choice=choice)
    assert all(p.file == "in.json" and p.message and p.hint for p in problems)
    assert hash(cluster.pods) == hash(cluster.pods)
    assert isinstance(hash((cluster.nodes, cluster.daemonsets)), int)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=40), st.integers(0, len(EXTRA) - 1), st.integers(0, 600))
def test_no_bytes_put_into_a_file_escape_as_an_exception(
    junk: bytes, index: int, position: int
) -> None:
    content = EXTRA[index].encode()
    problems: list[InputProblem] = []
    source = Source("in.yaml", content[:position] + junk + content[position:])
    read_cluster(read_documents(source, problems), problems)
    assert all(p.message and p.hint for p in problems)


def test_pods_of_a_deployment_and_a_job_of_one_name_are_told_apart() -> None:
    job = f"{{kind: Job, metadata: {{name: web}}, spec: {{template: {{{POD}}}}}}}"
    assert pods_of(workload("Deployment"), job) == ["default/web-0", "default/web-0-2"]


def test_a_quantity_without_a_value_is_zero() -> None:
    cluster, problems = read(
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, "
        "spec: {containers: [{name: c, resources: {requests: {cpu: , memory: 1Mi}}}]}}"
    )
    assert problems == []
    assert cluster.pods[0].template.requests == (("memory", 2**20),)


def test_a_nodepool_whose_node_class_is_missing_is_said_to_be_assumed() -> None:
    cluster, _ = read(
        "{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {name: p}, "
        "spec: {template: {spec: {nodeClassRef: {name: special}}}}}"
    )
    assert "EC2NodeClass special of NodePool p" in cluster.assumptions[0]


def test_a_misspelt_kind_is_as_fatal_as_the_kind_it_stands_for() -> None:
    assert [p.is_fatal for p in read("{kind: Nodes, metadata: {name: p}}")[1]] == [True]
    assert [p.is_fatal for p in read("{kind: Deploymnet, metadata: {name: p}}")[1]] == [False]


@pytest.mark.parametrize("key", ["beta.kubernetes.io/arch", "example.com/team", "team"])
def test_aliases_and_keys_of_ones_own_are_fine_in_a_nodepool(key: str) -> None:
    pool = nodepool(f"requirements: [{{key: {key}, operator: In, values: [amd64]}}]")
    assert read(pool)[1] == []


def test_what_is_defined_twice_is_named_while_it_is_little() -> None:
    pods = [f"{{kind: Pod, metadata: {{name: p{i}}}, {POD}}}" for i in range(6)]
    few, _ = read(*pods, *pods[:2], workload("DaemonSet"), workload("DaemonSet"))
    many, _ = read(*pods, *pods)
    reason = "defined more than once; the last one is used, as 'kubectl apply' does"
    assert [(i.kind, i.count, i.reason) for i in few.ignored] == [
        ("DaemonSet", 1, f"{reason}: default/web"),
        ("Pod", 2, f"{reason}: default/p0, default/p1"),
    ]
    assert [(i.count, i.reason) for i in many.ignored] == [(6, reason)]


def test_pods_that_ask_for_next_to_nothing_are_counted() -> None:
    node = "{kind: Node, metadata: {name: n}, status: {allocatable: {cpu: 8}}}"
    bound = "{kind: Pod, metadata: {name: b}, spec: {nodeName: n, containers: [{name: c}]}}"
    nothing = workload("Deployment", ", replicas: 3", TEMPLATE.replace("cpu: 1", ""))
    little = workload("StatefulSet", ", replicas: 2", TEMPLATE.replace("cpu: 1", "memory: 512m"))
    cluster, problems = read(node, bound, nothing, little.replace("name: web", "name: db"))
    assert problems == []
    assert cluster.assumptions == (
        "3 pods request neither cpu nor memory",
        "2 pods request less than 1Mi of memory (512m is half a byte)",
    )
