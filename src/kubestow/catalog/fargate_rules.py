"""What Fargate does not run: one list, asked by the comparison and by the checks.

A fact that is not in the input prohibits nothing. Sources: EKS user guide,
"Simplify compute management with AWS Fargate" (its considerations and its comparison table),
"Understand Fargate Pod configuration details", "Use elastic file system storage with Amazon EFS".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kubestow.catalog.fargate import CPU_MOST, EPHEMERAL_MOST, MEMORY_MOST, OVERHEAD
from kubestow.model import labels as names
from kubestow.model.pod import PodTemplate
from kubestow.model.quantity import format_bytes, format_milli
from kubestow.model.resources import CPU, EPHEMERAL_STORAGE, MEMORY
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, is_ebs_class_name

FargateRule = Literal[
    "host-network", "privileged", "host-port", "host-path", "inline-volume", "claim", "device",
    "selector", "cpu", "memory", "ephemeral-storage",
]  # fmt: skip
EFS_DRIVER = "efs.csi.aws.com"
_LABELS = {
    names.ARCH: "amd64",
    names.OS: "linux",
    "eks.amazonaws.com/compute-type": "fargate",
}
_ANY_VALUE = (names.ZONE, names.REGION, names.HOSTNAME)
"""Labels of a Fargate node whose value depends on the profile's subnets, or on the node."""
_SECURITY_GROUPS = "vpc.amazonaws.com/pod-eni"
_NO_PROVISIONER = ("", "kubernetes.io/no-provisioner")
_ONLY_EFS = "only static EFS volumes can be mounted"


@dataclass(frozen=True, slots=True)
class FargateContainer:
    """A container; ``field`` is its path in the manifest."""

    field: str
    privileged: bool = False
    host_ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FargateVolume:
    """A volume whose data is outside the pod.

    ``kind`` inline is a disk named in the pod. A claim is static if a volume exists for it, dynamic
    if one would be provisioned, and unknown if the input does not say. ``driver`` is the volume's
    driver or the kind of the inline disk.
    """

    name: str
    kind: Literal["host-path", "inline", "static", "dynamic", "unknown"]
    driver: str = ""


@dataclass(frozen=True, slots=True)
class FargatePod:
    """A pod, as far as the input describes it."""

    template: PodTemplate
    containers: tuple[FargateContainer, ...] = ()
    volumes: tuple[FargateVolume, ...] = ()
    host_network: bool = False


@dataclass(frozen=True, slots=True)
class Prohibition:
    """Why Fargate does not run a pod; equal pods have the same ``reason``.

    ``container`` or ``volume`` names the cause, ``requested`` the amount that is too large.
    ``is_certain`` is False if a claim's volume is not in the input.
    """

    rule: FargateRule
    reason: str
    container: str = ""
    volume: str = ""
    requested: str = ""
    is_certain: bool = True


def prohibitions(pod: FargatePod) -> Iterator[Prohibition]:
    """Yield everything that prevents a pod from running on Fargate."""
    if pod.host_network:
        yield Prohibition("host-network", "Fargate does not support host networking")
    for container in pod.containers:
        yield from _of_container(container, pod.host_network)
    yield from _of_requests(pod.template)
    if not _may_select(pod.template):
        yield Prohibition(
            "selector",
            "a Fargate node is Linux on amd64, on demand, without labels of a node group",
        )
    for volume in pod.volumes:
        yield from _of_volume(volume)


def _of_container(container: FargateContainer, host_network: bool) -> Iterator[Prohibition]:
    """Yield what a container may not have: privileges and, off the host network, host ports."""
    if container.privileged:
        yield Prohibition(
            "privileged", "Fargate does not run privileged containers", container=container.field
        )
    if container.host_ports and not host_network:
        ports = ", ".join(map(str, container.host_ports))
        yield Prohibition(
            "host-port", f"host ports ({ports}) are not allowed", container=container.field
        )


