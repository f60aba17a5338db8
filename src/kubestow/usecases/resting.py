"""Resting: where a policy would come to rest with a running cluster, if it were left alone with it.

It is played on a simulated copy of the nodes and pods, from a Monday 00:00 UTC on. No pod comes or
goes by itself, and nothing fails.
"""

from collections import Counter

from kubestow.disruption.expected import claims_of
from kubestow.model.advice import FleetSize, Rest
from kubestow.model.bug import BrokenRunError
from kubestow.model.reporter import EnoughError, Reporter
from kubestow.model.settled import Settled
from kubestow.model.snapshot import Snapshot
from kubestow.policies.policy import Policy
from kubestow.policies.registry import made
from kubestow.simulation.invariants import BrokenError
from kubestow.simulation.running import obstacle_of
from kubestow.simulation.settled import settled


def left_alone(snapshot: Snapshot, policy: Policy, reporter: Reporter) -> Settled:
    """Leave an autoscaler alone with the pods; raise BrokenRunError where an invariant breaks."""
    try:
        return settled(snapshot, policy, reporter)
    except BrokenError as broken:
        raise BrokenRunError(policy.name, str(broken)) from broken


def rest_of(snapshot: Snapshot, policy: str, reporter: Reporter) -> Rest:
    """Return where a policy would rest, or why that cannot be told.

    Raises BrokenRunError for a bug of kubestow's, and KeyboardInterrupt if the reporter has enough.
    """
    obstacle = obstacle_of(snapshot)
    if obstacle:
        return Rest(policy, obstacle=obstacle)
    try:
        left = left_alone(snapshot, made(policy, snapshot.cluster.nodepools), reporter)
    except EnoughError as interrupt:
        raise KeyboardInterrupt from interrupt
    before = sum(claim.nano_usd_per_hour for claim in claims_of(snapshot))
    kinds = Counter((node.claim.instance_type, node.claim.capacity_type) for node in left.nodes)
    ordered = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    fleet = tuple((*kind, count) for kind, count in ordered)
    return Rest(
        policy,
        FleetSize(len(left.nodes), left.nano_usd_per_hour, fleet),
        before - left.nano_usd_per_hour,
        left.evictions,
        left.last_action_at,
        left.pending,
        rests=left.rests,
        limit_seconds=left.limit_seconds,
        left_out=left.left_out,
    )
