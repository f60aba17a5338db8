"""The runbook of a migration: eksctl and kubectl commands, wave by wave, and how to undo each step.

Names are quoted for a POSIX shell; only CLUSTER may have to be filled in.
"""

import json
import shlex
from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from kubestow.model.counted import agreeing, counted
from kubestow.model.migration import LOST, RESTART, SCALE, Loss
from kubestow.views.migrated_nodes import LaunchedNodeView, SourceNodeView, SourceView
from kubestow.views.view import Count, View
from kubestow.views.wave_view import WaveView, WorkloadMoveView

_TIMEOUT_MIN = 300
_NOT_PENDING = "kubectl get pods -A --field-selector=status.phase=Pending lists none of these pods"
_NAME_MAX = 63


class StepView(View, frozen=True):
    """A step of the runbook."""

    wave: Annotated[Count, Meta(description="The wave it belongs to; 0 before the first.")]
    title: str
    commands: tuple[str, ...]
    expect: Annotated[str, Meta(description="What to check before the next step.")]
    back: Annotated[str, Meta(description="How to undo it.")]


def runbook(
    region: str,
    source: SourceView,
    launched: Sequence[LaunchedNodeView],
    waves: Sequence[WaveView],
    losses: Sequence[Loss],
) -> tuple[StepView, ...]:
    """Return the steps of all waves, in order."""
    steps = [_step(0, "set the cluster name", [f"CLUSTER={shlex.quote(_cluster(source.nodes))}"],
                   "eksctl get cluster lists it", "nothing to undo")]  # fmt: skip
    by_name = {item.name: item for item in launched}
    lossy = {item.pod for item in losses if item.kind == "emptyDir"}
    for wave in waves:
        number = wave.number
        if wave.launch:
            steps += _launches(number, [by_name[n] for n in wave.launch], launched, region)
        if wave.cordon:
            selector = shlex.quote(source.selector)
            steps.append(
                _step(number, "cordon the old nodes", [f"kubectl cordon -l {selector}"],
                      "kubectl get nodes shows SchedulingDisabled",
                      f"kubectl uncordon -l {selector}")
            )  # fmt: skip
        steps += [workload_step(number, item) for item in wave.workloads]
        if wave.drain:
            steps += [drain_step(wave, lossy), _remove(wave, source.nodes, region)]
    return (*steps, *_last(waves, source.nodes, region))


def _step(number: int, title: str, commands: Sequence[str], expect: str, back: str) -> StepView:
    return StepView(number, title, tuple(commands), expect, back)


def _cluster(nodes: Sequence[SourceNodeView]) -> str:
    return next((node.cluster for node in nodes if node.cluster), "my-cluster")


def _launches(
    number: int,
    nodes: Sequence[LaunchedNodeView],
    launched: Sequence[LaunchedNodeView],
    region: str,
) -> Iterator[StepView]:
    """Yield a step for each set of identical nodes: a node group grows or is created."""
    alike: dict[tuple[object, ...], list[LaunchedNodeView]] = {}
    for node in nodes:
        key = (
            node.node_group, node.instance_type, node.zone, node.capacity_type,
            tuple(node.labels.items()), node.taints,
        )  # fmt: skip
        alike.setdefault(key, []).append(node)
    where = f'--cluster "$CLUSTER" --region {region}'
    for position, same in enumerate(alike.values(), 1):
        group, first = same[0].node_group, same[0]
        count = f"{len(same)} {first.instance_type or 'node'} in {first.zone}"
        if group:
            earlier = [node for node in launched if node.node_group == group]
            size = first.node_group_size + earlier.index(same[-1]) + 1
            back = f"eksctl scale nodegroup {where} --name {shlex.quote(group)} --nodes"
            yield _step(
                number,
                f"launch {count}",
                [f"{back} {size} --nodes-max {size}", _wait(group, len(same))],
                "the nodes are Ready",
                f"{back} {size - len(same)}",
            )
            continue
        name = f"kubestow-{number}-{position}-{first.instance_type}".replace(".", "-")[:_NAME_MAX]
        config = _node_group(name, same, region)
        yield _step(
            number,
            f"launch {count}",
            [f"eksctl create nodegroup -f - <<EOF\n{config}\nEOF", _wait(name, len(same))],
            "the nodes are Ready",
            f"eksctl delete nodegroup {where} --name {name}",
        )


def _wait(group: str, count: int) -> str:
    return (
        "kubectl wait --for=condition=Ready --timeout=10m node "
        f"-l eks.amazonaws.com/nodegroup={shlex.quote(group)}  # {count} new"
    )


def _node_group(name: str, nodes: Sequence[LaunchedNodeView], region: str) -> str:
    """Return an eksctl ClusterConfig with one managed node group, as JSON, which YAML includes."""
    first = nodes[0]
    group: dict[str, object] = {
        "name": name,
        "instanceTypes": [first.instance_type],
        "desiredCapacity": len(nodes),
        "minSize": 0,
        "maxSize": len(nodes),
        "availabilityZones": [first.zone],
        "labels": first.labels,
        "taints": msgspec.to_builtins(list(first.taints)),
        "spot": first.capacity_type == "spot",
    }
    config = {
        "apiVersion": "eksctl.io/v1alpha5",
        "kind": "ClusterConfig",
        "metadata": {"name": "$CLUSTER", "region": region},
        "managedNodeGroups": [{key: value for key, value in group.items() if value != []}],
    }
    return json.dumps(config, indent=2)


