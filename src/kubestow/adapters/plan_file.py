"""Plan files: what 'kubestow plan -o json' writes, read back for who lands the plan's pods.

Only what landing needs is read; docs/schema/plan.v1alpha1.json has all of it.
"""

import hashlib
from collections import Counter

import msgspec

from kubestow.adapters.input_file import TABLE_BYTES_MAX, decoded_json, read_file
from kubestow.model.handed_plan import HandedNode, HandedPlan, WorkloadKey
from kubestow.model.input_error import InputError
from kubestow.model.taints import Taint

_VERSION, _KIND = "kubestow.dev/v1alpha1", "Plan"
_HINT = (
    "'kubestow plan ... -o json > plan.json' writes one; docs/schema/plan.v1alpha1.json shows it"
)
_DIGEST_LENGTH = 12


class _Taint(msgspec.Struct, rename="camel"):
    key: str
    value: str
    effect: str


class _Node(msgspec.Struct, rename="camel"):
    name: str
    node_pool: str
    instance_type: str
    zone: str
    capacity_type: str
    existing: bool
    labels: dict[str, str]
    taints: tuple[_Taint, ...]
    pods: tuple[str, ...]
    daemon_set_pods: tuple[str, ...]
    reservation: str = ""


class _Workload(msgspec.Struct, rename="camel"):
    kind: str
    namespace: str
    name: str
    pods: tuple[str, ...]


class _Head(msgspec.Struct, rename="camel"):
    api_version: str
    kind: str


class _Plan(_Head, rename="camel"):
    region: str
    nodes: tuple[_Node, ...]
    workloads: tuple[_Workload, ...]


def read_plan(name: str) -> HandedPlan:
    """Read a plan file; raise InputError for what is none."""
    content = read_file(name, limit=TABLE_BYTES_MAX, hint=_HINT)
    head: _Head = decoded_json(name, content, _Head, hint=_HINT)
    if (head.api_version, head.kind) != (_VERSION, _KIND):
        raise InputError(
            f"{name}: expected {_VERSION} {_KIND}, found {head.api_version} {head.kind}", hint=_HINT
        )
    wire: _Plan = decoded_json(name, content, _Plan, hint=_HINT)
    _check(name, wire)
    launched = [node for node in wire.nodes if _is_launched(node)]
    there = [node for node in wire.nodes if not _is_launched(node)]
    told = msgspec.json.encode((wire.region, launched))
    return HandedPlan(
        hashlib.sha256(told).hexdigest()[:_DIGEST_LENGTH],
        wire.region,
        tuple(map(_node, launched)),
        tuple(pod for node in there for pod in node.pods),
        _workloads(wire.workloads),
    )


def _check(name: str, wire: _Plan) -> None:
    """Raise InputError for nodes and pods that are there twice, and for what names no pod."""
    nodes = Counter(node.name for node in wire.nodes)
    pods = Counter(pod for node in wire.nodes for pod in node.pods)
    for number, node in enumerate(wire.nodes):
        if nodes[node.name] > 1:
            raise InputError(
                f"{name}: nodes[{number}].name: {node.name} is there twice", hint=_HINT
            )
        for place, pod in enumerate(node.pods):
            namespace, slash, own = pod.partition("/")
            where = f"{name}: nodes[{number}].pods[{place}]"
            if not (namespace and slash and own) or "/" in own:
                raise InputError(f"{where}: {pod!r} is not namespace/name", hint=_HINT)
            if pods[pod] > 1:
                raise InputError(f"{where}: {pod} is there twice", hint=_HINT)


def _is_launched(node: _Node) -> bool:
    """Return whether a node is to be launched: a new one, or a reserved one that has pods."""
    return not node.existing or bool(node.reservation and node.pods)


def _node(node: _Node) -> HandedNode:
    return HandedNode(
        node.name,
        node.node_pool,
        node.instance_type,
        node.zone,
        node.capacity_type,
        tuple(sorted(node.labels.items())),
        tuple(Taint(taint.key, taint.value, taint.effect) for taint in node.taints),
        node.pods,
        frozenset(pod.removesuffix(f"-{node.name}") for pod in node.daemon_set_pods),
    )


def _workloads(items: tuple[_Workload, ...]) -> dict[str, WorkloadKey]:
    return {
        f"{item.namespace}/{pod}": (item.kind, item.namespace, item.name)
        for item in items
        for pod in item.pods
    }
