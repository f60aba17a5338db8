"""Story: what became of a node or a pod, oldest first, and what is true of it now.

Nodes have the names of their claims. Instants are whole seconds; money is integer nano-USD an hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kubestow.model.observed import ClusterEvent


class Happened(StrEnum):
    """What can happen in a story; some only to nodes, some only to pods."""

    SEEN = "Seen"  # it was there already when the journal began
    LAUNCH_DECIDED = "LaunchDecided"
    NOT_LAUNCHED = "NotLaunched"
    LAUNCHED = "Launched"
    REGISTERED = "Registered"
    HELD = "Held"
    LANDED = "Landed"
    OPENED = "Opened"
    READY = "Ready"  # of a node that is not held
    NOTICED = "Noticed"
    AT_RISK = "AtRisk"
    CORDONED = "Cordoned"
    UNCORDONED = "Uncordoned"
    DRAIN_DECIDED = "DrainDecided"
    LEAVING = "Leaving"
    PODS_LEFT = "PodsLeft"
    ENDED = "Ended"
    CREATED = "Created"
    PLANNED = "Planned"
    NOT_PLANNED = "NotPlanned"
    PUT_OFF = "PutOff"
    SCHEDULED = "Scheduled"
    EVICTED = "Evicted"
    LOST = "Lost"  # with its node
    DELETED = "Deleted"
    GONE = "Gone"


NO_CAPACITY, NOT_BEGUN, NOTHING_CAME = "NoCapacity", "NotBegun", "NothingCame"
"""Why a launch that was decided was none: EC2 had no capacity; a limit or EC2's refusal put it off,
and which was not noted; nothing of it is in the journal, as in a dry run. Also HELD_BACK and
NOT_LAUNCHED of model.decision.
"""
PODS_WAIT, NODES_COME = "PodsWait", "NodesCome"
NODES_REPLACED, NODES_LEAVE = "NodesReplaced", "NodesLeave"
"""What has to be over before nodes are disrupted voluntarily."""
TAKEN_BACK, NOT_DECIDED = "TakenBack", "NotDecided"
"""Why a node ended without a drain: EC2 took the spot instance back; nothing in the journal asked
for it.
"""
NOT_KNOWN, NODE_GOES = "NotKnown", "NodeGoes"
"""Of a pod: why its node went or goes is in no journal. The subject of one that is gone and was not
evicted: its node was to go.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One thing that happened.

    ``is_seen`` says that ``at`` is when it was first seen: it happened since the look before.
    ``reason`` is a reason of a decision, a policy's own words, or a constant of this module, and
    ``subject`` its detail: what drifted, an instant of a notice, a phase. ``nodes`` are those that
    it is about beside the story's own: replaced, replacing, bound to, planned on; ``beside`` go for
    the same reason at the same time. ``counts`` are pods by the node they came to. What is alike
    and follows is one, that happened so many ``times`` until ``last_at``.
    """

    at: int
    what: Happened
    reason: str = ""
    subject: str = ""
    nodes: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    saved_nano_usd_per_hour: int | None = None
    is_seen: bool = False
    times: int = 1
    last_at: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a node is of: its NodePool, offering and price."""

    nodepool: str
    instance_type: str
    zone: str
    capacity_type: str
    nano_usd_per_hour: int


@dataclass(frozen=True, slots=True)
class WhyKept:
    """Why a node stays, in the words of the policy, and what causes it."""

    reason: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class NodePresent:
    """A node at the last entry: its phase, its pods but for DaemonSets', and why it stays.

    ``under_way`` is what has to be over before any node is disrupted, and how much of it.
    ``goes`` is the reason for which it goes next, if it does.
    """

    phase: str
    pods: int
    kept: tuple[WhyKept, ...] = ()
    under_way: tuple[tuple[str, int], ...] = ()
    goes: str = ""


@dataclass(frozen=True, slots=True)
class FilterRefusal:
    """Nodes that a filter of kube-scheduler refuses a pod, with its words for it."""

    plugin: str
    reason: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PodPresent:
    """A pod at the last entry: its node, or what it waits for.

    ``planned_on`` is in ``phase`` since ``phase_at``, if that is known. ``free`` are the nodes that
    no filter refuses it. ``put_off`` is why a node for it was not launched lately.
    """

    node: str = ""
    is_terminating: bool = False
    is_ready: bool = False
    planned_on: str = ""
    phase: str = ""
    phase_at: int | None = None
    not_planned: str = ""
    refusals: tuple[FilterRefusal, ...] = ()
    free: tuple[str, ...] = ()
    put_off: str = ""


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """What a running cluster says of an object now: facts by name, and kubestow's Events.

    ``notes`` say what it did not tell.
    """

    cluster: str
    facts: tuple[tuple[str, str], ...] = ()
    events: tuple[ClusterEvent, ...] = ()
    is_there: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What became of a node, by its claim's name, or of a pod, by its namespace/name.

    ``since`` and ``until`` are the first and the last instant that journals tell of, over so many
    ``decisions``. ``node_names`` are Nodes by their claims, where the names differ. ``present`` is
    None for what is gone. ``earlier`` are other claims whose Nodes had the name that was asked for.
    """

    name: str
    occurrences: tuple[Occurrence, ...]
    since: int
    until: int
    decisions: int
    offer: Offer | None = None
    present: NodePresent | PodPresent | None = None
    node_names: Mapping[str, str] = field(default_factory=dict)
    earlier: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
