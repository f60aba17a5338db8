"""plan --emit as a user meets it: files, standard output, messages."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubestow.cli.main import run

from .inputs import DEPLOYMENT, POOL, REGION

ROOT = Path(__file__).parents[3]
NAMES = ["--cluster-name", "shop", "--node-role", "KarpenterNodeRole-shop"]
ALL = ["--emit", "karpenter", "--emit", "eksctl", "--emit", "kubectl"]
Fleet = Counter[tuple[object, ...]]


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(DEPLOYMENT)


def kinds(document: dict[str, Any]) -> Fleet:
    """Return how many new nodes of each kind there are, whatever their load and zone."""
    return Counter((kind, capacity) for kind, _, capacity, _, _ in fleet(document).elements())


def fleet(document: dict[str, Any]) -> Fleet:
    """Return what is the same of two plans: how many new nodes of each kind."""
    return Counter(
        (
            node["instanceType"],
            node["zone"],
            node["capacityType"],
            node["usdPerHour"],
            tuple(sorted(taint["key"] for taint in node["taints"])),
        )
        for node in document["nodes"]
        if not node["existing"]
    )


def planned(capsys: Any, *tokens: str) -> dict[str, Any]:
    assert run(["plan", *tokens, "-o", "json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_emitted_text_takes_the_place_of_the_table(capsys: Any) -> None:
    assert run(["plan", "-f", "a.yaml", *REGION, "--emit", "karpenter", *NAMES]) == 0
    captured = capsys.readouterr()
    kinds = [document["kind"] for document in yaml.safe_load_all(captured.out)]
    assert kinds == ["NodePool", "EC2NodeClass"]
    head = "# Karpenter NodePools and EC2NodeClasses for a kubestow plan"
    assert captured.out.startswith(head)
    assert captured.err == ""


def test_several_kinds_are_written_into_a_folder_beside_the_plan(
    tmp_path: Path, capsys: Any
) -> None:
    tokens = ["plan", "-f", "a.yaml", *REGION, *ALL, *NAMES, "--emit-to", "out/today"]
    assert run(tokens) == 0
    captured = capsys.readouterr()
    assert "3 pods on" in captured.out
    assert captured.err.count("wrote ") == 3
    first = {path.name: path.read_bytes() for path in (tmp_path / "out" / "today").iterdir()}
    assert sorted(first) == ["eksctl.yaml", "karpenter.yaml", "kubectl.sh"]
    assert run(tokens) == 0
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "out/today").iterdir()}


def test_one_kind_may_be_written_to_a_file(tmp_path: Path, capsys: Any) -> None:
    document = planned(
        capsys, "-f", "a.yaml", *REGION, "--emit", "kubectl", "--emit-to", "nodes.sh"
    )
    assert document["kind"] == "Plan"
    assert (tmp_path / "nodes.sh").read_text().startswith("#!/bin/sh\n")


def test_pods_that_cannot_run_are_said(tmp_path: Path, capsys: Any) -> None:
    huge = DEPLOYMENT.replace("500m", "5000").replace("replicas: 3", "replicas: 1")
    (tmp_path / "b.yaml").write_text(huge.replace("name: web", "name: huge"))
    code = run(["plan", "-f", "a.yaml", "-f", "b.yaml", *REGION, "--emit", "kubectl"])
    assert code == 2
    assert "note: 1 pod cannot run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (["--emit", "carpenter", *NAMES], "did you mean 'karpenter'"),
        (["--emit", "terraform"], "choose from: karpenter, eksctl, kubectl"),
        (["--emit", "karpenter", "--cluster-name", "shop"], "--node-role"),
        (["--emit", "karpenter", "--node-role", "x"], "--cluster-name"),
        (["--emit", "eksctl"], "--cluster-name"),
        (
            ["--emit", "eksctl", "--cluster-name", "my shop"],
            "is not a valid name of an EKS cluster",
        ),
        ([*ALL, *NAMES], "--emit-to"),
        ([*ALL, *NAMES, "--emit-to", "x.yaml"], "one file cannot hold"),
        (["--emit", "kubectl", "-o", "json"], "both write to standard output"),
        (["--emit", "kubectl", "--explain", "shop/web-0"], "both write to standard output"),
        (["--emit-to", "x"], "no effect without --emit"),
        (["--cluster-name", "x"], "no effect without --emit"),
        (["--held"], "no effect without --emit"),
        (["--emit", "kubectl", "--held", "--placed-by", "kube-scheduler"], "not for kube-sched"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    tokens: list[str], expected: str, capsys: Any
) -> None:
    assert run(["plan", "-f", "a.yaml", *REGION, *tokens]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert expected in captured.err
    assert [line.split(":")[0] for line in captured.err.splitlines()] == ["error", "hint"]


def test_what_cannot_be_written_leaves_no_file(tmp_path: Path, capsys: Any) -> None:
    selector = "spec:\n      nodeSelector: {karpenter.sh/nodepool: general}\n      containers"
    (tmp_path / "c.yaml").write_text(DEPLOYMENT.replace("spec:\n      containers", selector))
    (tmp_path / "pool.yaml").write_text(
        POOL % "{key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}"
    )
    tokens = ["-f", "c.yaml", "--nodepool", "pool.yaml", *REGION, *ALL, *NAMES]
    assert run(["plan", *tokens, "--emit-to", "out"]) == 1
    assert "karpenter.sh/nodepool" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_planned_nodepool_that_is_edited_wrongly_is_an_error(tmp_path: Path, capsys: Any) -> None:
    run(["plan", "-f", "a.yaml", *REGION, "--emit", "karpenter", *NAMES])
    text = capsys.readouterr().out
    for change, expected in (("three ", "invalid entry 'three "), ("2 x", "is not on offer")):
        start = text.index("planned-nodes: ") + len("planned-nodes: ") + 1
        changed = text[:start] + change + text[start + 2 :]
        (tmp_path / "edited.yaml").write_text(changed)
        assert run(["plan", "-f", "a.yaml", *REGION, "--nodepool", "edited.yaml"]) == 1
        assert expected in capsys.readouterr().err


def test_reservations_and_a_desired_size_together_are_refused(tmp_path: Path, capsys: Any) -> None:
    tokens = ["-f", "a.yaml", *REGION]
    run(["plan", *tokens, "--emit", "karpenter", *NAMES, "--emit-to", "k.yaml"])
    (tmp_path / "costs.yaml").write_text(
        "apiVersion: kubestow.dev/v1alpha1\nkind: Costs\n"
        "reservations: [{name: a, instanceType: m6i.large, count: 1}]\n"
    )
    capsys.readouterr()
    more = ["--nodepool", "k.yaml", "--costs", "costs.yaml"]
    assert run(["plan", *tokens, *more]) == 1
    assert "--from-scratch" in capsys.readouterr().err


def test_the_example_shop_read_back_is_the_same_fleet(tmp_path: Path, capsys: Any) -> None:
    shop = ["-f", str(ROOT / "examples" / "online-shop"), *REGION]
    pool = ["--nodepool", str(ROOT / "examples" / "seoul.yaml")]
    plan = planned(capsys, *shop, *pool, *ALL, *NAMES, "--emit-to", "out")
    for tokens in (["--nodepool", "out/karpenter.yaml"], ["--cluster-config", "out/eksctl.yaml"]):
        again = planned(capsys, *shop, *tokens)
        assert kinds(again) >= kinds(plan)  # other orders of arrival may strand a pod
        assert kinds(again).total() <= kinds(plan).total() + 1
        assert again["rehearsal"]["pending"] == 0
        assert again["bound"]["usdPerHour"] <= again["cost"]["usdPerHour"]


def test_from_scratch_the_groups_say_only_what_may_be_launched(tmp_path: Path, capsys: Any) -> None:
    config = """apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: shop, region: ap-northeast-2}
