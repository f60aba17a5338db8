"""The harness itself: what needs no binaries, and one trivial case that does."""

import json
from pathlib import Path

import pytest

from .acceptance import accept
from .binaries import digest
from .control_plane import ControlPlane
from .driver import drive, scores_of
from .generator import FOCUSES, case, scored_case
from .messages import from_prefilter, histogram, plugin_of
from .model import Answer, Case, Object, RefusedError, key
from .oracle import ask, oracle
from .shrink import load, shrink, write


def a_node(name: str, **spec: object) -> Object:
    capacity = {"cpu": "2", "memory": "4Gi", "pods": "10"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "spec": dict(spec),
        "status": {"capacity": capacity, "allocatable": capacity},
    }


def a_pod(name: str, cpu: str = "1", **spec: object) -> Object:
    container = {"name": "main", "image": "none", "resources": {"requests": {"cpu": cpu}}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"containers": [container], **spec},
    }


def test_a_seed_makes_the_same_bytes_and_another_seed_makes_others() -> None:
    def text(found: Case) -> str:
        return json.dumps([found.name, found.objects, found.pods])

    assert text(case(7)) == text(case(7))
    assert text(case(7)) != text(case(8))
    assert text(scored_case(7)) == text(scored_case(7))


def test_every_field_that_a_filter_looks_at_is_generated() -> None:
    words = json.dumps([[found.objects, found.pods] for found in map(case, range(120))])
    for field in (
        "unschedulable", "tolerationSeconds", "matchFields", "DoesNotExist", '"Gt"', "hostIP",
        '"::"', "SCTP", "hostNetwork", "restartPolicy", "overhead", "hugepages-2Mi", "0.0005",
        "PodResizePending", "allocatedResources", "gcePersistentDisk", "iscsi", "rbd",
        "ReadWriteOncePod", "VolumeAttachment", "migrated-plugins", "deletionTimestamp", "Lost",
        "selected-node", "maximumVolumeSize", "allowedTopologies", "volumeMode", "__",
        "failure-domain.beta.kubernetes.io/zone", "minDomains", "nodeTaintsPolicy",
        "mismatchLabelKeys", '"namespaceSelector": {}', '"labelSelector": {}', '"Succeeded"',
        "volumeAttributesClassName", "ephemeral", "VolumeAttributesClass", "nodeTopology",
    ):  # fmt: skip
        assert field in words, field


def test_generated_names_are_unique() -> None:
    for seed in range(len(FOCUSES) * 3):
        found = case(seed)
        places = [(item["kind"], key(item)) for item in [*found.objects, *found.pods]]
        assert len(places) == len(set(places))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "0/9 nodes are available: 3 Insufficient cpu, 6 node(s) were unschedulable.",
            {"Insufficient cpu": 3, "node(s) were unschedulable": 6},
        ),
        (
            "0/3 nodes are available: 1 Insufficient example.com/gpu, 2 Too many pods. "
            "preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.",
            {"Insufficient example.com/gpu": 1, "Too many pods": 2},
        ),
        (
            "0/5 nodes are available: 2 node(s) had untolerated taint {a: b, c}, 3 Too many pods.",
            {"node(s) had untolerated taint {a: b, c}": 2, "Too many pods": 3},
        ),
        (
            "0/4 nodes are available: 4 node(s) unavailable due to one or more pvc(s) bound to "
            "non-existent pv(s).",
            {"node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)": 4},
        ),
        (
            '0/7 nodes are available: persistentvolumeclaim "data.1" not found.',
            {'persistentvolumeclaim "data.1" not found': 7},
        ),
        ("0/2 nodes are available:", {}),
        ("no nodes available to schedule pods", {}),
        ("running Filter plugin: something broke", None),
    ],
)
def test_a_message_is_read_back_as_a_histogram(
    message: str, expected: dict[str, int] | None
) -> None:
    assert histogram(message) == expected


def test_a_message_from_prefilter_is_told_apart() -> None:
    assert from_prefilter('0/7 nodes are available: persistentvolumeclaim "x" not found.')
    assert not from_prefilter("0/7 nodes are available: 7 Insufficient cpu.")


def test_reasons_are_put_down_to_their_plugins() -> None:
    assert plugin_of("Insufficient hugepages-2Mi") == "NodeResourcesFit"
    assert plugin_of("node(s) didn't match pod affinity rules") == "InterPodAffinity"
    assert plugin_of('persistentvolume "x" not found') == "VolumeZone"
    assert plugin_of("something new") == "other: something new"


