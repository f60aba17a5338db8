"""What the API server's validation refuses, as remarks: each rule once, by its field."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from kubestow.adapters.kubernetes.published import facts
from kubestow.adapters.kubernetes.validation.rules import CHECKS, mistakes_in
from kubestow.adapters.kubernetes.validation.table import FIELDS, ONE_SOURCE, REQUIRED, UNIQUE

CONTAINER = "{name: c, image: i}"
TEMPLATE = f"template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{CONTAINER}]}}}}"
SELECTED = f"selector: {{matchLabels: {{a: b}}}}, {TEMPLATE}"
CLAIM = "accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}"
VOLUME = "capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce]"
TARGET = "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}"


def fields(kind: str, rest: str) -> list[str]:
    value = yaml.safe_load(f"{{kind: {kind}, metadata: {{name: web}}, {rest}}}")
    name = next(iter(facts().kinds[kind].values()))
    return [error.field for error in mistakes_in(kind, name, value)]


def pod(text: str) -> list[str]:
    return fields("Pod", f"spec: {{containers: [{CONTAINER}], {text}}}")


def container(text: str, more: str = "") -> list[str]:
    return fields("Pod", f"spec: {{containers: [{{name: c, image: i, {text}}}], {more}}}")


@pytest.mark.parametrize(
    ("kind", "rest"),
    [
        ("Pod", f"spec: {{containers: [{CONTAINER}]}}"),
        ("Deployment", f"spec: {{{SELECTED}}}"),
        ("ReplicaSet", f"spec: {{{SELECTED}}}"),
        ("StatefulSet", f"spec: {{{SELECTED}}}"),
        ("DaemonSet", f"spec: {{{SELECTED}}}"),
        ("ReplicationController", f"spec: {{{TEMPLATE}}}"),
        ("PersistentVolumeClaim", f"spec: {{{CLAIM}}}"),
        ("PersistentVolume", f"spec: {{{VOLUME}, csi: {{driver: d, volumeHandle: v}}}}"),
        ("HorizontalPodAutoscaler", f"spec: {{{TARGET}, maxReplicas: 3}}"),
        ("PodDisruptionBudget", "spec: {minAvailable: 1, selector: {}}"),
        ("Service", "spec: {ports: [{port: 80}]}"),
        ("StorageClass", "provisioner: ebs.csi.aws.com"),
        ("Namespace", "spec: null"),
        ("Node", "status: {capacity: {cpu: 4}}"),
    ],
)
def test_what_is_right_is_not_remarked_upon(kind: str, rest: str) -> None:
    assert fields(kind, rest) == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (pod("restartPolicy: Sometimes"), "spec.restartPolicy"),
        (pod("dnsPolicy: None"), "spec.dnsConfig"),
        (pod("hostname: a_b"), "spec.hostname"),
        (pod("nodeSelector: {a b: c}"), "spec.nodeSelector.a b"),
        (pod("tolerations: [{operator: Exists, tolerationSeconds: 3}]"),
         "spec.tolerations[0].effect"),
        (pod("tolerations: [{key: a/b/c, operator: Exists}]"), "spec.tolerations[0].key"),
        (pod("volumes: [{name: v, nfs: {server: s, path: p}}]"), "spec.volumes[0].nfs.path"),
        (pod("volumes: [{name: v, emptyDir: {}, hostPath: {path: /a}}]"), "spec.volumes[0]"),
        (pod("volumes: [{name: v}, {name: v}]"), "spec.volumes[1].name"),
        (pod("topologySpreadConstraints: [{maxSkew: 1, topologyKey: z, minDomains: 2, "
             "whenUnsatisfiable: ScheduleAnyway}]"),
         "spec.topologySpreadConstraints[0].minDomains"),
        (pod("hostUsers: false, hostPID: true"), "spec.hostPID"),
        (pod("os: {name: windows}, hostIPC: true"), "spec.hostIPC"),
        (pod("overhead: {cpu: 1}"), "spec.overhead"),
        (pod("priority: 7"), "spec.priority"),
        (pod("resources: {limits: {nvidia.com/gpu: 1}}"), "spec.resources.limits.nvidia.com/gpu"),
        (pod("initContainers: [{name: c, image: i}]"), "spec.initContainers[0].name"),
        (pod("initContainers: [{name: d, image: i, livenessProbe: {exec: {command: [a]}}}]"),
         "spec.initContainers[0].livenessProbe"),
        (container("imagePullPolicy: Often"), "spec.containers[0].imagePullPolicy"),
        (container("ports: [{containerPort: 70000}]"), "spec.containers[0].ports[0].containerPort"),
        (container("ports: [{containerPort: 1, name: UPPER}]"), "spec.containers[0].ports[0].name"),
        (container("ports: [{containerPort: 1, hostPort: 2}]", "hostNetwork: true"),
         "spec.containers[0].ports[0].hostPort"),
        (container("env: [{name: a=b}]"), "spec.containers[0].env[0].name"),
        (container("env: [{name: a, valueFrom: {fieldRef: {fieldPath: spec.x}}}]"),
         "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath"),
        (container("volumeMounts: [{name: v, mountPath: /a}]"),
         "spec.containers[0].volumeMounts[0].name"),
        (container("livenessProbe: {}"), "spec.containers[0].livenessProbe"),
        (container("livenessProbe: {exec: {command: [a]}, successThreshold: 2}"),
         "spec.containers[0].livenessProbe.successThreshold"),
        (container("resources: {requests: {nvidia.com/gpu: 1}}"),
         "spec.containers[0].resources.limits.nvidia.com/gpu"),
        (container("resources: {requests: {gpu: 1}}"),
         "spec.containers[0].resources.requests.gpu"),
        (container("resources: {requests: {cpu: -1}}"),
         "spec.containers[0].resources.requests.cpu"),
        (container("securityContext: {runAsUser: -1}"),
         "spec.containers[0].securityContext.runAsUser"),
        (fields("Pod", "spec: {containers: [{name: c}]}"), "spec.containers[0].image"),
        (fields("Deployment", f"spec: {{{SELECTED}, replicas: -1}}"), "spec.replicas"),
        (fields("Deployment", f"spec: {{{SELECTED}, minReadySeconds: 600}}"),
         "spec.progressDeadlineSeconds"),
        (fields("Deployment", f"spec: {{{SELECTED}, strategy: {{type: Recreate, "
                "rollingUpdate: {maxSurge: 1}}}"), "spec.strategy.rollingUpdate"),
        (fields("Deployment", f"spec: {{selector: {{}}, {TEMPLATE}}}"), "spec.selector"),
        (fields("StatefulSet", f"spec: {{{SELECTED}, podManagementPolicy: Fast}}"),
         "spec.podManagementPolicy"),
        (fields("DaemonSet", f"spec: {{{SELECTED}, updateStrategy: {{rollingUpdate: "
                "{maxUnavailable: 0}}}"), "spec.updateStrategy.rollingUpdate.maxUnavailable"),
        (fields("Job", f"spec: {{{TEMPLATE}}}"), "spec.template.spec.restartPolicy"),
        (fields("PersistentVolumeClaim", "spec: {accessModes: [Once], resources: {requests: "
                "{storage: 1}}}"), "spec.accessModes[0]"),
        (fields("PersistentVolume", f"spec: {{{VOLUME}}}"), "spec"),
        (fields("StorageClass", "provisioner: a, volumeBindingMode: Later"), "volumeBindingMode"),
        (fields("HorizontalPodAutoscaler", f"spec: {{{TARGET}, minReplicas: 4, maxReplicas: 3}}"),
         "spec.maxReplicas"),
        (fields("PodDisruptionBudget", "spec: {maxUnavailable: 120%}"), "spec.maxUnavailable"),
        (fields("PriorityClass", "value: 2000000000"), "value"),
        (fields("LimitRange", "spec: {limits: [{type: Container, min: {cpu: 2}, max: {cpu: 1}}]}"),
         "spec.limits[0].min.cpu"),
        (fields("ResourceQuota", "spec: {hard: {pod: 1}}"), "spec.hard.pod"),
        (fields("Service", "spec: {ports: []}"), "spec.ports"),
        (fields("CSINode", "spec: {drivers: [{name: d}]}"), "spec.drivers[0].nodeID"),
        (fields("RuntimeClass", "handler: A"), "handler"),
        (fields("VolumeAttachment", "spec: {attacher: d, nodeName: n}"), "spec.source"),
        (fields("Node", "spec: {taints: [{key: a, effect: NoSchedule}, {key: a, "
                "effect: NoSchedule}]}"), "spec.taints[1]"),
        (fields("Pod", f"spec: {{containers: [{CONTAINER}]}}, apiVersion: v1".replace(
            "containers", "terminationGracePeriodSeconds: 3, containers")), None),
        (fields("NodePool", "spec: {template: {spec: {nodeClassRef: {group: g, kind: k, name: n}, "
                "requirements: []}}, weight: 200}"), "spec.weight"),
        (fields("NodePool", "spec: {replicas: 2, weight: 3, template: {spec: {nodeClassRef: "
                "{group: g, kind: k, name: n}, requirements: []}}}"), "spec.weight"),
        (fields("EC2NodeClass", "spec: {role: r, amiSelectorTerms: [{alias: al2023}], "
                "subnetSelectorTerms: [{id: subnet-1}], securityGroupSelectorTerms: "
                "[{id: sg-1}]}"), "spec.amiSelectorTerms"),
    ],
)  # fmt: skip
def test_what_the_api_server_would_refuse_is_named_by_its_field(
    found: list[str], expected: str | None
) -> None:
    assert found == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("kind", "name", "is_right"),
    [
        ("Pod", "a.b", True),
        ("Pod", "A", False),
        ("Service", "1a", False),
        ("StatefulSet", "a.b", False),
        ("CronJob", "a" * 53, False),
        ("PodDisruptionBudget", "A_b", True),
        ("PodDisruptionBudget", "a/b", False),
    ],
)
def test_names_follow_the_rule_of_their_kind(kind: str, name: str, is_right: bool) -> None:
    name_of_type = next(iter(facts().kinds[kind].values()))
    errors = mistakes_in(kind, name_of_type, {"metadata": {"name": name}})
    assert ("metadata.name" not in [error.field for error in errors]) is is_right


def test_a_claim_template_stands_in_for_a_volume_of_its_name() -> None:
    spec = f"{SELECTED}, volumeClaimTemplates: [{{metadata: {{name: d}}, spec: {{{CLAIM}}}}}]"
    value = yaml.safe_load(f"{{metadata: {{name: web}}, spec: {{{spec}}}}}")
    pod_spec = value["spec"]["template"]["spec"]
    pod_spec["containers"][0]["volumeMounts"] = [{"name": "d", "mountPath": "/d"}]
    pod_spec["volumes"] = [{"name": "d", "nfs": {}}]
    assert mistakes_in("StatefulSet", "apps.v1.StatefulSet", value) == []


def test_no_value_is_shown_that_may_be_confidential() -> None:
    value = {"metadata": {"name": "p", "annotations": {"a b": "secret"}}, "spec": {"containers": [
        {"name": "c", "image": "i", "env": [
            {"name": "A", "value": "secret", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]}
    ]}}  # fmt: skip
    errors = mistakes_in("Pod", "core.v1.Pod", value)
    assert len(errors) == 3
    assert not [error for error in errors if "secret" in f"{error.message}{error.hint}"]


def names() -> Iterator[str]:
    yield from (f"{name}.{field}" for name, rules in FIELDS.items() for field in rules)
    yield from (f"{name}.{field}" for name, required in REQUIRED.items() for field in required)
    yield from UNIQUE


def test_every_rule_is_of_a_published_field() -> None:
    published = {f"{name}.{key}" for name, keys in facts().types.items() for key in keys}
    assert sorted({*names()} - published) == []
    types: dict[str, Any] = facts().types
    assert sorted({*CHECKS, *ONE_SOURCE} - types.keys()) == []
