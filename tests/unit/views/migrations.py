"""Migrations made by hand for the tests of their views."""

from typing import Any

from kubestow.model import labels as names
from kubestow.model.migration import (
    EVICT,
    RESTART,
    SCALE,
    Loss,
    Migration,
    PlannedLaunch,
    PodMove,
    Wave,
    WorkloadMove,
)
from kubestow.model.taints import Taint
from kubestow.testing import node

OLD = {names.EKS_NODE_GROUP: "old", names.EKSCTL_CLUSTER: "shop", names.INSTANCE_TYPE: "m5.large"}
OLD_NODES = (node("old-1", labels=OLD), node("old-2", labels=OLD))
GROWING = node("new-1", labels={names.EKS_NODE_GROUP: "new"})
NODES = (*OLD_NODES, GROWING)
TAINT = Taint("team", "batch", "NoSchedule")
WAVES = (
    Wave(
        launch=("planned-1", "new-2"),
        cordon=("old-1", "old-2"),
        workloads=(
            WorkloadMove("Deployment", "shop", "web", 2, RESTART),
            WorkloadMove("StatefulSet", "shop", "db", 1, SCALE, autoscaler="db"),
        ),
        drain=("old-1",),
        moves=(
            PodMove("shop/web-0", "old-1", RESTART),
            PodMove("shop/db-0", "old-1", SCALE, ("shop/db",), 30),
            PodMove("shop/cache-0", "old-1", EVICT),
        ),
        seconds=200,
        drain_seconds=400,
    ),
    Wave((), (), (), ("old-2",), (PodMove("shop/job-0", "old-2", EVICT),), 50, 20),
)


def launch(name: str, **options: Any) -> PlannedLaunch:
    """Return a node to launch with a label of its own, the zone's and a NodePool's."""
    labels = {"team": "batch", names.NODEPOOL: "general"}
    options.setdefault("instance_type", "m5.large")
    own = node(name, labels=labels, taints=[TAINT])
    return PlannedLaunch(own, zone="zone-a", capacity_type="spot", **options)


def migration(**changes: Any) -> Migration:
    """Return a migration of old-1 and old-2 in two waves; it costs 0.5 USD."""
    fields: dict[str, Any] = {
        "sources": ("old-1", "old-2"),
        "waves": WAVES,
        "obstacles": (),
        "launched": (launch("planned-1", nano_usd_per_hour=96_000_000),
                     launch("new-2", model="new-1")),
        "landed": (("shop/web-0", "new-1"),),
        "orders": 13,
        "spares_used": 1,
        "spares_needed": 1,
        "losses": (Loss("shop/cache-0", "emptyDir", ("data",)),),
        "down": (),
        "waiting": (),
        "seconds": 250,
        "overlap_nano_usd": 500_000_000,
        "unpriced": ("old-2",),
    }  # fmt: skip
    return Migration(**fields | changes)
