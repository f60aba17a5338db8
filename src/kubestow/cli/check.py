"""The check command: is a setup fit to be launched?

Nothing is asked of a network but AWS with --subnets live and image registries with --registry; what
could not be judged is always said.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from cyclopts import Parameter

from kubestow.adapters.pool_checks import usable_pools
from kubestow.adapters.setup_files import SetupReading, read_setup_files
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import choice
from kubestow.cli.console import output_screen, say_notes, say_problems, show, show_json
from kubestow.cli.reading import NO_INPUT, InputOptions, catalog_of
from kubestow.cli.setup_options import SetupOptions
from kubestow.model.finding import SEVERITIES, Report
from kubestow.model.input_error import InputError
from kubestow.model.nodepool import WantedNetworking
from kubestow.model.setup import ClusterConfig, Setup

FailOn = Annotated[Literal["error", "warning", "info", "never"], Parameter(converter=choice)]
CheckOutput = Annotated[
    Literal["table", "json", "sarif"], Parameter(name=["--output", "-o"], converter=choice)
]
_GIVEN_DEFAULTS = SetupOptions()


def check_command(
    source: InputOptions = NO_INPUT,
    *,
    prefix_delegation: bool | None = None,
    custom_networking: bool | None = None,
    given: SetupOptions = _GIVEN_DEFAULTS,
    today: str | None = None,
    fail_on: FailOn = "error",
    output: CheckOutput = "table",
) -> int:
    """Check a setup before launch: node groups, network, budgets, Fargate, pods, versions.

    Every finding names the object and field, the reason and the fix. A check that lacks information
    says what it needs.

    Exit code 0: no finding reaches --fail-on; 4: at least one does; 1: the input is wrong.

    For example:

    kubestow check -f k8s/ --region ap-northeast-2 --cluster-config eksctl.yaml

    kubestow check -f k8s/ --nodepool pools/ --image-platforms images.yaml --region us-east-1

    aws ec2 describe-subnets > subnets.json; kubestow check -f k8s/ --subnets subnets.json

    kubestow check -f k8s/ --cluster-config eksctl.yaml --subnets live

    kubestow check -f k8s/ --cluster-config eksctl.yaml --fail-on warning -o sarif > check.sarif

    Parameters
    ----------
    prefix_delegation
        The VPC CNI assigns address prefixes to interfaces. The default is what a ClusterConfig or
        the input's DaemonSet aws-node says.
    custom_networking
        The VPC CNI reserves the first network interface for the node. The default is as above.
    today
        The date by which versions are judged, for example 2026-11-23. The default is today.
    fail_on
        The lowest severity that leads to exit code 4.
    """
    day = _day(today)
    if source.costs is not None:
        raise InputError("--costs has no effect on checks", hint="omit it")
    reading = read_setup_files(
        source.manifests(),
        namespace=source.namespace,
        autoscaler_choice=source.hpa,
        from_scratch=source.from_scratch,
    )
    say_problems(reading.problems)
    if any(problem.is_fatal for problem in reading.problems):
        return exit_codes.WRONG_INPUT
    if source.nodepool and not (reading.cluster.nodepools or reading.cluster.pools_left_out):
        raise InputError(
            f"{', '.join(source.nodepool)}: no NodePool in it",
            hint="expected a karpenter.sh/v1 NodePool",
        )
    config = given.config_of(reading, source.cluster_config or ())
    if not (reading.facts.objects or config):
        raise InputError(
            "nothing to check in the input",
            hint="pass manifests with -f, and node groups with --cluster-config",
        )
    networking = WantedNetworking(prefix_delegation, custom_networking)
    setup = _setup(source, reading, config, (given, networking, day))
    say_notes(_found(setup))
    return _judged(given.with_platforms(setup), bool(reading.problems), fail_on, output)


def _judged(setup: Setup, is_wrong: bool, fail_on: str, output: str) -> int:
    from kubestow.usecases.check import check  # all checks: not for a mistake in the options

    report = check(setup)
    _write(report, setup, output)
    if is_wrong:
        return exit_codes.WRONG_INPUT
    return exit_codes.FINDINGS if _fails(report, fail_on) else exit_codes.OK


def _fails(report: Report, fail_on: str) -> bool:
    if fail_on == "never":
        return False
    counted = SEVERITIES[: [str(severity) for severity in SEVERITIES].index(fail_on) + 1]
    return any(report.count(severity) for severity in counted)


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text.strip())
    except ValueError as problem:
        raise InputError(
            f"--today {text} is not a date", hint="for example 2026-11-23"
        ) from problem


def _setup(
    source: InputOptions,
    reading: SetupReading,
    config: ClusterConfig | None,
    given: tuple[SetupOptions, WantedNetworking, date],
) -> Setup:
    options, networking, day = given
    facts, cluster = reading.facts, reading.cluster
    named = config.region if config else ""
    if named and source.region not in (None, named):
        raise InputError(
            f"the ClusterConfig is for {named}, and --region is {source.region}",
            hint=f"run with --region {named}, or pass the file of that cluster",
        )
    catalog = catalog_of(_in_region(source, named), cluster)
    cluster, notes = usable_pools(cluster, catalog)
    say_notes(notes)
    return Setup(
        cluster,
        catalog,
        day,
        tuple(facts.workloads),
        tuple(facts.budgets),
        tuple(facts.storage),
        tuple(facts.machines),
        tuple(facts.scalings),
        tuple(facts.load_balancers),
        tuple(facts.objects),
        reading.unreadable,
        config,
        options.network(config, catalog.region),
        None,
        networking,
        reading.version,
    )


def _found(setup: Setup) -> Iterator[str]:
    """Yield what of the setup was found in a cluster, and counts where nothing else is said."""
    version, of_config = setup.version, setup.config.version if setup.config else ""
    if version is not None:
        text = f"{version.subject.describe()} runs Kubernetes 1.{version.minor}"
        yield f"{text}: checked for {of_config}, as the ClusterConfig says" if of_config else text
    found, wanted = setup.cluster.vpc_cni.networking, setup.networking
    if found.prefix_delegation and wanted.prefix_delegation is None:
        yield "aws-node assigns address prefixes: checked with them"
    if found.custom_networking and wanted.custom_networking is None:
        yield "aws-node uses custom networking: checked with it"


def _in_region(source: InputOptions, named: str) -> InputOptions:
    return replace(source, region=source.region or named or None)


def _write(report: Report, setup: Setup, output: str) -> None:
    from kubestow.views.check_view import check_view
    from kubestow.views.view import encode

    view = check_view(report, setup)
    if output == "json":
        show_json(encode(view))
    elif output == "sarif":
        from kubestow.adapters.line_numbers import line_of
        from kubestow.report.check_sarif import check_sarif

        show_json(encode(check_sarif(view, line_of)))
    else:
        from kubestow.report.check_text import render_check

        show(render_check(view, output_screen()))
