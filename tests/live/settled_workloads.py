"""Workloads for an autoscaler to settle with: owners, budgets, volumes, and what may not move.

Law: a seed makes the same objects; the pods of owners are not among them.
"""

import random
from collections.abc import Iterator

from tests.differential.generator.storage import EBS, WAIT, required
from tests.differential.generator.words import ZONE
from tests.differential.model import Object

from kubestow.model.labels import DO_NOT_DISRUPT, HOSTNAME, SAFE_TO_EVICT

from .clusters import ZONES, replica_set

NAMESPACE = "settled"
STORAGE_CLASS = "gp3"
_MILLICPU, _MEMORY_MIB = (100, 250, 500, 900, 1_500, 2_300), (256, 512, 1_024, 3_072, 6_144)
_SHAPES = ("plain", "plain", "zones", "hosts", "local")
_BUDGETS = (None, None, {"maxUnavailable": 1}, {"maxUnavailable": "25%"})
_USED_UP = {"maxUnavailable": 0}
_PROTECTED = {DO_NOT_DISRUPT: "true", SAFE_TO_EVICT: "false"}
_HELD_SHARES = (0.0, 0.05, 0.15)
"""How many workloads have pods that may not be evicted; by cluster."""


def documents(seed: int, workloads: int) -> list[Object]:
    """Return the objects of a cluster, without nodes, pools and pods of owners."""
    dice = random.Random(seed)
    found: list[Object] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": STORAGE_CLASS},
            "provisioner": EBS,
            "volumeBindingMode": WAIT,
        },
        _daemon_set("aws-node", "50m", "0"),
        _daemon_set("kube-proxy", "100m", "0"),
        _daemon_set("log-agent", "100m", "200Mi"),
    ]
    held_share = dice.choice(_HELD_SHARES)
    for number in range(workloads):
        found += _replicated(f"app-{number}", dice, held_share)
    found += _stateful("store", dice.randint(1, 3), dice)
    if dice.random() < held_share:
        found.append(_bare_pod("by-hand"))
    return found


def _replicated(name: str, dice: random.Random, held_share: float) -> Iterator[Object]:
    """Yield a ReplicaSet, and its budget if it has one."""
    requests = {"cpu": f"{dice.choice(_MILLICPU)}m", "memory": f"{dice.choice(_MEMORY_MIB)}Mi"}
    made = replica_set(name, NAMESPACE, dice.randint(2, 12), requests)
    labels, template = made["spec"]["selector"], made["spec"]["template"]
    _shape(template["spec"], labels, dice.choice(_SHAPES))
    budget = _USED_UP if dice.random() < held_share else dice.choice(_BUDGETS)
    if dice.random() < held_share:
        template["metadata"]["annotations"] = _PROTECTED
    yield made
    if budget is not None:
        yield {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"selector": labels} | budget,
        }


def _shape(pod: Object, labels: Object, shape: str) -> None:
    """Constrain a pod: over zones, one a node, or with data of its own on its node."""
    if shape == "zones":
        spread = {
            "maxSkew": 1,
            "topologyKey": ZONE,
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": labels,
        }
        pod["topologySpreadConstraints"] = [spread]
    elif shape == "hosts":
        apart = [{"labelSelector": labels, "topologyKey": HOSTNAME}]
        key = "requiredDuringSchedulingIgnoredDuringExecution"
        pod["affinity"] = {"podAntiAffinity": {key: apart}}
    elif shape == "local":
        pod["volumes"] = [{"name": "scratch", "emptyDir": {}}]


def _stateful(name: str, replicas: int, dice: random.Random) -> Iterator[Object]:
    """Yield a StatefulSet, and its claims with volumes in zones that are told."""
    labels = {"app.kubernetes.io/name": name}
    container = {
        "name": "main",
        "image": f"registry.example.com/{name}:1",
        "resources": {"requests": {"cpu": "500m", "memory": "2Gi"}},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }
    wanted = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": STORAGE_CLASS,
        "resources": {"requests": {"storage": "10Gi"}},
    }
    yield {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": replicas,
            "serviceName": name,
            "updateStrategy": {"type": "OnDelete"},
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": wanted}],
        },
    }
    for number in range(replicas):
        claim = f"data-{name}-{number}"
        yield {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"pv-{claim}"},
            "spec": {
                "capacity": {"storage": "10Gi"},
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": STORAGE_CLASS,
                "csi": {"driver": EBS, "volumeHandle": f"vol-{number:017x}"},
                "claimRef": {"namespace": NAMESPACE, "name": claim},
                "nodeAffinity": required((ZONE, [dice.choice(ZONES)])),
            },
        }
        yield {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": claim, "namespace": NAMESPACE},
            "spec": wanted | {"volumeName": f"pv-{claim}"},
        }


def _bare_pod(name: str) -> Object:
    container = {
        "name": "main",
        "image": "registry.example.com/by-hand:1",
        "resources": {"requests": {"cpu": "200m", "memory": "256Mi"}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"containers": [container]},
    }


def _daemon_set(name: str, cpu: str, memory: str) -> Object:
    labels = {"k8s-app": name}
    container = {
        "name": "main",
        "image": f"registry.example.com/{name}:1",
        "resources": {"requests": {"cpu": cpu, "memory": memory}},
    }
    pod = {"tolerations": [{"operator": "Exists"}], "containers": [container]}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }
