"""The plan command as a user meets it: exit codes, messages, output."""

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kubestow.cli import bug_reports
from kubestow.cli.main import run
from kubestow.model.violation import Violation

from .inputs import DEPLOYMENT, POOL, REGION

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "plan.v1alpha1.json").read_text())
ON_DEMAND = "{key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}"

BROKEN = Violation("Money", "plan", "a broken rule")


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def write(directory: Path, text: str, name: str = "a.yaml") -> str:
    path = directory / name
    path.write_text(text)
    return str(path)


def planned(capsys: pytest.CaptureFixture[str], *tokens: str, code: int = 0) -> dict[str, Any]:
    assert run(["plan", *tokens, "-o", "json"]) == code
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    return document


def refused(capsys: pytest.CaptureFixture[str], *tokens: str) -> str:
    """Run a command that must fail with one message; return it."""
    assert run(["plan", *tokens]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = [line for line in captured.err.splitlines() if not line.startswith("region:")]
    assert [line.split(":")[0] for line in lines] == ["error", "hint"], captured.err
    return " ".join(lines)


def test_a_plan_as_json_has_the_documented_shape(tmp_path: Path, capsys: Any) -> None:
    document = planned(capsys, "-f", write(tmp_path, DEPLOYMENT), *REGION)
    assert sorted(p for n in document["nodes"] for p in n["pods"]) == [
        "shop/web-0",
        "shop/web-1",
        "shop/web-2",
    ]
    assert document["cost"]["usdPerHour"] == sum(n["usdPerHour"] for n in document["nodes"])
    assert document["bound"]["gap"] == pytest.approx(
        document["cost"]["usdPerHour"] / document["bound"]["usdPerHour"] - 1, abs=1e-5
    )


def test_money_is_shown_in_the_users_currency(tmp_path: Path, capsys: Any) -> None:
    document = planned(
        capsys, "-f", write(tmp_path, DEPLOYMENT), *REGION, "--currency", "KRW", "--rate", "1391.5",
        "--hours-per-month", "720",
    )  # fmt: skip
    cost = document["cost"]
    assert cost["usdPerMonth"] == pytest.approx(cost["usdPerHour"] * 720)
    assert cost["local"] == {
        "code": "KRW",
        "rate": 1391.5,
        "perMonth": pytest.approx(cost["usdPerMonth"] * 1391.5, abs=0.5),
    }


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, DEPLOYMENT)
    outputs = set()
    for _ in range(2):
        run(["plan", "-f", path, *REGION, "-o", "json", "--no-timing"])
        outputs.add(capsys.readouterr().out)
    assert len(outputs) == 1
    assert "timing" not in json.loads(outputs.pop())


def test_a_pod_that_cannot_run_gives_exit_code_2_and_a_reason(tmp_path: Path, capsys: Any) -> None:
    huge = DEPLOYMENT.replace("500m", "5000").replace("replicas: 3", "replicas: 1")
    document = planned(capsys, "-f", write(tmp_path, huge), *REGION, code=2)
    (item,) = document["unschedulable"]
    assert item["pod"] == "shop/web-0"
    assert item["reasons"][0]["constraint"] == "NodeResourcesFit"
    assert item["nearest"]["short"]["cpu"].endswith("m")


def test_the_table_names_cost_bound_and_nodes(tmp_path: Path, capsys: Any) -> None:
    assert run(["plan", "-f", write(tmp_path, DEPLOYMENT), *REGION]) == 0
    text = capsys.readouterr().out
    assert "3 pods on" in text
    assert "USD/month" in text
    assert "at most" in text
    assert "\x1b" not in text


def test_standard_input_is_read_where_the_file_is_a_dash(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(DEPLOYMENT.encode()))
    monkeypatch.setattr("sys.stdin", stream)
    assert len(planned(capsys, "-f", "-", *REGION)["nodes"]) >= 1


def test_explain_says_where_a_pod_runs(tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, DEPLOYMENT)
    assert run(["plan", "-f", path, *REGION, "--explain", "shop/web-0"]) == 0
    assert "shop/web-0 runs on default-001" in capsys.readouterr().out


