"""The compare command: the same pods on every way EKS has to run them.

Law: read, plan every option, judge each plan, show; an option whose plan the judge refuses is a bug
of kubestow's and never shown.
"""

import sys
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from cyclopts import Parameter

from kubestow.adapters.pool_checks import check_pools
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import (
    Flag,
    MoneyOptions,
    NodeOptions,
    PageOutput,
    choice,
    settings_of,
)
from kubestow.cli.console import output_screen, planning_progress, say
from kubestow.cli.plan import BUG_REPORT, check_launching
from kubestow.cli.reading import InputOptions, can_go_on, catalog_of, read_input
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import Catalog
from kubestow.model.option import Comparison
from kubestow.model.reporter import EnoughError
from kubestow.model.snapshot import Snapshot
from kubestow.model.suggestion import did_you_mean
from kubestow.views.comparison_view import ComparisonView, comparison_view
from kubestow.views.view import encode

_GROUPS_MOST = 6
Expander = Annotated[
    Literal["least-waste", "most-pods", "least-nodes", "priority"], Parameter(converter=choice)
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class OptionChoices:
    """What the options are made of.

    Parameters
    ----------
    types
        Compare fleets of one instance type each instead: t3.xlarge,t3.2xlarge.
    node_group_types
        The instance types of the managed node groups; without any, the best are searched for.
    node_groups
        How many types the search may choose.
    expander
        How Cluster Autoscaler chooses among node groups.
    fargate_profiles
        Fargate profiles, as fargateProfiles of an eksctl ClusterConfig; without, all pods go there.
    machines
        Machines of your own for Hybrid Nodes: a file of kind Machines.
    """

    types: str | None = None
    node_group_types: str | None = None
    node_groups: int = 3
    expander: Expander = "least-waste"
    fargate_profiles: Annotated[str | None, Parameter(negative=())] = None
    machines: Annotated[str | None, Parameter(negative=())] = None


_MONEY_DEFAULTS = MoneyOptions()
_CHOICE_DEFAULTS = OptionChoices()


def compare_command(
    source: InputOptions,
    *,
    choices: OptionChoices = _CHOICE_DEFAULTS,
    seed: int = 0,
    rehearsal: bool = True,
    prefix_delegation: Flag = False,
    custom_networking: Flag = False,
    money: MoneyOptions = _MONEY_DEFAULTS,
    output: PageOutput = "table",
) -> int:
    """Compare what the pods cost on every compute option of EKS, and what each cannot run.

    kubestow's fleet, Karpenter, managed node groups with Cluster Autoscaler, self-managed nodes,
    EKS Auto Mode, Fargate, Hybrid Nodes and mixtures; or, with --types, fleets of one type each.

    Exit code 0: an option runs all pods; 2: none does; 1: the input was wrong; 3: a bug of
    kubestow's, written to a report.

    Examples:

    kubestow compare -f k8s/ --region ap-northeast-2 --currency KRW --rate 1391.5

    kubestow compare -f k8s/ --region us-east-1 --node-group-types m7i.2xlarge,r7i.2xlarge

    kubestow compare -f k8s/ --region ap-northeast-2 --types t3.xlarge,t3.2xlarge,t3a.2xlarge

    kubestow compare -f k8s/ --region ap-northeast-2 -o html > comparison.html

    Parameters
    ----------
    seed
        Varies the search of kubestow's fleet; the same seed gives the same plan.
    rehearsal
        Mend kubestow's fleet until no pod stays Pending, and play the others' as they are.
    prefix_delegation
        The VPC CNI hands out address prefixes.
    custom_networking
        The VPC CNI keeps the first network interface for the node.
    output
        A table, the JSON of docs/schema, or one page of HTML to look at.
    """
    if seed < 0:
        raise InputError(f"--seed {seed} is negative", hint="give 0 or more")
    if not 1 <= choices.node_groups <= _GROUPS_MOST:
        raise InputError(
            f"--node-groups {choices.node_groups} is out of range",
            hint=f"give a number from 1 to {_GROUPS_MOST}",
        )
    settings = settings_of(
        NodeOptions(prefix_delegation=prefix_delegation, custom_networking=custom_networking), money
    )
    reading = read_input(source)
    if not can_go_on(reading, source.nodepool):
        return exit_codes.WRONG_INPUT
    catalog = catalog_of(source, reading.cluster)
    check_pools(reading.cluster, catalog)
    _check_reach(source, catalog, choices)
    snapshot = Snapshot(reading.cluster, catalog, settings.networking)
    state = (settings.hours_per_month, seed, rehearsal)
    found = _compared(snapshot, choices, state)
    if found is None:
        return exit_codes.OUR_BUG
    check_launching(found.empty_pools, reading.cluster, catalog.region)
    view = comparison_view(found, catalog.region, catalog.sources, settings, reading.problems)
    _write(view, output)
    if reading.problems:
        return exit_codes.WRONG_INPUT
    runs_all = any(option.pods == found.pods for option in found.options)
    return exit_codes.OK if runs_all else exit_codes.UNSCHEDULABLE


def _check_reach(source: InputOptions, catalog: Catalog, choices: OptionChoices) -> None:
    """Refuse what a comparison would pass over without a word."""
    if catalog.costs is not None and catalog.costs.reservations:
        raise InputError(
            f"{source.costs}: Costs: reservations: a comparison does not count them",
            hint="leave them out, or use 'kubestow plan'",
        )
    if choices.types is not None and replace(choices, types=None) != OptionChoices():
        raise InputError(
            "--types compares fleets of one type each, and no other options",
            hint="leave --node-group-types, --node-groups, --expander, --fargate-profiles and "
            "--machines out",
        )


def _compared(
    snapshot: Snapshot, choices: OptionChoices, state: tuple[float, int, bool]
) -> Comparison | None:
    """Return the judged comparison; None where the judge refuses a plan: it is then written.

    ``state`` are the hours of a month, the seed, and whether fleets are rehearsed.
    """
    from kubestow.adapters.compute_files import read_machines, read_profiles
    from kubestow.compute.case import (
        ComparisonCase,  # numpy and the solver: only a comparison pays for them
    )
    from kubestow.compute.comparison import OptionChoices as Choices
    from kubestow.compute.comparison import compare, homogeneous
    from kubestow.report.bug import bug_report
    from kubestow.verify import judge

    wishes = Choices(
        _types(choices.node_group_types, "--node-group-types", snapshot.catalog),
        choices.node_groups,
        choices.expander,
        () if choices.fargate_profiles is None else read_profiles(choices.fargate_profiles),
        () if choices.machines is None else read_machines(choices.machines),
    )
    types = _types(choices.types, "--types", snapshot.catalog)
    with planning_progress() as reporter:
        hours, seed, rehearses = state
        case = ComparisonCase(snapshot, hours, seed, rehearses=rehearses, reporter=reporter)
        try:
            found = homogeneous(case, types) if types else compare(case, wishes)
        except EnoughError as interrupt:  # before anything was done
            raise KeyboardInterrupt from interrupt
        for option in found.options:
            for planned, plan, pools in option.judged:
                violations = judge(planned, plan, pools)
                if violations:
                    BUG_REPORT.write_bytes(bug_report(planned, plan, violations))
                    say(f"error: {option.title}: the plan breaks {len(violations)} rules")
                    say(f"hint: this is a bug of kubestow; please report it with {BUG_REPORT}")
                    return None
    return found


def _types(text: str | None, option: str, catalog: Catalog) -> tuple[str, ...]:
    """Return the instance types of a list; raise InputError for one that is not sold."""
    found = tuple(dict.fromkeys(name.strip() for name in (text or "").split(",") if name.strip()))
    if text is not None and not found:
        raise InputError(f"{option} names no type", hint=f"write it like {option} m7i.2xlarge")
    sold = {
        offering.instance_type
        for offering in catalog.offerings
        if offering.price is not None and not catalog.instance_types[offering.instance_type].macos
    }
    for name in found:
        if name not in sold:
            raise InputError(
                f"{option}: {name!r} is not sold in {catalog.region}",
                hint=did_you_mean(name, sorted(sold))
                or f"'kubestow catalog list --region {catalog.region}' shows what is",
            )
    return found


def _write(view: ComparisonView, output: str) -> None:
    if output == "json":
        sys.stdout.write(encode(view))
        return
    if output == "html":
        from kubestow.report.html.compare_page import render_compare_page

        sys.stdout.write(render_compare_page(view))
        return
    from kubestow.report.comparison_text import render_comparison

    sys.stdout.write(render_comparison(view, output_screen()))
