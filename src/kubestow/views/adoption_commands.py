"""The commands of a change-over's runbook. Names are quoted for a POSIX shell.

Source: kubectl 1.34, helm 3, AWS CLI 2 (eks update-nodegroup-config, autoscaling
terminate-instance-in-auto-scaling-group), eksctl; charts/kubestow/values.yaml.
"""

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from kubestow.model import labels as names
from kubestow.model.adoption import REPLICAS_BEFORE, Home, ManagerDeployment
from kubestow.model.nodepool import Launcher
from kubestow.model.survey import LaunchGroup
from kubestow.views.view import View

RELEASE, CHART, NAMESPACE = "kubestow", "charts/kubestow", "kubestow"
CONTROLLER = "kubestow-controller"
LEASE = "kubectl -n kube-system annotate lease kubestow kubestow.dev/stop"
_UNFINISHED = "pods --all -A --field-selector=status.phase!=Succeeded,status.phase!=Failed"
RUNNING = (
    f"kubectl wait --for=condition=PodScheduled {_UNFINISHED} --timeout=15m",
    f"kubectl wait --for=condition=Ready {_UNFINISHED} --timeout=3m || "
    "echo 'not all pods are Ready: look at them before you go on'",
)
"""Every pod has a node, and is Ready; one that crashes again and again is waited for a while."""
PRIORITY = "system-cluster-critical"
"""Of kubestow's pods: the nodes that stay may fill up while pods move. Karpenter's chart has it."""
REPLICAS = 2
"""Of Karpenter's chart, where nothing tells how many there were."""
_HELM = f"helm upgrade {RELEASE} {CHART} -n {NAMESPACE} --reuse-values"


class AdoptionStepView(View, frozen=True):
    """A step of a change-over's runbook."""

    phase: Annotated[
        str, Meta(description="prepare, stop, act, start, move, end or after: what it is part of.")
    ]
    title: str
    does: Annotated[str, Meta(description="What it does, and why here.")]
    commands: tuple[str, ...]
    expect: Annotated[str, Meta(description="How to see that it worked.")]
    back: Annotated[str, Meta(description="How to go back from here.")]
    fill_in: Annotated[
        tuple[str, ...], Meta(description="Words in capitals in the commands to replace.")
    ] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AdoptionSettings:
    """What the commands are told: the image's repository, and files with NodePools by name.

    ``again`` is the command that plans the change-over again. ``node_role`` and ``subnets`` (zone
    and id) are for NodePools that are offered.
    """

    repository: str = "REGISTRY/kubestow"
    pool_files: Mapping[str, str]
    again: str = "kubestow adopt"
    node_role: str = ""
    subnets: tuple[tuple[str, str], ...] = ()

    @property
    def fill_in(self) -> tuple[str, ...]:
        """What of it is to be replaced."""
        return ("REGISTRY",) if "REGISTRY" in self.repository else ()


def installed(settings: AdoptionSettings, eks_cluster: str, region: str, home: Home | None) -> str:
    """Return the command that installs kubestow as a dry run, on the nodes that stay."""
    words = [
        "helm", "upgrade", "--install", RELEASE, CHART, "-n", NAMESPACE, "--create-namespace",
        "--set", f"image.repository={settings.repository}", "--set", f"region={region}",
        "--set", "controller.mode=dry-run", "--set", f"controller.eksCluster={eks_cluster}",
        "--set", f"controller.priorityClassName={PRIORITY}",
        "--set", f"priorityClassName={PRIORITY}",
    ]  # fmt: skip
    if home is not None and home.group.name:
        where = json.dumps({label_of(home.group): home.group.name}, separators=(",", ":"))
        words += ["--set-json", f"controller.nodeSelector={where}",
                  "--set-json", f"nodeSelector={where}"]  # fmt: skip
    for name, file in settings.pool_files.items():
        words += ["--set-file", f"nodePools.{name}={file}"]
    return shlex.join(words)


def configured(**values: str) -> str:
    """Return the command that changes values of the controller; ``__`` stands for a dot."""
    options = (f"controller.{key.replace('__', '.')}={text}" for key, text in values.items())
    return f"{_HELM} {' '.join(f'--set {shlex.quote(option)}' for option in options)}"


def rolled_out() -> str:
    """Return the command that waits for kubestow's pods."""
    return f"kubectl -n {NAMESPACE} rollout status deployment/{CONTROLLER} --timeout=10m"


def halted() -> tuple[str, str, str, str]:
    """Return the commands that make a dry run of kubestow: first its pods end, with their rights.

    So it gives its Lease back, which a dry run may not.
    """
    return (
        *ended(),
        configured(mode="dry-run", limits__launchesPerHour="", limits__evictionsPerHour=""),
        rolled_out(),
    )


def ended() -> tuple[str, str]:
    """Return the commands that end kubestow's pods, with their rights: the Lease is given back."""
    where = f"kubectl -n {NAMESPACE}"
    return (
        f"{where} scale deployment/{CONTROLLER} --replicas=0",
        f"{where} wait --for=delete pod -l app.kubernetes.io/name={CONTROLLER} --timeout=10m",
    )


