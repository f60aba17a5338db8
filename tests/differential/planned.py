"""A plan as Kubernetes objects, to be created in a real API server.

Law: nodes as the plan launches them, its DaemonSets' pods bound to them, Services; and the pods to
come, each as its workload's controller would make it. What a pod has that is not written here is
an error, never left out.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kubestow.model.node import Node
from kubestow.model.plan import Plan
from kubestow.model.pod import NO_PREFERENCES, Pod, PodAffinityTerm, PodTemplate, SpreadConstraint
from kubestow.model.resources import format_amount
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.snapshot import SYSTEM_PRIORITIES, Snapshot
from kubestow.scheduling.rehearsal import launched_node, launched_pods

from .model import Object

_FREED = PodTemplate()
_SYSTEM = {value: name for name, value in SYSTEM_PRIORITIES}


def objects_of(snapshot: Snapshot, plan: Plan) -> tuple[list[Object], list[Object]]:
    """Return the cluster's objects and the planned pods."""
    cluster = snapshot.cluster
    assert not cluster.nodes, "only plans from nothing"
    planned = {pod for node in plan.nodes for pod in node.pods}
    pods = [pod_object(pod, snapshot) for pod in cluster.pods if pod.key in planned]
    used = {pod.namespace for pod in cluster.pods} | {d.namespace for d in cluster.daemonsets}
    objects = [_object("v1", "Namespace", "", name) for name in sorted(used)]
    objects += [
        _object("v1", "Service", service.namespace, f"service-{number}")
        | {"spec": {"selector": dict(service.selector), "ports": [{"port": 80}]}}
        for number, service in enumerate(cluster.services)
    ]
    objects += list(_storage(snapshot, planned))
    objects += [
        _object("scheduling.k8s.io/v1", "PriorityClass", "", f"p{value}") | {"value": value}
        for value in sorted(
            {item.template.priority for item in (*cluster.pods, *cluster.daemonsets)}
        )
        if value and value not in _SYSTEM
    ]
    for planned_node in plan.nodes:
        objects.append(node_object(launched_node(planned_node)))
        objects += [
            pod_object(pod, snapshot) for pod in launched_pods(planned_node, cluster.daemonsets)
        ]
    return objects, pods


