"""Pods on several nodes that share a claim which only one node, pod or zone can use.

kube-scheduler does not look at ReadWriteOnce: it places the pods, and the volume is attached to the
first node only ("Multi-Attach error"). An EBS volume is in one zone, whatever its access mode.
Sources: Kubernetes documentation, Persistent Volumes, access modes; kubernetes
pkg/controller/volume/attachdetach (reconciler, isMultiAttachForbidden).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kubestow.model import labels as names
from kubestow.model.counted import counted
from kubestow.model.finding import Finding, NotJudged, Rule, Severity
from kubestow.model.setup import CheckedWorkload, PodVolume
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.spreading import is_zone, kept_apart, must_be_apart, must_be_together
from kubestow.preflight.volumes import access_modes, is_attached, is_ebs
from kubestow.preflight.wording import KUBERNETES, listed

RULE = Rule(
    "claim-shared-apart",
    "error",
    "Pods on several nodes share a claim for one node",
    KUBERNETES + "concepts/storage/persistent-volumes/#access-modes",
)
_ONE_NODE, _ONE_POD = "ReadWriteOnce", "ReadWriteOncePod"
_FIX = (
    "give each replica a claim of its own (a StatefulSet's volumeClaimTemplates), or use a volume "
    "with ReadWriteMany, such as EFS"
)


@dataclass(frozen=True, slots=True)
class _SharedClaim:
    """A claim that all pods of a workload use, and how far apart its volume allows them."""

    volume: PodVolume
    for_one_pod: bool
    for_one_node: bool
    in_one_zone: bool


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find workloads whose pods share a claim and may or must run apart."""
    unknown: dict[str, None] = {}
    workloads = (*context.on_nodes, *context.daemonsets)
    for workload in workloads:
        if workload.replicas < 2 and not workload.is_daemonset:
            continue
        for volume in _claims(workload):
            shared = _shared(context, workload, volume)
            if shared is None:
                unknown[f"{workload.subject.namespace}/{volume.claim}"] = None
                continue
            problem = _problem(workload, shared)
            if problem is not None:
                severity, reason = problem
                yield RULE.finding(
                    workload.subject, f"{workload.field}.volumes", reason, _FIX, severity
                )
    yield from _among_workloads(context, workloads)
    if unknown:
        yield RULE.not_judged(
            f"claims that several pods share are not in the input: {listed(unknown)}; add the "
            "output of 'kubectl get pvc,pv -A -o yaml'"
        )


def tied_to_one_node(context: CheckContext, workload: CheckedWorkload) -> bool:
    """Return whether replicas share a claim that only one node can use."""
    found = (_shared(context, workload, volume) for volume in _claims(workload))
    return any(s is not None and (s.for_one_node or s.for_one_pod) for s in found)


def tied_to_one_zone(context: CheckContext, workload: CheckedWorkload) -> bool:
    """Return whether replicas share a claim that only one node or zone can use."""
    found = (_shared(context, workload, volume) for volume in _claims(workload))
    if any(shared is not None and shared.in_one_zone for shared in found):
        return True
    return tied_to_one_node(context, workload)


def _claims(workload: CheckedWorkload) -> list[PodVolume]:
    return [v for v in workload.volumes if v.kind == "persistentVolumeClaim" and v.claim]


def _shared(
    context: CheckContext, workload: CheckedWorkload, volume: PodVolume
) -> _SharedClaim | None:
    """Return what a claim allows; None if it is not in the input."""
    modes = access_modes(context.setup, workload, volume)
    if modes is None:
        return None
    return _SharedClaim(
        volume,
        for_one_pod=modes == (_ONE_POD,),
        for_one_node=set(modes) <= {_ONE_NODE, _ONE_POD}
        and is_attached(context.setup, workload, volume),
        in_one_zone=is_ebs(context.setup, workload, volume),
    )


def _problem(workload: CheckedWorkload, shared: _SharedClaim) -> tuple[Severity, str] | None:
    claim, pods = shared.volume.claim, counted(workload.replicas, "replica")
    if shared.for_one_pod:
        whose = "each of its pods" if workload.is_daemonset else f"its {pods}"
        return "error", (
            f"{whose} use claim {claim}, which is {_ONE_POD}: one pod runs, the others stay Pending"
        )
    if shared.for_one_node and workload.is_daemonset:
        return "error", (
            f"a pod on every node uses claim {claim}, which is {_ONE_NODE}: only those on one node "
            "start, the others wait with a Multi-Attach error"
        )
    hard = tuple(must_be_apart(workload))
    if any(is_zone(key) for key in hard) and shared.in_one_zone:
        return "error", (
            f"its {pods} must run in different zones but share claim {claim}, whose EBS volume is "
            "in one zone: those in other zones stay Pending"
        )
    if not shared.for_one_node:
        return None
    if names.HOSTNAME in hard or any(is_zone(key) for key in hard):
        return "error", (
            f"its {pods} must run on different nodes but share claim {claim}, which is "
            f"{_ONE_NODE}: those on other nodes than the first wait with a Multi-Attach error"
        )
    if must_be_together(workload):
        return None
    why = "prefer different nodes" if any(kept_apart(workload)) else "may run on different nodes"
    return "warning", (
        f"its {pods} {why} but share claim {claim}, which is {_ONE_NODE}: those on other nodes "
        "than the first wait with a Multi-Attach error"
    )


def _among_workloads(
    context: CheckContext, workloads: tuple[CheckedWorkload, ...]
) -> Iterator[Finding]:
    """Find claims for one node that the pods of several workloads use."""
    users: dict[tuple[str, str], list[CheckedWorkload]] = {}
    for workload in workloads:
        for claim in dict.fromkeys(volume.claim for volume in _claims(workload)):
            users.setdefault((workload.subject.namespace, claim), []).append(workload)
    for (_, claim), sharing in users.items():
        if len(sharing) < 2:
            continue
        last = sharing[-1]
        volume = next(v for v in _claims(last) if v.claim == claim)
        shared = _shared(context, last, volume)
        if shared is None or not (shared.for_one_node or shared.for_one_pod):
            continue
        others = listed(workload.subject.describe() for workload in sharing[:-1])
        mode, what = (
            (_ONE_POD, "only one pod of them all runs")
            if shared.for_one_pod
            else (_ONE_NODE, "pods on other nodes than the first wait with a Multi-Attach error")
        )
        yield RULE.finding(
            last.subject,
            f"{last.field}.volumes",
            f"it shares claim {claim}, which is {mode}, with {others}: {what}",
            "keep the pods on one node with pod affinity, or use a volume with ReadWriteMany, such "
            "as EFS",
            "error" if shared.for_one_pod else "warning",
        )
