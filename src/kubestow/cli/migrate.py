"""The migrate command: pods moved from some nodes to others, in waves that are shown to end."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag, MoneyOptions, Output
from kubestow.cli.console import output_screen, planning_progress, say, show, show_json
from kubestow.cli.node_selector import selected_nodes
from kubestow.cli.planning_options import PlanningOptions
from kubestow.cli.reading import NO_INPUT, InputOptions, read_snapshot
from kubestow.model.input_error import InputError
from kubestow.model.node import Node
from kubestow.model.reporter import EnoughError
from kubestow.views.view import encode

if TYPE_CHECKING:
    from kubestow.views.migration_view import MigrationView

_MONEY_DEFAULTS, _PLANNING_DEFAULTS = MoneyOptions(), PlanningOptions()
_PLAN = "plan"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class MigrationOptions:
    """What is migrated, and how.

    Parameters
    ----------
    from_
        The nodes to leave: a label selector in kubectl's syntax, for example
        eks.amazonaws.com/nodegroup=old
    to
        The nodes to move to: a label selector, or the word plan for the cheapest new nodes that the
        NodePools allow.
    surge
        The largest number of nodes beyond those that run now. With a selector in --to, up to that
        many copies of the target nodes may be launched (the default is none). With plan, nodes are
        launched wave by wave (the default is all at the beginning).
    max_parallel
        The number of nodes drained at a time.
    force
        Give up pods that no controller recreates, and move pods that ask not to be disrupted.
    """

    from_: Annotated[str, Parameter(name="--from")]
    to: str
    surge: int | None = None
    max_parallel: int = 1
    force: Flag = False

    def check(self) -> None:
        """Raise InputError for numbers that mean nothing."""
        if self.surge is not None and self.surge < 0:
            raise InputError(f"--surge {self.surge} is negative", hint="use 0 or more")
        if self.max_parallel < 1:
            raise InputError(
                f"--max-parallel {self.max_parallel} drains nothing", hint="use 1 or more"
            )


def migrate_command(
    source: InputOptions = NO_INPUT,
    *,
    options: MigrationOptions,
    planning: PlanningOptions = _PLANNING_DEFAULTS,
    money: MoneyOptions = _MONEY_DEFAULTS,
    output: Output = "table",
) -> int:
    """Plan a move of pods off some nodes in waves that finish, or name the pod that blocks it.

    The waves are played by the rules of kube-scheduler and every PodDisruptionBudget, in several
    orders of eviction. The answer has the waves, how long they take, what the overlap costs, what
    is lost, and a runbook with a way back at each step. The input is a dump of the cluster: nodes,
    pods, their controllers, disruption budgets, claims and volumes (see
    examples/migration/README.md).

    Exit code 0: the migration finishes; 2: it does not, and why; 1: the input is wrong; 3: a bug in
    kubestow, written to a report.

    For example:

    kubestow migrate -f cluster.json --from eks.amazonaws.com/nodegroup=old --to group=new

    kubestow migrate -f cluster.json --from group=old --to plan --surge 2

    kubestow migrate -f cluster.json --from group=old --to group=new --max-parallel 3 -o json
    """
    options.check()
    _check(source)
    settings = planning.settings(money)
    reading = read_snapshot(source, planning.networking)
    if reading is None:
        return exit_codes.WRONG_INPUT
    snapshot = reading.snapshot
    sources, targets = _chosen(snapshot.cluster.nodes, options)
    from kubestow.usecases.migrate import MigrateRequest, migrate  # only now the solver is needed
    from kubestow.views.migration_view import migration_view

    request = MigrateRequest(
        snapshot=snapshot,
        sources=sources,
        targets=targets,
        surge=options.surge,
        max_parallel=options.max_parallel,
        force=options.force,
        seed=planning.seed,
    )
    try:
        with planning_progress() as reporter:
            answer = migrate(request, reporter)
    except EnoughError:
        say("interrupted: a partial migration is not supported")
        return exit_codes.INTERRUPTED
    view = migration_view(
        answer.migration,
        snapshot,
        answer.request,
        settings,
        source=options.from_,
        to=options.to,
        plan=answer.plan,
        problems=reading.problems,
    )
    _write(view, output)
    if reading.problems:
        return exit_codes.WRONG_INPUT
    return exit_codes.OK if answer.migration.ends else exit_codes.UNSCHEDULABLE


def _check(source: InputOptions) -> None:
    """Raise InputError if the input's nodes are to be ignored."""
    if source.from_scratch:
        raise InputError(
            "--from-scratch cannot be used here: it ignores the nodes to migrate",
            hint="omit it; --to plan plans new nodes",
        )


def _chosen(
    nodes: tuple[Node, ...], options: MigrationOptions
) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Return the names of the nodes to leave and of those to go to; None where they are planned."""
    if not nodes:
        raise InputError(
            "the input has no nodes to migrate",
            hint="pass a dump of the cluster: kubectl get nodes,pods,... -A -o json",
        )
    sources = tuple(node.name for node in selected_nodes("--from", options.from_, nodes))
    if options.to == _PLAN:
        return sources, None
    targets = tuple(node.name for node in selected_nodes("--to", options.to, nodes))
    both = [name for name in sources if name in targets]
    if both:
        raise InputError(
            f"--from and --to both select {', '.join(both[:3])}",
            hint="add a label that tells the nodes apart: key=value,other!=value",
        )
    return sources, targets


def _write(view: "MigrationView", output: str) -> None:
    if output == "json":
        show_json(encode(view))
        return
    from kubestow.report.migration_text import render_migration

    show(render_migration(view, output_screen()))
