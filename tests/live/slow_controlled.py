"""The controller where it is held back or refused: minutes on the bed (``make controlled``)."""

import time
from pathlib import Path

from .bed import LiveBed
from .cloud import LiveCloud
from .controlled import actions, controller, create, scale
from .kubelets import Kubelets
from .test_controlled import (
    SECONDS,
    WORKLOADS,
    furnished,
    instances,
    names,
    nodes,
    not_at_rest,
    settings,
)
from .workloads import wait_until

__all__ = ["furnished"]


def told(log: Path, text: str) -> int:
    """Return how many lines of a log have a text."""
    return sum(text in line for line in log.read_text("utf-8").splitlines())


def at_rest(bed: LiveBed, pods: int) -> None:
    wait_until(lambda: not_at_rest(bed, pods), SECONDS)


def test_refusals_are_left_alone_for_a_while_and_no_pod_keeps_a_node_for_ever(
    bed: LiveBed, aws: LiveCloud, furnished: Kubelets, tmp_path: Path
) -> None:
    """Launches are refused, an instance is stopped, a node whose pods may not go is deleted."""
    log = tmp_path / "controller.log"
    slow = settings(log, "terminationGracePeriod: 45s")
    create(bed, WORKLOADS)
    before, launched = nodes(bed), aws.faults.actions["CreateFleet"]
    with controller(bed, aws, slow, "--lease-seconds", "3"):
        aws.faults.refused = "UnauthorizedOperation"
        scale(bed, WORKLOADS, 8.0)
        wait_until(lambda: told(log, "not allowed to call") == 0 and ["a refusal"], SECONDS)
        refused_at_once = aws.faults.actions["CreateFleet"] - launched
        time.sleep(12.0)
        aws.faults.refused = ""
        assert told(log, "not allowed to call") == 1
        asked = aws.faults.actions["CreateFleet"] - launched
        assert asked <= 3 * refused_at_once, "asked for again after 5 and after 10 s"
        at_rest(bed, 136)
        assert nodes(bed) != before

        stopped = instances(aws)[0]
        aws.client("ec2").stop_instances(InstanceIds=[stopped])
        wait_until(lambda: [stopped] if stopped in instances(aws, "stopped") else [], SECONDS)
        at_rest(bed, 136)
        assert stopped not in nodes(bed)

        node = node_with_a_budget(bed)
        began = time.monotonic()
        bed.api.request("DELETE", f"/api/v1/nodes/{node}", None)
        wait_until(lambda: [item for item in names(bed) if item == node], SECONDS)
        took = time.monotonic() - began
        assert 12 < took < 45, "deleted 30 s, their grace period, before the deadline"
        at_rest(bed, 136)
    assert nodes(bed) == instances(aws)


def node_with_a_budget(bed: LiveBed) -> str:
    """Let no pod of a workload go; return a node with one."""
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "big", "namespace": "controlled"},
        "spec": {"maxUnavailable": 0, "selector": {"matchLabels": {"app": "big"}}},
    }
    bed.api.call("POST", "/apis/policy/v1/namespaces/controlled/poddisruptionbudgets", budget)
    time.sleep(2.0)  # until its controller has looked at it
    pods = bed.api.objects("Pod")
    return next(p["spec"]["nodeName"] for p in pods if p["metadata"]["name"].startswith("big-"))


def test_limits_hold_after_a_restart(
    bed: LiveBed, aws: LiveCloud, furnished: Kubelets, tmp_path: Path
) -> None:
    """Each of these controllers is a new process: EC2 and the Lease tell what was done before."""
    log, lease = tmp_path / "controller.log", ("--lease-seconds", "3")
    budget = "/apis/policy/v1/namespaces/controlled/poddisruptionbudgets/big"
    bed.api.request("DELETE", budget, None)
    there = instances(aws)
    launches = ("--max-launches-per-hour", str(len(aws.faults.launches)))
    with controller(bed, aws, settings(log), *lease, *launches):
        scale(bed, WORKLOADS, 10.0)
        wait_until(lambda: told(log, launches[0]) == 0 and ["held back"], SECONDS)
        time.sleep(5.0)
        assert instances(aws) == there
    with controller(bed, aws, settings(log), *lease):
        at_rest(bed, 170)
        drained(bed)
        at_rest(bed, 170)
    count = sum(item.resource == "pods/eviction" for item in actions(bed))
    assert count > 0
    with controller(bed, aws, settings(log), *lease, "--max-evictions-per-hour", "1"):
        node = bed.api.objects("Node")[0]["metadata"]["name"]
        bed.api.request("DELETE", f"/api/v1/nodes/{node}", None)
        wait_until(lambda: told(log, "so many were evicted") == 0 and ["held back"], SECONDS)
        time.sleep(5.0)
        assert sum(item.resource == "pods/eviction" for item in actions(bed)) == count
    with controller(bed, aws, settings(log), *lease):
        wait_until(lambda: [item for item in names(bed) if item == node], SECONDS)
        at_rest(bed, 170)


def drained(bed: LiveBed) -> None:
    """Delete a Node that pods of a workload run on, and wait until it is gone."""
    pods = bed.api.objects("Pod")
    node = next(p["spec"]["nodeName"] for p in pods if p["metadata"]["name"].startswith("big-"))
    bed.api.request("DELETE", f"/api/v1/nodes/{node}", None)
    wait_until(lambda: [item for item in names(bed) if item == node], SECONDS)
