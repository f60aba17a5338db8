"""The migrate command: pods moved from some nodes to others, in waves that are shown to end.

Law: read, choose nodes, play, show. A plan of new nodes is judged before it is used.
"""

import sys
from dataclasses import dataclass, replace
from typing import Annotated

from cyclopts import Parameter

from kubestow.adapters.pool_checks import check_pools
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag, MoneyOptions, NodeOptions, Output, settings_of
from kubestow.cli.console import output_screen, planning_progress, say
from kubestow.cli.node_selector import selected_nodes
from kubestow.cli.plan import bug
from kubestow.cli.reading import InputOptions, can_go_on, catalog_of, read_input
from kubestow.model.input_error import InputError
from kubestow.model.migration import Migration, PlannedLaunch, Request
from kubestow.model.plan import Plan
from kubestow.model.reporter import EnoughError, Reporter
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.views.migration_view import MigrationView, migration_view
from kubestow.views.view import encode

_MONEY_DEFAULTS = MoneyOptions()
_PLAN = "plan"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class MigrationOptions:
    """What is migrated, and how.

    Parameters
    ----------
    from_
        The nodes to leave, by their labels, as kubectl writes a selector:
        eks.amazonaws.com/nodegroup=old
    to
        The nodes to go to, by their labels; or the word plan: the cheapest new nodes that the
        NodePools allow.
    surge
        The most nodes there may be at a time beyond those there are now. With labels for --to, so
        many copies of those nodes may be launched (none without it); with plan, nodes are launched
        wave by wave (all at first without it).
    max_parallel
        Nodes drained at a time.
    force
        Go on without pods that nothing makes anew, and move pods that ask not to be disrupted.
    """

    from_: Annotated[str, Parameter(name="--from")]
    to: str
    surge: int | None = None
    max_parallel: int = 1
    force: Flag = False

    def check(self) -> None:
        """Raise InputError for numbers that mean nothing."""
        if self.surge is not None and self.surge < 0:
            raise InputError(f"--surge {self.surge} is negative", hint="give 0 or more nodes")
        if self.max_parallel < 1:
            raise InputError(
                f"--max-parallel {self.max_parallel} drains nothing", hint="give 1 or more nodes"
            )


def migrate_command(
    source: InputOptions,
    *,
    options: MigrationOptions,
    seed: int = 0,
    prefix_delegation: Flag = False,
    custom_networking: Flag = False,
    money: MoneyOptions = _MONEY_DEFAULTS,
    output: Output = "table",
) -> int:
    """Move pods off some nodes in waves that are shown to end, or name the pod that stops it.

    The waves are played on kube-scheduler's own rules with every PodDisruptionBudget, in several
    orders of eviction. Out come the waves, how long they take, what the overlap costs, what is
    lost, and a runbook with a way back at each step. Give a dump of the cluster: nodes, pods,
    their controllers, disruption budgets, claims and volumes (examples/migration/README.md).

    Exit code 0: it ends; 2: it does not, and why; 1: the input was wrong; 3: a bug of kubestow's,
    written to a report.

    Examples:

    kubestow migrate -f cluster.json --from eks.amazonaws.com/nodegroup=old --to group=new

    kubestow migrate -f cluster.json --from group=old --to plan --surge 2

    kubestow migrate -f cluster.json --from group=old --to group=new --max-parallel 3 -o json

    Parameters
    ----------
    seed
        Varies the search of the plan; the same seed gives the same answer.
    prefix_delegation
        The VPC CNI hands out address prefixes.
    custom_networking
        The VPC CNI keeps the first network interface for the node.
    """
    options.check()
    _check(source, seed)
    settings = settings_of(
        NodeOptions(prefix_delegation=prefix_delegation, custom_networking=custom_networking), money
    )
    reading = read_input(source)
    if not can_go_on(reading, source.nodepool):
        return exit_codes.WRONG_INPUT
    request, targets = _request(reading.cluster, options)
    catalog = catalog_of(source, reading.cluster)
    check_pools(reading.cluster, catalog)
    snapshot = Snapshot(reading.cluster, catalog, settings.networking)
    try:
        found = _found(snapshot, request, targets, seed)
    except EnoughError:
        say("interrupted: half a migration is none")
        return exit_codes.INTERRUPTED
    if found is None:
        return exit_codes.OUR_BUG
    migration, request, plan = found
    view = migration_view(
        migration, snapshot, request, settings,
        source=options.from_, to=options.to, plan=plan, problems=reading.problems,
    )  # fmt: skip
    _write(view, output)
    if reading.problems:
        return exit_codes.WRONG_INPUT
    return exit_codes.OK if migration.ends else exit_codes.UNSCHEDULABLE


