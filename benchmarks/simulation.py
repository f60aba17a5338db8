"""Simulations and consolidation, measured: a table each.

Run: python -m benchmarks.simulation NAME ...
  consolidation  1,000 nodes and 10,000 pods left half empty; with --large also 5,000 and 50,000
  models         Karpenter's and Cluster Autoscaler's first fleets for openb against the real ones
  week           a week of up to 5,000 pods on 500 nodes, each policy; --days and --pods for less
  rest           policies left alone with 3,500 pods of three kinds of mixes, --mixes A:B of each
  compare        three policies on three workloads, with and without spot faults
  seeds          --seeds A:B of small clusters with budgets, disks and every fault, and left
                 alone without faults: no invariant broken
"""

import argparse
import resource
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks import service_mix
from benchmarks.instances import MissingError, snapshot
from benchmarks.measure import machine
from kubestow import engine
from kubestow.adapters.catalog_files import load_catalog
from kubestow.adapters.garbage import look_seldom
from kubestow.compute.managed_node_group import grouped
from kubestow.disruption.candidate import candidates
from kubestow.disruption.consolidation import consolidate
from kubestow.disruption.relocation import Relocation
from kubestow.model import labels as names
from kubestow.model.memory import Memory
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.reporter import SilentReporter
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.simulated import Result
from kubestow.model.snapshot import Cluster, DisruptionBudget, Snapshot
from kubestow.model.volume import PersistentVolumeClaim, StorageClass
from kubestow.model.workload import Lifecycle
from kubestow.policies.karpenter import Karpenter
from kubestow.policies.registry import POLICIES
from kubestow.scheduling.rehearsal import launched_node, launched_pods
from kubestow.simulation import generated
from kubestow.simulation.job import Job, run
from kubestow.simulation.run import simulate
from kubestow.simulation.scenario import ALL_FAULTS, MONDAY, BatchLoad, Scenario
from kubestow.simulation.workloads import from_cluster
from kubestow.testing import selector

_DAY = 86_400
_PODS_A_NODE = 28.9  # of a full node of these mixes
_QUIET_FROM, _QUIET = 4 * 3_600, 5 * 3_600
_ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")


def pool(*capacity: str, vcpu: int | None = None) -> NodePool:
    """Return a NodePool of c, m and r types after generation 4, up to so many vCPU."""
    wanted = [
        requirement(names.AWS_PREFIX + "instance-category", "In", ("c", "m", "r")),
        requirement(names.AWS_PREFIX + "instance-generation", "Gt", ("4",)),
        requirement(names.AWS_PREFIX + "instance-hypervisor", "In", ("nitro",)),
        requirement(names.ARCH, "In", ("amd64",)),
        requirement(names.CAPACITY_TYPE, "In", capacity or ("on-demand",)),
        requirement(names.ZONE, "In", _ZONES),
    ]
    if vcpu is not None:
        wanted.append(requirement(names.AWS_PREFIX + "instance-cpu", "Lt", (str(vcpu + 1),)))
    return NodePool("bench", Requirements.of(wanted))


def half_empty(pods: int, nodes: int, seed: int = 3) -> tuple[Snapshot, NodePool]:
    """Return about so many pods, left of those that filled so many nodes of up to 16 vCPU."""
    made = generated.cluster(round(_PODS_A_NODE * nodes), seed)
    own = pool(vcpu=16)
    whole = Snapshot(replace(made, nodepools=(own,)), load_catalog("us-east-1"))
    plan = engine.plan(whole, work_limit=500)
    share = pods / len(made.pods)
    where = {key: node.name for node in plan.nodes for key in node.pods}
    random = np.random.default_rng(seed)
    kept = tuple(
        replace(pod, node_name=where[pod.key], lifecycle=Lifecycle(("ReplicaSet", pod.name)))
        for pod in made.pods
        if random.random() < share
    )
    there = tuple(launched_node(node) for node in plan.nodes)
    daemons = tuple(pod for n in plan.nodes for pod in launched_pods(n, made.daemonsets))
    cluster = replace(whole.cluster, nodes=there, pods=(*kept, *daemons))
    return replace(whole, cluster=cluster), own


