"""What every command that plans reads: its options, the input's cluster and the region's catalog.

What could not be read is reported; a mistake that would make the answer wrong stops the command.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from kubestow.adapters.catalog_files import has_catalog, has_refreshed, load_catalog
from kubestow.adapters.costs_file import read_costs
from kubestow.adapters.eksctl.node_pools import with_node_groups
from kubestow.adapters.files import Reading, read_files
from kubestow.adapters.kubernetes.replicas import AutoscalerChoice
from kubestow.adapters.kustomize import rendered
from kubestow.adapters.pool_checks import check_costs
from kubestow.adapters.sources import Argument, Source
from kubestow.catalog.costs import with_costs, without_effect
from kubestow.catalog.zone_names import observed_zones, with_zone_names, zone_name_notes
from kubestow.cli.catalog_options import Flag, choice
from kubestow.cli.console import progress_line, say, say_notes, say_problems
from kubestow.cli.region import ASSUMED, region_for
from kubestow.model.counted import counted
from kubestow.model.cpu_credits import CpuUse, CreditMode, share_of
from kubestow.model.input_error import InputError, InputProblem
from kubestow.model.instance_type import Catalog
from kubestow.model.nodepool import WantedNetworking
from kubestow.model.snapshot import Cluster, Snapshot

if TYPE_CHECKING:
    from kubestow.live.snapshot_reader import SnapshotReader

_PODS_MAX = 150_000
CreditChoice = Literal["default", "unlimited", "standard"]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class InputOptions:
    """The input.

    Parameters
    ----------
    filename
        A manifest, a directory, a quoted glob, or - for standard input. May be repeated.
    kustomize
        A directory with a kustomization, rendered by kustomize or kubectl if one is installed. May
        be repeated.
    cluster
        Read the cluster of the kubeconfig's current context, beside any files. Reading only asks it
        for lists.
    context
        Read the cluster of this context of the kubeconfig.
    kubeconfig
        The kubeconfig to take the context from. The default is KUBECONFIG, ~/.kube/config, or the
        service account of the pod that this runs in.
    nodepool
        Karpenter NodePools (and EC2NodeClasses) to launch from. May be repeated; NodePools among
        the manifests count as well. The default is current c, m, r and t types, on demand, amd64
        (arm64 for pods that ask for it).
    cluster_config
        An eksctl ClusterConfig whose managed node groups may be launched from as well, from their
        desired to their maximum size. May be repeated. 'check' takes one, and also looks at its
        Fargate profiles, network and version.
    region
        The AWS region. The default is AWS_REGION, the AWS configuration or the region of the
        input's nodes.
    namespace
        The namespace of objects that do not name one.
    hpa
        The replicas of workloads with a HorizontalPodAutoscaler or a ScaledObject of KEDA's, and
        of what else scales itself: current, min or max.
    from_scratch
        Ignore the nodes of the input and plan all pods from nothing.
    costs
        A file of kind Costs: agents, licences, disks and addresses per node or vCPU, and your own
        prices, all of which become part of every price; and reservations, which are filled first.
    cpu_use
        What pods use of the cpu they request, on average: burstable (t) nodes charge for what is
        above their baseline. The annotation kubestow.dev/cpu-use on a pod or its template takes
        precedence. Half is a cautious default: surveys find less.
    cpu_credits
        How burstable nodes are launched: unlimited, which charges for surplus credits; standard,
        which throttles, so that nodes carry no more than their baseline; or AWS's default of each
        family.
    system_daemonsets
        Count aws-node and kube-proxy on every node, and the DaemonSets of the add-ons that a
        ClusterConfig names, where the input has none of them.
    """

    filename: Annotated[
        list[str] | None,
        Parameter(name=["--filename", "-f"], negative=(), allow_leading_hyphen=True),
    ] = None
    kustomize: Annotated[list[str] | None, Parameter(name=["--kustomize", "-k"], negative=())] = (
        None
    )
    cluster: Flag = False
    context: str | None = None
    kubeconfig: str | None = None
    nodepool: Annotated[list[str] | None, Parameter(negative=())] = None
    region: str | None = None
    namespace: Annotated[str, Parameter(name=["--namespace", "-n"])] = "default"
    hpa: Annotated[AutoscalerChoice, Parameter(converter=choice)] = "current"
    cluster_config: Annotated[list[str] | None, Parameter(negative=())] = None
    from_scratch: Flag = False
    costs: str | None = None
    cpu_use: str = "50%"
    cpu_credits: Annotated[CreditChoice, Parameter(converter=choice)] = "default"
    system_daemonsets: bool = True

    @property
    def use(self) -> CpuUse:
        """What pods use of the cpu they request; raise InputError for what is not a share."""
        return cpu_use_of(self.cpu_use, self.cpu_credits)

    def manifests(self) -> list[Argument]:
        """Return the manifests given, and the NodePools; raise InputError if there are none.

        Those of a running cluster are read here; what is missing of them is told.
        """
        if not (self.filename or self.kustomize or self.is_live):
            raise InputError(
                "the option --filename or -f is required",
                hint="pass manifests with -f FILE, a kustomization with -k DIRECTORY, or --cluster "
                "for the cluster of the current context; --help shows examples",
            )
        live = listed_cluster(self.context, self.kubeconfig) if self.is_live else ()
        return [*live, *self.files()]

    @property
    def is_live(self) -> bool:
        """True where a running cluster is read."""
        return self.cluster or self.context is not None or self.kubeconfig is not None

    def files(self) -> list[Argument]:
        """Return the manifests and NodePools that are files."""
        made = [rendered(directory) for directory in self.kustomize or ()]
        return [*(self.filename or ()), *made, *(self.nodepool or ())]


NO_INPUT = InputOptions()
"""What a command is given where its command line names no input."""


@dataclass(frozen=True, slots=True)
class SnapshotReading:
    """A snapshot, and what of its input could not be read."""

    snapshot: Snapshot
    problems: tuple[InputProblem, ...]


def listed_cluster(context: str | None, kubeconfig: str | None) -> tuple[Source, ...]:
    """Return the lists of a running cluster, and tell what is missing from them."""
    from kubestow.adapters.kubernetes_api.cluster_sources import cluster_sources

    with progress_line() as reporter:
        listed = cluster_sources(context, kubeconfig, reporter)
    for note in listed.notes:
        say(f"note: {note}")
    return listed.sources


def cpu_use_of(share: str, credits: CreditChoice) -> CpuUse:
    """Return what --cpu-use and --cpu-credits mean; raise InputError for what is no share."""
    per_mille = share_of(share)
    if per_mille is None:
        raise InputError(
            f"--cpu-use {share} is not a percentage or a fraction", hint="for example 60% or 0.6"
        )
    return CpuUse(per_mille, CreditMode(credits))


def read_input(source: InputOptions, manifests: Sequence[Argument] | None = None) -> Reading:
    """Read the manifests, which may have been read into sources, NodePools and node groups."""
    reading = read_files(
        source.manifests() if manifests is None else manifests,
        namespace=source.namespace,
        autoscaler_choice=source.hpa,
        from_scratch=source.from_scratch,
    )
    if not source.cluster_config:
        return reading
    return replace(
        reading,
        cluster=with_node_groups(
            reading.cluster, source.cluster_config, from_scratch=source.from_scratch
        ),
    )


def can_go_on(reading: Reading, nodepool: list[str] | None) -> bool:
    """Report what could not be read; return False if a plan of the rest would mislead."""
    say_problems(reading.problems)
    cluster, problems = reading.cluster, reading.problems
    pending = [pod for pod in cluster.pods if not pod.node_name]
    fatal = [problem for problem in problems if problem.is_fatal]
    if fatal and fatal[0].subject and cluster.pods:
        say(f"note: nothing is planned: without {fatal[0].subject}, the rest could be wrong")
    is_poolless = bool(cluster.pools_left_out) and not cluster.nodepools
    if fatal or (problems and (is_poolless or not cluster.pods)):
        return False
    check_pools_left(cluster)
    if problems:
        say(f"note: the plan leaves out {counted(len(problems), 'object')} that could not be read")
    if nodepool and not cluster.nodepools:
        raise InputError(
            f"{', '.join(nodepool)}: no NodePool in it",
            hint="expected a karpenter.sh/v1 NodePool or a v1alpha5 Provisioner",
        )
    if not cluster.pods:
        read = ", ".join(f"{i.count} {i.kind}" for i in cluster.ignored)
        raise InputError(
            "no pods in the input" + (f" (it has {read})" if read else ""),
            hint="DaemonSets alone need no nodes: add the workloads to plan for"
            if cluster.daemonsets
            else "pass Pods, Deployments, StatefulSets, Jobs or CronJobs with replicas",
        )
    if len(pending) > _PODS_MAX:
        raise InputError(
            f"{len(pending)} pending pods exceed the Kubernetes limit of {_PODS_MAX} pods per "
            "cluster",
            hint="plan one cluster at a time",
        )
    return True


def check_pools_left(cluster: Cluster) -> None:
    """Raise InputError if NodePools were left out, and none is left to launch from."""
    if cluster.pools_left_out and not cluster.nodepools:
        raise InputError(
            f"no NodePool is left to launch from: {', '.join(_left_out(cluster))}",
            hint="correct it, or add a NodePool with an EC2NodeClass of a supported AMI family",
        )


def _left_out(cluster: Cluster) -> Iterator[str]:
    """Yield each NodePool that is left out, with the reason where there is one."""
    reasons = [item.reason for item in cluster.ignored]
    for name in cluster.pools_left_out:
        own = f"left out: {name}: "
        why = next((text.removeprefix(own) for text in reasons if text.startswith(own)), "")
        yield f"NodePool {name}: {why}" if why else f"NodePool {name} is left out"


def catalog_of(source: InputOptions, cluster: Cluster) -> Catalog:
    """Load the catalog of the region asked for; its prices hold the costs, if a file has some."""
    if source.costs is None:
        return _loaded(source.region, cluster)
    costs = read_costs(source.costs)
    catalog = _loaded(source.region, cluster)
    check_costs(costs, catalog)
    catalog = with_costs(catalog, costs)
    for name in without_effect(catalog):
        say(f"note: {costs.file}: no price covers {name}: it matches nothing for sale in "
            f"{catalog.region}, or later entries of prices replace it")  # fmt: skip
    return catalog


def read_snapshot(source: InputOptions, networking: WantedNetworking) -> SnapshotReading | None:
    """Read what is planned; None where a plan of what could be read would mislead."""
    _ = source.use  # a wrong share is told before anything is read
    reading = read_input(source)
    if not can_go_on(reading, source.nodepool):
        return None
    reader = snapshot_reader(source, networking, reading.cluster)
    completed = reader.completed(reading.cluster)
    say_notes(completed.notes)
    return SnapshotReading(completed.snapshot, tuple(reading.problems))


def snapshot_reader(
    source: InputOptions, networking: WantedNetworking, cluster: Cluster
) -> "SnapshotReader":
    """Return how the input becomes snapshots, with the catalog of the region that it is in."""
    from kubestow.live.snapshot_reader import SnapshotReader

    return SnapshotReader(
        catalog=catalog_of(source, cluster),
        networking=networking,
        cpu_use=source.use,
        cluster_configs=tuple(source.cluster_config or ()),
        namespace=source.namespace,
        autoscaler_choice=source.hpa,
        from_scratch=source.from_scratch,
        system_daemonsets=source.system_daemonsets,
    )


def _loaded(explicit: str | None, cluster: Cluster) -> Catalog:
    """Load the catalog of the region asked for, which must be that of the input's nodes."""
    chosen = region_for(explicit, cluster, has_catalog)
    for line in chosen.lines:
        say(line)
    try:
        return _as_observed(load_catalog(chosen.region), cluster)
    except InputError as problem:
        if chosen.how in ("--region", ASSUMED):
            raise
        raise InputError(f"{problem.message} (from {chosen.how})", hint=problem.hint) from problem


def _as_observed(catalog: Catalog, cluster: Cluster) -> Catalog:
    """Return the catalog with the zone names of the input's account, as far as it tells them."""
    observed = observed_zones(cluster.nodes)
    renamed = with_zone_names(catalog, observed)
    if renamed is not catalog:
        say("zones: named as the labels of the input's nodes say")
    elif not has_refreshed(catalog.region):
        say_notes(zone_name_notes(catalog, cluster.nodepools, observed))
    return renamed
