"""The online shop of examples/, as objects to put on a running API server."""

from pathlib import Path

import yaml

from .api import Client
from .model import Object

SHOP = Path(__file__).resolve().parents[2] / "examples" / "online-shop"
RESOURCES = {
    "ConfigMap": ("v1", "configmaps"),
    "CronJob": ("batch/v1", "cronjobs"),
    "DaemonSet": ("apps/v1", "daemonsets"),
    "Deployment": ("apps/v1", "deployments"),
    "HorizontalPodAutoscaler": ("autoscaling/v2", "horizontalpodautoscalers"),
    "Job": ("batch/v1", "jobs"),
    "LimitRange": ("v1", "limitranges"),
    "Namespace": ("v1", "namespaces"),
    "PodDisruptionBudget": ("policy/v1", "poddisruptionbudgets"),
    "PriorityClass": ("scheduling.k8s.io/v1", "priorityclasses"),
    "Service": ("v1", "services"),
    "StatefulSet": ("apps/v1", "statefulsets"),
    "StorageClass": ("storage.k8s.io/v1", "storageclasses"),
}
FIRST = ("Namespace", "PriorityClass", "StorageClass", "LimitRange")


def documents() -> list[Object]:
    """Return the shop's objects, those that others need first."""
    found = [
        document
        for path in sorted(SHOP.glob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text())
        if document
    ]
    return sorted(found, key=lambda item: item["kind"] not in FIRST)


def place(item: Object) -> str:
    """Return the path that an object is created under."""
    group, plural = RESOURCES[item["kind"]]
    root = "/api" if group == "v1" else "/apis"
    namespace = item["metadata"].get("namespace")
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"{root}/{group}{inside}/{plural}"


def apply(api: Client) -> None:
    """Create the shop's objects."""
    for item in documents():
        api.call("POST", place(item), item)