def test_explain_of_an_unknown_pod_suggests_one(tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, DEPLOYMENT)
    assert "did you mean" in refused(capsys, "-f", path, *REGION, "--explain", "shop/web-00")


def test_a_nodepool_from_its_own_file_is_used(tmp_path: Path, capsys: Any) -> None:
    pool = write(tmp_path, POOL % ON_DEMAND, "pool.yaml")
    path = write(tmp_path, DEPLOYMENT)
    document = planned(capsys, "-f", path, "--nodepool", pool, *REGION)
    assert {n["nodePool"] for n in document["nodes"]} == {"general"}


def test_without_a_region_the_assumed_one_is_said(tmp_path: Path, capsys: Any) -> None:
    assert run(["plan", "-f", write(tmp_path, DEPLOYMENT)]) == 0
    captured = capsys.readouterr()
    assert "us-east-1 is assumed" in captured.err
    assert captured.out.startswith("us-east-1")


def test_the_region_of_the_nodes_in_the_input_is_used(tmp_path: Path, capsys: Any) -> None:
    there = """---
apiVersion: v1
kind: Node
metadata: {name: n, labels: {topology.kubernetes.io/region: eu-west-1}}
status: {allocatable: {cpu: 1, memory: 1Gi, pods: 10}}
"""
    document = planned(capsys, "-f", write(tmp_path, DEPLOYMENT + there))
    assert document["region"] == "eu-west-1"


@pytest.mark.parametrize(
    ("change", "tokens", "expected"),
    [
        ({}, ["--region", "ap-northeast-22"], "did you mean 'ap-northeast-2'"),
        ({}, [*REGION, "--currency", "KRX", "--rate", "3"], "did you mean 'KRW'"),
        ({}, [*REGION, "--currency", "KRW", "--rate", "0"], "greater than zero"),
        ({}, [*REGION, "--currency", "KRW"], "needs a rate"),
        ({}, [*REGION, "--hours-per-month", "0"], "above 0"),
        ({}, [*REGION, "--nodepool", "none.yaml"], "no such file"),
        ({}, [*REGION, "--output", "yaml"], "table, json"),
        ({}, [*REGION, "--seed", "x"], "a whole number"),
        ({"replicas: 3": "replicas: 200000"}, REGION, "150000"),
        ({"replicas: 3": "replicas: 0"}, REGION, "no pods"),
        ({"500m": "12Q"}, REGION, "containers[0].resources.requests.cpu"),
        ({"500m": "-1"}, REGION, "negative"),
        ({"matchLabels: {app: web}": "matchLabels: {app: x}"}, REGION, "spec.selector"),
        ({"requests: {": "limits: {cpu: 1m}, requests: {"}, REGION, "exceeds its limit"),
        ({"  replicas": "\treplicas"}, REGION, "tab"),
    ],
)
def test_a_mistake_is_one_message_with_a_hint(
    tmp_path: Path, capsys: Any, change: dict[str, str], tokens: list[str], expected: str
) -> None:
    text = DEPLOYMENT
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    assert expected in refused(capsys, "-f", write(tmp_path, text), *tokens)


def pool_with(requirement: str) -> str:
    return POOL % f"{ON_DEMAND}, {requirement}"


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        ("{key: node.kubernetes.io/instance-type, operator: In, values: [m5.lage]}", "m5.large"),
        (
            "{key: topology.kubernetes.io/zone, operator: In, values: [us-east-1a]}",
            "ap-northeast-2a",
        ),
        (
            "{key: kubernetes.io/os, operator: In, values: [windows]}",
            "it launches windows",
        ),
        ("{key: kubernetes.io/os, operator: Is, values: [linux]}", "operator"),
        ("{key: node.kubernetes.io/instance-type, operator: In, values: [c9gd.metal-48xl]}", ""),
    ],
)
def test_a_nodepool_that_cannot_be_meant_is_refused_by_requirement(
    tmp_path: Path, capsys: Any, requirement: str, expected: str
) -> None:
    pool = write(tmp_path, pool_with(requirement), "pool.yaml")
    path = write(tmp_path, DEPLOYMENT)
    message = refused(capsys, "-f", path, "--nodepool", pool, *REGION)
    assert expected in message
    assert "NodePool general" in message


