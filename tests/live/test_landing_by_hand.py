"""Landing by hand beside the real scheduler: every pod comes to the node that it was planned on."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.differential import shop
from tests.differential.model import Object
from tests.differential.processes import Child, child

from kubestow.adapters.files import read_files
from kubestow.cli.main import run
from kubestow.live import marks
from kubestow.model.taints import HELD_TAINT

from .bed import LiveBed
from .conftest import REGION
from .workloads import listed, wait_until
from .world import LiveWorld

EXAMPLES = shop.SHOP.parent
SECONDS = 120
LATE = """
apiVersion: v1
kind: Namespace
metadata: {name: late}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: %(name)s, namespace: late}
spec:
  replicas: %(replicas)d
  selector: {matchLabels: {app: %(name)s}}
  template:
    metadata: {labels: {app: %(name)s}}
    spec:
      nodeSelector: {team: late}
      containers:
      - {name: main, image: "app:1", resources: {requests: {cpu: %(cpu)s, memory: %(memory)s}}}
"""
POOL = """
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: late}
spec:
  template:
    metadata: {labels: {team: late}}
    spec:
      nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: late}
      requirements:
      - {key: node.kubernetes.io/instance-type, operator: In, values: [m6g.large]}
      - {key: kubernetes.io/arch, operator: In, values: [arm64]}
