"""The runbook of a migration: eksctl and kubectl commands, wave by wave, each with a way back.

Law: from the document of migration_json only. Names are quoted for a POSIX shell; CLUSTER is the
one thing the reader may have to fill in.
"""

import json
import shlex
from collections.abc import Iterator

from kubestow.model.migration import LOST, RESTART, SCALE
from kubestow.report.catalog_json import Document

_TIMEOUT_MIN = 300
_PENDING = "kubectl get pods -A --field-selector=status.phase=Pending: none of these pods"
_NAME_MAX = 63


def runbook(document: Document) -> list[Document]:
    """Return the steps of all waves; none where the migration does not end."""
    if not document["ends"]:
        return []
    found = [_step(0, "name the cluster", [f"CLUSTER={shlex.quote(_cluster(document))}"],
                   "eksctl get cluster lists it", "nothing to undo")]  # fmt: skip
    launched = {item["name"]: item for item in document["launched"]}
    lossy = {item["pod"] for item in document["losses"] if item["kind"] == "emptyDir"}
    for wave in document["waves"]:
        number = wave["number"]
        if wave["launch"]:
            found += _launches(number, [launched[n] for n in wave["launch"]], document)
        if wave["cordon"]:
            selector = shlex.quote(document["from"]["selector"])
            found.append(
                _step(number, "no new pods on the old nodes", [f"kubectl cordon -l {selector}"],
                      "kubectl get nodes shows SchedulingDisabled",
                      f"kubectl uncordon -l {selector}")
            )  # fmt: skip
        found += [_workload(number, item) for item in wave["workloads"]]
        if wave["drain"]:
            found += [_drain(number, wave, lossy), _remove(number, wave, document)]
    return [*found, *_last(document)]


def _step(number: int, title: str, commands: list[str], expect: str, back: str) -> Document:
    return {"wave": number, "title": title, "commands": commands, "expect": expect, "back": back}


def _cluster(document: Document) -> str:
    known = [node["cluster"] for node in document["from"]["nodes"] if node["cluster"]]
    return known[0] if known else "my-cluster"


def _launches(number: int, nodes: list[Document], document: Document) -> Iterator[Document]:
    """Yield a step for each group of like nodes: a group grows, or is made."""
    groups: dict[str, list[Document]] = {}
    for node in nodes:
        key = [node["nodeGroup"], node["instanceType"], node["zone"], node["capacityType"],
               node["labels"], node["taints"]]  # fmt: skip
        groups.setdefault(json.dumps(key), []).append(node)
    where = f'--cluster "$CLUSTER" --region {document["region"]}'
    for position, some in enumerate(groups.values(), 1):
        group, first = some[0]["nodeGroup"], some[0]
        count = f"{len(some)} {first['instanceType'] or 'node'} in {first['zone']}"
        if group:
            earlier = [n for n in document["launched"] if n["nodeGroup"] == group]
            size = first["nodeGroupSize"] + earlier.index(some[-1]) + 1
            back = f"eksctl scale nodegroup {where} --name {shlex.quote(group)} --nodes"
            yield _step(
                number,
                f"launch {count}",
                [f"{back} {size} --nodes-max {size}", _wait(group, len(some))],
                "the nodes are Ready",
                f"{back} {size - len(some)}",
            )
            continue
        name = f"kubestow-{number}-{position}-{first['instanceType']}".replace(".", "-")[:_NAME_MAX]
        config = _node_group(name, some, document["region"])
        yield _step(
            number,
            f"launch {count}",
            [f"eksctl create nodegroup -f - <<EOF\n{config}\nEOF", _wait(name, len(some))],
            "the nodes are Ready",
            f"eksctl delete nodegroup {where} --name {name}",
        )


def _wait(group: str, count: int) -> str:
    return (
        "kubectl wait --for=condition=Ready --timeout=10m node "
        f"-l eks.amazonaws.com/nodegroup={shlex.quote(group)}  # {count} new"
    )


def _node_group(name: str, nodes: list[Document], region: str) -> str:
    """Return an eksctl ClusterConfig with one managed node group, as JSON, which YAML includes."""
    first = nodes[0]
    group: Document = {
        "name": name,
        "instanceTypes": [first["instanceType"]],
        "desiredCapacity": len(nodes),
        "minSize": 0,
        "maxSize": len(nodes),
        "availabilityZones": [first["zone"]],
        "labels": first["labels"],
        "taints": first["taints"],
        "spot": first["capacityType"] == "spot",
    }
    config = {
        "apiVersion": "eksctl.io/v1alpha5",
        "kind": "ClusterConfig",
        "metadata": {"name": "$CLUSTER", "region": region},
        "managedNodeGroups": [{key: value for key, value in group.items() if value != []}],
    }
    return json.dumps(config, indent=2)


