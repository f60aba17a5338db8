"""The run command: the controller, which launches, lands, consolidates and drains."""

import os
import secrets
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag, choice
from kubestow.cli.controller_listener import Answers, listening_address, served, standing
from kubestow.cli.controller_log import DeedLog, tell, tell_action
from kubestow.cli.limit_options import LimitOptions
from kubestow.cli.live_input import WatchedCluster, now, watched_cluster
from kubestow.cli.planning_options import PlanningOptions
from kubestow.cli.reading import NO_INPUT, InputOptions
from kubestow.cli.simulation_options import policies_of
from kubestow.model.input_error import InputError

if TYPE_CHECKING:
    from kubestow.adapters.aws.interruption_queue import InterruptionQueue
    from kubestow.adapters.kubernetes_api.api_hand import ApiHand
    from kubestow.controller.election import Election
    from kubestow.controller.following import Following
    from kubestow.controller.handover import Handover
    from kubestow.controller.process import Controller, Parts
    from kubestow.live.group_fleet import GroupFleet
    from kubestow.live.hourly_count import HourlyCount
    from kubestow.live.limited import ActionLimits
    from kubestow.live.node_templates import EksCloud
    from kubestow.ports import Journal

_LEASE_LEAST = 3
_EVICTIONS, _MEMORY = "kubestow.dev/evictions", "kubestow.dev/memory"
"""The annotations of the Lease: the evictions of the last hour, and the memory that is left."""
_NO_LIMITS, _PLANNING_DEFAULTS = LimitOptions(), PlanningOptions()


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """How the controller runs.

    Parameters
    ----------
    eks_cluster
        The name of the EKS cluster: nodes that are launched join it, and carry its name as a tag.
    mode
        dry-run observes, decides and tells what it would do; act does it.
    policy
        Who decides: optimal, karpenter or cluster-autoscaler.
    node_group
        A managed node group that kubestow scales in place of Cluster Autoscaler, within its
        smallest and largest size. May be repeated. Others are left alone.
    interruption_queue
        The name of the SQS queue in which EventBridge tells of spot interruptions, rebalance
        recommendations, scheduled changes and instances that end.
    unverified_cluster
        Do not ask whether the API server of the context is that of the EKS cluster. Its certificate
        authority tells; a context without one is refused otherwise.
    no_repair
        Leave nodes as they are that have been unhealthy for long.
    lease_namespace
        The namespace of the Lease by which one of several controllers acts.
    lease_seconds
        How long after the holder's last sign of life another takes over; the holder stops acting
        after two thirds of it.
    journal
        A directory for a journal of all decisions, which 'kubestow replay' reads.
    listen
        An address, as --listen 127.0.0.1:9465, that answers probes (/healthz, /readyz) and
        Prometheus (/metrics). It asks nobody who they are, and tells no names of pods. In a pod,
        kubelet and Prometheus reach 0.0.0.0:9465. Without it nothing is listened on.
    """

    eks_cluster: str = ""
    mode: Annotated[Literal["dry-run", "act"], Parameter(converter=choice)] = "dry-run"
    policy: str = "optimal"
    node_group: list[str] | None = None
    interruption_queue: str | None = None
    unverified_cluster: Flag = False
    no_repair: Flag = False
    lease_namespace: str = "kube-system"
    lease_seconds: int = 15
    journal: str | None = None
    listen: str | None = None


_RUN_DEFAULTS = RunOptions()