def workload_step(number: int, item: WorkloadMoveView) -> StepView:
    """Return the step that starts a workload's replacements first."""
    where = f"{item.kind.lower()}/{item.name} -n {item.namespace}"
    if item.means == RESTART:
        return _step(
            number,
            f"restart {item.kind} {item.namespace}/{item.name}, starting replacements first",
            [f"kubectl rollout restart {where}", f"kubectl rollout status {where} --timeout=30m"],
            "the rollout is complete and none of its pods is on an old node",
            f"uncordon the old nodes, then run kubectl rollout undo {where}",
        )
    command, back = _scale(item, 1), _scale(item, 0)
    return _step(
        number,
        f"add a replica to {item.kind} {item.namespace}/{item.name} for the migration",
        [command, f"kubectl rollout status {where} --timeout=30m"]
        if item.kind == "Deployment"
        else [command],
        _ready(item.replicas + 1),
        back,
    )


def _scale(item: WorkloadMoveView, more: int) -> str:
    replicas = item.replicas + more
    if item.autoscaler:
        keda, _, name = item.autoscaler.rpartition("/")
        field = "minReplicaCount" if keda else "minReplicas"
        patch = shlex.quote(json.dumps({"spec": {field: replicas}}))
        return f"kubectl patch {keda or 'hpa'} {name} -n {item.namespace} --type merge -p {patch}"
    return (
        f"kubectl scale {item.kind.lower()}/{item.name} -n {item.namespace} --replicas={replicas}"
    )


def drain_step(wave: WaveView, lossy: set[str]) -> StepView:
    """Return the step that drains a wave; ``lossy`` are the pods that lose emptyDir volumes."""
    commands = []
    for node in wave.drain:
        pods = [item for item in wave.pods if item.node == node]
        flags = ["--ignore-daemonsets"]
        if any(item.pod in lossy for item in pods):
            flags.append("--delete-emptydir-data")
        if any(item.means == LOST for item in pods):
            flags.append("--force")
        seconds = max(_TIMEOUT_MIN, 2 * wave.drain_seconds)
        flags.append(f"--timeout={seconds}s")
        commands.append(f"kubectl drain {shlex.quote(node)} {' '.join(flags)}")
    if len(commands) > 1:
        commands = [*(f"{command} &" for command in commands), "wait"]
    nodes = " ".join(map(shlex.quote, wave.drain))
    moved = sum(item.means != RESTART for item in wave.pods)
    title = f"drain {nodes}: {counted(moved, 'pod')}, about {wave.drain_seconds} s"
    return _step(wave.number, title, commands, _NOT_PENDING,
                 f"kubectl uncordon {nodes} (evicted pods stay where they are)")  # fmt: skip


def _remove(wave: WaveView, sources: Sequence[SourceNodeView], region: str) -> StepView:
    """Return the step that removes the empty nodes, so that no constraint counts them."""
    nodes = {node.name: node for node in sources}
    commands, groups = [], []
    for name in wave.drain:
        node = nodes[name]
        if node.node_pool:
            commands.append(f"kubectl delete node {shlex.quote(name)}")
            continue
        path = "jsonpath='{.spec.providerID}'"
        commands.append(
            f"ID=$(kubectl get node {shlex.quote(name)} -o {path}); aws autoscaling "
            "terminate-instance-in-auto-scaling-group --should-decrement-desired-capacity "
            f'--region {region} --instance-id "${{ID##*/}}"'
        )
        if node.node_group and node.node_group not in groups:
            groups.append(node.node_group)
    scale = f'eksctl scale nodegroup --cluster "$CLUSTER" --region {region} --name'
    if wave.number == 1:
        commands = [*(f"{scale} {shlex.quote(g)} --nodes-min 0" for g in groups), *commands]
    back = "; ".join(f"{scale} {shlex.quote(g)} --nodes N" for g in groups)
    return _step(
        wave.number,
        "remove the empty nodes",
        commands,
        "kubectl get nodes no longer lists them",
        back or "launch the same nodes again",
    )


def _last(
    waves: Sequence[WaveView], sources: Sequence[SourceNodeView], region: str
) -> Iterator[StepView]:
    number = len(waves)
    yield from restored_steps(waves)
    groups = dict.fromkeys(n.node_group for n in sources if n.node_group)
    for group in groups:
        yield _step(
            number,
            f"delete node group {group} if it has no nodes left",
            [f'eksctl delete nodegroup --cluster "$CLUSTER" --region {region} '
             f"--name {shlex.quote(group)}"],
            "eksctl get nodegroup no longer lists it",
            "recreate it with eksctl create nodegroup; delete it only when everything else works",
        )  # fmt: skip


def restored_steps(waves: Sequence[WaveView]) -> Iterator[StepView]:
    """Yield the steps that take away the replicas that were added for a migration."""
    for item in (item for wave in waves for item in wave.workloads if item.means == SCALE):
        yield _step(
            len(waves),
            f"restore the replicas of {item.kind} {item.namespace}/{item.name}",
            [_scale(item, 0)],
            _ready(item.replicas),
            _scale(item, 1),
        )


def _ready(pods: int) -> str:
    return f"{counted(pods, 'pod')} {agreeing(pods, 'is', 'are')} Ready"
