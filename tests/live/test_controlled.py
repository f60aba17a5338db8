"""The controller, as a process with the rights of its roles, on a real API server and a cloud."""

import argparse
import json
import os
import signal
import socket
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.differential.audit import AuditedRequest

from kubestow.cli.main import run
from kubestow.live import marks
from kubestow.model.instance_type import Catalog
from kubestow.model.nodepool import NodeClass

from .account import furnish
from .bed import LiveBed
from .cloud import LiveCloud
from .conftest import REGION
from .controlled import (
    CLUSTER,
    QUEUE,
    actions,
    controller,
    create,
    launch_classes,
    roles,
    scale,
)
from .kubelets import Kubelets, kubelets
from .node_groups import make_group
from .rights import (
    NOWHERE,
    REFUSED,
    Right,
    first_consumer,
    fits_nowhere,
    node_of,
    not_needed,
    not_settled,
    rights,
)
from .workloads import wait_until

GENERAL = Path(__file__).resolve().parents[2] / "examples" / "nodepools" / "general.yaml"
SECONDS = 120
ALIVE, READY = '{"status":"alive"}', '{"status":"ready"}'
REPLICAS = {"web": 14, "big": 3}


def deployment(name: str, cpu: str, memory: str) -> dict:
    labels = {"app": name}
    container = {
        "name": "main", "image": "app:1", "resources": {"requests": {"cpu": cpu, "memory": memory}},
    }  # fmt: skip
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "controlled"},
        "spec": {
            "replicas": REPLICAS[name],
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


WORKLOADS = [deployment("web", "500m", "1Gi"), deployment("big", "2", "7Gi")]


@pytest.fixture(scope="module")
def furnished(bed: LiveBed, aws: LiveCloud, catalog: Catalog) -> Iterator[Kubelets]:
    furnish(aws, CLUSTER, launch_classes(str(GENERAL)), QUEUE)
    with kubelets(Kubelets(bed.api, aws, catalog, NodeClass(), (0.5, 2.0))) as made:
        yield made


def settings(log: Path, template: str = "") -> argparse.Namespace:
    """Return a run's settings; ``template`` is put into the spec of the NodePool's template."""
    pool = log.with_name("nodepool.yaml")
    hasty = GENERAL.read_text("utf-8").replace("consolidateAfter: 1m", "consolidateAfter: 0s")
    hasty = hasty.replace("      nodeClassRef:", f"      {template}\n      nodeClassRef:", 1)
    pool.write_text(hasty, encoding="utf-8")
    return argparse.Namespace(region=REGION, nodepool=str(pool), policy="optimal", log=str(log))


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def asked(port: int, path: str) -> str:
    """Return what the controller answers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def events(bed: LiveBed, namespace: str) -> dict[str, int]:
    """Return how many Events of the controller there are, by their reasons."""
    answer = bed.api.call("GET", f"/api/v1/namespaces/{namespace}/events")
    found = json.loads(answer)["items"]
    own = [item for item in found if item.get("source", {}).get("component") == "kubestow"]
    return Counter(item["reason"] for item in own)


def not_at_rest(bed: LiveBed, pods: int) -> list[str]:
    """Return what is missing until all pods run on nodes that are open."""
    found = Counter(
        pod["status"]["phase"]
        for pod in bed.api.objects("Pod")
        if pod["metadata"]["name"] != NOWHERE
    )
    missing = [] if found == {"Running": pods} else [str(found)]
    there = set(names(bed))
    missing += [
        f"the node of {pod['metadata']['name']}"  # it is gone, and the pod will be
        for pod in bed.api.objects("Pod")
        if pod["spec"].get("nodeName", "") not in there and pod["metadata"]["name"] != NOWHERE
    ]
    for node in bed.api.objects("Node"):
        notes = node["metadata"].get("annotations", {})
        if marks.OPEN_SINCE not in notes or marks.LEAVING in notes:
            missing.append(node["metadata"]["name"])
    return missing


def names(bed: LiveBed) -> list[str]:
    return [item["metadata"]["name"] for item in bed.api.objects("Node")]


def instances(aws: LiveCloud, *states: str) -> list[str]:
    """Return the ids of the instances that are in one of some states, or run."""
    found = aws.client("ec2").describe_instances()["Reservations"]
    return sorted(
        item["InstanceId"]
        for reservation in found
        for item in reservation["Instances"]
        if item["State"]["Name"] in (states or ("pending", "running"))
    )


def orders(bed: LiveBed) -> int:
    """Return how often it was written on a pod when its node is emptied."""
    return sum((item.verb, item.resource) == ("patch", "pods") for item in actions(bed))


def check_stories(journal: str, deeds: list[dict[str, str]], capsys: Any) -> None:
    """Compare what 'kubestow why' tells of pods and Nodes with what the controller logged."""

    def told(about: str, name: str, what: str) -> list[dict[str, Any]]:
        capsys.readouterr()
        assert run(["why", about, name, "--journal", journal, "-o", "json"]) == 0
        found = json.loads(capsys.readouterr().out)["occurrences"]
        return [item for item in found if item["what"] == what]

    done = [deed for deed in deeds if deed["result"] == "done"]
    landed = [deed for deed in done if deed["action"] == "land"]
    evicted = [deed for deed in done if deed["action"] == "evict"]
    for deed in landed[-2:]:
        (bound,) = told("pod", deed["object"].removeprefix("Pod/"), "Landed")
        assert bound["nodes"] == [deed["node"]]
    for deed in evicted[-2:]:
        (left,) = told("pod", deed["object"].removeprefix("Pod/"), "Evicted")
        assert (left["nodes"], left["reason"]) == ([deed["node"]], deed["reason"])
    drained = [deed for deed in done if deed["action"] == "drain"]
    assert landed
    assert drained
    for deed in drained[:2]:
        (decided,) = told("node", deed["object"].removeprefix("Node/"), "DrainDecided")
        assert decided["reason"] == deed["reason"]


def nodes(bed: LiveBed) -> list[str]:
    found = bed.api.objects("Node")
    return sorted(node["spec"]["providerID"].rpartition("/")[2] for node in found)


def test_a_workload_runs_from_nothing_and_is_followed(
    bed: LiveBed, aws: LiveCloud, furnished: Kubelets, tmp_path: Path, capsys: Any
) -> None:
    """Nodes are launched and landed on; a killed controller is gone on with; nodes go again."""
    log = tmp_path / "controller.log"
    pods = sum(REPLICAS.values())
    with controller(bed, aws, settings(log), "--lease-seconds", "3") as process:
        create(bed, WORKLOADS)
        wait_until(lambda: [] if aws.faults.actions else ["CreateFleet"], SECONDS)
        os.kill(process.pid, signal.SIGKILL)  # whatever it has done by now
    journal = tmp_path / "journal"
    port = free_port()
    with controller(
        bed, aws, settings(log), "--lease-seconds", "3", "--journal", str(journal),
        "--listen", f"127.0.0.1:{port}",
    ) as process:  # fmt: skip
        wait_until(lambda: not_at_rest(bed, pods), SECONDS)
        done = actions(bed)
        assert sum(item.resource == "pods/binding" for item in done) == pods
        assert not any(item.resource == "pods/eviction" for item in done)
        assert nodes(bed) == instances(aws) != []
        before = len(instances(aws))
        scale(bed, WORKLOADS, 0.2)
        wait_until(lambda: not_at_rest(bed, 4), SECONDS)
        wait_until(lambda: len(instances(aws)) >= before and ["no node has gone"], SECONDS)
        wait_until(lambda: not_at_rest(bed, 4), SECONDS)
        assert process.running
        metrics = asked(port, "/metrics")
        assert (asked(port, "/healthz"), asked(port, "/readyz")) == (ALIVE, READY)
    assert nodes(bed) == instances(aws)
    assert {"Planned", "Landed"} <= set(events(bed, "controlled"))
    assert {"Launched", "Opened", "Leaving"} <= set(events(bed, "default"))
    asked_for = bed.plane.audited_requests("reader")
    assert [item for item in asked_for if item.status == 403] == []
    assert {"create"} <= {item.verb for item in asked_for if item.resource == "events"}
    assert furnished.failures == []
    assert list(journal.iterdir())
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert all({"at", "message"} <= set(line) for line in lines)
    deeds = [line for line in lines if "action" in line]
    assert all(line["object"] and line["result"] for line in deeds)
    evicted = [line for line in deeds if line["action"] == "evict" and line["result"] == "done"]
    done = actions(bed)
    assert len(evicted) == sum(item.resource == "pods/eviction" for item in done)
    landed = sum(line["action"] == "land" and line["result"] == "done" for line in deeds)
    assert landed == sum(item.resource == "pods/binding" for item in done)
    ended = [line for line in deeds if line["action"] == "end"]
    assert f'terminations_total{{reason="{ended[0]["reason"]}"}}' in metrics
    assert "kubestow_controller_leader 1.0" in metrics
    assert f'kubestow_controller_nodes{{state="Ready"}} {len(instances(aws))}.0' in metrics
    assert "kubestow_controller_pods_pending 0.0" in metrics
    check_stories(str(journal), deeds, capsys)


def test_nodes_of_a_class_that_has_changed_are_replaced(
    bed: LiveBed, aws: LiveCloud, furnished: Kubelets, tmp_path: Path
) -> None:
    changed = settings(tmp_path / "controller.log")
    pool = Path(changed.nodepool)
    role = "  role: KarpenterNodeRole-online-shop\n"
    text = pool.read_text("utf-8")
    pool.write_text(text.replace(role, f"{role}  tags: {{team: web}}\n"), encoding="utf-8")
    before = set(instances(aws))
    assert before
    with controller(bed, aws, changed, "--lease-seconds", "3") as process:
        wait_until(lambda: sorted(before & set(instances(aws))), SECONDS)
        wait_until(lambda: not_at_rest(bed, 4), SECONDS)
        after, known = instances(aws), orders(bed)
        wait_until(lambda: orders(bed) <= known and ["an order"], SECONDS)  # 20 s without a change
        assert instances(aws) == after
        assert process.running
    assert nodes(bed) == after != []
    assert furnished.failures == []


def test_nothing_is_done_while_the_lease_says_stop(
    bed: LiveBed, aws: LiveCloud, furnished: Kubelets, tmp_path: Path
) -> None:
    leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kubestow"
    merge = {"Content-Type": "application/merge-patch+json"}
    stop = {"metadata": {"annotations": {"kubestow.dev/stop": "now"}}}
    assert bed.api.request("PATCH", leases, stop, headers=merge)[0] == 200
    done, there = len(actions(bed)), instances(aws)
    log = tmp_path / "controller.log"
    with controller(bed, aws, settings(log), "--lease-seconds", "3"):
        scale(bed, WORKLOADS, 3.0)
        wait_until(lambda: "holds the Lease" not in log.read_text("utf-8") and ["none"], SECONDS)
        time.sleep(10.0)  # longer than it would take
        assert "all actions are stopped" in log.read_text("utf-8")
        assert (len(actions(bed)), instances(aws)) == (done, there)
        go_on = {"metadata": {"annotations": {"kubestow.dev/stop": None}}}
        assert bed.api.request("PATCH", leases, go_on, headers=merge)[0] == 200
        wait_until(lambda: not_at_rest(bed, 51), SECONDS)
    assert nodes(bed) == instances(aws) != there


def test_a_leader_that_was_frozen_does_nothing_beside_its_successor(
    bed: LiveBed, aws: LiveCloud, furnished: Kubelets, tmp_path: Path
) -> None:
    """Frozen during a launch and woken while the other acts: what it does then is nothing."""
    create(bed, fits_nowhere())
    logs = [tmp_path / "first" / "log", tmp_path / "second" / "log"]
    for log in logs:
        log.parent.mkdir()
    with controller(bed, aws, settings(logs[0]), "--lease-seconds", "3") as first:
        wait_until(
            lambda: [] if "holds the Lease" in logs[0].read_text("utf-8") else ["a"], SECONDS
        )
        with controller(bed, aws, settings(logs[1]), "--lease-seconds", "3") as second:
            asked = aws.faults.actions["CreateFleet"]
            scale(bed, WORKLOADS, 5.0)
            wait_until(
                lambda: [] if aws.faults.actions["CreateFleet"] > asked else ["none"], SECONDS
            )
            os.kill(first.pid, signal.SIGSTOP)
            try:
                wait_until(
                    lambda: [] if "holds the Lease" in logs[1].read_text("utf-8") else ["b"],
                    SECONDS,
                )
                wait_until(lambda: not_at_rest(bed, 85), SECONDS)
                scale(bed, WORKLOADS, 1.0)
                before = len(instances(aws))
                wait_until(lambda: [] if len(instances(aws)) < before else ["an end"], SECONDS)
            finally:
                os.kill(first.pid, signal.SIGCONT)
            woken = time.time()
            wait_until(lambda: not_at_rest(bed, 17), SECONDS)
            assert second.running
            assert first.running
    lines = [json.loads(line) for line in logs[0].read_text("utf-8").splitlines()]
    after = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(woken + 2))  # what was under way ends
    assert [line for line in lines if line["at"] > after and line.get("result") == "done"] == []
    assert nodes(bed) == instances(aws) != []
    assert furnished.failures == []


def test_each_right_was_needed_and_no_other(
    bed: LiveBed, aws: LiveCloud, furnished: Kubelets, tmp_path: Path
) -> None:
    """The log of all tests above, and of a claim, a node that is deleted, and a node group.

    Pods of that node would take longer to end than its NodePool lets them.
    """
    own, given = (
        rights(roles("controller.yaml")),
        rights(roles("read-only.yaml", "controller.yaml")),
    )
    group = make_group(aws, CLUSTER, "large", "r5.24xlarge", (f"{REGION}a",), sizes=(0, 0, 1))
    run = settings(tmp_path / "controller.log", "terminationGracePeriod: 20s")
    gone = node_of(bed.api, "web")
    with controller(bed, aws, run, "--lease-seconds", "3", "--node-group", group.name):
        create(bed, first_consumer())
        assert bed.api.request("DELETE", f"/api/v1/nodes/{gone}")[0] == 200
        wait_until(lambda: [name for name in names(bed) if name == gone], SECONDS)
        wait_until(lambda: not_settled(bed.api), SECONDS)
        wait_until(lambda: not_needed(own, given, asked_by(bed)), SECONDS)
    assert [item for item in asked_by(bed) if item.status == REFUSED] == []
    never = Right("delete", "persistentvolumeclaims", "", "")
    assert not_needed([never], [*given, never], asked_by(bed)) == [never]


def asked_by(bed: LiveBed) -> list[AuditedRequest]:
    """Return what the controllers asked of the API server."""
    return bed.plane.audited_requests("reader")