def consolidation(options: argparse.Namespace) -> None:
    """Consolidate once, and let Karpenter's policy choose on the same snapshot."""
    sizes = [(10_000, 1_000), *([(50_000, 5_000)] if options.large else [])]
    for pods, nodes in sizes:
        state, own = half_empty(pods, nodes)
        count = sum(not pod.daemonset for pod in state.cluster.pods)
        started = time.perf_counter()
        found = consolidate(state, candidates(state, {own.name: own}), (own,))
        seconds = time.perf_counter() - started
        bound = found.bound or 1
        print(
            f"{len(state.cluster.nodes)} nodes, {count} pods: {seconds:.1f} s, "
            f"{len(found.drop)} dropped, {len(found.launch)} launched, {found.evictions} evictions;"
            f" {found.cost_before / 1e9:.2f} -> {found.cost_after / 1e9:.2f} USD/h, bound "
            f"{bound / 1e9:.2f}: {100 * (found.cost_after / bound - 1):.2f} % above it",
            flush=True,
        )
        started = time.perf_counter()
        decision, _ = Karpenter((own,)).decide(state, Memory(), SilentReporter())
        seconds = time.perf_counter() - started
        drains = sum(type(action).__name__ in ("Drain", "Cordon") for action in decision.actions)
        print(f"  Karpenter's policy: {seconds:.1f} s, {drains} nodes in its first command")
        assert not (Relocation(state).cache.free < 0).any(), "no node is over its allocatable"


def models(options: argparse.Namespace) -> None:
    """Play the first minute of openb on an empty cluster with the real autoscalers' settings."""
    real = (
        ("karpenter", 5303.69, 224, None),
        ("cluster-autoscaler", 3939.84, 950, ("m6a.24xlarge", "c6a.24xlarge", "r6a.24xlarge")),
    )
    try:
        state = snapshot("openb")
    except MissingError as missing:
        print(f"skipped: {missing}")
        return
    groups: dict[object, list[Pod]] = {}
    for pod in state.cluster.pods:
        groups.setdefault(pod.template, []).append(pod)
    batches = tuple(
        BatchLoad("default", f"size-{i}", pods[0].template, (), ((MONDAY, None),) * len(pods))
        for i, pods in enumerate(groups.values())
    )
    pools = state.cluster.nodepools
    base = replace(state, cluster=Cluster(nodepools=pools))
    for name, usd, nodes, types in real:
        own = grouped(pools, types) if types else pools
        scenario = Scenario(base, (), batches, seconds=40)
        started = time.perf_counter()
        found = simulate(scenario, POLICIES[name](own))
        seconds = time.perf_counter() - started
        print(
            f"{name:20}{found.nano_usd_per_hour / 1e9:10.2f} USD/h (real {usd}: "
            f"{100 * (found.nano_usd_per_hour / 1e9 / usd - 1):+.2f} %), {found.nodes} nodes "
            f"(real {nodes}), {seconds:.1f} s",
            flush=True,
        )


def row(label: str, found: Result, seconds: float) -> str:
    """Return a line of figures."""
    over = ""
    if found.bound:
        over = f", {100 * (found.nano_usd_per_hour / found.bound - 1):.1f} % over the bound"
    return (
        f"{label:34}{found.nano_usd / 1e9:10.2f} USD  end {found.nano_usd_per_hour / 1e9:8.3f}/h"
        f"{over}  wait p50 {found.wait_p50} p99 {found.wait_p99} s, {found.pending_pod_seconds:,} "
        f"pod s, {found.evictions:,} evicted, {found.killed} killed, {found.pending} Pending, peak "
        f"{found.nodes_peak} nodes, {found.launched} launched, last action "
        f"{found.last_action_at:,} s; {found.decisions} decisions, {found.events} events in "
        f"{seconds:.0f} s ({found.events / seconds:,.0f}/s), "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"
    )


def _jobs(options: argparse.Namespace, own: NodePool, pods: int, **more: object) -> Iterator[Job]:
    base = Snapshot(Cluster(nodepools=(own,)), load_catalog("us-east-1"))
    size = "2xlarge" if options.vcpu < 16 else "4xlarge"
    types = (f"m6a.{size}", f"c6a.{size}", f"r6a.{size}")
    for policy in options.policy.split(","):
        yield Job(
            base, policy, round(options.days * _DAY), seed=options.seed, generated=pods,
            node_group_types=types, **more,  # type: ignore[arg-type] # fields of a Job
        )  # fmt: skip


def week(options: argparse.Namespace) -> None:
    """Simulate days of a weekly shape."""
    for job in _jobs(options, pool(vcpu=options.vcpu), options.pods, shape="weekly"):
        started = time.perf_counter()
        found = run(job)
        print(row(job.policy, found, time.perf_counter() - started), flush=True)


