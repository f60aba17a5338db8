"""A cluster as an autoscaler's model leaves it, put on an API server: its nodes, pods and owners.

Law: the model decides which nodes there are and which pods are on them; nothing here moves one.
"""

import functools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import yaml
from tests.differential import shop
from tests.differential.api import PLURALS, Client
from tests.differential.model import Object
from tests.differential.objects.definitions import definition

from kubestow.adapters.sources import Source
from kubestow.catalog.density import MANAGED_PODS_AT_MOST
from kubestow.live.snapshot_reader import SnapshotReader
from kubestow.model import labels as names
from kubestow.model.instance_type import ON_DEMAND, SPOT, Catalog
from kubestow.model.nodepool import Launcher, NodeClass, NodePool
from kubestow.model.reporter import SilentReporter
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.settled import Settled
from kubestow.policies.registry import made
from kubestow.simulation.settled import settled

from .clusters import ZONES
from .registration import LaunchedInstance, address, registered
from .settled_workloads import documents
from .workloads import wait_until
from .world import join

KARPENTER, CLUSTER_AUTOSCALER = "karpenter", "cluster-autoscaler"
_HYPERVISOR = f"{names.AWS_PREFIX}instance-hypervisor"
_GROUP_TYPES = ("m5.xlarge", "m5.2xlarge", "c5.2xlarge", "r5.xlarge")
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_SECONDS = 30


@dataclass(frozen=True)
class SettledCluster:
    """A cluster that rests: its objects without nodes, its pools, and what the model left.

    ``pool_objects`` are the pools as Karpenter's objects. They are in the cluster only where
    Karpenter runs it: a node group is not an object.
    """

    policy: str
    catalog: Catalog
    objects: list[Object]
    pool_objects: list[Object]
    pools: tuple[NodePool, ...]
    left: Settled
    owners: dict[str, tuple[str, str]]

    @property
    def nano_usd_per_hour(self) -> int:
        """Return what the nodes cost by the model's own account."""
        return self.left.nano_usd_per_hour


def settle(catalog: Catalog, policy: str, seed: int, workloads: int) -> SettledCluster:
    """Leave a policy's model alone with the workloads of a seed."""
    dice = random.Random(seed)
    capacity = dice.choice((ON_DEMAND, SPOT))
    objects = documents(seed, workloads)
    pool_objects = _nodepool(capacity, is_of_group=policy == CLUSTER_AUTOSCALER)
    given = [*objects, *(pool_objects if policy == KARPENTER else [])]
    problems: list[Any] = []
    content = json.dumps({"apiVersion": "v1", "kind": "List", "items": given}).encode()
    reader = SnapshotReader(catalog=catalog)
    snapshot = reader.read([Source("workloads", content)], problems).snapshot
    assert not problems, problems
    if policy == CLUSTER_AUTOSCALER:
        types = dice.sample(_GROUP_TYPES, dice.randint(1, 3))
        groups = tuple(_node_group(kind, capacity) for kind in sorted(types))
        snapshot = replace(snapshot, cluster=replace(snapshot.cluster, nodepools=groups))
    pools = snapshot.cluster.nodepools
    left = settled(snapshot, made(policy, pools), SilentReporter())
    assert left.rests, (policy, seed)
    assert not left.left_out, left.left_out
    owners = {pod.key: pod.lifecycle.owner for pod in snapshot.cluster.pods if pod.lifecycle.owner}
    return SettledCluster(policy, catalog, objects, pool_objects, pools, left, owners)


def _nodepool(capacity: str, *, is_of_group: bool) -> list[Object]:
    """Return the NodePool of a cluster, and its EC2NodeClass.

    If it ``is_of_group`` it has what kubestow takes node groups to be able to be.
    """
    path = shop.SHOP.parent / "seoul.yaml"
    pool, node_class = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    wanted = {names.CAPACITY_TYPE: capacity}
    requirements = pool["spec"]["template"]["spec"]["requirements"]
    for item in requirements:
        item["values"] = [wanted.get(item["key"], item["values"][0]), *item["values"][1:]]
    if is_of_group:
        requirements[:] = [
            item for item in requirements if not item["key"].endswith("instance-generation")
        ]
        for key, value in ((names.CURRENT_GENERATION, "true"), (_HYPERVISOR, "nitro")):
            requirements.append({"key": key, "operator": "In", "values": [value]})
    return [pool, node_class]