def _of_requests(template: PodTemplate) -> Iterator[Prohibition]:
    """Yield requests that Fargate cannot meet: devices, and amounts above its largest size.

    Fargate has no GPUs or Inferentia, and no DaemonSets that could offer other devices. Security
    groups for pods work, although the VPC resource controller writes them as a resource.
    """
    requests = dict(template.requests)
    for name, amount in sorted(requests.items()):
        if "/" in name and amount and name != _SECURITY_GROUPS:
            yield Prohibition("device", f"{name}: Fargate has no devices")
    cpu, memory = requests.get(CPU, 0), requests.get(MEMORY, 0)
    storage = requests.get(EPHEMERAL_STORAGE, 0)
    if storage > EPHEMERAL_MOST:
        asked = f"{format_bytes(storage)} of ephemeral storage"
        reason = "more than 175 GiB of ephemeral storage"
        yield Prohibition("ephemeral-storage", reason, requested=asked)
    if cpu > CPU_MOST:
        yield Prohibition("cpu", "more than 16 vCPU", requested=f"{format_milli(cpu)} of cpu")
    if memory + OVERHEAD > MEMORY_MOST:
        asked = f"{format_bytes(memory)} of memory"
        reason = "more than 120 GB, including 256 MiB for Kubernetes"
        yield Prohibition("memory", reason, requested=asked)


def _may_select(template: PodTemplate) -> bool:
    """Return whether a Fargate node can match a pod's node selector and affinity.

    Fargate has no Windows, Arm or Spot, and its nodes have no custom labels.
    """
    for key, value in template.node_selector:
        name = names.normalised(key)
        if name not in _ANY_VALUE and _LABELS.get(name) != value:
            return False
    terms = template.node_affinity
    return terms is None or any(
        term.is_valid
        and not term.is_empty
        and all(
            name in _ANY_VALUE or item.matches_value(_LABELS.get(name))
            for item in term.expressions
            for name in (names.normalised(item.key),)
        )
        for term in terms
    )


def _of_volume(volume: FargateVolume) -> Iterator[Prohibition]:
    """Yield volumes that Fargate cannot mount: it mounts only EFS, from existing volumes.

    Other CSI drivers need their node DaemonSet.
    """
    name = volume.name
    match volume.kind:
        case "host-path":
            yield Prohibition(
                "host-path", "hostPath needs a host, and Fargate has none", volume=name
            )
        case "inline":
            reason = f"an inline {volume.driver} disk: {_ONLY_EFS}"
            yield Prohibition("inline-volume", reason, volume=name)
        case "static":
            if volume.driver != EFS_DRIVER:
                reason = f"{volume.driver or 'a volume without a CSI driver'}: {_ONLY_EFS}"
                yield Prohibition("claim", reason, volume=name)
        case "dynamic" | "unknown":
            reason = f"an unbound claim: {_ONLY_EFS}"
            is_certain = volume.kind == "dynamic"
            yield Prohibition("claim", reason, volume=name, is_certain=is_certain)


def claimed_volume(
    name: str, claim: PersistentVolumeClaim | None, cluster: Cluster
) -> FargateVolume:
    """Return the volume behind a claim; ``claim`` is None if it is not in the input."""
    if claim is None:
        return FargateVolume(name, "unknown")
    if claim.volume_name:
        bound = cluster.volumes.get(claim.volume_name)
        if bound is None:
            return FargateVolume(name, "unknown")
        return FargateVolume(name, "static", bound.driver)
    class_name = _class_name(claim, cluster)
    waiting = [v for v in cluster.volumes.values() if _could_bind(v, claim, class_name)]
    if waiting:
        drivers = sorted(v.driver for v in waiting)
        return FargateVolume(name, "static", EFS_DRIVER if EFS_DRIVER in drivers else drivers[0])
    storage_class = cluster.storage_classes.get(class_name)
    if storage_class is None:
        is_made = is_ebs_class_name(class_name)
    else:
        is_made = storage_class.provisioner not in _NO_PROVISIONER
    return FargateVolume(name, "dynamic" if is_made else "unknown")


def _class_name(claim: PersistentVolumeClaim, cluster: Cluster) -> str:
    if claim.storage_class is not None:
        return claim.storage_class
    classes = cluster.storage_classes.values()
    return min((item.name for item in classes if item.is_default), default="")


def _could_bind(volume: PersistentVolume, claim: PersistentVolumeClaim, class_name: str) -> bool:
    """Return whether an existing volume is reserved for a claim, or free and suitable."""
    if volume.terminating or volume.storage_class != class_name:
        return False
    if volume.claim is not None:
        namespace, name, uid = volume.claim
        return (namespace, name) == (claim.namespace, claim.name) and uid in ("", claim.uid)
    return (
        volume.capacity >= (claim.requested or 0)
        and volume.volume_mode == claim.volume_mode
        and set(claim.access_modes) <= set(volume.access_modes)
        and (claim.selector is None or claim.selector.matches(dict(volume.labels)))
    )