def scaled(item: ManagerDeployment, replicas: int) -> tuple[str, str]:
    """Return the commands that scale a manager, and wait for it."""
    where = f"-n {shlex.quote(item.namespace)}"
    name = f"deployment/{shlex.quote(item.name)}"
    return (
        f"kubectl {where} scale {name} --replicas={replicas}",
        f"kubectl {where} rollout status {name} --timeout=10m",
    )


def noted(item: ManagerDeployment, notes: Mapping[str, str]) -> str:
    """Return the command that writes annotations on a manager's Deployment."""
    words = shlex.join(f"{key}={text}" for key, text in notes.items())
    return (
        f"kubectl -n {shlex.quote(item.namespace)} annotate deployment "
        f"{shlex.quote(item.name)} --overwrite {words}"
    )


def unnoted(item: ManagerDeployment, keys: Iterable[str]) -> str:
    """Return the command that takes annotations off a manager's Deployment."""
    return (
        f"kubectl -n {shlex.quote(item.namespace)} annotate deployment "
        f"{shlex.quote(item.name)} {shlex.join(f'{key}-' for key in keys)}"
    )


def replicas_of(item: ManagerDeployment) -> int:
    """Return how many replicas a manager has, or had before it was scaled to 0."""
    told = item.note.get(REPLICAS_BEFORE, "")
    if item.replicas:
        return item.replicas
    return int(told) if told.isdecimal() and int(told) else REPLICAS


def lease_read(namespace: str, name: str) -> str:
    """Return the command that shows who holds a Lease, and since when it was not renewed."""
    path = "jsonpath='{.spec.holderIdentity} {.spec.renewTime}{\"\\n\"}'"
    return f"kubectl -n {shlex.quote(namespace)} get lease {name} -o {path}"


def cordoned(nodes: Iterable[str]) -> str:
    """Return the command that cordons nodes."""
    return shlex.join(["kubectl", "cordon", *nodes])


def uncordoned(nodes: Iterable[str]) -> str:
    """Return the command that uncordons nodes."""
    return shlex.join(["kubectl", "uncordon", *nodes])


def deleted(kind: str, objects: Sequence[str]) -> str:
    """Return the command that deletes objects without waiting for their finalizers."""
    return shlex.join(["kubectl", "delete", kind, *objects, "--wait=false"])


def gone(kind: str, objects: Sequence[str]) -> str:
    """Return the command that waits until objects are gone."""
    named = (f"{kind}/{name}" for name in objects)
    return shlex.join(["kubectl", "wait", "--for=delete", *named, "--timeout=30m"])


def label_of(group: LaunchGroup) -> str:
    """Return the label that the nodes of a node group have."""
    is_managed = group.kind == Launcher.MANAGED_NODE_GROUP.value
    return names.EKS_NODE_GROUP if is_managed else names.EKSCTL_NODE_GROUP


def resized(group: LaunchGroup, eks_cluster: str, region: str, least: str, size: str) -> str:
    """Return the command that sets the least and the desired size of a node group."""
    if group.kind == Launcher.MANAGED_NODE_GROUP.value:
        return (
            f"aws eks update-nodegroup-config --region {region} --cluster-name "
            f"{shlex.quote(eks_cluster)} --nodegroup-name {shlex.quote(group.name)} "
            f"--scaling-config minSize={least},desiredSize={size}"
        )
    return (
        f"eksctl scale nodegroup --region {region} --cluster {shlex.quote(eks_cluster)} --name "
        f"{shlex.quote(group.name)} --nodes-min {least} --nodes {size}"
    )


def resize_done(group: LaunchGroup, eks_cluster: str, region: str) -> tuple[str, ...]:
    """Return the command that waits until a managed node group is updated: EKS does it later."""
    if group.kind != Launcher.MANAGED_NODE_GROUP.value:
        return ()
    return (
        f"aws eks wait nodegroup-active --region {region} --cluster-name "
        f"{shlex.quote(eks_cluster)} --nodegroup-name {shlex.quote(group.name)}",
    )


def ended_in_group(nodes: Iterable[str], region: str) -> Iterator[str]:
    """Yield the commands that end single instances of a group, which becomes smaller by them."""
    path = "jsonpath='{.spec.providerID}'"
    for node in nodes:
        yield (
            f"ID=$(kubectl get node {shlex.quote(node)} -o {path}); aws autoscaling "
            "terminate-instance-in-auto-scaling-group --should-decrement-desired-capacity "
            f'--region {region} --instance-id "${{ID##*/}}"'
        )


def there(group: LaunchGroup, count: str) -> str:
    """Return the command that waits until so many nodes of a group are Ready."""
    selector = shlex.quote(f"{label_of(group)}={group.name}")
    return (
        f'until [ "$(kubectl get nodes -l {selector} --no-headers 2>/dev/null | '
        f"grep -c ' Ready ')\" -ge {count} ]; do sleep 5; done"
    )
