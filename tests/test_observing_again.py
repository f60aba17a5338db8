"""What is kept from one observation to the next: it never shows, whatever has changed."""

import json
import random
from collections.abc import Callable
from typing import Any, cast

import pytest
from tests.unit.live.objects import AT, Object, node, pod

from kubestow.adapters.catalog_files import load_catalog
from kubestow.adapters.kubernetes.slim import key_of, slim
from kubestow.adapters.kubernetes_api.api_server import ApiServer
from kubestow.adapters.kubernetes_api.cluster_cache import ClusterCache
from kubestow.adapters.kubernetes_api.reflector import FORBIDDEN, Hearing
from kubestow.live.observers import ClusterObserver
from kubestow.live.snapshot_reader import SnapshotReader
from kubestow.model.observed import Observed
from kubestow.model.workload import Lifecycle
from kubestow.usecases.survey import Surveyor, survey
from kubestow.views.cluster_view import ClusterView, cluster_view
from kubestow.views.settings import Settings

READER = SnapshotReader(catalog=load_catalog("us-east-1", embedded_only=True))
SETTINGS = Settings()
STEPS = 20
NODES, PODS, SETS = 4, 12, 3


class Server:
    name, address = "test", "https://test"


Shelves = dict[str, dict[str, bytes]]


def cache_of(shelves: Shelves) -> ClusterCache:
    """Return a cache that has been told of these objects, by resource and namespace/name."""
    cache = ClusterCache(cast(ApiServer, Server()))
    tell(cache, shelves)
    return cache


def tell(cache: ClusterCache, shelves: Shelves) -> None:
    for kind, reflector in cache._reflectors.items():
        reflector.hearing = Hearing(is_listed=True)
        reflector.shelf.replace(shelves.get(kind.resource, {}))


def observer_of(cache: ClusterCache) -> ClusterObserver:
    return ClusterObserver(cache, READER, lambda: AT)