def node_object(node: Node) -> Object:
    """Return a node that is ready."""
    capacity = {name: format_amount(name, amount) for name, amount in node.allocatable}
    return _object("v1", "Node", "", node.name, dict(node.labels)) | {
        "spec": {
            "taints": [
                {"key": t.key, "effect": t.effect} | ({"value": t.value} if t.value else {})
                for t in node.taints
            ]
        },
        "status": {
            "capacity": capacity,
            "allocatable": capacity,
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def _object(
    version: str, kind: str, namespace: str, name: str, labels: dict[str, str] | None = None
) -> Object:
    metadata: Object = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = labels
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _storage(snapshot: Snapshot, planned: set[str]) -> Iterable[Object]:
    cluster = snapshot.cluster
    claims = {
        (pod.namespace, name)
        for pod in cluster.pods
        if pod.key in planned
        for name in pod.volume_claims
    }
    classes = set()
    for key in sorted(claims):
        claim = cluster.claims[key]
        assert not claim.volume_name, "only claims that wait for their pod"
        name = claim.storage_class or "assumed"
        classes.add(name)
        yield _object("v1", "PersistentVolumeClaim", *key) | {
            "spec": {
                "accessModes": list(claim.access_modes),
                "storageClassName": name,
                "resources": {"requests": {"storage": str(claim.requested or 2**30)}},
            }
        }
    for name in sorted(classes):
        known = cluster.storage_classes.get(name)
        assert known is None or not known.allowed_topologies, "no allowed topologies"
        yield _object("storage.k8s.io/v1", "StorageClass", "", name) | {
            "provisioner": known.provisioner if known else "ebs.csi.aws.com",
            "volumeBindingMode": "WaitForFirstConsumer",
        }


def pod_object(pod: Pod, snapshot: Snapshot) -> Object:
    """Return a pod as its workload's controller makes it, with its node if it has one."""
    template = pod.template
    soft = template.preferences
    left = replace(
        template, requests=(), node_selector=(), tolerations=(), spread=(), affinity=(),
        anti_affinity=(), host_ports=(), priority=0, preferences=NO_PREFERENCES, node_affinity=None,
    )  # fmt: skip
    assert left == _FREED, f"{pod.key}: not written: {left}"
    assert not soft.affinity, f"{pod.key}: preferred affinity is not written"
    spec: Object = {
        "containers": [
            {
                "name": "main",
                "image": soft.images[0] if soft.images else "none",
                "resources": {
                    "requests": {name: format_amount(name, n) for name, n in template.requests}
                },
                "ports": [
                    {
                        "containerPort": port.port,
                        "hostPort": port.port,
                        "hostIP": port.ip,
                        "protocol": port.protocol,
                    }
                    for port in template.host_ports
                ],
            }
        ],
        "nodeSelector": dict(template.node_selector),
        "tolerations": [
            {"key": t.key, "operator": t.operator, "value": t.value, "effect": t.effect}
            for t in template.tolerations
        ],
        "topologySpreadConstraints": [
            *(_spread(item, "DoNotSchedule") for item in template.spread),
            *(_spread(item, "ScheduleAnyway") for item in soft.spread),
        ],
        "affinity": _affinity(template),
        "volumes": [
            {"name": f"v{i}", "persistentVolumeClaim": {"claimName": name}}
            for i, name in enumerate(pod.volume_claims)
        ],
    }
    if pod.node_name:
        spec["nodeName"] = pod.node_name
    if template.priority:
        priority = template.priority
        spec["priorityClassName"] = _SYSTEM.get(priority, f"p{priority}")
    made = _object("v1", "Pod", pod.namespace, pod.name, dict(pod.labels)) | {"spec": spec}
    if pod.daemonset:
        made["metadata"]["ownerReferences"] = [_daemonset(pod.daemonset)]
    return made


def _daemonset(key: str) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "name": key.partition("/")[2],
        "uid": key.replace("/", "."),
        "controller": True,
    }


def _affinity(template: PodTemplate) -> Object:
    soft = template.preferences
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    found: Object = {}
    if template.affinity:
        found["podAffinity"] = {required: [_term(term) for term in template.affinity]}
    anti: Object = {}
    if template.anti_affinity:
        anti[required] = [_term(term) for term in template.anti_affinity]
    if soft.anti_affinity:
        anti[preferred] = [
            {"weight": weight, "podAffinityTerm": _term(term)}
            for weight, term in soft.anti_affinity
        ]
    if anti:
        found["podAntiAffinity"] = anti
    node: Object = {}
    if template.node_affinity is not None:
        node[required] = {
            "nodeSelectorTerms": [
                {"matchExpressions": _expressions(term.expressions)}
                for term in template.node_affinity
            ]
        }
    if soft.node_affinity:
        node[preferred] = [
            {"weight": weight, "preference": {"matchExpressions": _expressions(term.expressions)}}
            for weight, term in soft.node_affinity
        ]
    if node:
        found["nodeAffinity"] = node
    return found


def _term(term: PodAffinityTerm) -> Object:
    found: Object = {"topologyKey": term.topology_key, "labelSelector": _selector(term.selector)}
    if term.namespaces:
        found["namespaces"] = list(term.namespaces)
    if term.namespace_selector is not None:
        found["namespaceSelector"] = _selector(term.namespace_selector)
    return found


def _spread(item: SpreadConstraint, action: str) -> Object:
    found: Object = {
        "topologyKey": item.topology_key,
        "maxSkew": item.max_skew,
        "whenUnsatisfiable": action,
        "labelSelector": _selector(item.selector),
        "nodeAffinityPolicy": "Honor" if item.honor_affinity else "Ignore",
        "nodeTaintsPolicy": "Honor" if item.honor_taints else "Ignore",
    }
    if item.min_domains > 1:
        found["minDomains"] = item.min_domains
    return found


def _selector(selector: LabelSelector | None) -> Any:
    return None if selector is None else {"matchExpressions": _expressions(selector.requirements)}


def _expressions(items: Iterable[SelectorRequirement]) -> list[Object]:
    return [{"key": e.key, "operator": e.operator, "values": list(e.values)} for e in items]