def _check(source: InputOptions, seed: int) -> None:
    if seed < 0:
        raise InputError(f"--seed {seed} is negative", hint="give 0 or more")
    if source.from_scratch:
        raise InputError(
            "--from-scratch leaves out the nodes that are to be migrated",
            hint="leave it away; --to plan plans the new nodes",
        )


def _write(view: MigrationView, output: str) -> None:
    if output == "json":
        sys.stdout.write(encode(view))
        return
    from kubestow.report.migration_text import render_migration

    sys.stdout.write(render_migration(view, output_screen()))


def _found(
    snapshot: Snapshot, request: Request, targets: tuple[str, ...] | None, seed: int
) -> tuple[Migration, Request, Plan | None] | None:
    """Return the migration, the whole request and the plan of new nodes, if one is asked for.

    None where the judge refuses the plan: it is then written down.
    """
    from kubestow.migration.launches import prices  # numpy and the solver: only now they are paid
    from kubestow.migration.migrate import migrate

    cluster, plan = snapshot.cluster, None
    request = replace(request, prices=prices(cluster, snapshot.catalog))
    with planning_progress() as reporter:
        if targets is None:
            plan, violations, planned = _planned(snapshot, request, seed, reporter)
            if violations:
                bug(planned, plan, violations)
                return None
            request = _with_plan(request, plan, planned.cluster)
        else:
            request = _with_targets(request, cluster, targets)
        return migrate(cluster, request, reporter), request, plan


def _request(cluster: Cluster, options: MigrationOptions) -> tuple[Request, tuple[str, ...] | None]:
    """Return what is asked for, and the names of the nodes to go to; None: they are planned."""
    if not cluster.nodes:
        raise InputError(
            "the input holds no nodes to migrate",
            hint="give a dump of the cluster: kubectl get nodes,pods,... -A -o json",
        )
    sources = tuple(n.name for n in selected_nodes("--from", options.from_, cluster.nodes))
    targets: tuple[str, ...] | None = None
    if options.to != _PLAN:
        targets = tuple(n.name for n in selected_nodes("--to", options.to, cluster.nodes))
        both = [name for name in sources if name in targets]
        if both:
            raise InputError(
                f"--from and --to both select {', '.join(both[:3])}",
                hint="add a label that tells the nodes apart: key=value,other!=value",
            )
    request = Request(
        sources,
        surge=options.surge,
        max_parallel=options.max_parallel,
        force=options.force,
    )
    return request, targets


def _planned(
    snapshot: Snapshot, request: Request, seed: int, reporter: Reporter
) -> tuple[Plan, list[object], Snapshot]:
    """Plan new nodes for what leaves; return what the judge says of it, and what was planned."""
    from kubestow import engine
    from kubestow.migration.launches import to_plan
    from kubestow.verify import judge

    planned = replace(snapshot, cluster=to_plan(snapshot.cluster, request))
    plan = engine.plan(planned, seed=seed, reporter=reporter)
    plan = engine.rehearse(planned, plan, seed=seed, reporter=reporter)
    return plan, list(judge(planned, plan, engine.pools_of(planned))), planned


def _with_plan(request: Request, plan: Plan, cluster: Cluster) -> Request:
    """Return the request with the plan's nodes to launch, and copies of them in reserve."""
    from kubestow.migration.launches import planned
    from kubestow.migration.migrate import SPARES_TRIED

    launches = planned(plan.nodes, cluster)
    shapes: dict[tuple[str, ...], PlannedLaunch] = {}
    for launch in sorted(launches, key=lambda item: item.nano_usd_per_hour or 0):
        shapes.setdefault((launch.instance_type, launch.zone, launch.nodepool), launch)
    return replace(
        request, launches=launches, spares=tuple(shapes.values()), spares_max=SPARES_TRIED
    )


def _with_targets(request: Request, cluster: Cluster, targets: tuple[str, ...]) -> Request:
    """Return the request with copies of the nodes to go to, as many as --surge allows."""
    from kubestow.migration.launches import model_of

    known = dict(request.prices)
    shapes: dict[tuple[object, ...], PlannedLaunch] = {}
    for node in cluster.nodes:
        if node.name in targets:
            launch = model_of(cluster, node, known.get(node.name))
            shapes.setdefault((launch.instance_type, launch.zone, node.allocatable), launch)
    return replace(request, spares=tuple(shapes.values()), spares_max=request.surge or 0)
