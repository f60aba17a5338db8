"""Settled: an autoscaler left alone with the pods and nodes of a snapshot.

The pods are all there at the start; none comes or goes, and nothing fails. The figures are those
of a steady simulation. It ends when the policy rests, or after HOURS_MOST: a policy that never
rests is told here, while in a simulation it breaks an invariant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kubestow.model.decision import Decision, Launch
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import Phase
from kubestow.model.reporter import EnoughError, Reporter
from kubestow.model.settled import FirstFleet, Settled, SettledNode
from kubestow.model.snapshot import Snapshot
from kubestow.policies.cluster_autoscaler import (
    AFTER_ADD_SECONDS,
    UNNEEDED_SECONDS,
    ClusterAutoscaler,
)
from kubestow.policies.pod_batching import BATCH_SECONDS_MAX
from kubestow.policies.policy import Policy
from kubestow.simulation.run import played
from kubestow.simulation.running import running
from kubestow.simulation.scenario import NODE_GROUP, Durations
from kubestow.simulation.workloads import from_cluster, keys_by_owner
from kubestow.simulation.world import SimulatedWorld

HOURS_MOST = 6
"""When a policy that does not rest is stopped, in hours; mixes of 3,500 pods rest within one."""


def settled(
    snapshot: Snapshot, policy: Policy, reporter: Reporter, *, hours_most: int = HOURS_MOST
) -> Settled:
    """Leave a policy alone with a snapshot's pods until it rests; return what is left.

    Raises EnoughError if the reporter interrupts it, and BrokenError if an invariant breaks.
    """
    durations = NODE_GROUP if isinstance(policy, ClusterAutoscaler) else Durations()
    seconds = hours_most * 3_600
    scenario = running(from_cluster(snapshot, "steady", seconds=seconds), snapshot)
    scenario = replace(scenario, durations=durations)
    journal = _FirstLaunches()
    run = played(scenario, policy, journal, _Renamed(reporter, policy.name), must_rest=False)
    if run.result.interrupted:
        raise EnoughError
    nodes, pending = _nodes_and_pending(run.world, keys_by_owner(snapshot))
    quiet = run.result.seconds - run.result.last_action_at
    claims = run.world.cloud.claims.values()
    is_busy = any(claim.is_coming or claim.phase is Phase.DRAINING for claim in claims)
    return Settled(
        policy.name,
        journal.first or FirstFleet(),
        nodes,
        pending,
        run.result.evictions,
        run.result.last_action_at,
        not is_busy and quiet > _longest_delay(policy, durations, seconds),
        seconds,
        scenario.left_out,
    )


@dataclass(slots=True)
class _FirstLaunches:
    """A journal that keeps what the first launches cost."""

    first: FirstFleet | None = None

    def record(self, snapshot: Snapshot, memory: Memory, decision: Decision) -> None:
        """Keep the first decision that launches something."""
        launches = [action.claim for action in decision.actions if isinstance(action, Launch)]
        if self.first is None and launches:
            nano = sum(claim.nano_usd_per_hour for claim in launches)
            self.first = FirstFleet(len(launches), nano)


@dataclass(frozen=True, slots=True)
class _Renamed:
    """A reporter that says which policy is left alone."""

    reporter: Reporter
    policy: str

    def progress(self, step: str, done: int, total: int) -> None:
        """Report how much of the longest time has passed."""
        self.reporter.progress(f"leaving {self.policy} alone until it rests", done, total)


def _longest_delay(policy: Policy, durations: Durations, most: int) -> int:
    """Return the longest time, in seconds, that a policy waits before it acts on what it sees.

    Nodes that expire within ``most`` seconds are replaced again and again; later ones are not
    waited for.
    """
    launch = durations.request + durations.register + durations.ready
    if isinstance(policy, ClusterAutoscaler):
        own = max(UNNEEDED_SECONDS, AFTER_ADD_SECONDS)
    else:
        terms = [pool.disruption for pool in policy.pools]
        after = [term.consolidate_after or 0 for term in terms]
        lives = [term.expire_after or 0 for term in terms]
        own = max(BATCH_SECONDS_MAX, *after, *(life for life in lives if life < most))
    return own + launch + policy.period_seconds


def _nodes_and_pending(
    world: SimulatedWorld, keys: Mapping[tuple[str, int], Sequence[str]]
) -> tuple[tuple[SettledNode, ...], tuple[str, ...]]:
    """Return the nodes that are paid for with their pods, and the pods without a node.

    The pods of a workload are interchangeable: they bear the input's names in their order.
    """
    left = {owner: list(reversed(names)) for owner, names in keys.items()}
    pods_on: dict[str, list[str]] = {name: [] for name in world.ledger.open}
    pending = []
    for life in world.pods.alive.values():
        if life.owner[0] == "daemonset" or life.pod.terminating:
            continue
        key = left[life.owner].pop()
        if life.pod.node_name:
            pods_on[life.pod.node_name].append(key)
        else:
            pending.append(key)
    claims = world.cloud.claims
    nodes = (SettledNode(claims[name], tuple(sorted(pods))) for name, pods in pods_on.items())
    return tuple(nodes), tuple(sorted(pending))
