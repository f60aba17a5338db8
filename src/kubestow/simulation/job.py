"""Job: one run as a value: what its scenario is made of, a policy and a seed.

The same job gives the same result, in whatever process it runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kubestow.compute.case import ComparisonCase
from kubestow.compute.managed_node_group import grouped
from kubestow.compute.managed_node_group import option as node_groups
from kubestow.model.eviction_prices import DEFAULT_PRICES, EvictionPrices
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.reporter import Reporter
from kubestow.model.simulated import Result, TracePod
from kubestow.model.snapshot import Snapshot
from kubestow.model.spot_prices import STANDING, SpotPrices
from kubestow.policies.policy import Policy
from kubestow.policies.registry import made
from kubestow.ports import Journal
from kubestow.provisioning.preparation.offerings import default_pools
from kubestow.simulation import generated
from kubestow.simulation.run import simulate
from kubestow.simulation.scenario import FAULTS, NODE_GROUP, Durations, Scenario
from kubestow.simulation.spot_moves import timed
from kubestow.simulation.workloads import from_cluster, from_trace

CLUSTER_AUTOSCALER = "cluster-autoscaler"


@dataclass(frozen=True, slots=True)
class Job:
    """One run. Its workload is the snapshot's own pods, a trace, or generated pods.

    ``generated`` is how many pods to generate. ``node_group_types`` are Cluster Autoscaler's
    groups; without any, the best are searched for. ``spot`` offers spot as well if the input has no
    NodePools. ``spot_prices`` are as requested, not yet in the time of the simulation.
    ``eviction_prices`` are what kubestow's policy weighs evictions by.
    """

    snapshot: Snapshot
    policy: str
    seconds: int
    shape: str = "diurnal"
    step: int = 900
    seed: int = 0
    faults: str = "none"
    trace: tuple[TracePod, ...] = ()
    generated: int = 0
    node_group_types: tuple[str, ...] = ()
    spot: bool = False
    spot_prices: SpotPrices = STANDING
    eviction_prices: EvictionPrices = DEFAULT_PRICES


def pools(job: Job) -> tuple[NodePool, ...]:
    """Return the NodePools that the policies may launch from."""
    own = job.snapshot.cluster.nodepools
    return own or default_pools(spot=job.spot)


def scenario_of(job: Job) -> Scenario:
    """Return the scenario of a job."""
    snapshot = job.snapshot
    if job.generated:
        mix = generated.cluster(job.generated, job.seed)
        cluster = replace(
            snapshot.cluster, pods=mix.pods, daemonsets=mix.daemonsets, services=mix.services
        )
        snapshot = replace(snapshot, cluster=cluster)
    if job.trace:
        scenario = from_trace(snapshot, job.trace, seconds=job.seconds, seed=job.seed)
    else:
        scenario = from_cluster(
            snapshot, job.shape, seconds=job.seconds, step=job.step, seed=job.seed
        )
    durations = NODE_GROUP if job.policy == CLUSTER_AUTOSCALER else Durations()
    prices, notes = timed(
        job.spot_prices, snapshot.catalog, start=scenario.start, seconds=job.seconds, seed=job.seed
    )
    return replace(
        scenario,
        durations=durations,
        faults=FAULTS[job.faults],
        spot_prices=prices,
        left_out=(*scenario.left_out, *notes),
    )


def policy_of(job: Job, scenario: Scenario) -> Policy:
    """Return the policy of a job."""
    launchable = pools(job)
    if job.policy == CLUSTER_AUTOSCALER:
        launchable = grouped(launchable, job.node_group_types or _best_types(scenario, launchable))
    return made(job.policy, launchable, job.eviction_prices)


def _best_types(scenario: Scenario, launchable: tuple[NodePool, ...]) -> Sequence[str]:
    """Return the instance types of the best node groups for the scenario's pods at their peak."""
    pods: list[Pod] = []
    for load in scenario.services:
        most = max(count for _, count in load.replicas)
        pods += [
            Pod(load.namespace, f"{load.name}-{i}", load.template, load.labels) for i in range(most)
        ]
    for batch in scenario.batches:
        pods += [
            Pod(batch.namespace, f"{batch.name}-{i}", batch.template, batch.labels)
            for i in range(len(batch.arrivals))
        ]
    base = scenario.base
    cluster = replace(base.cluster, pods=tuple(pods), nodepools=launchable)
    fleet = node_groups(ComparisonCase(replace(base, cluster=cluster), rehearses=False)).fleet
    return sorted({line.unit for line in fleet})


def run(job: Job, journal: Journal | None = None, reporter: Reporter | None = None) -> Result:
    """Run a job."""
    scenario = scenario_of(job)
    return simulate(scenario, policy_of(job, scenario), journal, reporter)
