"""Managed node groups instead of NodePools: they grow, are landed on, and shrink to their least."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubestow.live import marks
from kubestow.model.instance_type import Catalog
from kubestow.model.nodepool import NodeClass

from .account import furnish
from .bed import LiveBed
from .cloud import LiveCloud
from .conftest import REGION
from .controlled import CLUSTER, QUEUE, actions, controller, create
from .kubelets import Kubelets, kubelets
from .node_groups import MadeGroup, make_group
from .workloads import phases, wait_until

SECONDS = 120
ZONES = (f"{REGION}a", f"{REGION}c")
AT_ONCE = {"kubestow.dev/consolidate-after": "0s"}
NAMESPACE = "grouped"


def deployment(name: str, replicas: int, cpu: str, memory: str) -> dict:
    requests = {"cpu": cpu, "memory": memory}
    container = {"name": "main", "image": "app:1", "resources": {"requests": requests}}
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


WORKLOADS = [deployment("web", 14, "500m", "1Gi"), deployment("big", 3, "2", "6Gi")]


@pytest.fixture(scope="module")
def groups(bed: LiveBed, aws: LiveCloud, catalog: Catalog) -> Iterator[tuple[MadeGroup, MadeGroup]]:
    """A group of small nodes, one of which is there, and a group of larger ones."""
    furnish(aws, CLUSTER, (), QUEUE)
    small = make_group(aws, CLUSTER, "small", "m5.large", ZONES[:1], sizes=(1, 1, 10), tags=AT_ONCE)
    large = make_group(
        aws, CLUSTER, "large", "c5.2xlarge", ZONES[1:], sizes=(0, 0, 4), tags=AT_ONCE
    )
    made = Kubelets(bed.api, aws, catalog, NodeClass(), (0.5, 2.0), groups=True)
    with kubelets(made):
        wait_until(lambda: not_open(bed) or [] if len(nodes(bed)) == 1 else ["a node"], SECONDS)
        yield small, large
        assert made.failures == []


def nodes(bed: LiveBed) -> list[dict]:
    return bed.api.objects("Node")


def not_open(bed: LiveBed) -> list[str]:
    return [
        node["metadata"]["name"]
        for node in nodes(bed)
        if node["spec"].get("unschedulable")
        or not any(
            c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"]
        )
    ]


def wanted(aws: LiveCloud, group: MadeGroup) -> int:
    (found,) = aws.client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=[group.scaling_group]
    )["AutoScalingGroups"]
    return int(found["DesiredCapacity"])


def not_at_rest(
    bed: LiveBed, aws: LiveCloud, groups: tuple[MadeGroup, ...], pods: int
) -> list[str]:
    """Return what is missing until all pods run on open nodes, as many as the groups want."""
    found = phases(bed.api)
    missing = [] if found == ({"Running": pods} if pods else {}) else [str(found)]
    there, asked = len(nodes(bed)), sum(wanted(aws, group) for group in groups)
    missing += [] if there == asked else [f"{there} nodes of {asked}"]
    leaving = [n for n in nodes(bed) if marks.LEAVING in n["metadata"].get("annotations", {})]
    return missing + not_open(bed) + [node["metadata"]["name"] for node in leaving]


def test_groups_grow_are_landed_on_and_shrink_to_their_least(
    bed: LiveBed, aws: LiveCloud, groups: tuple[MadeGroup, MadeGroup], tmp_path: Path
) -> None:
    small, large = groups
    log = tmp_path / "controller.log"
    options = argparse.Namespace(region=REGION, nodepool="", policy="optimal", log=str(log))
    more = [word for group in groups for word in ("--node-group", group.name)]
    with controller(bed, aws, options, "--lease-seconds", "3", *more) as process:
        create(bed, WORKLOADS)
        wait_until(lambda: not_at_rest(bed, aws, groups, 17), SECONDS)
        assert aws.faults.actions["CreateFleet"] == 0
        done = actions(bed)
        assert sum(item.resource == "pods/eviction" for item in done) == 0
        landed = sum(item.resource == "pods/binding" for item in done)
        assert 17 - 3 <= landed <= 17  # kube-scheduler takes what fits on the first node
        grown = len(nodes(bed))
        assert grown > 1

        aws.scaling.exhausted.add(large.scaling_group)
        before = wanted(aws, large)
        create(bed, [deployment("more", 4, "1500m", "1Gi")])
        wait_until(lambda: not_at_rest(bed, aws, groups, 21), SECONDS)
        assert wanted(aws, large) == before
        aws.scaling.relieve(aws.client("autoscaling"))

        for name in ("web", "big", "more"):
            bed.api.request("DELETE", f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{name}")
        wait_until(lambda: [] if len(nodes(bed)) == 1 else ["nodes"], SECONDS)
        wait_until(lambda: not_at_rest(bed, aws, groups, 0), SECONDS)
        assert (wanted(aws, small), wanted(aws, large)) == (1, 0)  # the least of each
        assert process.running
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert any("large: " in line["message"] and "not launched" in line["message"] for line in lines)
    assert [item for item in bed.plane.audited_requests("reader") if item.status == 403] == []
    finalizers = [node["metadata"].get("finalizers") for node in nodes(bed)]
    assert finalizers == [None] * len(finalizers)  # the groups are anybody's again