managedNodeGroups: [{name: m, instanceType: m6i.large, minSize: 1, desiredCapacity: 4, maxSize: 6}]
"""
    (tmp_path / "eksctl.yaml").write_text(config)
    tokens = ["-f", "a.yaml", "--cluster-config", "eksctl.yaml"]
    assert sum(fleet(planned(capsys, *tokens)).values()) == 4
    assert sum(fleet(planned(capsys, *tokens, "--from-scratch")).values()) < 4


def test_held_nodes_are_those_of_the_plan_for_landed_pods(tmp_path: Path, capsys: Any) -> None:
    pods = ["-f", "a.yaml", *REGION, "--no-rehearsal"]
    tokens = [*pods, "--held", *ALL, *NAMES, "--emit-to", "out", "-o", "json"]
    assert run(["plan", *tokens]) == 0
    captured = capsys.readouterr()
    plan = json.loads(captured.out)
    assert plan["placements"]["by"] == "kubestow"
    assert "no pod starts on the emitted nodes until 'kubestow land plan.json'" in captured.err
    for name in ("karpenter.yaml", "eksctl.yaml", "kubectl.sh"):
        assert "kubestow.dev/held" in (tmp_path / "out" / name).read_text()
    for read in (["--nodepool", "out/karpenter.yaml"], ["--cluster-config", "out/eksctl.yaml"]):
        again = planned(capsys, *pods, *read)
        assert fleet(again).total() == fleet(plan).total()
