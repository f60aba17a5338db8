"""Claims: the lifecycle of every node, from instances and Nodes alone.

Pure. A claim is what an instance's tags say, its phase what its Node shows; a controller that lost
its memory finds the same. Policies know a node by its claim's name from its launch to its end, but
the Node is named by its address: ``Named`` has the names of those that are there.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from kubestow.adapters.aws.fleets import OwnInstance
from kubestow.catalog.usage import capacity_type, node_price
from kubestow.live import marks
from kubestow.model import labels as names
from kubestow.model.instance_type import ON_DEMAND
from kubestow.model.node import Node
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.observed import READY, NodeDetails
from kubestow.model.pod import Pod
from kubestow.model.taints import UNSCHEDULABLE_KEY, Taint

DAEMONSETS_SECONDS = 60
"""How long a node that is Ready waits for the pods of its DaemonSets before pods land on it."""
DEVICES_SECONDS = 300
"""How long a node that is Ready waits for its devices: their plugin may not be in the cluster."""
_NETWORK = "vpc.amazonaws.com/"
"""Resources of a node that pods which need its devices do without."""
_NEW_SECONDS = 900
"""How long a Node of a node group that has never been Ready counts as coming."""
_FIRST_READY_SECONDS = 5
"""A condition that has changed so long after its Node was made has been otherwise before."""
NOBODYS = ""
"""The pool of nodes that were not launched here: they are never touched."""

Expected = Callable[[str, OwnInstance], tuple[Node, tuple[Pod, ...]] | None]
"""The Node that an instance becomes, by the name of its claim, and its DaemonSets' pods."""


@dataclass(frozen=True, slots=True)
class SeenNode:
    """A Node as it is, what people read of it, and the DaemonSets whose pods run on it.

    One that ``is_busy`` has other pods, too.
    """

    node: Node
    details: NodeDetails
    daemonsets: frozenset[str] = frozenset()
    is_busy: bool = False

    @property
    def notes(self) -> Mapping[str, str]:
        """Its annotations."""
        return dict(self.details.annotations)

    def has_taint(self, key: str) -> bool:
        """Return whether it has a taint of a key."""
        return any(taint.key == key for taint in self.node.taints)


@dataclass(frozen=True, slots=True)
class Launched:
    """What was asked of EC2 here: the claim, and the instance that it became.

    One that ``is_to_come`` was asked of a node group: its id stands for an instance until then.
    """

    claim: NodeClaim
    instance_id: str
    at: int
    is_to_come: bool = False


def claims(
    instances: Iterable[OwnInstance],
    nodes: Mapping[str, SeenNode],
    launched: Mapping[str, Launched],
    expected: Expected,
    prices: Mapping[tuple[str, str, str], int],
    *,
    daemonsets: Collection[str],
    at: int,
) -> tuple[tuple[NodeClaim, ...], Mapping[str, str]]:
    """Return a claim for every node, and the claim's name of each Node whose names differ.

    ``nodes`` are the Nodes by their instances' ids, ``launched`` is what was launched by claim, and
    ``daemonsets`` are those that exist. An instance that ends and has no Node is gone; one has no
    room where it is not known what it will be.
    """
    claim_of = {own.instance_id: own.claim.name for own in launched.values()}
    found: list[NodeClaim] = []
    renamed: dict[str, str] = {}
    known = set()
    for instance in instances:
        seen = nodes.get(instance.instance_id)
        known.add(instance.instance_id)
        if seen is None and instance.is_ending:
            continue
        name = claim_of.get(instance.instance_id, instance.claim)
        became = expected(name, instance)
        node, pods = became if became is not None else (None, ())
        claim = _claim(name, instance, node, pods, prices)
        if seen is not None:
            renamed[seen.node.name] = name
            there = frozenset(daemonsets)
            claim = _with_node(claim, instance, seen, there, at)
        found.append(claim)
    others = (_nobodys(seen.node, prices) for key, seen in nodes.items() if key not in known)
    found += [other for other in others if other is not None]
    return tuple(found), renamed


