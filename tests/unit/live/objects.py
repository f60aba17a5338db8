"""Objects of a small cluster, as 'kubectl get -o json' writes them."""

import json
from typing import Any

from kubestow.adapters.catalog_files import load_catalog
from kubestow.adapters.sources import Source
from kubestow.catalog.costs import with_costs
from kubestow.live.observers import FileObserver
from kubestow.live.snapshot_reader import SnapshotReader
from kubestow.model.costs import Costs, Reservation
from kubestow.model.instance_type import NANO_USD
from kubestow.model.observed import Observed

Object = dict[str, Any]
AT = 1_795_000_000
M5_XLARGE = 0.192  # USD an hour in us-east-1, on demand


def node(
    name: str, instance_type: str = "m5.xlarge", group: str = "workers", **labels: str
) -> Object:
    cpus, memory = {
        "m5.xlarge": (4, 16),
        "m5.large": (2, 8),
        "t2.xlarge": (4, 16),
        "t3.large": (2, 8),
        "m6g.xlarge": (4, 16),
    }[instance_type]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "creationTimestamp": "2026-11-01T00:00:00Z",
            "annotations": {"example.com/note": "kept"},
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": instance_type,
                "topology.kubernetes.io/zone": "us-east-1a",
                "topology.kubernetes.io/region": "us-east-1",
                "eks.amazonaws.com/nodegroup": group,
                "eks.amazonaws.com/capacityType": "ON_DEMAND",
                **{key.replace("__", "/"): text for key, text in labels.items()},
            },
        },
        "spec": {"providerID": "aws:///us-east-1a/i-0123456789abcdef0"},
        "status": {
            "allocatable": {
                "cpu": f"{cpus * 1000 - 80}m",
                "memory": f"{memory - 2}Gi",
                "pods": "58",
            },
            "capacity": {"cpu": str(cpus), "memory": f"{memory}Gi", "pods": "58"},
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "reason": "KubeletReady",
                    "lastHeartbeatTime": "2026-11-29T00:00:00Z",
                    "lastTransitionTime": "2026-11-01T00:01:00Z",
                }
            ],
            "nodeInfo": {"kubeletVersion": "v1.34.2-eks"},
        },
    }


def pod(name: str, on: str = "", cpu: str = "1", memory: str = "2Gi", **metadata: Any) -> Object:
    spec: Object = {
        "containers": [
            {
                "name": "main",
                "image": "app:1",
                "resources": {"requests": {"cpu": cpu, "memory": memory}},
            }
        ]
    }
    status: Object = {"phase": "Pending"}
    if on:
        spec["nodeName"] = on
        running = {"name": "main", "ready": True, "restartCount": 2, "state": {"running": {}}}
        status = {"phase": "Running", "containerStatuses": [running]}
    owner = {"kind": "ReplicaSet", "name": "web-5d9c", "uid": "1", "controller": True}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "labels": {"app": "web"},
            "creationTimestamp": "2026-11-02T00:00:00Z",
            "ownerReferences": [owner],
            **metadata,
        },
        "spec": spec,
        "status": status,
    }


def event(kind: str, name: str, reason: str, at: str = "2026-11-29T00:00:00Z") -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{name}.{reason}", "namespace": "shop"},
        "involvedObject": {"kind": kind, "namespace": "shop", "name": name},
        "reason": reason,
        "message": f"{reason} happened",
        "type": "Warning",
        "count": 3,
        "lastTimestamp": at,
        "source": {"component": "test"},
    }


def reservation(count: int, usd: float = 0.1, **facts: Any) -> Reservation:
    nano = round(usd * NANO_USD)
    own = {"name": "own", "instance_type": "m5.xlarge", "source": "contract"} | facts
    return Reservation(count=count, nano_usd_per_hour=nano, **own)


def observer(*objects: Object, costs: Costs | None = None) -> FileObserver:
    content = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    catalog = load_catalog("us-east-1")
    catalog = catalog if costs is None else with_costs(catalog, costs)
    reader = SnapshotReader(catalog=catalog, system_daemonsets=False)
    return FileObserver("test", [Source("test", content.encode())], reader, AT)


def observed(*objects: Object, costs: Costs | None = None) -> Observed:
    return observer(*objects, costs=costs).observe()