def run_command(
    source: InputOptions = NO_INPUT,
    *,
    options: RunOptions = _RUN_DEFAULTS,
    limits: LimitOptions = _NO_LIMITS,
    planning: PlanningOptions = _PLANNING_DEFAULTS,
) -> int:
    """Run a cluster's nodes: launch, land pods, consolidate and drain.

    Nodes are launched for pods that wait, from the cluster's NodePools and EC2NodeClasses (or those
    given with -f), held until these pods are bound to them, and then opened for kube-scheduler.
    Only nodes that were launched here, and those of --node-group, are ever changed. Without --mode
    act nothing is: what would be done is told. It goes on until it is asked to end (SIGTERM,
    Ctrl-C).

    Of several that run one acts, the holder of a Lease. All actions stop at once where the Lease
    has the annotation kubestow.dev/stop:

    kubectl -n kube-system annotate lease kubestow kubestow.dev/stop=now

    Exit code 0: asked to end; 1: the input is wrong; 3: a bug in kubestow, written to a report.

    For example:

    kubestow run --cluster --eks-cluster online-shop

    kubestow run --cluster --eks-cluster online-shop --mode act --nodepool nodepool.yaml

    kubestow run --cluster --eks-cluster online-shop --mode act --max-usd-per-hour 12.50

    kubestow run --cluster --eks-cluster online-shop --mode act --node-group web --node-group batch
    """
    from kubestow.controller.following import following
    from kubestow.controller.process import Controller
    from kubestow.controller.pulse import Pulse

    (policy,) = policies_of(options.policy)[:1]
    _check(source, options)
    address, allowed = listening_address(options.listen), limits.limits()
    answers = Answers(Pulse())
    with served(address, answers), watched_cluster(source, planning.networking) as watched:
        _check_alone(watched, options)
        made = following(policy, planning.seed, options.node_group or ())
        with _parts(source, options, made, watched, answers, limits=allowed) as parts:
            _until_ended(Controller(parts))
    return exit_codes.OK


def _check(source: InputOptions, options: RunOptions) -> None:
    if not source.is_live:
        raise InputError(
            "a controller needs a running cluster",
            hint="use --cluster for that of the current context, or --context NAME",
        )
    if not options.eks_cluster:
        raise InputError(
            "the option --eks-cluster is required",
            hint="give the name of the EKS cluster: 'aws eks list-clusters' shows it",
        )
    if options.lease_seconds < _LEASE_LEAST:
        raise InputError(
            f"--lease-seconds {options.lease_seconds} is too short",
            hint=f"use {_LEASE_LEAST} or more",
        )
    if "," in options.policy:
        raise InputError("--policy: a controller has one policy", hint="for example optimal")


def _check_alone(watched: WatchedCluster, options: RunOptions) -> None:
    """Raise InputError where another is running: there must not be two hands on one pool."""
    from kubestow.controller.rivals import looked, rival_of

    scales_groups = bool(options.node_group)
    rival = (
        looked(lambda: rival_of(watched.hand, scales_groups=scales_groups))
        if options.mode == "act"
        else None
    )
    if rival is not None:
        raise InputError(
            f"{rival.name} is running in this cluster: it renews the Lease {rival.lease}",
            hint="stop it before kubestow acts ('kubectl -n kube-system scale deployment "
            f"{rival.deployment} --replicas 0'), or run with --mode dry-run",
        )


@contextmanager
def _parts(
    source: InputOptions,
    options: RunOptions,
    policy: "Following",
    watched: WatchedCluster,
    answers: Answers,
    *,
    limits: "ActionLimits",
) -> Iterator["Parts"]:
    from kubestow.adapters.kubernetes_api.api_hand import ApiHand
    from kubestow.controller.election import NoElection
    from kubestow.controller.handover import Handover
    from kubestow.controller.process import Parts
    from kubestow.controller.rivals import RivalWatch, rival_of
    from kubestow.live.event_recorder import EventRecorder, uids_of
    from kubestow.live.hourly_count import HourlyCount
    from kubestow.live.witness import Witnesses
    from kubestow.web.controller_metrics import ControllerMetrics

    cache = watched.cache
    identity = f"{socket.gethostname()}_{os.getpid()}_{secrets.token_hex(4)}"
    own = ApiHand.of(source.context, source.kubeconfig, tell=tell)
    acts, evictions = options.mode == "act", HourlyCount()
    handover = Handover(now, policy.name)
    election = _election(own, options, identity, evictions, handover)
    scales_groups = bool(options.node_group)
    rivals = RivalWatch(lambda: rival_of(watched.hand, scales_groups=scales_groups), tell)

    def may_act() -> bool:
        return acts and election.may_act and not rivals.why

    hand = ApiHand.of(source.context, source.kubeconfig, may_act=may_act, tell=tell)
    try:
        cloud = _cloud(source, options, watched, may_act)
        chosen = election if acts else NoElection()
        metrics = ControllerMetrics(lambda: standing(answers.pulse, chosen, watched.observer))
        answers.metrics = metrics.text
        events = EventRecorder(hand, uids_of(cache), identity, tell) if acts else None
        heard = (DeedLog(), metrics) if events is None else (DeedLog(), metrics, events)
        yield Parts(
            cache=cache,
            observer=watched.observer,
            hand=hand,
            cloud=cloud.fleets,
            templates=cloud.templates,
            statuses=cloud.statuses,
            groups=_groups(options, watched, cloud, may_act),
            election=chosen,
            rivals=rivals,
            policy=policy,
            acts=acts,
            may_act=may_act,
            queue=_queue(options, watched.observer.catalog.region, may_act),
            limits=limits,
            repairs=not options.no_repair,
            evictions=evictions,
            handover=handover,
            journal=_journal(options, policy),
            witness=Witnesses(heard),
            events=events,
            forget_turn=metrics.forget_turn,
            pulse=answers.pulse,
            tell=tell,
            tell_action=tell_action,
        )
    finally:
        hand.close()
        own.close()