def _node_group(instance_type: str, capacity: str) -> NodePool:
    """Return a managed node group of one instance type, as users of Cluster Autoscaler have it."""
    return NodePool(
        f"workers-{instance_type.replace('.', '-')}",
        Requirements.of(
            [
                requirement(names.OS, "In", ["linux"]),
                requirement(names.INSTANCE_TYPE, "In", [instance_type]),
                requirement(names.ZONE, "In", list(ZONES)),
                requirement(names.CAPACITY_TYPE, "In", [capacity]),
            ]
        ),
        launched_by=Launcher.MANAGED_NODE_GROUP,
        node_class=NodeClass(pods_at_most=MANAGED_PODS_AT_MOST),
    )


def fill(api: Client, cluster: SettledCluster) -> None:
    """Create the cluster's objects, its nodes, and its pods bound as the model left them.

    No controller may be there yet: it would make pods before those that are theirs.
    """
    if cluster.policy == KARPENTER:
        _define(api, cluster.pool_objects)
    uids = {}
    for item in cluster.objects:
        if item["kind"] != "Pod":
            created = json.loads(api.call("POST", _place(item), item))
            uids[item["kind"], item["metadata"]["name"]] = created["metadata"]["uid"]
    pools = {pool.name: pool for pool in cluster.pools}
    node_of: dict[str, str] = {}
    for number, node in enumerate(cluster.left.nodes):
        claim = node.claim
        instance = LaunchedInstance(
            f"i-{number:017x}", claim.instance_type, claim.zone, claim.capacity_type,
            address(number),
        )  # fmt: skip
        join(api, registered(cluster.catalog, instance, pools[claim.nodepool]))
        name = instance.node_name(cluster.catalog.region)
        node_of |= dict.fromkeys(node.pods, name)
    api.each(api.create, _pods(cluster, uids, node_of))


def _define(api: Client, objects: list[Object]) -> None:
    """Define Karpenter's kinds, and create objects of them."""
    for item in objects:
        made_of = definition(item["kind"])
        api.call("POST", _DEFINITIONS, made_of)
        plural, _, group = made_of["metadata"]["name"].partition(".")
        where = f"/apis/{group}/v1/{plural}"
        wait_until(functools.partial(_is_missing, api, where), _SECONDS)
        api.call("POST", where, item)


def _is_missing(api: Client, where: str) -> bool:
    return api.request("GET", where)[0] != 200


def _place(item: Object) -> str:
    if item["kind"] == "ReplicaSet":
        return f"/apis/apps/v1/namespaces/{item['metadata']['namespace']}/replicasets"
    if item["kind"] in shop.RESOURCES:
        return shop.place(item)
    root, plural = PLURALS[item["kind"]]
    namespace = item["metadata"].get("namespace")
    return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"


def _pods(
    cluster: SettledCluster, uids: dict[tuple[str, str], str], node_of: dict[str, str]
) -> Iterator[Object]:
    """Yield the pods of all owners but DaemonSets, and those without one."""
    known = {(item["kind"], item["metadata"]["name"]): item for item in cluster.objects}
    for key in (*node_of, *cluster.left.pending):
        namespace, _, name = key.partition("/")
        node = {"nodeName": node_of[key]} if key in node_of else {}
        if key not in cluster.owners:
            bare = known["Pod", name]
            yield bare | {"spec": bare["spec"] | node}
            continue
        kind, owner_name = cluster.owners[key]
        owner = known[kind, owner_name]
        template = owner["spec"]["template"]
        reference = {
            "apiVersion": "apps/v1",
            "kind": kind,
            "name": owner_name,
            "uid": uids[kind, owner_name],
            "controller": True,
            "blockOwnerDeletion": True,
        }
        metadata = {"name": name, "namespace": namespace, "ownerReferences": [reference]}
        spec = template["spec"] | node
        if kind == "StatefulSet":
            claim = {"name": "data", "persistentVolumeClaim": {"claimName": f"data-{name}"}}
            spec |= {"hostname": name, "subdomain": owner["spec"]["serviceName"]}
            spec |= {"volumes": [claim]}
        yield {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": template["metadata"] | metadata,
            "spec": spec,
        }
