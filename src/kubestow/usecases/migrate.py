"""Migrate: pods moved from some nodes to others in waves that are shown to end."""

from dataclasses import dataclass, replace

from kubestow import engine
from kubestow.migration.launches import model_of, planned, prices, to_plan
from kubestow.migration.migrate import SPARES_TRIED
from kubestow.migration.migrate import migrate as migrated
from kubestow.model.input_error import InputError
from kubestow.model.migration import Migration, PlannedLaunch, Request
from kubestow.model.plan import Plan
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.usecases.judged import judged


@dataclass(frozen=True, kw_only=True, slots=True)
class MigrateRequest:
    """The nodes to leave and the nodes to go to, by name; without targets, new nodes are planned.

    ``surge`` is the largest number of nodes beyond those there are now; ``max_parallel`` the nodes
    drained at a time; ``force`` moves pods that ask not to be disrupted and gives up those that
    nothing creates anew.
    """

    snapshot: Snapshot
    sources: tuple[str, ...]
    targets: tuple[str, ...] | None = None
    surge: int | None = None
    max_parallel: int = 1
    force: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True)
class MigrateAnswer:
    """The migration, the whole request it answers, and the plan of its new nodes, if any."""

    migration: Migration
    request: Request
    plan: Plan | None


def migrate(asked: MigrateRequest, reporter: Reporter) -> MigrateAnswer:
    """Play a migration to its end, or find what stops it.

    Raises InputError where no pod is on any node, RefusedPlanError for a bug of kubestow's and
    EnoughError where it is interrupted.
    """
    snapshot, plan = asked.snapshot, None
    if not any(pod.node_name for pod in snapshot.cluster.pods):
        raise InputError(
            f"there is nothing to move: no pod of the input is on {_one_of(asked.sources)}",
            hint="pass the pods with the nodes they are on, and what keeps them: kubectl get nodes,"
            "pods,deployments,replicasets,statefulsets,daemonsets,jobs,pdb,pvc,pv -A -o json",
        )
    request = Request(
        asked.sources,
        surge=asked.surge,
        max_parallel=asked.max_parallel,
        force=asked.force,
        prices=prices(snapshot.cluster, snapshot.catalog),
    )
    if asked.targets is None:
        without_sources = replace(snapshot, cluster=to_plan(snapshot.cluster, request))
        plan = _planned(without_sources, asked.seed, reporter)
        request = _with_plan(request, plan, without_sources.cluster)
    else:
        request = _with_targets(request, snapshot.cluster, asked.targets)
    return MigrateAnswer(migrated(snapshot.cluster, request, reporter), request, plan)


def _one_of(sources: tuple[str, ...]) -> str:
    return f"node {sources[0]}" if len(sources) == 1 else f"any of the {len(sources)} nodes"


def _planned(snapshot: Snapshot, seed: int, reporter: Reporter) -> Plan:
    """Plan new nodes for the pods that leave."""
    plan = engine.plan(snapshot, seed=seed, reporter=reporter)
    plan = engine.rehearse(snapshot, plan, seed=seed, reporter=reporter)
    return judged(snapshot, plan, engine.pools_of(snapshot))


def _with_plan(request: Request, plan: Plan, cluster: Cluster) -> Request:
    """Return the request with the plan's nodes to launch, and copies of them in reserve."""
    launches = planned(plan.nodes, cluster)
    shapes: dict[tuple[str, ...], PlannedLaunch] = {}
    for launch in sorted(launches, key=lambda item: item.nano_usd_per_hour or 0):
        shapes.setdefault((launch.instance_type, launch.zone, launch.nodepool), launch)
    return replace(
        request, launches=launches, spares=tuple(shapes.values()), spares_max=SPARES_TRIED
    )


def _with_targets(request: Request, cluster: Cluster, targets: tuple[str, ...]) -> Request:
    """Return the request with copies of the nodes to go to, as many as the surge allows."""
    price_of = dict(request.prices)
    shapes: dict[tuple[object, ...], PlannedLaunch] = {}
    for node in cluster.nodes:
        if node.name in targets:
            launch = model_of(cluster, node, price_of.get(node.name))
            shapes.setdefault((launch.instance_type, launch.zone, node.allocatable), launch)
    return replace(request, spares=tuple(shapes.values()), spares_max=request.surge or 0)
