"""Nodes that are held, in the real API server: made, observed, landed on and opened.

Law: the hand of whoever lands. It carries out what it is told and lives with what others did first;
it decides nothing. What it must know of a held node is written on the node.
"""

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kubestow.disruption.expected import claims_of
from kubestow.model.decision import Land, Open
from kubestow.model.node import Node
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import UNSCHEDULABLE_KEY

from . import engine
from .api import PLURALS, Client, path
from .generator.volumes import CLAIM, SELECTED
from .model import Object, RefusedError
from .planned import node_object, pod_object

READY_AT = "kubestow.test/ready-at"
"""The annotation of a node that is held: since when."""
BOUND, CONFLICT, GONE, UNBOUND_CLAIM = "bound", "conflict", "gone", "claim not bound"
CLAIMS_SECONDS_MAX = 30.0
LAUNCH_SECONDS = 5.0
"""Much less than EC2 takes, and enough for the scheduler to place what it can before."""
_CORDON = {"key": UNSCHEDULABLE_KEY, "effect": "NoSchedule"}
_OBSERVED = (
    "Namespace", "Service", "PriorityClass", "StorageClass", "CSINode", "PersistentVolume",
    "PersistentVolumeClaim", "Node", "Pod",
)  # fmt: skip


def now() -> int:
    """Return the clock that held nodes and snapshots share, in seconds."""
    return int(time.monotonic())


def node_objects(nodes: Iterable[tuple[Node, Sequence[Pod]]], state: Snapshot) -> list[Object]:
    """Return nodes with their CSINodes and their DaemonSets' pods."""
    made = []
    for node, pods in nodes:
        made.append(node_object(node))
        made += [_csi_node(node)] if state.cluster.claims else []
        made += [pod_object(pod, state) for pod in pods]
    return made


def as_held(objects: Iterable[Object]) -> list[Object]:
    """Return the objects with their nodes cordoned, as they are when they become ready.

    A cordoned node has a taint, too: the node controller, which does not run here, would add it.
    """
    found = []
    for item in objects:
        if item["kind"] == "Node":
            metadata = {**item["metadata"], "annotations": {READY_AT: str(now())}}
            spec = {"unschedulable": True, "taints": [*item["spec"]["taints"], _CORDON]}
            item = {**item, "metadata": metadata, "spec": spec}
        found.append(item)
    return found


