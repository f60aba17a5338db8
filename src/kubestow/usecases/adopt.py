"""Adopt: a change-over to kubestow or back: who manages what, what stops it, what moves and costs.

Nothing is changed: the answer is what a runbook is written from.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kubestow.adoption.checks import checked
from kubestow.adoption.context import AdoptionContext, launching
from kubestow.adoption.homes import home_beside, home_of, home_of_controller
from kubestow.adoption.managers import groups_of_kubestow, kept_groups, managed_nodes
from kubestow.adoption.offered_pools import offered_pools
from kubestow.catalog.observed_pools import observed_pools
from kubestow.model.adoption import (
    Adoption,
    Home,
    ManagedNodes,
    Manager,
    ManagerObjects,
    OfferedPool,
)
from kubestow.model.input_error import InputError, InputProblem
from kubestow.model.nodepool import Launcher
from kubestow.model.observed import Observed
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.usecases.migrate import MigrateAnswer, MigrateRequest, migrate
from kubestow.usecases.survey import survey

_GROUPS = (Launcher.MANAGED_NODE_GROUP.value, Launcher.SELF_MANAGED_NODE_GROUP.value)
_OTHERS = (Manager.KARPENTER, Manager.CLUSTER_AUTOSCALER)


@dataclass(frozen=True, kw_only=True, slots=True)
class AdoptRequest:
    """A change-over.

    ``of`` is whose nodes are moved, None for the manager that is found; ``back`` asks for the way
    back, and ``of`` is then whom to return to. ``keep`` names the node group that stays. With
    ``keep_groups`` all that Cluster Autoscaler scales stay, and kubestow scales them in its place.
    ``classes`` are the EC2NodeClasses that kubestow can launch with, ``class_problems`` what is
    wrong with others.
    """

    observed: Observed
    objects: ManagerObjects
    eks_cluster: str
    of: Manager | None = None
    back: bool = False
    keep: str = ""
    keep_groups: bool = False
    force: bool = False
    max_parallel: int = 1
    classes: frozenset[str] = frozenset()
    class_problems: tuple[InputProblem, ...] = ()
    notes: tuple[str, ...] = ()
    seed: int = 0


def adopt(asked: AdoptRequest, reporter: Reporter) -> Adoption:
    """Return what a change-over takes.

    Raise InputError where there is nothing to change over, RefusedPlanError for a bug of
    kubestow's and EnoughError where it is interrupted.
    """
    observed, objects = asked.observed, asked.objects
    seen = survey(observed)
    groups = managed_nodes(observed, seen, objects)
    of, to = _ends(asked, groups)
    keeps = _keeps(asked, of, to)
    if asked.back:
        home = home_of_controller(groups, seen)
    else:
        home = home_beside(groups, asked.keep) if keeps else home_of(groups, of, asked.keep)
    moved = [] if keeps else [group for group in groups if group.manager is of]
    moving = _moving(moved, home)
    if not keeps and not moving:
        _check_empty(asked, of, groups)
    offered = () if asked.back or keeps else _offered(observed, moved)
    snapshot = _with_pools(observed.snapshot, offered, back=asked.back)
    answer = _migrated(asked, _with_cordoned(snapshot, home), moving, reporter)
    before = sum(group.nano_usd_per_hour for group in groups)
    context = AdoptionContext(
        of=of,
        to=to,
        observed=observed,
        objects=objects,
        survey=seen,
        groups=groups,
        moving=moving,
        home=home,
        at=observed.snapshot.at,
        classes=asked.classes,
        class_problems=asked.class_problems,
        migration=None if answer is None else answer.migration,
        request=None if answer is None else answer.request,
        plan=None if answer is None else answer.plan,
        offers=bool(offered),
        notes=asked.notes,
        keeps_groups=keeps,
        kept=_kept(asked, groups, home) if keeps else (),
    )
    return Adoption(
        of=of,
        to=to,
        cluster_name=observed.name,
        eks_cluster=asked.eks_cluster,
        region=observed.snapshot.catalog.region,
        at=observed.snapshot.at,
        groups=groups,
        objects=objects,
        moving=moving,
        home=home,
        report=checked(context),
        migration=context.migration,
        request=context.request,
        plan=context.plan,
        before=before,
        after=before if keeps else _after(before, answer, to),
        offered=offered,
        keeps_groups=keeps,
        kept=context.kept,
    )


def _keeps(asked: AdoptRequest, of: Manager, to: Manager) -> bool:
    """Return whether node groups stay; on the way back they do where kubestow scales some."""
    scales = bool(groups_of_kubestow(asked.objects))
    if asked.back and to is Manager.CLUSTER_AUTOSCALER and scales:
        return True
    if not asked.keep_groups:
        return False
    if asked.back and to is not Manager.CLUSTER_AUTOSCALER:
        raise InputError(f"--keep-groups: {to} scales no node groups", hint="omit it")
    if asked.back:
        raise InputError(
            "--keep-groups: no Deployment of kubestow in the input is given --node-group",
            hint="omit it where kubestow launches its own nodes",
        )
    if of is not Manager.CLUSTER_AUTOSCALER:
        raise InputError(
            f"--keep-groups: {of} scales no node groups",
            hint="omit it; groups that nobody scales can be given to 'kubestow run --node-group'",
        )
    return True


def _kept(
    asked: AdoptRequest, groups: tuple[ManagedNodes, ...], home: Home | None
) -> tuple[str, ...]:
    """Return the node groups that somebody else scales from then on."""
    if asked.back:
        return groups_of_kubestow(asked.objects)
    left_out = () if home is None else (home.group.name,)
    autoscaler = asked.objects.deployment(Manager.CLUSTER_AUTOSCALER)
    return kept_groups(groups, autoscaler, left_out)


def _ends(asked: AdoptRequest, groups: tuple[ManagedNodes, ...]) -> tuple[Manager, Manager]:
    """Return whose nodes are moved, and who has them then."""
    objects, at = asked.objects, asked.observed.snapshot.at
    there = {group.manager for group in groups}
    runs = [m for m in _OTHERS if objects.deployment(m) is not None or objects.runs(m, at)]
    scaler = Manager.CLUSTER_AUTOSCALER
    if asked.back and asked.of is Manager.NOBODY:
        raise InputError(
            "--back --of nobody: nobody launches nodes then",
            hint="say --of karpenter or --of cluster-autoscaler, installed with 0 replicas",
        )
    if asked.back:
        is_given = scaler in runs and bool(groups_of_kubestow(objects))
        to = asked.of or (scaler if is_given else next(iter(runs), None))
        if to is None:
            raise InputError(
                "whom to go back to is not known: no Deployment of Karpenter or of Cluster "
                "Autoscaler is in the cluster",
                hint="install it with 0 replicas, or say --of karpenter or --of cluster-autoscaler",
            )
        return Manager.KUBESTOW, to
    if asked.of is not None:
        return _checked_of(asked.of, there), Manager.KUBESTOW
    if asked.keep_groups and scaler in there:
        return scaler, Manager.KUBESTOW
    of = next((m for m in _OTHERS if m in there), None) or next(iter(runs), None)
    if of is None and Manager.NOBODY in there:
        of = Manager.NOBODY
    if of is None:
        if there == {Manager.KUBESTOW}:
            raise InputError(
                "there is nothing to adopt: all nodes are kubestow's already",
                hint="--back plans the way back",
            )
        of = Manager.AUTO_MODE if Manager.AUTO_MODE in there else Manager.NOBODY
    return of, Manager.KUBESTOW


def _checked_of(of: Manager, there: set[Manager]) -> Manager:
    if of not in there:
        known = ", ".join(sorted(there)) or "none"
        raise InputError(
            f"--of {of.lower().replace(' ', '-')}: it manages no node of the input",
            hint=f"managers with nodes: {known}",
        )
    return of


def _moving(moved: Iterable[ManagedNodes], home: Home | None) -> tuple[str, ...]:
    """Return the nodes that are moved: those of the manager, but for the ones that stay.

    Nodes of node groups that kubestow scales have no finalizer of its own: they stay, too.
    """
    kept = set() if home is None else set(home.nodes)
    stays = None if home is None or home.is_part else home.group
    return tuple(
        name
        for group in moved
        if group.manager not in (Manager.AUTO_MODE, Manager.FARGATE)
        and not (group.manager is Manager.KUBESTOW and group.group.kind in _GROUPS)
        if group.group != stays
        for name in group.nodes
        if name not in kept
    )


def _check_empty(asked: AdoptRequest, of: Manager, groups: tuple[ManagedNodes, ...]) -> None:
    """Raise InputError where no node moves and nobody's work ends either."""
    if of is Manager.AUTO_MODE:
        return  # a finding tells of it
    if asked.back:
        if asked.objects.deployment(of) is None and not any(g.manager is of for g in groups):
            raise InputError(
                "--back: there is no node of kubestow's, and no Deployment of it",
                hint="omit --back to plan the change-over to kubestow",
            )
        return
    own = [group for group in groups if group.manager is of]
    raise InputError(
        f"no node of {of} moves: "
        + ("all of its nodes stay for kubestow to run on" if own else "it has none"),
        hint="add a small node group for kubestow to run on, or --keep-groups to let it scale "
        "Cluster Autoscaler's" if own else "--of names another manager; kubestow run can be "
        "installed as it is",
    )  # fmt: skip