def _claim(
    name: str,
    instance: OwnInstance,
    node: Node | None,
    pods: tuple[Pod, ...],
    prices: Mapping[tuple[str, str, str], int],
) -> NodeClaim:
    place = (instance.instance_type, instance.zone, instance.capacity_type)
    return NodeClaim(
        name,
        instance.nodepool,
        *place,
        prices.get(place, 0),
        node if node is not None else Node(name, (), ()),
        pods,
        phase=Phase.LAUNCHED,
        created_at=instance.launched_at,
        launched_at=instance.launched_at,
        holds=True,
    )


def _with_node(
    claim: NodeClaim,
    instance: OwnInstance,
    seen: SeenNode,
    daemonsets: frozenset[str],
    at: int,
) -> NodeClaim:
    """Return the claim of an instance that has a Node."""
    notes, since = seen.notes, _ready_since(seen.details)
    rule = (_of_group if instance.is_grouped else _of_own)(claim, seen, since, at)
    claim = replace(
        claim,
        notice_at=marks.instant(notes.get(marks.NOTICE_AT)),
        rebalance_at=rule.rebalance_at,
        protection=_protection(instance, rule.protecting, notes),
    )
    node = replace(seen.node, name=claim.name)
    going = seen.has_taint(marks.LEAVING) or marks.LEAVING in notes or instance.is_ending
    if going:
        opened, reason = marks.instant(notes.get(marks.OPEN_SINCE)), notes.get(marks.LEAVING, "")
        return replace(claim, node=node, phase=Phase.DRAINING, reason=reason, ready_at=opened)
    if rule.opened is not None:
        reason = notes.get(marks.DISRUPTED, "")
        return replace(claim, node=node, phase=Phase.READY, ready_at=rule.opened, reason=reason)
    expected = {pod.daemonset for pod in claim.daemonset_pods} & daemonsets
    ready = at - (since or at)
    is_whole = expected <= seen.daemonsets or ready >= DAEMONSETS_SECONDS
    is_whole &= not _lacks_devices(claim.node, seen.node) or ready >= DEVICES_SECONDS
    is_ours = seen.node.unschedulable and not seen.has_taint(marks.HELD)
    if since is None or not (is_whole and is_ours) or rule.starts_up:
        return replace(claim, phase=Phase.REGISTERED)
    return replace(claim, node=node, phase=Phase.HELD, ready_at=since)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a Node shows, which is read otherwise for who launched it.

    ``opened`` is since when kube-scheduler uses it, ``rebalance_at`` since when it is at risk; it
    ``starts_up`` while a taint is waited for. ``protecting`` are the annotations that keep it.
    """

    opened: int | None
    starts_up: bool
    rebalance_at: int | None
    protecting: tuple[str, ...]


def _of_own(claim: NodeClaim, seen: SeenNode, since: int | None, at: int) -> _Shown:
    """Return what a Node shows that was launched here; ``since`` is since when it is Ready."""
    return _Shown(
        marks.instant(seen.notes.get(marks.OPEN_SINCE)),
        _starts_up(claim, seen.node),
        _first(seen.notes, marks.REBALANCE_AT, marks.SCHEDULED_AT),
        (names.DO_NOT_DISRUPT,),
    )


def _of_group(claim: NodeClaim, seen: SeenNode, since: int | None, at: int) -> _Shown:
    """Return what a Node of a node group shows.

    Kube-scheduler uses it unless it was held here as it came. Its group's launch template may have
    taints that nobody tells of: they are not waited for. Auto Scaling replaces it when EC2
    recommends that, but not before what EC2 has scheduled.
    """
    own = _of_own(claim, seen, since, at)
    opened = own.opened
    if opened is None and _is_used(seen, since, at):
        opened = since or seen.details.created_at or 0
    is_late = since is not None and since + DAEMONSETS_SECONDS <= at
    return _Shown(
        opened,
        own.starts_up and not is_late,
        _first(seen.notes, marks.SCHEDULED_AT),
        (*own.protecting, names.SCALE_DOWN_DISABLED),
    )


def _first(notes: Mapping[str, str], *keys: str) -> int | None:
    """Return the first instant of some marks; None if there is none."""
    found = (marks.instant(notes.get(key)) for key in keys)
    return min((at for at in found if at is not None), default=None)


def _lacks_devices(planned: Node, seen: Node) -> bool:
    """Return whether a Node has none yet of the devices, as GPUs, that it was planned with.

    Their plugin tells kubelet of them after the Node is Ready. Source: kubernetes-sigs/karpenter
    v1.14 pkg/controllers/nodeclaim/lifecycle/initialization.go (RequestedResourcesRegistered).
    """
    wanted = {
        key
        for key, count in planned.allocatable
        if "/" in key and not key.startswith(_NETWORK) and count
    }
    return bool(wanted) and not any(key in wanted and count for key, count in seen.allocatable)


def _is_used(seen: SeenNode, since: int | None, at: int) -> bool:
    """Return whether a Node of a node group that was never opened is kube-scheduler's.

    It is unless it was cordoned here as it came: one that is or was Ready, that has pods, or that
    is not new.
    """
    is_held = seen.node.unschedulable and marks.CORDONED in seen.notes
    if is_held and marks.DISRUPTED not in seen.notes:
        return False
    made = seen.details.created_at or 0
    ready = next((item for item in seen.details.conditions if item.type == READY), None)
    was_ready = ready is not None and (ready.since or 0) - made >= _FIRST_READY_SECONDS
    return since is not None or was_ready or seen.is_busy or at - made >= _NEW_SECONDS


def _protection(instance: OwnInstance, protecting: Iterable[str], notes: Mapping[str, str]) -> str:
    """Return what keeps a node from being disrupted of free will; empty if nothing does.

    Sources: kubernetes-sigs/karpenter v1.14 pkg/controllers/state/statenode.go
    (ValidateNodeDisruptable); kubernetes/autoscaler 1.36 cluster-autoscaler/core/scaledown/
    eligibility (ScaleDownDisabledKey); EC2 Auto Scaling user guide, "Instance scale-in protection".
    """
    own = next((key for key in protecting if notes.get(key) == "true"), "")
    return own or ("protected from scale-in" if instance.is_kept else "")


def _starts_up(claim: NodeClaim, node: Node) -> bool:
    """Return whether a Node has a taint that somebody is still to take away."""
    if not claim.node.allocatable:
        return False  # what it was launched with is not known
    known = {*claim.node.taints, *(Taint(key, "", "NoSchedule") for key in marks.OWN_KEYS)}
    known.add(marks.AVOIDED_TAINT)
    return any(
        taint not in known and taint.key != UNSCHEDULABLE_KEY for taint in node.taints
    )  # fmt: skip


def _ready_since(details: NodeDetails) -> int | None:
    """Return since when a Node is Ready; None if it is not."""
    ready = next((item for item in details.conditions if item.type == READY), None)
    if ready is None or not ready.is_good:
        return None
    return ready.since if ready.since is not None else details.created_at or 0


def _nobodys(node: Node, prices: Mapping[tuple[str, str, str], int]) -> NodeClaim | None:
    """Return the claim of a node that was not launched here; None without a known price."""
    labels = dict(node.labels)
    price = node_price(labels, prices)
    if price is None:
        return None
    return NodeClaim(
        node.name,
        NOBODYS,
        labels.get(names.INSTANCE_TYPE, ""),
        labels.get(names.ZONE, ""),
        capacity_type(labels) or ON_DEMAND,
        price,
        node,
        phase=Phase.READY,
    )