---
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata: {name: late}
spec: {amiSelectorTerms: [{alias: al2023@latest}]}
"""


@pytest.fixture(scope="module")
def kubeconfig(bed: LiveBed) -> str:
    roles = [
        role
        for name in ("read-only.yaml", "land.yaml")
        for role in yaml.safe_load_all((EXAMPLES / name).read_text(encoding="utf-8"))
    ]
    return bed.kubeconfig_of_reader(*roles)


def planned(
    capsys: pytest.CaptureFixture[str], path: Path, manifests: str, pools: str
) -> dict[str, Any]:
    """Write a plan whose nodes are held; return it."""
    code = run([
        "plan", "-f", manifests, "--nodepool", pools, "--region", REGION, "--no-rehearsal",
        "--held", "--emit", "kubectl", "--emit-to", str(path.with_suffix(".sh")), "-o", "json",
    ])  # fmt: skip
    out, err = capsys.readouterr()
    assert code == 0, err
    path.write_text(out, encoding="utf-8")
    plan: dict[str, Any] = json.loads(out)
    return plan


def launch(world: LiveWorld, nodes: list[Object], pools: str) -> dict[str, str]:
    """Launch planned nodes, held; return the Node of each."""
    by_name = {pool.name: pool for pool in read_files([pools]).cluster.nodepools}
    return {
        node["name"]: world.launch(
            by_name[node["nodePool"]], node["instanceType"], node["zone"], node["capacityType"],
            startup=(HELD_TAINT,),
        )[0]
        for node in nodes
    }  # fmt: skip


def apply(bed: LiveBed, documents: list[Object]) -> None:
    for item in documents:
        if item["kind"] == "Namespace":
            bed.api.create(item)
        else:
            bed.api.call("POST", shop.place(item), item)


def command(kubeconfig: str, path: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "kubestow", "land", str(path), "--kubeconfig", kubeconfig, *more,
    ]  # fmt: skip


def landed(
    capsys: pytest.CaptureFixture[str], kubeconfig: str, path: Path, *more: str
) -> tuple[int, dict[str, Any]]:
    code = run([*command(kubeconfig, path, "-o", "json", *more)[3:]])
    out, err = capsys.readouterr()
    assert out, err
    told: dict[str, Any] = json.loads(out)
    return code, told


def owners(bed: LiveBed, nodes: set[str]) -> Counter[tuple[str, str]]:
    """Return how many pods of each workload are on each Node, but for those of DaemonSets."""
    sets = {
        item["metadata"]["uid"]: item["metadata"]["ownerReferences"][0]["name"]
        for item in listed(bed.api, "apps/v1/replicasets")
    }
    found: Counter[tuple[str, str]] = Counter()
    for item in bed.api.objects("Pod"):
        (owner,) = item["metadata"]["ownerReferences"]
        if owner["kind"] != "DaemonSet" and item["spec"].get("nodeName") in nodes:
            found[sets.get(owner["uid"], owner["name"]), item["spec"]["nodeName"]] += 1
    return found


def wanted(plan: dict[str, Any], nodes: dict[str, str]) -> Counter[tuple[str, str]]:
    """Return how many pods of each workload the plan has on each Node, Jobs left out."""
    workload = {
        f"{item['namespace']}/{name}": item["name"]
        for item in plan["workloads"]
        for name in item["pods"]
        if item["kind"] != "Job"
    }
    return Counter(
        (workload[pod], nodes[node["name"]])
        for node in plan["nodes"]
        for pod in node["pods"]
        if pod in workload
    )


def nodes_of(bed: LiveBed) -> dict[str, Object]:
    return {item["metadata"]["name"]: item for item in bed.api.objects("Node")}


def check_open(bed: LiveBed, names: set[str]) -> None:
    """Nodes are open as if they had never been held."""
    found = nodes_of(bed)
    wait_until(lambda: [n for n in names if nodes_of(bed)[n]["spec"].get("taints")], 20)
    for name in names:
        notes = found[name]["metadata"]["annotations"]
        assert not found[name]["spec"].get("unschedulable")
        assert marks.HELD_FOR not in notes
        assert marks.LANDED_FOR in notes


def test_the_shop_lands_as_planned(
    bed: LiveBed, world: LiveWorld, kubeconfig: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    pools, path = str(EXAMPLES / "seoul.yaml"), tmp_path / "plan.json"
    plan = planned(capsys, path, str(shop.SHOP), pools)
    launched = launch(world, plan["nodes"], pools)
    apply(bed, shop.documents())
    wait_until(lambda: len(bed.api.objects("Pod")) < 50, SECONDS)
    _, told = landed(capsys, kubeconfig, path, "--dry-run")
    assert told["dryRun"]
    assert told["podCounts"]["asPlanned"] > 50
    assert not owners(bed, set(launched.values()))
    code, told = landed(capsys, kubeconfig, path, "--timeout", "2m")
    assert (code, told["timedOut"]) == (0, False), json.dumps(told, indent=1)
    assert {node["outcome"] for node in told["nodes"]} == {"opened"}
    nodes = {node["plannedNode"]: node["node"] for node in told["nodes"]}
    assert set(nodes.values()) == set(launched.values())
    here = owners(bed, set(nodes.values()))
    kept = wanted(plan, nodes)
    assert {key: here[key] for key in kept} == dict(kept)
    assert told["podCounts"]["elsewhere"] == told["podCounts"]["pending"] == 0
    check_open(bed, set(nodes.values()))
    code, again = landed(capsys, kubeconfig, path)  # a Job may have ended since
    assert (code, again["nodes"]) == (0, told["nodes"])
    assert owners(bed, set(nodes.values())) >= kept


def seen(process: Child, condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert process.running, process.tail()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_landing_that_is_killed_is_taken_up_by_the_next(
    bed: LiveBed, world: LiveWorld, kubeconfig: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    manifests, pools, path = tmp_path / "late.yaml", tmp_path / "pool.yaml", tmp_path / "plan.json"
    texts = [
        LATE % {"name": name, "replicas": replicas, "cpu": cpu, "memory": memory}
        for name, replicas, cpu, memory in (
            ("large", 4, "1100m", "1Gi"), ("middle", 6, "450m", "2Gi"), ("small", 12, "50m", "64Mi")
        )
    ]  # fmt: skip
    manifests.write_text("---".join(texts), encoding="utf-8")
    pools.write_text(POOL, encoding="utf-8")
    plan = planned(capsys, path, str(manifests), str(pools))
    assert len(plan["nodes"]) >= 4
    half = len(plan["nodes"]) // 2
    launch(world, plan["nodes"][:half], str(pools))
    documents = [item for item in yaml.safe_load_all(manifests.read_text()) if item]
    apply(bed, [documents[0], *(item for item in documents if item["kind"] != "Namespace")])

    def mine() -> list[Object]:
        pods = bed.api.objects("Pod")
        return [item for item in pods if item["metadata"]["namespace"] == "late"]

    wait_until(lambda: len(mine()) < 22, SECONDS)
    for condition in (
        lambda: any(
            marks.HELD_FOR in item["metadata"].get("annotations", {})
            for item in nodes_of(bed).values()
        ),
        lambda: any(item["spec"].get("nodeName") for item in mine()),
    ):
        with child("kubestow land", command(kubeconfig, path)) as process:
            seen(process, condition)
            process.kill()

    def watches() -> int:
        return sum(item.verb == "watch" for item in bed.plane.audited_requests("reader"))

    before = watches()
    with child("kubestow land", command(kubeconfig, path)) as process:
        seen(process, lambda: watches() > before + 10)
        time.sleep(3)  # by then it waits for the other nodes
        assert process.interrupt() == 130
        assert f"{half} nodes stay held: the same command goes on" in process.tail()
    assert sum(bool(item["spec"].get("unschedulable")) for item in nodes_of(bed).values()) == half
    launch(world, plan["nodes"][half:], str(pools))
    code, told = landed(capsys, kubeconfig, path, "--timeout", "2m")
    assert (code, told["timedOut"]) == (0, False), json.dumps(told, indent=1)
    assert told["podCounts"]["asPlanned"] == told["podCounts"]["planned"] == 22
    nodes = {node["plannedNode"]: node["node"] for node in told["nodes"]}
    assert owners(bed, set(nodes.values())) == wanted(plan, nodes)
    check_open(bed, set(nodes.values()))
