"""A pod that a Fargate profile selects but that Fargate cannot run, one finding per reason.

The prohibitions are in kubestow.catalog.fargate_rules; the fixes are here.
"""

from collections.abc import Iterator

from kubestow.catalog.fargate_rules import (
    FargateContainer,
    FargatePod,
    FargateRule,
    FargateVolume,
    Prohibition,
    claimed_volume,
    prohibitions,
)
from kubestow.model.finding import Finding, NotJudged, Rule, Subject
from kubestow.model.setup import CheckedWorkload, PodVolume
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import PersistentVolumeClaim
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS

RULE = Rule(
    "fargate-prohibition",
    "error",
    "A pod selected for Fargate cannot run there",
    EKS + "fargate.html",
)
_ON_A_NODE = "run it on nodes: exclude it from the profile's selectors"
_STATIC_EFS = "use EFS with a static PersistentVolume, or run it on nodes"
_FIXES: dict[FargateRule, str] = {
    "host-network": "remove hostNetwork",
    "privileged": _ON_A_NODE,
    "host-port": "remove hostPort and use a Service",
    "host-path": _ON_A_NODE,
    "inline-volume": _STATIC_EFS,
    "claim": _STATIC_EFS,
    "device": _ON_A_NODE,
    "selector": "remove the selector and build the image for linux/amd64, or run it on nodes",
    "cpu": _ON_A_NODE,
    "memory": _ON_A_NODE,
    "ephemeral-storage": _ON_A_NODE,
}


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Check every workload on Fargate against each prohibition."""
    if context.setup.config is None:
        yield RULE.not_judged("no --cluster-config given")
        return
    for workload in (*context.running, *context.daemonsets):
        profiles = context.profiles(workload)
        if not profiles:
            continue
        if workload.is_daemonset:
            yield RULE.finding(
                workload.subject,
                "kind",
                f"profile {profiles[0].name} selects its namespace, but Fargate does not run "
                "DaemonSets: pods there run without it",
                "use a sidecar in the pods that need it",
                "warning",
            )
            continue
        for item in prohibitions(_facts(workload, context.setup.cluster)):
            if not item.is_certain:
                where = f"{workload.subject.describe()}: volume {item.volume}"
                yield RULE.not_judged(f"{where}: its PersistentVolume is not in the input")
                continue
            yield RULE.finding(
                workload.subject,
                _field(workload, item),
                f"profile {profiles[0].name} selects it, but {_reason(item)}",
                _FIXES[item.rule],
            )


def _facts(workload: CheckedWorkload, cluster: Cluster) -> FargatePod:
    containers = tuple(
        FargateContainer(item.field, item.privileged, item.host_ports)
        for item in workload.containers
    )
    volumes = [_volume(workload.subject, volume, cluster) for volume in workload.volumes]
    disks = (
        FargateVolume(disk.name, "inline", disk.kind)
        for disk in workload.template.inline_volumes
        if disk.kind != "ebs"  # those are among the volumes
    )
    return FargatePod(
        workload.template, containers, (*filter(None, volumes), *disks), workload.host_network
    )


def _volume(own: Subject, volume: PodVolume, cluster: Cluster) -> FargateVolume | None:
    """Return a volume whose data is outside the pod; None for other volumes."""
    match volume.kind:
        case "hostPath":
            return FargateVolume(volume.name, "host-path")
        case "awsElasticBlockStore":
            return FargateVolume(volume.name, "inline", "ebs")
        case "persistentVolumeClaim":
            claim = cluster.claims.get((own.namespace, volume.claim))
            return claimed_volume(volume.name, claim, cluster)
        case "ephemeral" | "volumeClaimTemplate":
            first = cluster.claims.get((own.namespace, f"{volume.name}-{own.name}-0"))
            made = PersistentVolumeClaim(own.namespace, volume.name, volume.storage_class)
            return claimed_volume(volume.name, first or made, cluster)
    return None


def _field(workload: CheckedWorkload, item: Prohibition) -> str:
    """Return the path of the prohibited field."""
    path = workload.field
    match item.rule:
        case "host-network":
            return f"{path}.hostNetwork"
        case "privileged":
            return f"{item.container}.securityContext.privileged"
        case "host-port":
            return f"{item.container}.ports"
        case "host-path" | "inline-volume" | "claim":
            return f"{path}.volumes"
        case "selector":
            return f"{path}.nodeSelector"
    return f"{path}.containers"


def _reason(item: Prohibition) -> str:
    if item.volume:
        return f"Fargate cannot mount volume {item.volume} ({item.reason})"
    return f"it requests {item.requested}: {item.reason}" if item.requested else item.reason
