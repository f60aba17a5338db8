"""Inputs as other people have them, each with its right answer and the rule it follows from.

They are made here from a few lines each; the region's prices are those of the embedded catalog.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubestow.cli.main import run

AT = ["--region", "us-east-1", "--no-rehearsal"]
Answer = tuple[int, dict[str, Any], str]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Callable[..., Answer]:
    """Write objects to in.yaml and a ClusterConfig's groups to groups.yaml, and run a command.

    Returns the exit code, the JSON that was written (empty if none was), and what was said.
    """
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "cache"))

    def asked(
        command: str, *objects: Any, config: dict[str, Any] | None = None, more: Any = AT
    ) -> Answer:
        Path("in.yaml").write_text(yaml.safe_dump_all(objects))
        tokens = [command, "-f", "in.yaml", "-o", "json", *more]
        if config is not None:
            head = {
                "apiVersion": "eksctl.io/v1alpha5",
                "kind": "ClusterConfig",
                "metadata": {"name": "c", "region": "us-east-1"},
            }
            Path("groups.yaml").write_text(yaml.safe_dump(head | config))
            tokens += ["--cluster-config", "groups.yaml"]
        code = run(tokens)
        captured = capsys.readouterr()
        return code, json.loads(captured.out or "{}"), captured.err

    return asked


def template(app: str, cpu: str = "1", memory: str = "1Gi", **spec: Any) -> dict[str, Any]:
    container = {
        "name": "main",
        "image": "example.com/image:1",
        "resources": {"requests": {"cpu": cpu, "memory": memory}},
    }
    container |= spec.pop("container", {})
    return {"metadata": {"labels": {"app": app}}, "spec": {"containers": [container], **spec}}


def deployment(app: str, replicas: int, *shape: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": app},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": app}},
            "template": template(app, *shape, **spec),
        },
    }


def daemonset(app: str, *shape: str, **spec: Any) -> dict[str, Any]:
    made = deployment(app, 1, *shape, **spec)
    made["spec"].pop("replicas")
    made["metadata"]["namespace"] = "kube-system"
    return made | {"kind": "DaemonSet"}


def on_demand(*types: str, **spec: Any) -> dict[str, Any]:
    """Return a NodePool of these types on demand; ``requirements`` are added to its own."""
    wanted: list[dict[str, Any]] = [
        {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]},
        {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": list(types)},
    ]
    reference = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"}
    inner = {"nodeClassRef": reference, "requirements": wanted + spec.pop("requirements", [])}
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": spec.pop("name", "pool")},
        "spec": {"template": {"spec": inner}, **spec},
    }


def node_class(**spec: Any) -> dict[str, Any]:
    alias = spec.pop("alias", "al2023@latest")
    return {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": spec.pop("name", "default")},
        "spec": {"amiSelectorTerms": [{"alias": alias}], **spec},
    }


def a_node(name: str, instance_type: str = "m7i.large", **labels: str) -> dict[str, Any]:
    amounts = {"cpu": "1930m", "memory": "7000Mi", "pods": "29"}
    standard = {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "kubernetes.io/hostname": name,
        "node.kubernetes.io/instance-type": instance_type,
        "topology.kubernetes.io/zone": "us-east-1a",
        "topology.kubernetes.io/region": "us-east-1",
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": standard | labels},
        "status": {
            "allocatable": amounts,
            "capacity": amounts,
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def a_pod(name: str, *shape: str, on: str = "", **spec: Any) -> dict[str, Any]:
    made = template(name, *shape, **spec)
    made["metadata"]["name"] = name
    if on:
        made["spec"]["nodeName"] = on
        made["status"] = {"phase": "Running"}
    return {"apiVersion": "v1", "kind": "Pod", **made}


def managed(**fields: Any) -> dict[str, Any]:
    return {"managedNodeGroups": [{"name": "group", **fields}]}


def new(plan: dict[str, Any]) -> list[str]:
    """Return the types of the new nodes."""
    return sorted(node["instanceType"] for node in plan["nodes"] if not node["existing"])


def stuck(plan: dict[str, Any]) -> list[str]:
    """Return the names of the pods that cannot run."""
    return [item["pod"].partition("/")[2] for item in plan["unschedulable"]]


# Node groups.


def test_nodes_of_a_group_that_exist_count_toward_its_largest_size(ask: Any) -> None:
    own = {"eks.amazonaws.com/nodegroup": "group", "eks.amazonaws.com/capacityType": "ON_DEMAND"}
    there = [a_node("n1", **own), a_node("n2", **own)]
    full = [a_pod("f1", "1500m", on="n1"), a_pod("f2", "1500m", on="n2")]
    config = managed(instanceType="m7i.large", availabilityZones=["us-east-1a"], minSize=0,
                     desiredCapacity=2, maxSize=3)  # fmt: skip
    code, plan, _ = ask("plan", *there, *full, deployment("web", 4, "1500m"), config=config)
    assert code == 2
    assert new(plan) == ["m7i.large"]
    assert len(stuck(plan)) == 3


def test_a_group_on_demand_is_its_first_type(ask: Any) -> None:
    config = managed(instanceTypes=["m7i.large", "m7i.2xlarge"], minSize=0, desiredCapacity=0,
                     maxSize=5)  # fmt: skip
    big = deployment("big", 1, "4", "8Gi")
    code, plan, _ = ask("plan", big, config=config)
    assert (code, new(plan), len(stuck(plan))) == (2, [], 1)
    assert any("planned as m7i.large" in note for note in plan["assumptions"])
    _, report, _ = ask("check", big, config=config, more=["--region", "us-east-1"])
    assert any("m7i.2xlarge" in json.dumps(found) for found in report["findings"])


@pytest.mark.parametrize("instance_type", ["m5a.4xlarge", "m7i.4xlarge"])
def test_a_managed_node_below_30_vcpus_runs_110_pods(ask: Any, instance_type: str) -> None:
    config = managed(instanceType=instance_type, minSize=0, desiredCapacity=0, maxSize=5)
    code, plan, _ = ask("plan", deployment("tiny", 200, "10m", "32Mi"), config=config)
    assert (code, new(plan)) == (0, [instance_type] * 2)


def test_pods_that_refuse_spot_by_the_label_of_eks_are_not_planned_on_spot(ask: Any) -> None:
    term = {"key": "eks.amazonaws.com/capacityType", "operator": "NotIn", "values": ["SPOT"]}
    affinity = {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [term]}]
            }
        }
    }
    web = deployment("web", 1, affinity=affinity)
    config = managed(instanceType="m7i.large", minSize=0, maxSize=3, spot=True)
    assert ask("plan", web, config=config)[0] == 2
    assert ask("plan", web, config=managed(instanceType="m7i.large", minSize=0, maxSize=3))[0] == 0


def test_self_managed_groups_are_planned_with(ask: Any) -> None:
    config = {"nodeGroups": [{"name": "own", "instanceType": "m5.xlarge", "desiredCapacity": 2,
                              "maxSize": 4}]}  # fmt: skip
    code, plan, _ = ask("plan", a_pod("a"), config=config)
    assert (code, new(plan)) == (0, ["m5.xlarge"] * 2)


def test_the_name_of_a_subnet_is_not_a_zone(ask: Any) -> None:
    subnets = {"private": {"app-one": {"id": "subnet-0a"}, "app-two": {"id": "subnet-0b"}}}
    config = managed(instanceType="m5.xlarge", desiredCapacity=2, privateNetworking=True)
    config["vpc"] = {"id": "vpc-0a", "subnets": subnets}
    _, report, _ = ask("check", a_pod("a"), config=config, more=["--region", "us-east-1"])
    assert [found for found in report["findings"] if found["severity"] == "error"] == []


def test_a_group_that_runs_nothing_may_grow_to_one_node(ask: Any) -> None:
    config = managed(instanceType="m5.xlarge", desiredCapacity=0)
    code, plan, _ = ask("plan", a_pod("a"), config=config)
    assert (code, new(plan)) == (0, ["m5.xlarge"])


def test_a_group_that_cannot_be_known_is_left_out_by_name(ask: Any) -> None:
    config = managed(instanceType="m5.xlarge", desiredCapacity=1, maxSize=4)
    config["managedNodeGroups"].append({"name": "baked", "ami": "ami-0123456789abcdef0"})
    code, plan, _ = ask("plan", a_pod("a"), config=config)
    assert (code, new(plan)) == (0, ["m5.xlarge"])
    assert any("baked" in item["kind"] for item in plan["ignored"])


# Karpenter's nodes.


def test_a_static_nodepool_runs_its_replicas_and_no_more(ask: Any) -> None:
    pool = on_demand("m7i.large", replicas=2, limits={"nodes": 4})
    code, plan, _ = ask("plan", pool, deployment("web", 3, "1500m"))
    assert (code, new(plan), len(stuck(plan))) == (2, ["m7i.large"] * 2, 1)


def test_an_idle_static_nodepool_is_paid_for(ask: Any) -> None:
    code, plan, _ = ask("plan", on_demand("m7i.large", replicas=3), deployment("web", 1, "500m"))
    assert (code, plan["cost"]["usdPerHour"]) == (0, pytest.approx(0.3024))


def test_daemonsets_for_registered_nodes_are_counted(ask: Any) -> None:
    term = {"key": "karpenter.sh/registered", "operator": "In", "values": ["true"]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [term]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    agent = daemonset("agent", "2", tolerations=[{"operator": "Exists"}], affinity=affinity)
    _, plan, _ = ask("plan", on_demand("c7i.large", "c7i.xlarge"), agent, deployment("web", 1))
    assert new(plan) == ["c7i.xlarge"]


@pytest.mark.parametrize(
    ("kubelet", "memory", "fits"),
    [
        # 8192 - 615 of overhead - 574 reserved - 500 leave 6503 MiB; soft thresholds do not count.
        ({"evictionHard": {"memory.available": "500Mi"},
          "evictionSoft": {"memory.available": "1Gi"},
          "evictionSoftGracePeriod": {"memory.available": "1m"}}, "6503Mi", True),
        ({"evictionHard": {"memory.available": "500Mi"}}, "6504Mi", False),
        ({"evictionHard": {"memory.available": "100%", "nodefs.available": "10%"}}, "7003Mi", True),
        ({"evictionHard": {"memory.available": "100%"}}, "7004Mi", False),
    ],
)  # fmt: skip
def test_eviction_thresholds(ask: Any, kubelet: Any, memory: str, fits: bool) -> None:
    objects = (on_demand("m7i.large"), node_class(kubelet=kubelet), a_pod("a", "1", memory))
    assert (ask("plan", *objects)[0] == 0) is fits


def test_a_nodepool_of_reservations_alone_says_what_is_missing(ask: Any) -> None:
    reserved = {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["reserved"]}
    pool = on_demand("t3.small")
    pool["spec"]["template"]["spec"]["requirements"][1] = reserved
    code, _, said = ask("plan", pool, node_class(), a_pod("a", "500m", "512Mi"))
    assert code == 1
    assert "capacity reservations only" in said
    assert "hint:" in said


def test_kubelet_settings_in_a_v1_nodepool_are_not_honoured(ask: Any) -> None:
    pool = on_demand("m6i.large")
    pool["spec"]["template"]["spec"]["kubelet"] = {"maxPods": 3}
    code, _, said = ask("plan", pool, deployment("web", 6, "100m", "128Mi"))
    assert code == 1
    assert "spec.kubelet of the EC2NodeClass" in said


def test_a_windows_pool_is_left_out_by_name(ask: Any) -> None:
    windows = on_demand("m6i.large", name="win")
    windows["spec"]["template"]["spec"]["nodeClassRef"]["name"] = "win"
    classes = (node_class(name="win", alias="windows2022@latest"), node_class())
    code, plan, said = ask("plan", *classes, windows, on_demand("m6i.large"), a_pod("a"))
    assert (code, new(plan)) == (0, ["m6i.large"])
    assert "win" in said + json.dumps(plan["ignored"])


def test_a_pool_defined_twice_is_its_last_definition(ask: Any) -> None:
    pools = (on_demand("m6i.large"), on_demand("c6i.xlarge"))
    code, plan, _ = ask("plan", *pools, a_pod("a"))
    assert (code, new(plan)) == (0, ["c6i.xlarge"])


def test_a_local_zone_is_named_as_such(ask: Any) -> None:
    zone = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["us-west-2-lax-1a"]}
    pool = on_demand("t3.medium", requirements=[zone])
    code, plan, said = ask("plan", pool, deployment("web", 1), more=["--region", "us-west-2"])
    assert code in (1, 2)
    assert "Local Zone" in said + json.dumps(plan)


# EKS Auto Mode.


def auto_pool(*requirements: dict[str, Any]) -> dict[str, Any]:
    reference = {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"}
    inner = {"nodeClassRef": reference, "requirements": list(requirements)}
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": "auto"},
        "spec": {"template": {"spec": inner}},
    }


def test_the_requirements_of_auto_modes_nodepools_count(ask: Any) -> None:
    family = {"key": "eks.amazonaws.com/instance-family", "operator": "In", "values": ["c6i"]}
    cpu = {"key": "eks.amazonaws.com/instance-cpu", "operator": "In", "values": ["4"]}
    code, plan, _ = ask("plan", auto_pool(family, cpu), deployment("web", 1))
    assert (code, new(plan)) == (0, ["c6i.xlarge"])
    assert plan["cost"]["beside"][0]["name"] == "Auto Mode"


def test_auto_mode_launches_no_small_types(ask: Any) -> None:
    category = {"key": "eks.amazonaws.com/instance-category", "operator": "In", "values": ["t"]}
    _, plan, _ = ask("plan", auto_pool(category), deployment("web", 1, "100m", "64Mi"))
    assert not {item.partition(".")[2] for item in new(plan)} & {"nano", "micro", "small"}


# Who makes pods, and what counts.


def test_a_scaled_object_decides_the_replicas(ask: Any) -> None:
    scaled = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "worker"},
        "spec": {"scaleTargetRef": {"name": "worker"}, "minReplicaCount": 5, "maxReplicaCount": 50,
                 "triggers": [{"type": "cpu", "metadata": {"value": "50"}}]},
    }  # fmt: skip
    code, plan, _ = ask("plan", deployment("worker", 1), scaled, more=[*AT, "--hpa", "max"])
    assert code == 0
    assert sum(len(item["pods"]) for item in plan["nodes"]) == 50


def test_pods_that_operators_make_are_counted(ask: Any) -> None:
    metrics = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": {"name": "main"},
        "spec": {"replicas": 2, "resources": {"requests": {"cpu": "2", "memory": "8Gi"}}},
    }
    rollout = deployment("web", 20, "2", "4Gi") | {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
    }
    code, plan, _ = ask("plan", a_pod("operator", "100m", "128Mi"), metrics, rollout)
    assert code == 0
    assert sum(len(item["pods"]) for item in plan["nodes"]) == 23


def test_the_budget_of_an_operators_pods_protects_something(ask: Any) -> None:
    metrics = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": {"name": "main"},
        "spec": {"replicas": 2, "podMetadata": {"labels": {"app": "metrics"}}},
    }
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "main"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "metrics"}}},
    }
    web = deployment("operator", 1, "100m", "128Mi")
    _, report, _ = ask("check", metrics, budget, web, more=["--region", "us-east-1"])
    assert "pdb-selects-nothing" not in {found["check"] for found in report["findings"]}


def test_the_last_definition_of_an_object_counts(ask: Any) -> None:
    code, plan, _ = ask("plan", deployment("web", 2), deployment("web", 20))
    assert code == 0
    assert sum(len(item["pods"]) for item in plan["nodes"]) == 20


def test_a_claim_template_wins_over_a_volume_of_its_name(ask: Any) -> None:
    volumes = [{"name": "disk", "persistentVolumeClaim": {"claimName": "disk"}}]
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    database = deployment("db", 1, "500m", volumes=volumes) | {"kind": "StatefulSet"}
    database["spec"] |= {
        "serviceName": "db",
        "volumeClaimTemplates": [{"metadata": {"name": "disk"}, "spec": claim}],
    }
    assert ask("plan", database)[0] == 0


def test_a_volume_of_an_old_kind_is_known(ask: Any) -> None:
    disk = {"name": "d", "vsphereVolume": {"volumePath": "[store] one", "fsType": "ext4"}}
    _, _, said = ask("plan", a_pod("a", volumes=[disk]))
    assert "is not a field" not in said


def test_an_object_that_cannot_be_read_does_not_silence_the_rest(ask: Any) -> None:
    there = (a_node("n1"), a_pod("a", "500m", on="n1"))
    code, plan, said = ask("plan", *there, {"name": "no kind"})
    assert code == 1
    assert [item["name"] for item in plan["nodes"]] == ["n1"]
    assert "no pod is Pending" in said


def test_the_region_that_nodes_tell_is_not_assumed(ask: Any) -> None:
    there = (a_node("n1"), a_pod("a", "500m", on="n1"))
    _, plan, said = ask("plan", *there, more=["--no-rehearsal"])
    assert plan["region"] == "us-east-1"
    assert "assumed" not in said


def test_nodes_of_another_cloud_are_not_sent_to_a_region_that_does_not_exist(ask: Any) -> None:
    labels = {
        "topology.kubernetes.io/zone": "europe-west1-b",
        "topology.kubernetes.io/region": "europe-west1",
    }
    foreign = a_node("n1", "n2-standard-4", **labels)
    code, _, said = ask("plan", foreign, a_pod("a"))
    assert code == 1
    assert "--region europe-west1" not in said


def test_a_host_port_of_a_daemonset_is_what_keeps_a_pod_away(ask: Any) -> None:
    port = {"ports": [{"containerPort": 80, "hostPort": 8080}]}
    proxy = daemonset("proxy", "100m", "100Mi", container=port)
    web = deployment("web", 1, "100m", "100Mi", container=port)
    code, plan, _ = ask("plan", on_demand("m7i.large"), proxy, web)
    assert code == 2
    (item,) = plan["unschedulable"]
    assert {reason["constraint"] for reason in item["reasons"]} == {"NodePorts"}


# Comparisons and checks.


@pytest.mark.parametrize(
    ("spec", "nodes"),
    [
        ({"affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 100, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname",
             "labelSelector": {"matchLabels": {"app": "web"}}}}]}}}, 6),
        ({"topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
             "whenUnsatisfiable": "ScheduleAnyway",
             "labelSelector": {"matchLabels": {"app": "web"}}}]}, 3),
    ],
)  # fmt: skip
def test_karpenter_treats_preferences_as_required_at_first(
    ask: Any, spec: dict[str, Any], nodes: int
) -> None:
    zones = {"key": "topology.kubernetes.io/zone", "operator": "In",
             "values": ["us-east-1a", "us-east-1b", "us-east-1c"]}  # fmt: skip
    pool = on_demand("m7i.large", "m7i.xlarge", "m7i.2xlarge", requirements=[zones])
    _, found, _ = ask("compare", pool, deployment("web", 6, "500m", "512Mi", **spec))
    options = {option["id"]: option for option in found["options"]}
    assert options["karpenter"]["nodes"] == nodes


def test_types_that_are_named_are_never_refused_for_their_age(ask: Any) -> None:
    types = "m5.xlarge,m5.2xlarge"
    pods = deployment("web", 3, "1", "4Gi")
    _, found, _ = ask("compare", pods, more=[*AT, "--node-group-types", types])
    options = {option["id"]: option for option in found["options"]}
    assert options["managed-node-groups"]["runsAll"]
    _, found, _ = ask("compare", pods, more=[*AT, "--types", "m5.xlarge,m6i.xlarge"])
    assert all(option["runsAll"] for option in found["options"])


def test_replicas_apart_that_share_a_disk_are_found(ask: Any) -> None:
    gp3 = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "gp3"},
        "provisioner": "ebs.csi.aws.com",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "shared"},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "gp3",
                 "resources": {"requests": {"storage": "10Gi"}}},
    }  # fmt: skip
    apart = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "kubernetes.io/hostname",
         "labelSelector": {"matchLabels": {"app": "web"}}}]}}  # fmt: skip
    volumes = [{"name": "d", "persistentVolumeClaim": {"claimName": "shared"}}]
    web = deployment("web", 2, affinity=apart, volumes=volumes)
    _, report, _ = ask("check", gp3, claim, web, more=["--region", "us-east-1"])
    assert any("shared" in json.dumps(found) for found in report["findings"])


def test_the_burstable_nodes_that_are_told_are_those_of_the_plan(ask: Any) -> None:
    objects = [deployment(f"w{i}", 1, "100m", f"{100 * (1 + i % 3)}Mi") for i in range(12)]
    _, plan, _ = ask("plan", *objects, more=["--region", "ap-northeast-2"])
    burstable = sum(item.startswith("t") for item in new(plan))
    note = next(text for text in plan["assumptions"] if "burstable" in text)
    assert note.startswith(f"{burstable} new node")


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (["plan", "in.yaml"], "-f"),
        (["plan", "-f", "https://example.com/in.yaml"], "curl"),
    ],
)
def test_what_is_asked_for_in_another_tools_way_is_told_how(
    tokens: list[str], expected: str, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.yaml").write_text(yaml.safe_dump(a_pod("a")))
    assert run([*tokens, "--region", "us-east-1"]) == 1
    said = capsys.readouterr().err
    assert expected in said.partition("hint:")[2]