class Cluster:
    """A small cluster that changes at random."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.shelves: Shelves = {}
        for _ in range(20):
            self.change()

    def change(self) -> None:
        ways: list[Callable[[], object]] = [self.pod, self.pod, self.pod, self.node, self.shape]
        self.dice.choice(ways)()

    def put(self, resource: str, item: Object) -> None:
        json_of = json.dumps(item).encode()
        objects = self.shelves.setdefault(resource, {})
        key = key_of(json_of)
        if self.dice.random() < 0.25:
            objects.pop(key, None)
        else:
            objects[key] = slim(resource, json_of)

    def pod(self) -> None:
        dice = self.dice
        number = dice.randrange(PODS)
        hashed = dice.choice((str(number % SETS), "other", ""))
        owner = {
            "kind": dice.choice((*["ReplicaSet"] * 6, "StatefulSet", "DaemonSet", "Node")),
            "name": f"web-{number % SETS}",
            "uid": "1",
            "controller": True,
        }
        labels = {"app": f"web-{number % SETS}", "number": str(dice.randrange(3))}
        if hashed:
            labels["pod-template-hash"] = hashed
        made = pod(
            f"web-{number}",
            dice.choice(("", *(f"node-{place}" for place in range(NODES)))),
            dice.choice(("100m", "2", "100", "much")),
            labels=labels,
            ownerReferences=[owner][: dice.randrange(5)],
        )
        if dice.random() < 0.3:
            del made["spec"]["containers"][0]["resources"]
        dice.choice((self.volume, self.priority, self.end, lambda _: None, lambda _: None))(made)
        self.put("pods", made)

    def volume(self, made: Object) -> None:
        claim = {"spec": {"resources": {"requests": {"storage": "1Gi"}}}}
        kinds: tuple[Object, ...] = (
            {"ephemeral": {"volumeClaimTemplate": claim}},
            {"persistentVolumeClaim": {"claimName": "data"}},
            {"emptyDir": {}},
        )
        made["spec"]["volumes"] = [{"name": "data", **self.dice.choice(kinds)}]

    def priority(self, made: Object) -> None:
        made["spec"]["priorityClassName"] = "high"
        if self.dice.random() < 0.5:
            made["spec"]["priority"] = 5

    def end(self, made: Object) -> None:
        if self.dice.random() < 0.5:
            made["metadata"]["deletionTimestamp"] = "2026-11-29T00:00:00Z"
        else:
            made["status"]["phase"] = self.dice.choice(("Succeeded", "Failed"))

    def node(self) -> None:
        dice = self.dice
        name = f"node-{dice.randrange(NODES)}"
        made = node(name, dice.choice(("m5.large", "m5.xlarge")), dice.choice(("a", "b")))
        made["spec"]["unschedulable"] = dice.random() < 0.3
        made["status"]["conditions"][0]["status"] = dice.choice(("True", "False"))
        self.put("nodes", made)

    def shape(self) -> None:
        """Change an object that says what others are."""
        dice, number = self.dice, self.dice.randrange(SETS)
        above = {"kind": "Deployment", "name": "above", "uid": "2", "controller": True}
        own: Object = {"name": f"web-{number}", "namespace": "shop"}
        owned = {**own, "ownerReferences": [above][: dice.randrange(2)]}
        labels = {"app": f"web-{number}"}
        template = {"metadata": {"labels": labels}, "spec": pod("x")["spec"]}
        spec = {
            "replicas": dice.randrange(6),
            "selector": {"matchLabels": dict(dice.sample([*labels.items()], 1))},
            "template": template,
        }
        requests = {"cpu": dice.choice(("50m", "300m"))}
        limits = [{"type": "Container", "defaultRequest": requests, "max": {"cpu": "3"}}]
        resource, item = dice.choice(
            (
                ("replicasets", {"metadata": owned, "spec": spec}),
                ("deployments", {"metadata": own, "spec": spec}),
                ("limitranges", {"metadata": own, "spec": {"limits": limits}}),
                (
                    "priorityclasses",
                    {"metadata": {"name": "high"}, "value": dice.randrange(9)},
                ),
                (
                    "resourcequotas",
                    {"metadata": own, "spec": {"hard": {"requests.cpu": str(number)}}},
                ),
                ("services", {"metadata": own, "spec": {"selector": labels}}),
            )
        )
        self.put(resource, cast(Object, item))


def lifecycles(seen: Observed) -> list[Lifecycle]:
    """Return what pods that are equal may differ in."""
    return [pod.lifecycle for pod in seen.snapshot.cluster.pods]


def viewed(seen: Observed) -> ClusterView:
    return cluster_view(survey(seen), SETTINGS)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_is_observed_from_nothing(seed: int) -> None:
    cluster = Cluster(seed)
    cache = cache_of(cluster.shelves)
    observer, surveyor = observer_of(cache), Surveyor()
    before: Any = None
    for _ in range(STEPS):
        for _ in range(cluster.dice.randrange(4)):
            cluster.change()
        tell(cache, cluster.shelves)
        seen = observer.observe()
        fresh = observer_of(cache_of(cluster.shelves)).observe()
        assert seen == fresh
        assert lifecycles(seen) == lifecycles(fresh)
        surveyed = surveyor.survey(seen)
        assert surveyed == survey(fresh)
        view = cluster_view(surveyed, SETTINGS, None, before)
        assert view == viewed(fresh)
        before = surveyed, view


def replica_set(**metadata: Any) -> Object:
    own = {"name": "web-1", "namespace": "shop", **metadata}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod("x")["spec"]}
    selector = {"matchLabels": {"app": "web"}}
    return {"metadata": own, "spec": {"replicas": 3, "selector": selector, "template": template}}


def of_web(name: str, on: str = "a", **labels: str) -> Object:
    owner = {"kind": "ReplicaSet", "name": "web-1", "uid": "1", "controller": True}
    return pod(name, on, labels={"app": "web", **labels}, ownerReferences=[owner])


HASH = {"pod-template-hash": "1"}
OWNED = {"ownerReferences": [{"kind": "Deployment", "name": "above", "uid": "2"}]}
SELECTING = replica_set()
SELECTING["spec"]["selector"]["matchLabels"]["more"] = "1"
BARE = of_web("web-2", "")
del BARE["spec"]["containers"][0]["resources"]
JOB, STATIC = of_web("web-5"), of_web("web-5")
JOB["metadata"]["ownerReferences"][0]["kind"] = "Job"
STATIC["metadata"]["ownerReferences"][0]["kind"] = "Node"
LIMITS: Object = {
    "metadata": {"name": "limits", "namespace": "shop"},
    "spec": {"limits": [{"type": "Container", "defaultRequest": {"cpu": "300m"}}]},
}


@pytest.mark.parametrize(
    ("resource", "before", "after"),
    [
        ("replicasets", replica_set(), replica_set(**OWNED)),
        ("replicasets", replica_set(), SELECTING),
        ("replicasets", replica_set(), None),
        ("limitranges", None, LIMITS),
        ("nodes", node("a"), None),
        ("pods", of_web("web-0"), of_web("web-0", **HASH)),
        ("pods", of_web("web-5"), of_web("web-5", number="1")),
        ("pods", JOB, STATIC),
    ],
    ids=["owner", "selector", "no owner", "limits", "node", "hash before it", "label", "its owner"],
)
def test_a_pod_is_read_again_when_what_it_depends_on_changes(
    resource: str, before: Object | None, after: Object | None
) -> None:
    shelves: Shelves = {}

    def put(name: str, item: Object) -> None:
        json_of = json.dumps(item).encode()
        shelves.setdefault(name, {})[key_of(json_of)] = slim(name, json_of)

    for item in (of_web("web-1"), BARE, of_web("web-4", "b", **HASH)):
        put("pods", item)
    for item in (node("a"), node("b")):
        put("nodes", item)
    put("replicasets", replica_set())
    if before is not None:
        put(resource, before)
    cache = cache_of(shelves)
    observer, surveyor = observer_of(cache), Surveyor()
    surveyor.survey(observer.observe())
    if after is not None:
        put(resource, after)
    elif before is not None:
        del shelves[resource][key_of(json.dumps(before).encode())]
    tell(cache, shelves)
    seen, fresh = observer.observe(), observer_of(cache_of(shelves)).observe()
    assert seen == fresh
    assert lifecycles(seen) == lifecycles(fresh)
    assert surveyor.survey(seen) == survey(fresh)


def test_a_cluster_that_is_read_as_documents_is_the_one_of_its_lists() -> None:
    for seed in range(4):
        cache = cache_of(Cluster(seed).shelves)
        listed = READER.read(cache.sources().sources, [], AT).snapshot.cluster
        kept = [document for found in cache.documents().values() for document in found.values()]
        assert READER.read((), [], AT, documents=kept).snapshot.cluster == listed


def test_what_has_not_changed_is_the_same_object() -> None:
    cluster = Cluster(1)
    cluster.shelves = {}
    for item in (node("a"), node("b")):
        cluster.shelves.setdefault("nodes", {})[item["metadata"]["name"]] = json.dumps(
            item
        ).encode()
    pods = {f"shop/{name}": pod(name, name[0]) for name in ("a-0", "a-1", "b-0")}
    cluster.shelves["pods"] = {key: json.dumps(item).encode() for key, item in pods.items()}
    cache = cache_of(cluster.shelves)
    observer, surveyor = observer_of(cache), Surveyor()
    first = observer.observe()
    surveyed = surveyor.survey(first)
    view = cluster_view(surveyed, SETTINGS)
    pods["shop/b-0"]["metadata"]["labels"]["new"] = "1"
    cluster.shelves["pods"]["shop/b-0"] = json.dumps(pods["shop/b-0"]).encode()
    tell(cache, cluster.shelves)
    second = observer.observe()
    again = surveyor.survey(second)
    same = [
        one is other
        for one, other in zip(
            first.snapshot.cluster.pods, second.snapshot.cluster.pods, strict=True
        )
    ]
    assert same == [True, True, False]
    rows = cluster_view(again, SETTINGS, None, (surveyed, view)).nodes
    assert [one is other for one, other in zip(view.nodes, rows, strict=True)] == [True, False]


def test_a_kind_that_may_not_be_read_any_more_is_left_out_and_said_to_be() -> None:
    cluster = Cluster(2)
    cache = cache_of(cluster.shelves)
    observer = observer_of(cache)
    observer.observe()
    kind = next(kind for kind in cache._reflectors if kind.resource == "services")
    cache._reflectors[kind].hearing = Hearing(is_listed=True, trouble=FORBIDDEN)
    assert "services" in "".join(observer.observe().notes)
    assert "services" not in cache.documents()
