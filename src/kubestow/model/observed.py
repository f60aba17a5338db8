"""Observed: a cluster at an instant, with what people read of it and plans do not.

Instants are seconds since 1970, UTC. The snapshot decides; the facts are only shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kubestow.model.resources import Amounts
from kubestow.model.snapshot import Snapshot

READY, NOT_READY, CORDONED = "Ready", "NotReady", "SchedulingDisabled"
"""Words of kubectl's STATUS column (pkg/printers/internalversion/printers.go, printNode)."""


@dataclass(frozen=True, slots=True)
class NodeCondition:
    """A condition that a node reports; ``since`` is when its status changed last."""

    type: str
    status: str
    reason: str = ""
    message: str = ""
    since: int | None = None

    @property
    def is_good(self) -> bool:
        """True for Ready that is True, and for any other condition that is False."""
        return self.status == ("True" if self.type == READY else "False")


@dataclass(frozen=True, slots=True)
class NodeDetails:
    """What a node's page shows besides what plans read."""

    created_at: int | None = None
    conditions: tuple[NodeCondition, ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    capacity: Amounts = ()
    addresses: tuple[tuple[str, str], ...] = ()
    system: tuple[tuple[str, str], ...] = ()
    """Versions of kubelet, kernel and the like, by name."""
    provider_id: str = ""
    is_deleted: bool = False
    """Somebody has deleted it, and its finalizers keep it still."""
    finalizers: tuple[str, ...] = ()

    @property
    def instance_id(self) -> str:
        """The EC2 instance of aws:///ZONE/INSTANCE; empty if it is none."""
        last = self.provider_id.rpartition("/")[2]
        return last if last.startswith("i-") else ""

    @property
    def status(self) -> str:
        """Ready or NotReady; Unknown where it does not tell."""
        ready = next((item for item in self.conditions if item.type == READY), None)
        if ready is None:
            return "Unknown"
        return READY if ready.is_good else NOT_READY


@dataclass(frozen=True, slots=True)
class RunningInstance:
    """What EC2 tells of a node's instance; ``state`` as in DescribeInstances."""

    instance_type: str
    zone: str
    capacity_type: str
    state: str
    launched_at: int | None = None
    reservation: str = ""


@dataclass(frozen=True, slots=True)
class PodDetails:
    """What a pod's page shows besides what plans read; ``status`` is kubectl's STATUS column."""

    created_at: int | None = None
    status: str = ""
    ready: int = 0
    containers: int = 0
    restarts: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class ClusterEvent:
    """An event about an object; of several alike only the ``count`` and the last time are kept."""

    kind: str
    namespace: str
    name: str
    type: str
    reason: str
    message: str
    count: int = 1
    at: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What nodes or pods really use, as metrics-server tells it: millicpu, and bytes of memory."""

    nodes: Mapping[str, Amounts] = field(default_factory=dict)
    pods: Mapping[str, Amounts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observed:
    """A cluster as it is: nodes' and pods' facts by name and namespace/name.

    ``usage`` is None where no metrics-server answers.
    """

    name: str
    snapshot: Snapshot
    nodes: Mapping[str, NodeDetails] = field(default_factory=dict)
    pods: Mapping[str, PodDetails] = field(default_factory=dict)
    events: tuple[ClusterEvent, ...] = ()
    usage: Usage | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectIdentity:
    """What tells an object from another of its name, its annotations, and a pod's node.

    ``ends_at`` is when an object that is being deleted should be gone: its deletionTimestamp, which
    has the grace period in it.
    """

    uid: str
    notes: Mapping[str, str]
    node_name: str = ""
    ends_at: int | None = None
