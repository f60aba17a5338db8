"""Headroom, blast radius, launch lists and spot diversity as a user meets them."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kubestow.cli.main import run

from .inputs import DEPLOYMENT, POOL, REGION

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "plan.v1alpha1.json").read_text())
SPOT = POOL % (
    "{key: karpenter.sh/capacity-type, operator: In, values: [spot, on-demand]},"
    "{key: kubernetes.io/arch, operator: In, values: [amd64]},"
    "{key: karpenter.k8s.aws/instance-family, operator: In, values: [m6i, c6i]}"
)
NEW = {"headroom", "spotDiversity"}


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def write(directory: Path, text: str, name: str = "a.yaml") -> str:
    path = directory / name
    path.write_text(text)
    return str(path)


def planned(capsys: Any, *tokens: str, code: int = 0) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(shown(capsys, *tokens, "-o", "json", code=code))
    jsonschema.validate(document, SCHEMA)
    return document


def refused(capsys: Any, *tokens: str) -> str:
    """Run a command that must fail with one message and a hint; return both."""
    assert run(["plan", *tokens]) == 1
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert (captured.out, [line.split(":")[0] for line in lines]) == ("", ["error", "hint"])
    return " ".join(lines)


def shown(capsys: Any, *tokens: str, code: int = 0) -> str:
    assert run(["plan", *tokens]) == code
    found: str = capsys.readouterr().out
    return found


def test_without_the_options_the_document_does_not_speak_of_them(
    tmp_path: Path, capsys: Any
) -> None:
    document = planned(capsys, "-f", write(tmp_path, DEPLOYMENT), *REGION)
    assert not NEW & document.keys()
    assert not {"launch", "headroomPods"} & document["nodes"][0].keys()


def test_headroom_is_shown_apart_from_the_pods(tmp_path: Path, capsys: Any) -> None:
    tokens = ["-f", write(tmp_path, DEPLOYMENT), *REGION, "--headroom", "50%"]
    document = planned(capsys, *tokens)
    assert document["headroom"] == {
        "pods": 2,
        "unplaced": 0,
        "cpu": "750m",
        "memory": "1536Mi",
        "podRequests": {"cpu": "375m", "memory": "768Mi"},
    }
    assert sum(len(node["pods"]) for node in document["nodes"]) == 3
    assert sum(node.get("headroomPods", 0) for node in document["nodes"]) == 2
    text = shown(capsys, *tokens)
    assert text.startswith("ap-northeast-2: 3 pods on")
    assert "headroom   750m cpu and 1536Mi memory" in text


def test_headroom_that_finds_no_place_is_not_a_pod_that_cannot_run(
    tmp_path: Path, capsys: Any
) -> None:
    # t3a.medium leaves 1930m: room for the three pods, none for a whole placeholder more.
    pool = POOL % "{key: node.kubernetes.io/instance-type, operator: In, values: [t3a.medium]}"
    limited = pool.replace("{template", "{limits: {nodes: 1}, template")
    tokens = ["-f", write(tmp_path, DEPLOYMENT), "--nodepool", write(tmp_path, limited, "p.yaml")]
    tokens += [*REGION, "--headroom", "100%"]
    document = planned(capsys, *tokens, code=2)
    assert document["headroom"]["unplaced"] == 3
    assert {item["pod"].partition("/")[0] for item in document["unschedulable"]} == {
        "kubestow-headroom"
    }
    text = shown(capsys, *tokens, code=2)
    assert "3 pods on 1 new node of 1 kind\n" in text
    assert "3 of them cannot be placed" in text


def test_headroom_of_nothing_is_said(tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, DEPLOYMENT.replace("cpu: 500m, memory: 1Gi", ""))
    assert run(["plan", "-f", path, *REGION, "--headroom", "10%"]) == 0
    assert (
        "note: headroom of 10% has no effect: the pods to plan request no cpu"
        in capsys.readouterr().err
    )


def test_a_share_a_node_says_what_to_add_to_the_manifests(tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, DEPLOYMENT)
    document = planned(capsys, "-f", path, *REGION, "--max-share-per-node", "34%")
    assert [len(node["pods"]) for node in document["nodes"]] == [1, 1, 1]
    (note,) = (line for line in document["assumptions"] if "topologySpreadConstraints" in line)
    assert "34 %" in note


def test_a_share_on_demand_is_planned_and_its_certificate_holds(
    tmp_path: Path, capsys: Any
) -> None:
    tokens = ["-f", write(tmp_path, DEPLOYMENT), "--nodepool", write(tmp_path, SPOT, "pool.yaml")]
    tokens += [*REGION, "--on-demand-share", "50%"]
    document = planned(capsys, *tokens, "--certificate", "bound.json")
    there = [node for node in document["nodes"] if node["capacityType"] == "on-demand"]
    assert sum(len(node["pods"]) for node in there) >= 2
    (note,) = (line for line in document["assumptions"] if "karpenter.sh/capacity-type In" in line)
    assert note.startswith("at least 50 %")
    assert run(["verify-bound", "bound.json", *tokens]) == 0
    assert run(["verify-bound", "bound.json", *tokens[:-2]]) == 1


def test_a_share_on_demand_without_spot_has_no_effect_and_says_so(
    tmp_path: Path, capsys: Any
) -> None:
    path = write(tmp_path, DEPLOYMENT)
    assert run(["plan", "-f", path, *REGION, "--on-demand-share", "30%"]) == 0
    captured = capsys.readouterr()
    assert (
        "note: an on-demand share of 30% has no effect: no NodePool launches spot" in captured.err
    )
    assert "capacity-spread" not in captured.out


def test_launch_lists_are_in_both_outputs(tmp_path: Path, capsys: Any) -> None:
    pool = write(tmp_path, SPOT, "pool.yaml")
    tokens = ["-f", write(tmp_path, DEPLOYMENT), "--nodepool", pool, *REGION, "--launch-list"]
    document = planned(capsys, *tokens)
    lists = [node["launch"] for node in document["nodes"]]
    assert all(len(found["alternatives"]) == min(found["count"], 60) for found in lists)
    text = shown(capsys, *tokens)
    least = min(found["count"] for found in lists)
    assert f"at least {least} other offerings fit the pods of each new node" in text
    assert lists[0]["alternatives"][0]["instanceType"] in text


def test_spot_nodes_with_too_little_choice_are_named(tmp_path: Path, capsys: Any) -> None:
    pool = write(tmp_path, SPOT, "pool.yaml")
    tokens = ["-f", write(tmp_path, DEPLOYMENT), "--nodepool", pool, *REGION, "--spot-diversity"]
    document = planned(capsys, *tokens, "4x3")
    assert document["spotDiversity"] == {
        "types": 4,
        "zones": 3,
        "spotNodes": len(document["nodes"]),
        "nodes": [],
    }
    assert "launch" not in document["nodes"][0]
    found = planned(capsys, *tokens, "99x1")["spotDiversity"]["nodes"]
    assert [item["node"] for item in found] == [node["name"] for node in document["nodes"]]
    assert {item["narrowedBy"] for item in found} == {"NodePool"}
    assert found[0]["onDemand"]["capacityType"] == "on-demand"
    text = shown(capsys, *tokens, "99x1")
    assert f"{found[0]['node']}: " in text
    assert "widen the NodePool's requirements" in text
    assert "can use 4 instance types in each of 3 zones" in shown(capsys, *tokens, "4x3")


def test_the_plan_keeps_to_the_diversity_it_can_have(tmp_path: Path, capsys: Any) -> None:
    # Of m6i and c6i only the m6i of a size and what is larger carry pods with 4 GiB a core.
    few = SPOT.replace("values: [m6i, c6i]}", "values: [m6i, c6i]},{key: karpenter.k8s.aws/"
                       "instance-cpu, operator: In, values: ['2', '4']}")  # fmt: skip
    pods = DEPLOYMENT.replace("replicas: 3", "replicas: 24").replace("cpu: 500m", "cpu: 250m")
    tokens = ["-f", write(tmp_path, pods), "--nodepool", write(tmp_path, few, "pool.yaml"), *REGION]
    document = planned(capsys, *tokens, "--spot-diversity", "3x2")
    assert document["spotDiversity"]["spotNodes"] == len(document["nodes"])
    assert document["spotDiversity"]["nodes"] == []
    without = planned(capsys, *tokens)
    assert document["bound"]["usdPerHour"] <= without["bound"]["usdPerHour"]


def test_the_built_in_pools_have_no_spot_nodes_to_hold(tmp_path: Path, capsys: Any) -> None:
    tokens = ["-f", write(tmp_path, DEPLOYMENT), *REGION, "--no-timing"]
    document = planned(capsys, *tokens, "--spot-diversity", "5x2")
    assert document.pop("spotDiversity")["spotNodes"] == 0
    assert document == planned(capsys, *tokens)


def test_a_certificate_holds_with_the_wish_and_without(tmp_path: Path, capsys: Any) -> None:
    proof = str(tmp_path / "proof.json")
    pool = write(tmp_path, SPOT, "pool.yaml")
    tokens = ["-f", write(tmp_path, DEPLOYMENT), "--nodepool", pool, *REGION]
    planned(capsys, *tokens, "--spot-diversity", "5x2", "--certificate", proof)
    assert run(["verify-bound", proof, *tokens]) == 0


def test_a_zone_that_is_held_is_said(tmp_path: Path, capsys: Any) -> None:
    held = DEPLOYMENT.replace(
        "      containers",
        "      topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone,"
        " whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}}]\n"
        "      containers",
    )
    tokens = ["-f", write(tmp_path, held), "--nodepool", write(tmp_path, SPOT, "pool.yaml")]
    document = planned(capsys, *tokens, *REGION, "--spot-diversity", "2x2")
    found = document["spotDiversity"]["nodes"]
    assert {item["narrowedBy"] for item in found} == {"Topology"}
    assert all(len(item["typesByZone"]) == 1 for item in found)


@pytest.mark.parametrize(
    "tokens",
    [
        ["--headroom", "10"],
        ["--headroom", "0%"],
        ["--headroom", "1001%"],
        ["--headroom", "-5%"],
        ["--max-share-per-node", "101%"],
        ["--max-share-per-node", "a quarter"],
        ["--on-demand-share", "0.3"],
        ["--on-demand-share", "101%"],
        ["--spot-diversity", "5"],
        ["--spot-diversity", "0x2"],
        ["--spot-diversity", "5x"],
    ],
)
def test_a_value_that_cannot_be_meant_is_one_message_with_a_hint(
    tmp_path: Path, capsys: Any, tokens: list[str]
) -> None:
    assert tokens[0] in refused(capsys, "-f", write(tmp_path, DEPLOYMENT), *REGION, *tokens)


def test_pods_of_the_placeholders_namespace_are_refused(tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, DEPLOYMENT.replace("namespace: shop", "namespace: kubestow-headroom"))
    assert "kubestow-headroom/web-0" in refused(capsys, "-f", path, *REGION, "--headroom", "10%")


def test_a_placeholder_is_no_pod_to_explain(tmp_path: Path, capsys: Any) -> None:
    tokens = ["--headroom", "10%", "--explain", "kubestow-headroom/headroom-0"]
    refused(capsys, "-f", write(tmp_path, DEPLOYMENT), *REGION, *tokens)
