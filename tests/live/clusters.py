"""Clusters to look at: the online shop on node groups, and very many nodes and pods.

Law: the same arguments make the same cluster; nothing here waits.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import replace

from tests.differential import shop
from tests.differential.api import Client
from tests.differential.model import Object

from kubestow.catalog.density import MANAGED_PODS_AT_MOST
from kubestow.model.instance_type import ON_DEMAND, SPOT, Catalog
from kubestow.model.labels import CAPACITY_TYPE, MANAGED_CAPACITY_TYPE
from kubestow.model.nodepool import Launcher, NodeClass, NodePool

from .registration import LaunchedInstance, address, registered
from .world import LiveWorld, join

ZONES = ("ap-northeast-2a", "ap-northeast-2c")
KARPENTER_POOL = NodePool("general")
_GROUP = NodePool(
    "general",
    launched_by=Launcher.MANAGED_NODE_GROUP,
    node_class=NodeClass(pods_at_most=MANAGED_PODS_AT_MOST),
)
NODE_GROUPS = ((_GROUP, ON_DEMAND, 8), (replace(_GROUP, name="batch-spot"), SPOT, 3))
"""What a user of Cluster Autoscaler may have: each group's capacity type and number of nodes."""
_GROUP_TYPE = "m5.xlarge"
UNSCHEDULABLE = "replicasets/shop/price-model"
"""What stays incomplete there: its pod asks for more memory than any node has."""

_MANY_TYPES = ("m5.xlarge", "m5.2xlarge", "c5.2xlarge", "r5.xlarge")
_MILLICPU, _MEMORY_MIB = (25, 50, 100, 150, 250), (64, 128, 256, 512)
_REPLICAS = 50
NAMESPACE = "many"


def launch_node_groups(world: LiveWorld) -> list[str]:
    """Launch the node groups, each spread over two zones; return the names of their Nodes."""
    return [
        name
        for pool, capacity_type, count in NODE_GROUPS
        for number in range(count)
        for name in world.launch(pool, _GROUP_TYPE, ZONES[number % 2], capacity_type)
    ]


def apply_shop_for_node_groups(api: Client) -> None:
    """Apply the shop as a user of node groups has it, and one pod that no node can take."""
    for item in shop.documents():
        _select_by_node_group(item)
        api.call("POST", shop.place(item), item)
    name = UNSCHEDULABLE.rpartition("/")[2]
    large = replica_set(name, "shop", 1, {"cpu": "500m", "memory": "20Gi"})
    api.call("POST", _replica_sets("shop"), large)


def _select_by_node_group(item: Object) -> None:
    """Choose a capacity type by the label of managed node groups in place of Karpenter's."""
    pod = item.get("spec", {}).get("template", {}).get("spec", {})
    selector = pod.get("nodeSelector", {})
    if CAPACITY_TYPE in selector:
        chosen = selector.pop(CAPACITY_TYPE)
        selector[MANAGED_CAPACITY_TYPE] = chosen.upper().replace("-", "_")


def fill(api: Client, catalog: Catalog, nodes: int, pods: int, seed: int = 0) -> None:
    """Create so many nodes, with pods that are bound to them already.

    KWOK makes them Ready and Running. No controller may be there yet: it would make pods of the
    ReplicaSets before those that are theirs.
    """
    dice = random.Random(seed)
    instances = [
        LaunchedInstance(
            f"i-{number:017x}",
            dice.choice(_MANY_TYPES),
            ZONES[number % 2],
            SPOT if dice.random() < 0.3 else ON_DEMAND,
            address(number),
        )
        for number in range(nodes)
    ]
    made = [registered(catalog, instance, KARPENTER_POOL) for instance in instances]
    api.each(lambda objects: join(api, objects), made)
    names = [node["metadata"]["name"] for node, _ in made]
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    api.create(namespace)
    owners = []
    for item in _replica_sets_of(pods, dice):
        created = api.call("POST", _replica_sets(NAMESPACE), item)
        owners.append((item, json.loads(created)["metadata"]["uid"]))
    api.each(api.create, _bound_pods(owners, names))


def replica_set(name: str, namespace: str, replicas: int, requests: dict[str, str]) -> Object:
    """Return a ReplicaSet of pods with one container."""
    labels = {"app.kubernetes.io/name": name}
    container = {
        "name": "main",
        "image": f"registry.example.com/{namespace}/{name}:1",
        "resources": {"requests": requests, "limits": {"memory": requests["memory"]}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def _replica_sets(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/replicasets"


def _replica_sets_of(pods: int, dice: random.Random) -> Iterator[Object]:
    """Yield ReplicaSets that have so many pods together."""
    for number, first in enumerate(range(0, pods, _REPLICAS)):
        requests = {
            "cpu": f"{dice.choice(_MILLICPU)}m",
            "memory": f"{dice.choice(_MEMORY_MIB)}Mi",
        }
        yield replica_set(f"app-{number}", NAMESPACE, min(_REPLICAS, pods - first), requests)


def _bound_pods(owners: list[tuple[Object, str]], nodes: list[str]) -> Iterator[Object]:
    """Yield the pods of ReplicaSets, dealt to the nodes in turn."""
    number = 0
    for item, identifier in owners:
        template, metadata = item["spec"]["template"], item["metadata"]
        owner = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "name": metadata["name"],
            "uid": identifier,
            "controller": True,
            "blockOwnerDeletion": True,
        }
        for replica in range(item["spec"]["replicas"]):
            yield {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": f"{metadata['name']}-{replica:05d}",
                    "namespace": metadata["namespace"],
                    "labels": template["metadata"]["labels"],
                    "ownerReferences": [owner],
                },
                "spec": template["spec"] | {"nodeName": nodes[number % len(nodes)]},
            }
            number += 1
