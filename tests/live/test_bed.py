"""The live bed itself: real controllers run the shop on instances of a cloud that can refuse."""

import json

import pytest
import yaml
from tests.differential import shop
from tests.differential.binaries import KUBERNETES_VERSION

from kubestow.adapters.files import read_files
from kubestow.adapters.kubernetes_api.cluster_sources import cluster_sources
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import ON_DEMAND, SPOT
from kubestow.model.reporter import SilentReporter
from kubestow.model.taints import Taint

from .bed import LiveBed
from .clusters import KARPENTER_POOL
from .workloads import incomplete, phases, unready_nodes, wait_until
from .world import LiveWorld, NotLaunchedError

A, C = "ap-northeast-2a", "ap-northeast-2c"
TYPE = "m5.2xlarge"
SECONDS = 90


@pytest.fixture(scope="module")
def nodes(world: LiveWorld) -> list[str]:
    launched = [
        *world.launch(KARPENTER_POOL, TYPE, A, ON_DEMAND, 2),
        *world.launch(KARPENTER_POOL, TYPE, C, ON_DEMAND, 2),
        *world.launch(KARPENTER_POOL, TYPE, C, SPOT),
    ]
    wait_until(lambda: unready_nodes(world.api), SECONDS)
    return launched


@pytest.fixture(scope="module")
def running_shop(bed: LiveBed, nodes: list[str]) -> list[str]:
    shop.apply(bed.api)
    wait_until(lambda: incomplete(bed.api), SECONDS)
    return nodes


def test_every_part_runs(bed: LiveBed) -> None:
    version = json.loads(bed.api.call("GET", "/version"))["gitVersion"]
    assert version == KUBERNETES_VERSION
    assert bed.controllers.running
    assert bed.kubelets.running
    assert bed.scheduler.process.running


def test_a_launched_instance_becomes_the_node_it_would_be_on_eks(
    world: LiveWorld, nodes: list[str]
) -> None:
    assert len(nodes) == len(set(nodes)) == 5
    node = world.api.get("Node", None, nodes[-1])
    instance = next(key for key, name in world.nodes.items() if name == nodes[-1])
    assert node["spec"]["providerID"] == f"aws:///{C}/{instance}"
    labels = node["metadata"]["labels"]
    assert labels["node.kubernetes.io/instance-type"] == TYPE
    assert labels["topology.kubernetes.io/zone"] == C
    assert labels["karpenter.sh/capacity-type"] == SPOT
    assert labels["karpenter.sh/nodepool"] == KARPENTER_POOL.name
    status = node["status"]
    assert status["allocatable"]["cpu"] == "7910m"
    assert (status["capacity"]["cpu"], status["capacity"]["pods"]) == ("8", "58")
    assert {each["type"] for each in status["conditions"]} == {
        "Ready", "MemoryPressure", "DiskPressure", "PIDPressure",
    }  # fmt: skip
    (driver,) = world.api.get("CSINode", None, nodes[-1])["spec"]["drivers"]
    assert driver["allocatable"]["count"] > 0


def test_all_of_the_shop_runs(bed: LiveBed, running_shop: list[str]) -> None:
    wait_until(lambda: set(phases(bed.api)) - {"Running", "Succeeded"}, SECONDS)
    assert phases(bed.api)["Running"] > 60


def test_daemonsets_have_a_pod_on_every_node(bed: LiveBed, running_shop: list[str]) -> None:
    found: dict[str, list[str]] = {}
    for pod in bed.api.objects("Pod"):
        (owner,) = pod["metadata"]["ownerReferences"]
        if owner["kind"] == "DaemonSet" and pod["spec"]["nodeName"] in running_shop:
            found.setdefault(owner["name"], []).append(pod["spec"]["nodeName"])
    assert found
    assert all(sorted(names) == sorted(running_shop) for names in found.values())


def test_reading_a_cluster_only_lists_and_the_audit_log_shows_it(
    bed: LiveBed, running_shop: list[str]
) -> None:
    role = yaml.safe_load((shop.SHOP.parent / "read-only.yaml").read_text())
    path = bed.kubeconfig_of_reader(role)
    wait_until(lambda: _may_not_list_pods(path), SECONDS)
    sources = cluster_sources("local", path, SilentReporter()).sources
    assert len(read_files(list(sources)).cluster.nodes) >= len(running_shop)
    requests = bed.plane.audited_requests("reader")
    assert {each.verb for each in requests} == {"list", "get"}
    assert {each.resource for each in requests if each.verb == "get"} == {"/version"}
    assert {"pods", "nodes", "apps/deployments"} <= {each.resource for each in requests}
    everybody = {(each.verb, each.user) for each in bed.plane.audited_requests()}
    assert ("create", "scheduler") in everybody


def _may_not_list_pods(path: str) -> bool:
    try:
        cluster_sources("local", path, SilentReporter())
    except InputError:
        return True
    return False


def test_an_instance_that_ends_leaves_the_cluster(world: LiveWorld) -> None:
    taint = Taint("dedicated", "", "NoSchedule")
    (node,) = world.launch(KARPENTER_POOL, "c5.large", A, SPOT, startup=(taint,))
    assert world.api.get("Node", None, node)["spec"]["taints"]
    instance = next(key for key, name in world.nodes.items() if name == node)
    world.terminate(node)
    wait_until(lambda: node in {n["metadata"]["name"] for n in world.api.objects("Node")}, SECONDS)
    found = world.cloud.client("ec2").describe_instances(InstanceIds=[instance])
    assert found["Reservations"][0]["Instances"][0]["State"]["Name"] == "terminated"


def test_where_there_is_no_capacity_no_node_appears(world: LiveWorld) -> None:
    world.cloud.exhausted.add(("r5.large", A, SPOT))
    before = dict(world.nodes)
    with pytest.raises(NotLaunchedError, match="no Spot capacity"):
        world.launch(KARPENTER_POOL, "r5.large", A, SPOT)
    assert world.nodes == before


def test_a_token_launches_and_registers_once(world: LiveWorld) -> None:
    first = world.launch(KARPENTER_POOL, "c5.large", C, SPOT, token="claim-1")
    assert world.launch(KARPENTER_POOL, "c5.large", C, SPOT, token="claim-1") == first
    world.terminate(first[0])
