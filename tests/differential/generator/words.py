"""The small vocabulary that cases are made of: few values, so that they meet often."""

from ..model import Object

ZONE, REGION = "topology.kubernetes.io/zone", "topology.kubernetes.io/region"
BETA_ZONE = "failure-domain.beta.kubernetes.io/zone"
BETA_REGION = "failure-domain.beta.kubernetes.io/region"
HOSTNAME = "kubernetes.io/hostname"
RACK = "example.com/rack"
CORES = "example.com/cores"
ZONES = ("zone-a", "zone-b", "zone-c")
RACKS = ("r1", "r2", "r3", "r4")
NUMBERS = ("1", "4", "16", "007", "1.5", "x", "", "9999999999999999999999")
"""Label values that Gt and Lt meet: some are no integers, one is too large for 64 bits."""

UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
TAINT_KEYS = ("dedicated", "spot", "example.com/maintenance")
TAINT_VALUES = ("", "a", "b")
EFFECTS = ("NoSchedule", "NoExecute", "PreferNoSchedule")

GPU = "example.com/gpu"
HUGEPAGES = "hugepages-2Mi"

NAMESPACES: dict[str, dict[str, str]] = {
    "shop": {"team": "red", "env": "prod"},
    "shop-test": {"team": "red", "env": "test"},
    "lab": {"team": "blue"},
    "bare": {},
}
APPS = ("web", "api", "db")


def namespace_objects() -> list[Object]:
    """Return the namespaces, the same in every case."""
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        if labels
        else {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        for name, labels in NAMESPACES.items()
    ]