def _offered(observed: Observed, moved: list[ManagedNodes]) -> tuple[OfferedPool, ...]:
    """Return NodePools made from node groups, where the input has none to launch from."""
    cluster = observed.snapshot.cluster
    if launching(cluster.nodepools) or cluster.pools_left_out:
        return ()
    return offered_pools(observed, moved, observed.snapshot.catalog.instance_types)


def _with_pools(snapshot: Snapshot, offered: tuple[OfferedPool, ...], *, back: bool) -> Snapshot:
    """Return the snapshot with the NodePools that are launched from, or those that are offered.

    On the way back nodes like those that there are do, where no NodePool is in the input.
    """
    pools = launching(snapshot.cluster.nodepools) or tuple(item.pool for item in offered)
    if back and not pools:
        pools = launching(observed_pools(snapshot.cluster, snapshot.catalog.instance_types))
    return replace(snapshot, cluster=replace(snapshot.cluster, nodepools=pools))


def _with_cordoned(snapshot: Snapshot, home: Home | None) -> Snapshot:
    """Return the snapshot in which kubestow's own nodes take no more pods, as in the runbook."""
    own = frozenset() if home is None else frozenset(home.nodes)
    nodes = tuple(
        replace(node, unschedulable=node.unschedulable or node.name in own)
        for node in snapshot.cluster.nodes
    )
    return replace(snapshot, cluster=replace(snapshot.cluster, nodes=nodes))


def _migrated(
    asked: AdoptRequest, snapshot: Snapshot, moving: tuple[str, ...], reporter: Reporter
) -> MigrateAnswer | None:
    """Return how pods leave; None where there are no nodes to leave, or nothing to launch from."""
    if not moving or not snapshot.cluster.nodepools:
        return None
    if not any(pod.node_name for pod in snapshot.cluster.pods):
        return None
    return migrate(
        MigrateRequest(
            snapshot=snapshot,
            sources=moving,
            max_parallel=asked.max_parallel,
            force=asked.force,
            seed=asked.seed,
        ),
        reporter,
    )


def _after(before: int, answer: MigrateAnswer | None, to: Manager) -> int | None:
    """Return what all nodes cost once the old ones have gone.

    None where the nodes of groups take their place, which are as many as they were before.
    """
    if answer is None or answer.plan is None or to is Manager.CLUSTER_AUTOSCALER:
        return None
    prices = dict(answer.request.prices)
    gone = sum(prices.get(name, 0) for name in answer.request.sources)
    launched = sum(node.price.nano_usd_per_hour for node in answer.plan.nodes if not node.existing)
    return before - gone + launched