def rest(options: argparse.Namespace) -> None:
    """Leave each policy alone with pods that neither come nor go."""
    own = pool()
    first, last = map(int, options.mixes.split(":"))
    for kind, seed in ((kind, seed) for seed in range(first, last) for kind in service_mix.KINDS):
        made = service_mix.kind_of_mix(kind, 3_500, seed)
        state = Snapshot(replace(made, nodepools=(own,)), load_catalog("us-east-1"))
        plan = engine.plan(state, work_limit=60_000, gap=0.01)
        bound, cost = plan.lower_bound.nano_usd_per_hour, plan.cost_nano_usd_per_hour
        print(f"{kind} {seed}: plan --gap 1%: {cost / 1e9:.3f} USD/h, {len(plan.nodes)} nodes, "
              f"{100 * (cost / bound - 1):.1f} % over the bound")  # fmt: skip
        scenario = from_cluster(state, "steady", seconds=3 * 3_600, seed=seed)
        for name in options.policy.split(","):
            if name == "cluster-autoscaler":
                continue  # its groups are a choice of their own
            started = time.perf_counter()
            found = replace(simulate(scenario, POLICIES[name]((own,))), bound=bound)
            seconds = time.perf_counter() - started
            over = 100 * (found.nano_usd_per_hour / cost - 1)
            print(f"  {over:+.1f} % to the plan  {row(name, found, seconds)}", flush=True)


def compare(options: argparse.Namespace) -> None:
    """Compare the policies on three shapes, with and without faults of spot."""
    own = pool("on-demand", "spot", vcpu=options.vcpu)
    for shape in ("diurnal", "bursts", "falling"):
        for faults in ("none", "spot"):
            for job in _jobs(options, own, options.pods, shape=shape, faults=faults):
                started = time.perf_counter()
                found = run(job)
                label = f"{shape} {faults} {job.policy}"
                print(row(label, found, time.perf_counter() - started), flush=True)


def seeds(options: argparse.Namespace) -> None:
    """Run small clusters with every fault, and until they rest; a broken invariant ends it."""
    first, last = map(int, options.seeds.split(":"))
    base = Snapshot(
        Cluster(nodepools=(pool("on-demand", "spot", vcpu=16),)), load_catalog("us-east-1")
    )
    started, decisions = time.perf_counter(), 0
    for seed in range(first, last):
        made = _with_disks(generated.cluster(60, seed), seed)
        own = replace(
            base.cluster,
            pods=made.pods,
            claims=made.claims,
            storage_classes=made.storage_classes,
            daemonsets=made.daemonsets,
            disruption_budgets=_budgets(made, seed),
        )
        scenario = from_cluster(
            replace(base, cluster=own), "bursts", seconds=_QUIET_FROM, step=600, seed=seed
        )
        name = sorted(POLICIES)[seed % len(POLICIES)]
        policy = POLICIES[name](own.nodepools)
        quiet = replace(scenario, seed=seed, seconds=_QUIET_FROM + _QUIET)
        faulty = replace(scenario, seed=seed, faults=ALL_FAULTS)
        decisions += sum(simulate(each, policy).decisions for each in (faulty, quiet))
    print(
        f"{last - first} seeds with every fault and without, {decisions} decisions, no invariant "
        f"broken, {time.perf_counter() - started:.0f} s"
    )


def _with_disks(made: Cluster, seed: int) -> Cluster:
    """Return a cluster of which one service of every other seed is a StatefulSet with disks."""
    app = dict(made.pods[-1].labels)["app"]
    pods, claims = [], {}
    for pod in made.pods:
        if seed % 2 or dict(pod.labels)["app"] != app:
            pods.append(pod)
            continue
        claim = PersistentVolumeClaim("shop", f"data-{pod.name}", "gp3", bind_completed=False)
        claims["shop", claim.name] = claim
        lifecycle = Lifecycle(("StatefulSet", app))
        pods.append(replace(pod, volume_claims=(claim.name,), lifecycle=lifecycle))
    classes = {"gp3": StorageClass("gp3")}
    return replace(made, pods=tuple(pods), claims=claims, storage_classes=classes)


def _budgets(made: Cluster, seed: int) -> tuple[DisruptionBudget, ...]:
    """Return a PodDisruptionBudget for two of three services."""
    apps = sorted({dict(pod.labels)["app"] for pod in made.pods})
    return tuple(
        DisruptionBudget("shop", app, selector(app=app), 0, None, ("20%", 1, "0%")[number % 3])
        for number, app in enumerate(apps, start=seed)
        if number % 3 < 2 or number % 5 == 0
    )


PARTS = {
    "consolidation": consolidation,
    "models": models,
    "week": week,
    "rest": rest,
    "compare": compare,
    "seeds": seeds,
}


def main() -> None:
    """Run the parts that were named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="+", choices=PARTS, metavar="NAME")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--pods", type=int, default=5_000)
    parser.add_argument("--vcpu", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", default="0:60")
    parser.add_argument("--mixes", default="1:4")
    parser.add_argument("--policy", default="optimal,karpenter,cluster-autoscaler")
    options = parser.parse_args()
    look_seldom()
    print(machine())
    for name in options.names:
        print(f"\n{name}", flush=True)
        PARTS[name](options)


if __name__ == "__main__":
    main()