def test_a_bad_object_is_left_out_named_and_the_rest_is_planned(
    tmp_path: Path, capsys: Any
) -> None:
    bad = DEPLOYMENT.replace("name: web, namespace", "name: bad, namespace").replace("1Gi", "1Qi")
    assert run(["plan", "-f", write(tmp_path, f"{DEPLOYMENT}---{bad}"), *REGION]) == 1
    captured = capsys.readouterr()
    assert "3 pods on" in captured.out
    assert "Deployment shop/bad" in captured.err
    assert "leaves out 1 object" in captured.err


def test_a_nodepool_that_cannot_be_read_stops_the_plan(tmp_path: Path, capsys: Any) -> None:
    pool = write(tmp_path, POOL.replace("[%s]", "3"), "pool.yaml")
    refused(capsys, "-f", write(tmp_path, DEPLOYMENT), "--nodepool", pool, *REGION)


CLASS = """
---
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata: {name: %s}
spec: {amiSelectorTerms: [{alias: %s@latest}]}
"""


def class_and_pool(name: str, alias: str) -> str:
    pool = (POOL % ON_DEMAND).replace("general", name)
    pool = pool.replace("{spec: {req", f"{{spec: {{nodeClassRef: {{name: {name}}}, req")
    return f"{CLASS % (name, alias)}---\n{pool}"


def test_a_pool_of_windows_nodes_is_left_out_and_the_others_are_planned_with(
    tmp_path: Path, capsys: Any
) -> None:
    both = class_and_pool("win", "windows2022") + class_and_pool("lin", "al2023")
    options = ["-f", write(tmp_path, DEPLOYMENT), "--nodepool", write(tmp_path, both, "p.yaml")]
    document = planned(capsys, *options, *REGION)
    assert {node["nodePool"] for node in document["nodes"]} == {"lin"}
    assert [(item["kind"], item["reason"]) for item in document["ignored"]] == [
        ("EC2NodeClass", "AMI family windows2022 is not supported: win"),
        ("NodePool", "left out: win: its node class win is left out"),
    ]


def test_pools_that_are_all_left_out_are_an_error(tmp_path: Path, capsys: Any) -> None:
    pools = write(tmp_path, class_and_pool("win", "windows2022"), "p.yaml")
    path = write(tmp_path, DEPLOYMENT)
    message = refused(capsys, "-f", path, "--nodepool", pools, *REGION)
    assert "NodePool win: its node class win is left out" in message


def test_a_bad_pool_beside_a_good_one_is_named_and_left_out(tmp_path: Path, capsys: Any) -> None:
    bad = POOL.replace("[%s]", "3").replace("general", "bad")
    pools = write(tmp_path, f"{bad}\n---\n{POOL % ON_DEMAND}", "p.yaml")
    options = ["-f", write(tmp_path, DEPLOYMENT), "--nodepool", pools, *REGION]
    document = planned(capsys, *options, code=1)
    assert {node["nodePool"] for node in document["nodes"]} == {"general"}
    assert run(["plan", *options]) == 1
    assert "NodePool bad: spec.template.spec.requirements" in capsys.readouterr().err


ONE_NODE = """
---
apiVersion: v1
kind: Node
metadata:
  name: n1
  labels: {kubernetes.io/hostname: n1, topology.kubernetes.io/zone: us-west-2b}
status: {allocatable: {cpu: "8", memory: 32Gi, pods: "58"}}
"""
BOUND = """
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {nodeName: n1, containers: [{name: c, resources: {requests: {cpu: 1, memory: 1Gi}}}]}
"""


