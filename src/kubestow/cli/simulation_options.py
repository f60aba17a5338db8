"""What is simulated: the options that simulate and sweep share, and what they read.

A mistake is an InputError before anything is run.
"""

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from cyclopts import Parameter

from kubestow.adapters.files import Reading, read_files
from kubestow.adapters.pool_checks import usable_pools
from kubestow.catalog.system_daemonsets import with_system_daemonsets
from kubestow.cli.catalog_options import Flag, choice
from kubestow.cli.console import say_notes, say_problems
from kubestow.cli.eviction_cost import eviction_prices_of
from kubestow.cli.reading import (
    CreditChoice,
    InputOptions,
    catalog_of,
    check_pools_left,
    cpu_use_of,
)
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import Catalog
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.model.spot_prices import STANDING, STILL, SYNTHETIC, VOLATILITY, SpotPrices
from kubestow.model.suggestion import did_you_mean

if TYPE_CHECKING:
    from kubestow.simulation.job import Job

POLICIES = ("optimal", "karpenter", "cluster-autoscaler")
_GENERATED = re.compile(r"generated:([0-9]+)")
_SYNTHETIC = re.compile(rf"{SYNTHETIC}(?::([0-9.]+))?")
_VOLATILITY_MOST = 2.0
_DIGITS_MAX = 18  # more is out of range, whatever the digits are
_DAYS_MOST, _PODS_MOST = 366, 150_000
DAY = 86_400
_Shape = Literal["steady", "diurnal", "weekly", "falling", "bursts"]
_Faults = Literal["none", "spot", "rebalance", "all"]
SHAPES: tuple[str, ...] = get_args(_Shape)
FAULT_SETS: tuple[str, ...] = get_args(_Faults)
Shape = Annotated[_Shape, Parameter(converter=choice)]
FaultSet = Annotated[_Faults, Parameter(converter=choice)]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class SimulationOptions:
    """What is simulated.

    Parameters
    ----------
    workload
        Manifests (a file, a directory, a quoted glob, -), whose replicas are the peak of --shape;
        or a trace of pods that come and go (FILE.csv, FILE.csv.gz); or generated:PODS, a mix of
        services made from the seed. Manifests may be repeated.
    nodepool
        Karpenter NodePools to launch from. May be repeated. The default is current c, m, r and t
        types.
    region
        The AWS region. The default is AWS_REGION or the AWS configuration.
    policy
        The policies, separated by commas: optimal (kubestow's), karpenter, cluster-autoscaler.
    days
        The simulated time in days; 0.5 is twelve hours.
    shape
        How replicas change over time: steady, diurnal, weekly, falling or bursts.
    step
        The seconds between two changes of the replicas.
    faults
        What goes wrong: none, spot (interruptions and insufficient capacity), rebalance (the same,
        with rebalance recommendations) or all.
    fit_trace
        Scale the times of a trace to fit within --days. By default, later pods are cut off.
    spot
        Offer spot as well if no NodePool is given.
    spot_prices
        How spot prices move: still; synthetic, made from the seed around the catalog's prices, with
        a volatility of 0.15 or as in synthetic:0.3; or as in a price history (FILE.json, the output
        of 'aws ec2 describe-spot-price-history --output json').
    node_group_types
        The instance types of Cluster Autoscaler's groups. By default the best ones for the peak.
    eviction_cost
        What evicting a pod costs, in USD, to policy optimal, which moves pods only for a saving
        that pays for it; 0.003 by default. May be repeated for pods of a priority or more, as in
        1000=0.01 or system-cluster-critical=0.05 (a PriorityClass), and for pods that lose local
        data, as in local-data=0.02 (five times the price by default). The annotation
        kubestow.dev/eviction-cost on a pod or its template takes precedence.
    cpu_use
        What pods use of the cpu they request, on average: burstable (t) nodes charge for what is
        above their baseline. The annotation kubestow.dev/cpu-use takes precedence.
    cpu_credits
        How burstable nodes are launched: unlimited, standard, or AWS's default of each family.
    system_daemonsets
        Count aws-node and kube-proxy on every node where manifests have none of them.
    """

    workload: Annotated[list[str], Parameter(name=["--workload", "-f"], negative=())]
    nodepool: Annotated[list[str] | None, Parameter(negative=())] = None
    region: str | None = None
    policy: str = "optimal,karpenter,cluster-autoscaler"
    days: float = 1.0
    shape: Shape = "diurnal"
    step: int = 900
    faults: FaultSet = "none"
    fit_trace: Flag = False
    spot: Flag = False
    spot_prices: str = STILL
    node_group_types: str | None = None
    eviction_cost: Annotated[list[str] | None, Parameter(negative=())] = None
    cpu_use: str = "50%"
    cpu_credits: Annotated[CreditChoice, Parameter(converter=choice)] = "default"
    system_daemonsets: bool = True


def policies_of(text: str, option: str = "--policy") -> list[str]:
    """Return the policies of a list; raise InputError for one that is none."""
    found = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in found:
        if name not in POLICIES:
            raise InputError(
                f"{option}: unknown policy {name!r}",
                hint=did_you_mean(name, POLICIES) or f"choose from: {', '.join(POLICIES)}",
            )
    if not found:
        raise InputError(f"{option} is empty", hint=f"choose from: {', '.join(POLICIES)}")
    return found