def _workload(number: int, item: Document) -> Document:
    where = f"{item['kind'].lower()}/{item['name']} -n {item['namespace']}"
    if item["means"] == RESTART:
        return _step(
            number,
            f"restart {item['kind']} {item['namespace']}/{item['name']}: the successor first",
            [f"kubectl rollout restart {where}", f"kubectl rollout status {where} --timeout=30m"],
            "the rollout is complete; none of its pods is on an old node",
            f"kubectl uncordon the old nodes, then kubectl rollout undo {where}",
        )
    command, back = _scale(item, 1), _scale(item, 0)
    return _step(
        number,
        f"one replica more of {item['kind']} {item['namespace']}/{item['name']} for the time",
        [command, f"kubectl rollout status {where} --timeout=30m"]
        if item["kind"] == "Deployment"
        else [command],
        f"{item['replicas'] + 1} pods are Ready",
        back,
    )


def _scale(item: Document, more: int) -> str:
    replicas = item["replicas"] + more
    if item["autoscaler"]:
        patch = shlex.quote(json.dumps({"spec": {"minReplicas": replicas}}))
        return (
            f"kubectl patch hpa {item['autoscaler']} -n {item['namespace']} --type merge -p {patch}"
        )
    return (
        f"kubectl scale {item['kind'].lower()}/{item['name']} -n {item['namespace']} "
        f"--replicas={replicas}"
    )


def _drain(number: int, wave: Document, lossy: set[str]) -> Document:
    commands = []
    for node in wave["drain"]:
        pods = [item for item in wave["pods"] if item["node"] == node]
        flags = ["--ignore-daemonsets"]
        if any(item["pod"] in lossy for item in pods):
            flags.append("--delete-emptydir-data")
        if any(item["means"] == LOST for item in pods):
            flags.append("--force")
        seconds = max(_TIMEOUT_MIN, 2 * wave["drainSeconds"])
        flags.append(f"--timeout={seconds}s")
        commands.append(f"kubectl drain {shlex.quote(node)} {' '.join(flags)}")
    if len(commands) > 1:
        commands = [*(f"{command} &" for command in commands), "wait"]
    nodes = " ".join(map(shlex.quote, wave["drain"]))
    moved = sum(item["means"] != RESTART for item in wave["pods"])
    title = f"drain {nodes}: {moved} pods, about {wave['drainSeconds']} s"
    return _step(number, title, commands, _PENDING,
                 f"kubectl uncordon {nodes} (evicted pods stay where they are)")  # fmt: skip


def _remove(number: int, wave: Document, document: Document) -> Document:
    """Return the step that takes the empty nodes away, so that no constraint counts them."""
    nodes = {node["name"]: node for node in document["from"]["nodes"]}
    commands, groups = [], []
    for name in wave["drain"]:
        node = nodes[name]
        if node["nodePool"]:
            commands.append(f"kubectl delete node {shlex.quote(name)}")
            continue
        path = "jsonpath='{.spec.providerID}'"
        commands.append(
            f"ID=$(kubectl get node {shlex.quote(name)} -o {path}); aws autoscaling "
            "terminate-instance-in-auto-scaling-group --should-decrement-desired-capacity "
            f'--region {document["region"]} --instance-id "${{ID##*/}}"'
        )
        if node["nodeGroup"] and node["nodeGroup"] not in groups:
            groups.append(node["nodeGroup"])
    scale = f'eksctl scale nodegroup --cluster "$CLUSTER" --region {document["region"]} --name'
    if number == 1:
        commands = [*(f"{scale} {shlex.quote(g)} --nodes-min 0" for g in groups), *commands]
    back = "; ".join(f"{scale} {shlex.quote(g)} --nodes N" for g in groups)
    return _step(
        number,
        "take the empty nodes away",
        commands,
        "kubectl get nodes no longer lists them",
        back or "launch a node like it again",
    )


def _last(document: Document) -> Iterator[Document]:
    number = len(document["waves"])
    scaled = [item for wave in document["waves"] for item in wave["workloads"]
              if item["means"] == SCALE]  # fmt: skip
    for item in scaled:
        yield _step(
            number,
            f"the replicas of {item['kind']} {item['namespace']}/{item['name']} as before",
            [_scale(item, 0)],
            f"{item['replicas']} pods are Ready",
            _scale(item, 1),
        )
    groups = dict.fromkeys(n["nodeGroup"] for n in document["from"]["nodes"] if n["nodeGroup"])
    for group in groups:
        yield _step(
            number,
            f"delete node group {group}, if none of its nodes is left",
            [f'eksctl delete nodegroup --cluster "$CLUSTER" --region {document["region"]} '
             f"--name {shlex.quote(group)}"],
            "eksctl get nodegroup no longer lists it",
            "none: make it anew with eksctl create nodegroup; do this when all else is well",
        )  # fmt: skip