def test_what_runs_is_shown_although_nothing_is_pending_and_an_object_is_bad(
    tmp_path: Path, capsys: Any
) -> None:
    path = write(tmp_path, ONE_NODE + BOUND + "---\nname: no-kind\n")
    assert run(["plan", "-f", path, "--no-timing"]) == 1
    captured = capsys.readouterr()
    assert "on 0 new nodes and 1 existing" in captured.out
    assert "note: no pod is Pending" in captured.err
    assert "region: us-west-2, from the nodes of the input" in captured.err


def test_a_bad_object_that_the_rest_needs_is_why_nothing_is_planned(
    tmp_path: Path, capsys: Any
) -> None:
    bad = "---\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: 3\n"
    assert run(["plan", "-f", write(tmp_path, DEPLOYMENT + bad), *REGION]) == 1
    said = capsys.readouterr().err
    assert "note: nothing is planned: without StorageClass fast, the rest could be wrong" in said


def test_a_plan_starts_from_what_the_last_left_and_leaves_its_own(
    tmp_path: Path, capsys: Any
) -> None:
    path, start = write(tmp_path, DEPLOYMENT), tmp_path / "start.json"
    options = ["--warm-start", str(start), "--no-timing", *REGION]
    assert run(["plan", "-f", path, *options]) == 0
    first, left = capsys.readouterr().out, start.read_bytes()
    assert run(["plan", "-f", path, *options]) == 0
    assert capsys.readouterr().out == first
    assert start.read_bytes() == left
    start.write_text("{}")
    assert "start.json: not a warm start" in refused(capsys, "-f", path, *options)
    assert start.read_text() == "{}"