class Hand:
    """Observes the API server, and does there what is decided."""

    def __init__(self, api: Client, state: Snapshot) -> None:
        self._api, self._state = api, state
        self.answers: Counter[str] = Counter()
        self.bound_last = 0.0
        self._coming: list[tuple[float, NodeClaim]] = []
        self._uids: dict[str, str] = {}
        self._snapshot = state

    def observe(self) -> Snapshot:
        """Return the snapshot of what the API server holds now."""
        listed = {kind: self._listed(kind) for kind in _OBSERVED}
        there = {item["metadata"]["name"] for item in listed["Node"]}
        pods = [p for p in listed["Pod"] if p["spec"].get("nodeName", "") in {"", *there}]
        self._uids = {_key(pod): pod["metadata"]["uid"] for pod in pods}
        listed["Pod"] = pods
        cluster = engine.read([item for kind in _OBSERVED for item in listed[kind]])
        cluster = replace(
            cluster,
            nodepools=self._state.cluster.nodepools,
            daemonsets=self._state.cluster.daemonsets,
        )
        ready_at = {
            item["metadata"]["name"]: int(item["metadata"].get("annotations", {})[READY_AT])
            for item in listed["Node"]
            if READY_AT in item["metadata"].get("annotations", {})
        }
        seen = replace(self._state, cluster=cluster, at=now())
        claims = tuple(_claim(claim, ready_at) for claim in claims_of(seen))
        missing = ready_at.keys() - {claim.name for claim in claims}
        assert not missing, f"no offering is known of {sorted(missing)}"
        coming = tuple(claim for _, claim in self._coming)
        self._snapshot = replace(seen, nodeclaims=(*claims, *coming))
        return self._snapshot

    def _listed(self, kind: str) -> list[Object]:
        version = PLURALS[kind][0].removeprefix("/apis/").removeprefix("/api/")
        items = self._api.objects(kind)
        for item in items:
            item["metadata"].pop("managedFields", None)  # long, and nothing is decided by them
        return [{"apiVersion": version, **item} for item in items]

    def launch(self, claims: Iterable[NodeClaim]) -> None:
        """Launch nodes; they are there some seconds later."""
        at = time.monotonic() + LAUNCH_SECONDS
        self._coming += [(at, replace(claim, phase=Phase.LAUNCHED)) for claim in claims]

    def let_nodes_come(self) -> None:
        """Create the nodes that have been launched long enough ago, held."""
        due = [claim for at, claim in self._coming if at <= time.monotonic()]
        self._coming = [(at, claim) for at, claim in self._coming if at > time.monotonic()]
        pairs = [(claim.node, claim.daemonset_pods) for claim in due]
        self._api.each(self._api.create, as_held(node_objects(pairs, self._state)))

    def land(self, landings: Sequence[Land]) -> None:
        """Bind pods: those without claims, then those whose claims could be bound for them."""
        claims = self._unbound_claims(landings)
        simple = [landing for landing in landings if not claims[landing]]
        mounting = [landing for landing in landings if claims[landing]]
        self._api.each(self._bind, simple)
        if not mounting:
            return
        self._api.each(
            lambda pair: self._select(*pair),
            [(key, landing.node) for landing in mounting for key in claims[landing]],
        )
        bound = self._wait_for_claims({key for landing in mounting for key in claims[landing]})
        ready = [landing for landing in mounting if claims[landing] <= bound]
        self.answers[UNBOUND_CLAIM] += len(mounting) - len(ready)
        self._api.each(self._bind, ready)

    def _unbound_claims(self, landings: Sequence[Land]) -> dict[Land, set[tuple[str, str]]]:
        """Return the claims of each pod that have no volume yet."""
        cluster = self._snapshot.cluster
        waiting = {key for key, claim in cluster.claims.items() if not claim.volume_name}
        mounts = {
            pod.key: {(pod.namespace, name) for name in pod.volume_claims} & waiting
            for pod in cluster.pods
            if pod.volume_claims
        }
        return {landing: mounts.get(landing.pod, set()) for landing in landings}

    def _select(self, claim: tuple[str, str], node: str) -> None:
        """Do what kube-scheduler does before it binds: tell the provisioner which node it is."""
        where = path(CLAIM, *claim)
        change = {"metadata": {"annotations": {SELECTED: node}}}
        self._merge(where, change)

    def _wait_for_claims(self, keys: set[tuple[str, str]]) -> set[tuple[str, str]]:
        """Wait until the claims are bound; return those that are."""
        deadline = time.monotonic() + CLAIMS_SECONDS_MAX
        while True:
            bound = {
                (item["metadata"]["namespace"], item["metadata"]["name"])
                for item in self._api.objects(CLAIM)
                if item.get("status", {}).get("phase") == "Bound"
            }
            if keys <= bound or time.monotonic() > deadline:
                return bound
            time.sleep(0.1)

    def _bind(self, landing: Land) -> None:
        namespace, name = landing.pod.split("/")
        body = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"namespace": namespace, "name": name, "uid": self._uids[landing.pod]},
            "target": {"apiVersion": "v1", "kind": "Node", "name": landing.node},
        }
        status, answer = self._api.request("POST", f"{path('Pod', namespace, name)}/binding", body)
        if status == 409:
            self.answers[CONFLICT] += 1
        elif status == 404:
            self.answers[GONE] += 1
        elif status >= 300:
            raise RefusedError(f"{landing}: {status} {answer.decode(errors='replace')}")
        else:
            self.answers[BOUND] += 1
            self.bound_last = time.monotonic()

    def open(self, openings: Sequence[Open]) -> None:
        """Let the scheduler use nodes; the node controller would take the taint away."""
        nodes = {node.name: node for node in self._snapshot.cluster.nodes}
        self._api.each(lambda opening: self._open(nodes[opening.node]), openings)

    def _open(self, node: Node) -> None:
        taints = node_object(node.opened)["spec"]["taints"]
        change = {
            "metadata": {"annotations": {READY_AT: None}},
            "spec": {"unschedulable": None, "taints": taints or None},
        }
        self._merge(path("Node", None, node.name), change)

    def _merge(self, where: str, change: Object) -> None:
        headers = {"Content-Type": "application/merge-patch+json"}
        status, answer = self._api.request("PATCH", where, change, headers=headers)
        if status >= 300 and status != 404:
            message = json.loads(answer).get("message")
            raise RefusedError(f"PATCH {where}: {status} {message}")


def _claim(claim: NodeClaim, ready_at: dict[str, int]) -> NodeClaim:
    at = ready_at.get(claim.name)
    return claim if at is None else replace(claim, phase=Phase.HELD, ready_at=at)


def _key(pod: Object) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"


def _csi_node(node: Node) -> Object:
    drivers = [
        {"name": name, "nodeID": node.name, "allocatable": {"count": count}, "topologyKeys": None}
        for name, count in node.attach_limits
    ]
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "CSINode",
        "metadata": {"name": node.name},
        "spec": {"drivers": drivers},
    }
