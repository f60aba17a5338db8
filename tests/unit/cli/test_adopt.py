"""The adopt command as a user meets it: exit codes, outputs, mistakes."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from tests.unit.adoption.clusters import deployment, under_autoscaler, under_karpenter

from kubestow.cli.adopt import pool_files
from kubestow.cli.main import run

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "schema" / "adoption.v1alpha1.json").read_text()
)


def dumped(path: Path, items: list[Any]) -> list[str]:
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return ["adopt", "-f", str(path), "--eks-cluster", "shop", "--region", "us-east-1"]


def test_a_cluster_under_karpenter_can_be_changed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = dumped(tmp_path / "a.json", under_karpenter())
    assert run([*words, "-o", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert (document["of"], document["ready"]) == ("Karpenter", True)
    assert run(words) == 0
    assert "nothing stops the change-over" in capsys.readouterr().out


def test_a_finding_that_is_an_error_has_the_exit_code_of_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = dumped(tmp_path / "a.json", under_autoscaler())
    assert run(words) == 4
    assert "[nodepool-missing]" in capsys.readouterr().out
    assert run([*words, "-o", "nodepools"]) == 4
    offered = capsys.readouterr().out
    assert {item["kind"] for item in yaml.safe_load_all(offered)} == {"NodePool", "EC2NodeClass"}
    pools = tmp_path / "pools.yaml"
    pools.write_text(offered.replace("FILL-IN-VERSION", "latest"))
    assert run([*words, "--nodepool", str(pools), "-o", "markdown"]) == 0
    assert f"nodePools.pools={pools}" in capsys.readouterr().out


def test_groups_can_be_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [*dumped(tmp_path / "a.json", under_autoscaler()), "--keep-groups"]
    assert run([*words, "-o", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert (document["keepsGroups"], document["moving"]) == (True, [])
    assert document["keptGroups"] == ["system", "workers"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--eks-cluster", "a b"], "is not the name of a cluster"),
        (["--max-parallel", "0"], "drains nothing"),
        (["--back", "--keep", "a"], "--keep has no effect"),
        (["--keep", "none"], "no node group of that name"),
        (["--from-scratch"], "it ignores the nodes"),
        (["-o", "nodepools"], "no NodePools are offered"),
        (["--of", "cluster-autoscaler"], "it manages no node"),
        (["--keep-groups"], "scales no node groups"),
    ],
)
def test_a_mistake_is_told_with_a_hint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    words = dumped(tmp_path / "a.json", under_karpenter())
    if "--eks-cluster" in more:
        words = words[:3] + words[5:]
    assert run([*words, *more]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert "hint: " in told


def test_an_input_without_nodes_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    items = [item for item in under_karpenter() if item["kind"] == "Pod"]
    assert run(dumped(tmp_path / "a.json", items)) == 1
    assert "no nodes in the input" in capsys.readouterr().err


def test_an_object_that_cannot_be_read_is_told_with_its_file_and_is_wrong_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = deployment("broken", "shop")
    broken["spec"]["replicas"] = "two"
    words = dumped(tmp_path / "a.json", under_karpenter(broken))
    assert run([*words, "-o", "json"]) == 1
    told = capsys.readouterr()
    assert "a.json: Deployment shop/broken" in told.err
    assert json.loads(told.out)["errors"]


def test_files_of_one_stem_are_all_given_to_the_chart() -> None:
    files = pool_files(["a/pools.yaml", "b/pools.yaml", "pools.yml", "a/pools.yaml"])
    assert files == {"pools": "a/pools.yaml", "pools-2": "b/pools.yaml", "pools-3": "pools.yml"}


def test_the_runbook_plans_the_moves_again_with_the_same_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = dumped(tmp_path / "a.json", under_karpenter())
    assert run([*words, "--keep", "system", "-o", "markdown"]) == 0
    again = "kubestow adopt --cluster --eks-cluster shop --region us-east-1 --of karpenter --keep"
    assert f"{again} system" in capsys.readouterr().out
