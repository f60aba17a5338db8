"""What a fleet must also be good for: room to grow, lost nodes, spot pools that run dry."""

from dataclasses import dataclass, replace
from fractions import Fraction

from kubestow.engine import pools_of
from kubestow.model.headroom import NAMESPACE, is_headroom
from kubestow.model.input_error import InputError
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.model.wishes import Wishes
from kubestow.provisioning.wishes.headroom import with_headroom
from kubestow.provisioning.wishes.launch_lists import with_launch_lists
from kubestow.provisioning.wishes.on_demand_share import with_on_demand_share
from kubestow.provisioning.wishes.share_per_node import with_max_share_per_node


@dataclass(frozen=True, slots=True)
class WishedSnapshot:
    """A snapshot with wishes made part of it, and notes about those that change nothing."""

    snapshot: Snapshot
    notes: tuple[str, ...] = ()


def with_wishes(snapshot: Snapshot, wishes: Wishes) -> WishedSnapshot:
    """Make every wish that concerns planning part of the snapshot.

    Raise InputError where the input already has pods in the namespace of the headroom's.
    """
    notes: list[str] = []
    if wishes.on_demand_share is not None:
        held = with_on_demand_share(snapshot, wishes.on_demand_share, pools_of(snapshot))
        if held is snapshot:
            notes.append(
                f"an on-demand share of {_percent(wishes.on_demand_share)} has no effect: no "
                "NodePool launches spot nodes, and no node of the input is one"
            )
        snapshot = held
    if wishes.share_per_node is not None:
        snapshot = with_max_share_per_node(snapshot, wishes.share_per_node)
    if wishes.spot_diversity is not None:
        snapshot = _with_spot_choice(snapshot, *wishes.spot_diversity)
    if wishes.headroom is not None:
        _check_no_headroom(snapshot)
        roomier = with_headroom(snapshot, wishes.headroom, pools_of(snapshot))
        if roomier is snapshot:
            notes.append(
                f"headroom of {_percent(wishes.headroom)} has no effect: the pods to plan request "
                "no cpu and no memory"
            )
        snapshot = roomier
    return WishedSnapshot(snapshot, tuple(notes))


def with_alternatives(snapshot: Snapshot, plan: Plan, wishes: Wishes) -> Plan:
    """Return a finished plan with its launch lists, where a wish needs them."""
    if not wishes.launch_lists and wishes.spot_diversity is None:
        return plan
    return with_launch_lists(snapshot, plan, pools_of(snapshot))


def _with_spot_choice(snapshot: Snapshot, types: int, zones: int) -> Snapshot:
    """Put the wish on the input's NodePools; the built-in ones do not launch spot nodes."""
    pools = tuple(
        replace(pool, spot_types=types, spot_zones=zones) for pool in snapshot.cluster.nodepools
    )
    return replace(snapshot, cluster=replace(snapshot.cluster, nodepools=pools))


def _check_no_headroom(snapshot: Snapshot) -> None:
    for pod in snapshot.cluster.pods:
        if is_headroom(pod.key):
            raise InputError(
                f"pod {pod.key} is in namespace {NAMESPACE}, which headroom needs for its "
                "placeholder pods",
                hint=f"omit the pods of namespace {NAMESPACE} from the input",
            )


def _percent(share: Fraction) -> str:
    return f"{float(100 * share):g}%"