def test_the_shrinker_keeps_only_what_fails() -> None:
    def fails(found: Case) -> bool:
        cordoned = [item for item in found.objects if item["spec"].get("unschedulable")]
        wanting = [item for item in found.pods if "nodeSelector" in item["spec"]]
        return bool(cordoned and wanting)

    nodes = [a_node(f"n{number}", unschedulable=number == 13) for number in range(40)]
    pods = [a_pod(f"p{number}") for number in range(20)]
    pods[11]["spec"]["nodeSelector"] = {"a": "b"}
    small = shrink(Case("toy", nodes, pods), fails)
    assert [item["metadata"] for item in small.objects] == [{"name": "n13"}]
    assert small.objects[0]["spec"] == {"unschedulable": True}
    assert [item["spec"] for item in small.pods] == [{"nodeSelector": {}}]


def test_the_shrinker_stops_after_so_many_tries() -> None:
    tries = []
    found = Case("toy", [a_node(f"n{number}") for number in range(40)], [a_pod("p")])
    assert shrink(found, lambda smaller: bool(tries.append(smaller)), tries_max=25) == found
    assert len(tries) == 25


def test_a_recorded_case_is_read_back(tmp_path: Path) -> None:
    found = Case("toy", [a_node("n0")], [a_pod("p")])
    answers = {"shop/p": Answer(frozenset({"n0"}), {"Insufficient cpu": 2}, "")}
    assert load(write(found, answers, tmp_path)) == (found, answers)


def test_the_cache_is_keyed_by_the_module_files() -> None:
    assert len(digest()) == 16
    assert digest() == digest()


def test_the_oracle_tells_the_nodes_that_pass_and_the_reasons_of_the_others(
    plane: ControlPlane,
) -> None:
    nodes = [a_node("n0"), a_node("n1", unschedulable=True), a_node("n2")]
    objects = [*nodes, a_pod("there", "1500m", nodeName="n2")]
    with oracle(plane) as running:
        for _ in range(2):
            answers = running.ask(objects, [a_pod("p"), a_pod("huge", "64")])
        assert answers["shop/p"].feasible == {"n0"}
        assert answers["shop/p"].reasons == {
            "node(s) were unschedulable": 1,
            "Insufficient cpu": 1,
        }
        assert not answers["shop/huge"].feasible
        with pytest.raises(RefusedError, match=r"spec\.containers: Required"):
            running.ask(nodes, [a_pod("empty", containers=[])])
        assert not plane.api.objects("Node")
        assert running.ask([], [a_pod("p")])["shop/p"].feasible == frozenset()


def test_the_oracle_reads_the_words_that_the_scheduler_would_have_written(
    plane: ControlPlane,
) -> None:
    objects = [a_node("n0"), a_node("n1", unschedulable=True)]
    expected = ask(plane, objects, [a_pod("p", "64")])["shop/p"].message
    for item in objects:  # before the scheduler starts, or it may see the pod before the nodes
        plane.api.create(item)
    with plane.scheduler({}, name="writing") as _:
        plane.api.create(a_pod("p", "64"))
        said: list[Object] = []
        while not said:
            status = plane.api.get("Pod", "shop", "p")["status"]
            said = status.get("conditions", [])
        for item in [a_pod("p"), *objects]:
            plane.api.delete(item)
    assert said[0]["message"].startswith(expected)


def test_the_driver_places_pods_in_turn_until_none_fits(plane: ControlPlane) -> None:
    pods = [a_pod(f"p{number}") for number in range(5)]
    placed = drive(plane, [a_node("n0"), a_node("n1")], pods)
    assert sorted(placed) == ["", "n0", "n0", "n1", "n1"]
    assert placed[4] == ""


def test_the_plugins_scores_are_told(plane: ControlPlane) -> None:
    found = scores_of(plane, [a_node("n0"), a_node("n1")], a_pod("p"))
    assert found.keys() == {"n0", "n1"}
    assert found["n0"]["NodeResourcesFit"] > 0


def test_acceptance_names_the_pods_that_stay_pending(plane: ControlPlane) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "shop"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "gp3",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "gp3"},
        "provisioner": "ebs.csi.aws.com",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    mounted = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    pods = [a_pod("p0", volumes=[mounted]), a_pod("p1"), a_pod("p2")]
    objects = [a_node("n0"), claim, storage_class]
    result = accept(plane, objects, pods, seed=1, quiet_seconds=3)
    assert len(result.pending) == 1
    assert set(result.placed.values()) == {"n0"}
    assert not plane.api.objects("PersistentVolume")