def test_a_plan_the_judge_refuses_is_not_shown_but_written_down(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubestow.usecases.judged.judge", lambda *_: (BROKEN,))
    assert run(["plan", "-f", write(tmp_path, DEPLOYMENT), *REGION]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "a broken rule" in captured.err
    report = json.loads((tmp_path / bug_reports.BUG_REPORT).read_text())
    assert "a broken rule" in report["violations"][0]
    assert len(report["violations"]) == 1
    assert len(report["cluster"]["pods"]) == 3


def test_an_interrupted_command_ends_with_code_130(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kubestow.engine.solve", interrupt)
    assert run(["plan", "-f", write(tmp_path, DEPLOYMENT), *REGION]) == 130
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("tokens", [["--help"], ["plan", "--help"], ["catalog", "--help"]])
def test_help_is_there_for_every_command(tokens: list[str], capsys: Any) -> None:
    assert run(tokens) == 0
    assert "Usage" in capsys.readouterr().out


NODE = """---
apiVersion: v1
kind: Node
metadata:
  name: there
  labels:
    topology.kubernetes.io/region: ap-northeast-2
    topology.kubernetes.io/zone: ap-northeast-2a
    kubernetes.io/hostname: there
    kubernetes.io/arch: amd64
    node.kubernetes.io/instance-type: m5a.large
    eks.amazonaws.com/capacityType: ON_DEMAND
status: {allocatable: {cpu: 1930m, memory: 7Gi, pods: 29}}
"""


def test_a_region_other_than_the_nodes_of_the_input_is_refused(tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, DEPLOYMENT + NODE)
    message = refused(capsys, "-f", path, "--region", "eu-west-1")
    assert "ap-northeast-2" in message
    assert "eu-west-1" in message


def test_the_nodes_of_the_input_beat_a_region_from_the_environment(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    document = planned(capsys, "-f", write(tmp_path, DEPLOYMENT + NODE))
    assert document["region"] == "ap-northeast-2"


def test_existing_nodes_are_priced_beside_the_plan_and_left_out_from_scratch(
    tmp_path: Path, capsys: Any
) -> None:
    path = write(tmp_path, DEPLOYMENT + NODE)
    document = planned(capsys, "-f", path, *REGION)
    assert document["cost"]["usdPerHour"] == 0
    assert document["existing"]["nodes"] == 1
    assert document["existing"]["usdPerHour"] == pytest.approx(0.106)
    scratch = planned(capsys, "-f", path, "--from-scratch")
    assert scratch["region"] == "ap-northeast-2"
    assert scratch["existing"]["nodes"] == 0
    assert scratch["cost"]["usdPerHour"] > 0


def test_the_json_names_what_was_left_out(tmp_path: Path, capsys: Any) -> None:
    bad = DEPLOYMENT.replace("name: web, namespace", "name: bad, namespace").replace("1Gi", "1Qi")
    path = write(tmp_path, f"{DEPLOYMENT}---{bad}")
    document = planned(capsys, "-f", path, *REGION, code=1)
    assert [error["object"] for error in document["errors"]] == ["Deployment shop/bad"]


def test_a_misspelt_field_is_a_mistake_not_a_silence(tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, DEPLOYMENT.replace("requests", "request"))
    assert "did you mean 'requests'" in refused(capsys, "-f", path, *REGION)


@pytest.mark.parametrize("tokens", [["--seed", "-1"], ["--hours-per-month", "1e308"]])
def test_numbers_out_of_range_are_mistakes(tmp_path: Path, capsys: Any, tokens: list[str]) -> None:
    refused(capsys, "-f", write(tmp_path, DEPLOYMENT), *REGION, *tokens)


def test_a_full_disk_is_said_without_a_fault(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: str) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sys.stdout.write", full)
    monkeypatch.setattr("kubestow.cli.main._discard_output", lambda: None)
    assert run(["plan", "-f", write(tmp_path, DEPLOYMENT), *REGION]) == 1
    assert "No space left" in capsys.readouterr().err


@pytest.mark.parametrize("width", [60, 90, 200])
def test_no_line_is_wider_than_the_screen(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    run(["plan", "-f", write(tmp_path, DEPLOYMENT + NODE.replace("1930m", "600m")), *REGION])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width


COSTS = """
apiVersion: kubestow.dev/v1alpha1
kind: Costs
perNode: [{name: agent, usdPerMonth: 36.5, source: contract, estimate: true}]
rootVolume: {gib: 20, usdPerGibMonth: 0.08}
prices: [{name: deal, discount: 0.25}]
"""


def test_costs_are_in_every_price_and_shown_by_entry(tmp_path: Path, capsys: Any) -> None:
    workload = write(tmp_path, DEPLOYMENT)
    costs = write(tmp_path, COSTS, "costs.yaml")
    document = planned(capsys, "-f", workload, *REGION, "--costs", costs)
    found, nodes = document["costs"], len(document["nodes"])
    agent, disk = found["extras"]
    assert (agent["usdPerHour"], agent["source"]) == (pytest.approx(0.05 * nodes), "contract")
    assert (disk["name"], disk["nodes"], disk["source"]) == ("rootVolume", nodes, costs)
    assert found["extrasUsdPerHour"] == pytest.approx(agent["usdPerHour"] + disk["usdPerHour"])
    assert found["prices"][0]["usdPerHour"] == found["instancesUsdPerHour"]
    assert document["cost"]["usdPerHour"] == pytest.approx(
        found["instancesUsdPerHour"]
        + found["extrasUsdPerHour"]
        + document["cost"]["surplusCreditsUsdPerHour"]
    )
    assert document["priceSources"][-1] == f"{costs} (deal, agent, rootVolume)"
    assert all(node["priceIsEstimate"] for node in document["nodes"])
    assert run(["plan", "-f", workload, *REGION, "--costs", costs]) == 0
    (line,) = (x for x in capsys.readouterr().out.splitlines() if x.startswith("  of which"))
    assert f"USD/h instances (prices: deal for {nodes})" in line
    assert f"extras: ~agent {0.05 * nodes:.4f}, rootVolume" in line


def test_without_costs_the_document_does_not_speak_of_them(tmp_path: Path, capsys: Any) -> None:
    assert "costs" not in planned(capsys, "-f", write(tmp_path, DEPLOYMENT), *REGION)


def test_costs_that_are_in_no_price_are_noted(tmp_path: Path, capsys: Any) -> None:
    match = "match: {karpenter.k8s.aws/instance-family: [m0]}"
    costs = write(tmp_path, COSTS.replace("discount: 0.25", f"discount: 0.25, {match}"), "c.yaml")
    assert run(["plan", "-f", write(tmp_path, DEPLOYMENT), *REGION, "--costs", costs]) == 0
    assert f"note: {costs}: no price covers deal" in capsys.readouterr().err


def test_a_mistake_in_the_costs_ends_in_a_hint(tmp_path: Path, capsys: Any) -> None:
    workload = write(tmp_path, DEPLOYMENT)
    costs = write(tmp_path, COSTS.replace("usdPerMonth", "usdPerMont"), "costs.yaml")
    said = refused(capsys, "-f", workload, *REGION, "--costs", costs)
    assert "costs.yaml: Costs: perNode[0].usdPerMont" in said
    assert "did you mean 'usdPerMonth'?" in said
    match = "match: {node.kubernetes.io/instance-type: [m5.larg]}"
    costs = write(tmp_path, COSTS.replace("discount: 0.25", f"discount: 0.25, {match}"), "c.yaml")
    said = refused(capsys, "-f", workload, *REGION, "--costs", costs)
    assert "c.yaml: deal: instance type 'm5.larg' does not exist" in said
    assert "did you mean 'm5.large'?" in said


def test_a_plan_as_html_is_one_page(tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, DEPLOYMENT)
    pages = set()
    for _ in range(2):
        assert run(["plan", "-f", path, *REGION, "-o", "html"]) == 0
        pages.add(capsys.readouterr().out)
    (page,) = pages
    assert page.startswith("<!doctype html>")
    assert "3 pods on" in page


def test_html_does_not_explain_one_pod(tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, DEPLOYMENT)
    said = refused(capsys, "-f", path, *REGION, "-o", "html", "--explain", "shop/web-0")
    assert "-o html shows whole plans" in said


def test_few_kinds_are_planned_and_the_others_shown(tmp_path: Path, capsys: Any) -> None:
    workload = write(tmp_path, DEPLOYMENT)
    one = planned(capsys, "-f", workload, *REGION, "--kinds", "1")
    assert len({node["instanceType"] for node in one["nodes"]}) == 1
    shown = [item for item in one["kinds"]["costs"] if item["shown"]]
    assert len(shown) == 1
    assert len(shown[0]["instanceTypes"]) == 1
    assert one["kinds"]["costs"][-1]["kinds"] is None
    assert run(["plan", "-f", workload, *REGION, "--kinds", "any"]) == 0
    assert "planned: the fewest kinds within 3.0 % of the cheapest" in capsys.readouterr().out


def test_what_pods_use_decides_what_burstable_nodes_cost(tmp_path: Path, capsys: Any) -> None:
    pool = """apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: t}
spec:
  template:
    spec:
      nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: t}
      requirements:
      - {key: node.kubernetes.io/instance-type, operator: In, values: [t3.large]}
"""
    tokens = ["-f", write(tmp_path, DEPLOYMENT), "--nodepool", write(tmp_path, pool, "t.yaml")]
    idle = planned(capsys, *tokens, *REGION, "--cpu-use", "0%", "--no-rehearsal")
    busy = planned(capsys, *tokens, *REGION, "--cpu-use", "300%", "--no-rehearsal")
    assert idle["cost"]["surplusCreditsUsdPerHour"] == 0
    surplus = busy["cost"]["surplusCreditsUsdPerHour"]
    assert surplus > 0
    assert busy["cost"]["usdPerHour"] == pytest.approx(
        surplus + idle["nodes"][0]["usdPerHour"] * len(busy["nodes"]), abs=1e-9
    )
    assert busy["bound"]["usdPerHour"] <= busy["cost"]["usdPerHour"]
    assert run(["plan", *tokens, *REGION, "--cpu-use", "much"]) == 1
    assert "hint: for example 60% or 0.6" in capsys.readouterr().err