def check_simulation(days: float, step: int, seed: int = 0) -> None:
    """Raise InputError for a number that is out of range."""
    if not 0 < days <= _DAYS_MOST:
        raise InputError(
            f"--days {days:g} is out of range", hint=f"use a number above 0, at most {_DAYS_MOST}"
        )
    if not 1 <= step <= DAY:
        raise InputError(f"--step {step} is out of range", hint="use 1 to 86400 seconds")
    if seed < 0:
        raise InputError(f"--seed {seed} is negative", hint="use 0 or more")


def read_simulation(options: SimulationOptions) -> tuple[Snapshot, str, int]:
    """Return the snapshot, what the workload is called, and how many objects could not be read."""
    first = options.workload[0]
    alone = len(options.workload) == 1
    paths = [*(options.nodepool or ())]
    is_made = alone and (_GENERATED.fullmatch(first) or is_trace(first))
    if not is_made:
        paths = [*options.workload, *paths]
    reading = read_files(paths) if paths else Reading(Cluster(), ())
    say_problems(reading.problems)
    if any(problem.is_fatal for problem in reading.problems):
        raise InputError("the input could not be read", hint="see the errors above")
    check_pools_left(reading.cluster)
    if not is_made and not reading.cluster.pods:
        raise InputError(
            f"{', '.join(options.workload)}: no pods in it",
            hint="pass manifests with replicas, a trace (FILE.csv), or generated:1000",
        )
    source = InputOptions(filename=paths, nodepool=options.nodepool, region=options.region)
    catalog = catalog_of(source, reading.cluster)
    cluster, notes = usable_pools(reading.cluster, catalog)
    say_notes(notes)
    if options.system_daemonsets and not is_made:
        cluster = with_system_daemonsets(cluster)
    use = cpu_use_of(options.cpu_use, options.cpu_credits)
    return (
        Snapshot(cluster, catalog, cpu_use=use),
        ", ".join(options.workload),
        len(reading.problems),
    )


def is_trace(name: str) -> bool:
    """Return whether a workload is a trace of pods."""
    return name.endswith((".csv", ".csv.gz"))


def spot_prices_of(text: str, catalog: Catalog) -> SpotPrices:
    """Return how spot prices move; raise InputError for what is neither a word nor a history."""
    if text == STILL:
        return STANDING
    made_up = _SYNTHETIC.fullmatch(text)
    if made_up is not None:
        try:
            volatility = float(made_up[1] or VOLATILITY)
        except ValueError:
            volatility = -1.0
        if not 0 < volatility <= _VOLATILITY_MOST:
            raise InputError(
                f"--spot-prices {text}: the volatility is out of range",
                hint=f"use a number above 0, at most {_VOLATILITY_MOST:g}: synthetic:0.3",
            )
        return SpotPrices(SYNTHETIC, volatility)
    if not os.path.exists(text) and not text.endswith((".json", ".json.gz")):
        raise InputError(
            f"--spot-prices: {text!r} is neither a known process nor a file",
            hint=did_you_mean(text, (STILL, SYNTHETIC)) or "use still, synthetic or FILE.json",
        )
    from kubestow.adapters.spot_history_file import read_spot_history

    return read_spot_history(text, catalog)


def job_of(options: SimulationOptions, snapshot: Snapshot, policy: str, seed: int = 0) -> "Job":
    """Return the job the options ask for."""
    from kubestow.simulation.job import Job  # numpy: only a simulation pays for it

    first = options.workload[0]
    generated = _GENERATED.fullmatch(first)
    pods = int(generated[1][:_DIGITS_MAX]) if generated else 0
    if generated and not 1 <= pods <= _PODS_MOST:
        raise InputError(f"{first}: is out of range", hint=f"use 1 to {_PODS_MOST} pods")
    trace: tuple[Any, ...] = ()
    if is_trace(first):
        from kubestow.adapters.trace_file import read_trace

        trace = tuple(read_trace(first))
        if options.fit_trace:
            from kubestow.simulation.workloads import squeezed

            trace = tuple(squeezed(trace, round(options.days * DAY)))
    elif options.fit_trace:
        raise InputError("--fit-trace needs a trace", hint="pass --workload FILE.csv")
    types = tuple(filter(None, (t.strip() for t in (options.node_group_types or "").split(","))))
    for name in types:
        if name not in snapshot.catalog.instance_types:
            known = sorted(snapshot.catalog.instance_types)
            raise InputError(
                f"--node-group-types: {name!r} is not sold in {snapshot.catalog.region}",
                hint=did_you_mean(name, known)
                or "'kubestow catalog list' lists the types that are",
            )
    return Job(
        snapshot,
        policy,
        round(options.days * DAY),
        shape=options.shape,
        step=options.step,
        seed=seed,
        faults=options.faults,
        trace=trace,
        generated=pods,
        node_group_types=types,
        spot=options.spot,
        spot_prices=spot_prices_of(options.spot_prices, snapshot.catalog),
        eviction_prices=eviction_prices_of(
            options.eviction_cost or (), dict(snapshot.cluster.priority_classes)
        ),
    )
