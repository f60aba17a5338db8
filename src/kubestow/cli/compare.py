"""The compare command: the same pods on every way EKS has to run them."""

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from kubestow.adapters.cores import cores
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import MoneyOptions, PageOutput, choice
from kubestow.cli.console import (
    output_screen,
    planning_progress,
    say_notes,
    show,
    show_document,
    show_json,
)
from kubestow.cli.kinds_options import KindsOptions
from kubestow.cli.placement_options import PlacementOptions
from kubestow.cli.planning_options import PlanningOptions
from kubestow.cli.reading import NO_INPUT, InputOptions, read_snapshot
from kubestow.model.input_error import InputError
from kubestow.model.kinds import KindsWish
from kubestow.model.snapshot import Snapshot
from kubestow.views.view import encode

if TYPE_CHECKING:
    from kubestow.usecases.compare import CompareRequest
    from kubestow.views.comparison_view import ComparisonView

_GROUPS_MOST = 6
Expander = Annotated[
    Literal["least-waste", "most-pods", "least-nodes", "priority"], Parameter(converter=choice)
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class ComparisonOptions:
    """What the options are made of.

    Parameters
    ----------
    types
        Compare fleets of one instance type each instead, for example t3.xlarge,t3.2xlarge.
    node_group_types
        The instance types of the managed node groups. By default the best ones are searched for.
    node_groups
        The largest number of types the search may choose.
    expander
        How Cluster Autoscaler chooses among node groups.
    fargate_profiles
        A file with fargateProfiles, as in an eksctl ClusterConfig. By default every pod may run
        there.
    machines
        Your own machines for Hybrid Nodes: a file of kind Machines.
    settle
        Leave Karpenter and Cluster Autoscaler alone with the pods in a simulation until they rest,
        and show what their fleets cost then. With --no-settle their first fleets are shown.
    """

    types: str | None = None
    node_group_types: str | None = None
    node_groups: int = 3
    expander: Expander = "least-waste"
    fargate_profiles: Annotated[str | None, Parameter(negative=())] = None
    machines: Annotated[str | None, Parameter(negative=())] = None
    settle: bool = True

    def check(self) -> None:
        """Raise InputError for options that make no sense, alone or together."""
        if not 1 <= self.node_groups <= _GROUPS_MOST:
            raise InputError(
                f"--node-groups {self.node_groups} is out of range",
                hint=f"use a number from 1 to {_GROUPS_MOST}",
            )
        alone = replace(self, types=None, settle=True)
        if self.types is not None and alone != ComparisonOptions():
            raise InputError(
                "--types compares fleets of one type each, and takes no other options",
                hint="omit --node-group-types, --node-groups, --expander, --fargate-profiles and "
                "--machines",
            )

    def request(
        self,
        snapshot: Snapshot,
        *,
        hours: float,
        seed: int,
        placement: PlacementOptions,
        kinds: KindsWish,
    ) -> "CompareRequest":
        """Return the request, reading the files that the options name; ``hours`` are a month's."""
        from kubestow.adapters.compute_files import read_machines, read_profiles
        from kubestow.usecases.compare import CompareRequest, NodeGroups, OptionChoices

        profiles, machines = self.fargate_profiles, self.machines
        return CompareRequest(
            snapshot=snapshot,
            choices=OptionChoices(
                NodeGroups(
                    _listed("--node-group-types", self.node_group_types),
                    self.node_groups,
                    self.expander,
                ),
                () if profiles is None else read_profiles(profiles),
                () if machines is None else read_machines(machines),
            ),
            types=_listed("--types", self.types),
            hours_per_month=hours,
            seed=seed,
            rehearse=placement.rehearsal,
            settle=self.settle,
            placed_by=placement.placer,
            kinds=kinds,
        )


_MONEY_DEFAULTS, _PLANNING_DEFAULTS = MoneyOptions(), PlanningOptions()
_OPTION_DEFAULTS, _PLACEMENT_DEFAULTS = ComparisonOptions(), PlacementOptions()
_KINDS_DEFAULTS = KindsOptions()


def compare_command(
    source: InputOptions = NO_INPUT,
    *,
    options: ComparisonOptions = _OPTION_DEFAULTS,
    placement: PlacementOptions = _PLACEMENT_DEFAULTS,
    kinds: KindsOptions = _KINDS_DEFAULTS,
    planning: PlanningOptions = _PLANNING_DEFAULTS,
    money: MoneyOptions = _MONEY_DEFAULTS,
    output: PageOutput = "table",
    details: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Compare what the pods cost on every EKS compute option, and what each option cannot run.

    The options are kubestow's fleet, Karpenter, managed node groups with Cluster Autoscaler,
    self-managed nodes, EKS Auto Mode, Fargate, Hybrid Nodes and mixtures of them. With --types,
    fleets of one instance type each are compared instead.

    Exit code 0: an option runs all pods; 2: none does; 1: the input is wrong; 3: a bug in kubestow,
    written to a report.

    For example:

    kubestow compare -f k8s/ --region ap-northeast-2 --currency KRW --rate 1391.5

    kubestow compare -f k8s/ --region us-east-1 --node-group-types m7i.2xlarge,r7i.2xlarge

    kubestow compare -f k8s/ --region ap-northeast-2 --types t3.xlarge,t3.2xlarge,t3a.2xlarge

    Parameters
    ----------
    output
        Print a table, the JSON of docs/schema, or a self-contained HTML page.
    details
        Print the parts of each cost, each option's fleet and notes, and what cannot run, below the
        table. JSON and HTML always have them.
    """
    for checked in (options, placement, kinds):
        checked.check()
    settings = planning.settings(money)
    reading = read_snapshot(source, planning.networking)
    if reading is None:
        return exit_codes.WRONG_INPUT
    from kubestow.adapters.worker_processes import side_by_side
    from kubestow.usecases.compare import compare  # only now the solver is needed

    snapshot, hours = reading.snapshot, settings.hours_per_month
    request = options.request(
        snapshot, hours=hours, seed=planning.seed, placement=placement, kinds=kinds.wish
    )
    with planning_progress() as reporter:
        answer = compare(request, reporter, partial(side_by_side, processes=cores()))
    say_notes(answer.notes)
    comparison, catalog = answer.comparison, snapshot.catalog
    from kubestow.views.comparison_view import comparison_view

    _write(
        comparison_view(comparison, catalog.region, catalog.sources, settings, reading.problems),
        output,
        details=details,
    )
    if reading.problems:
        return exit_codes.WRONG_INPUT
    runs_all = any(option.pods == comparison.pods for option in comparison.options)
    return exit_codes.OK if runs_all else exit_codes.UNSCHEDULABLE


def _listed(option: str, text: str | None) -> tuple[str, ...]:
    """Return the instance types of a list; raise InputError for a list of none."""
    names = tuple(dict.fromkeys(name.strip() for name in (text or "").split(",") if name.strip()))
    if text is not None and not names:
        raise InputError(
            f"{option} names no instance type", hint=f"for example {option} m7i.2xlarge"
        )
    return names


def _write(view: "ComparisonView", output: str, *, details: bool) -> None:
    if output == "json":
        show_json(encode(view))
        return
    if output == "html":
        from kubestow.report.html.compare_page import render_compare_page

        show_document(render_compare_page(view))
        return
    from kubestow.report.comparison_text import render_comparison

    show(render_comparison(view, output_screen(), details=details))
