"""What users do by hand today, each as one command on an example, with its answer.

The figures are of the embedded catalog: Seoul and us-east-1, on demand.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from kubestow.cli.main import run

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SEOUL = ["--region", "ap-northeast-2", "--currency", "KRW", "--rate", "1391.5"]


def answered(capsys: Any, *arguments: str) -> Any:
    """Return a command's JSON."""
    run([*arguments, "-o", "json"])
    return json.loads(capsys.readouterr().out)


def compared(capsys: Any, *arguments: str) -> dict[str, Any]:
    """Return a comparison's options by their ids."""
    found = answered(capsys, "compare", *arguments, "--no-rehearsal")
    return {option["id"]: option for option in found["options"]}


def test_a_full_node_group_the_shortage_of_memory_and_its_cheapest_fix(capsys: Any) -> None:
    found = answered(capsys, "explain", "search", "-n", "shop", "-f",
                     str(EXAMPLES / "move-node-group"), *SEOUL)  # fmt: skip
    assert found["status"] == "Unschedulable"
    assert found["scheduler"]["message"].startswith(
        "0/3 nodes are available: 3 Insufficient memory."
    )
    first, second = found["remedies"][:2]
    # 14,907 MiB less two pods of 6,144 MiB leave 2,619 MiB on each node: no new node is needed.
    assert "2619Mi" in json.dumps(first)
    assert first["extraUsdPerHour"] == 0
    # Without the selector it runs on a t3a.large: 68.328 USD, 95,078 won a month.
    assert second["extraUsdPerHour"] == pytest.approx(0.0936)


def test_where_t3a_2xlarge_is_not_sold_and_what_the_four_types_cost(capsys: Any) -> None:
    types = "t3.xlarge,t3.2xlarge,t3a.2xlarge,t4g.2xlarge"
    found = compared(capsys, "-f", str(EXAMPLES / "online-shop"), "--types", types, *SEOUL)
    each = {name: found[name]["fleet"][0]["usdPerHourEach"] for name in types.split(",")}
    assert each == {
        "t3.xlarge": 0.208, "t3.2xlarge": 0.416, "t3a.2xlarge": 0.3744, "t4g.2xlarge": 0.3328,
    }  # fmt: skip
    assert {found[name]["fleet"][0]["podsMost"] // 58 for name in each} == {1}
    notes = {name: " ".join(found[name]["notes"]) for name in each}
    assert "not offered in ap-northeast-2b, ap-northeast-2d" in notes["t3a.2xlarge"]
    assert "exec format error" in notes["t4g.2xlarge"]
    assert all(found[name]["runsAll"] for name in each)


def test_up_or_out_small_nodes_hold_17_pods_each_and_three_are_enough(capsys: Any) -> None:
    # Four t2.medium cost what one t2.xlarge does, 0.1856 USD/h: three of them hold the 40 pods.
    found = compared(capsys, "-f", str(EXAMPLES / "up-or-out"), "--region", "us-east-1",
                     "--types", "t2.medium,t2.xlarge")  # fmt: skip
    small, large = found["t2.medium"], found["t2.xlarge"]
    assert {line["podsMost"] for line in small["fleet"]} == {17}
    assert {line["podsMost"] for line in large["fleet"]} == {44}
    assert (small["nodes"], large["nodes"]) == (3, 1)
    assert small["cost"]["perMonthByPart"]["instances"] == pytest.approx(3 * 0.0464 * 730)
    assert large["cost"]["perMonthByPart"]["instances"] == pytest.approx(0.1856 * 730)


def test_cluster_autoscaler_or_karpenter_on_the_same_pods(capsys: Any) -> None:
    found = compared(capsys, "-f", str(EXAMPLES / "online-shop"), *SEOUL)
    karpenter, groups = found["karpenter"], found["managed-node-groups"]
    assert karpenter["runsAll"]
    assert groups["runsAll"]
    # Karpenter's 1,726.83 and two t3a.small of 20 GiB for itself, each with pods that use 250m more
    # than its 400m; it consolidates nothing.
    assert karpenter["cost"]["usdPerMonth"] == pytest.approx(
        1_726.83 + 2 * ((0.0234 + 0.25 * 0.05) * 730 + 20 * 0.0912), abs=0.01
    )
    assert karpenter["settlement"]["evictions"] == 0
    assert groups["cost"]["usdPerMonth"] == pytest.approx(1_862.94, abs=0.01)
    assert groups["settlement"]["firstUsdPerMonth"] < groups["cost"]["usdPerMonth"]


def test_the_options_of_the_shop_in_won_a_month_and_what_fargate_cannot_run(capsys: Any) -> None:
    found = compared(capsys, "-f", str(EXAMPLES / "online-shop"), *SEOUL)
    won = {name: option["cost"]["local"]["perMonth"] for name, option in found.items()}
    assert won == {
        "optimum": 1_587_067,
        "karpenter": 2_480_888,
        "managed-node-groups": 2_592_287,
        "self-managed": 2_592_287,
        "auto-mode": 2_057_787,
        "fargate": 1_857_549,
    }
    barred = {item["field"]: item["pods"] for item in found["fargate"]["cannotRun"]}
    # postgres and redis keep their data on EBS; payment selects a label of Karpenter's.
    assert {field: len(pods) for field, pods in barred.items()} == {
        "spec.volumes[].persistentVolumeClaim": 6,
        "spec.nodeSelector, spec.affinity.nodeAffinity": 3,
    }


def test_arm64_is_refused_for_an_image_built_for_amd64_alone_and_both_are_named(
    capsys: Any,
) -> None:
    directory = EXAMPLES / "check"
    found = answered(
        capsys, "check", "-f", str(EXAMPLES / "online-shop"), "--region", "ap-northeast-2",
        "--cluster-config", str(directory / "eksctl.yaml"),
        "--subnets", str(directory / "subnets.yaml"),
        "--image-platforms", str(directory / "image-platforms.yaml"), "--today", "2026-11-23",
    )  # fmt: skip
    told = {item["check"]: item["reason"] for item in found["findings"]}
    assert told["image-platform"].startswith(
        "registry.example.com/shop/checkout:4.7.0 is built only for linux/amd64"
    )
    assert "arm64 nodes" in told["image-platform"]
    assert "t3a.2xlarge is not sold in ap-northeast-2b" in told["type-not-in-zone"]