def _cloud(
    source: InputOptions,
    options: RunOptions,
    watched: WatchedCluster,
    may_act: Callable[[], bool],
) -> "EksCloud":
    """Return who launches nodes; raise InputError where the cluster is another than EKS's."""
    from kubestow.adapters.kubernetes_api.kubeconfig import authority_of, configuration
    from kubestow.live.node_templates import ClassReader, eks_cloud

    catalog, cache = watched.observer.catalog, watched.cache
    access = configuration(source.kubeconfig, source.context)
    return eks_cloud(
        options.eks_cluster,
        catalog.region,
        ClassReader(cache.name, lambda: cache.contents("ec2nodeclasses"), source.files()),
        catalog.instance_types,
        now=now,
        may_act=may_act,
        authority=None if options.unverified_cluster else authority_of(access),
    )


def _groups(
    options: RunOptions, watched: WatchedCluster, cloud: "EksCloud", may_act: Callable[[], bool]
) -> "GroupFleet | None":
    """Return who scales node groups, if there are any; raise InputError where one cannot be."""
    names = list(dict.fromkeys(options.node_group or ()))
    if not names:
        return None
    from kubestow.adapters.aws.node_groups import node_group_api
    from kubestow.live.group_fleet import GroupFleet
    from kubestow.live.group_pools import remarks

    catalog = watched.observer.catalog
    api = node_group_api(catalog.region, options.eks_cluster, may_act)
    groups = GroupFleet(api, cloud.fleets, names, catalog.instance_types, now, may_act)
    for group in groups.groups:
        for remark in remarks(group, catalog.instance_types):
            tell(remark)
    return groups


def _election(
    own: "ApiHand",
    options: RunOptions,
    identity: str,
    evictions: "HourlyCount",
    handover: "Handover",
) -> "Election":
    """Return who asks for the Lease, which keeps the evictions of the last hour."""
    from kubestow.controller.election import Election, LeaseName

    def took(notes: Mapping[str, str]) -> None:
        evictions.take(notes.get(_EVICTIONS, ""), now())
        handover.take(notes.get(_MEMORY, ""))

    return Election(
        own,
        LeaseName(options.lease_namespace),
        identity,
        lease_seconds=options.lease_seconds,
        tell=tell,
        notes=lambda: {_EVICTIONS: evictions.text(), _MEMORY: handover.text()},
        took=took,
    )


def _queue(
    options: RunOptions, region: str, may_act: Callable[[], bool]
) -> "InterruptionQueue | None":
    if options.interruption_queue is None or options.mode != "act":
        return None
    from kubestow.adapters.aws.interruption_queue import queue_of

    return queue_of(region, options.interruption_queue, may_act)


def _journal(options: RunOptions, policy: "Following") -> "Journal | None":
    if options.journal is None:
        return None
    from kubestow.controller.following import launched_from
    from kubestow.live.journals import FirstSnapshotJournal

    folder = Path(options.journal)
    folder.mkdir(parents=True, exist_ok=True)
    return FirstSnapshotJournal(
        folder, policy.name, lambda cluster: launched_from(cluster, policy.groups)
    )


def _until_ended(controller: "Controller") -> None:
    """Run until SIGTERM or Ctrl-C."""

    def end(*_: Any) -> None:
        controller.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    controller.run()
