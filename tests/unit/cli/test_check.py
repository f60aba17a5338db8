"""The check command as a user meets it: exit codes, messages, table, JSON and SARIF."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kubestow.cli.main import run

from .inputs import DEPLOYMENT

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "check.v1alpha1.json").read_text())
SHOP = str(ROOT / "examples" / "online-shop")
GIVEN = ROOT / "examples" / "check"
FULL = [
    "check", "-f", SHOP, "--cluster-config", str(GIVEN / "eksctl.yaml"),
    "--subnets", str(GIVEN / "subnets.yaml"),
    "--image-platforms", str(GIVEN / "image-platforms.yaml"), "--today", "2026-11-23",
]  # fmt: skip
REGION = ["--region", "ap-northeast-2", "--today", "2026-11-23"]
POOL = str(ROOT / "examples" / "nodepools" / "general.yaml")


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(DEPLOYMENT)


def document(capsys: Any) -> Any:
    return json.loads(capsys.readouterr().out)


def test_the_example_names_what_users_find_out_too_late(capsys: Any) -> None:
    assert run(FULL) == 4
    text = capsys.readouterr().out
    assert text.startswith("ap-northeast-2: 5 errors, ")
    assert "error  An instance type is not sold in a zone of its node group  [type-not-in-" in text
    assert "t3a.2xlarge is not sold in ap-northeast-2b, only in ap-northeast-2a" in text
    assert "registry.example.com/shop/checkout:4.7.0 is built only for linux/amd64" in text
    assert "AL2 AMIs exist up to Kubernetes 1.32" in text
    assert "not checked: image-platform: the platforms of 17 images are unknown" in text
    assert "  see https://kubernetes.io/docs/" in text
    assert "ignored: 1 ConfigMap: this kind does not affect placement" in text
    assert max(map(len, text.splitlines())) <= 110
    assert "\x1b" not in text


def test_the_json_keeps_to_its_schema_and_is_the_same_every_time(capsys: Any) -> None:
    assert run([*FULL, "-o", "json"]) == 4
    first = capsys.readouterr().out
    jsonschema.validate(json.loads(first), SCHEMA)
    found = json.loads(first)
    assert found["summary"]["errors"] == 5
    assert found["date"] == "2026-11-23"
    assert [item["kind"] for item in found["ignored"]] == ["ConfigMap"]
    finding = found["findings"][0]
    assert finding["object"] == {
        "kind": "managed node group", "namespace": "", "name": "workers"
    }  # fmt: skip
    assert finding["file"].endswith("eksctl.yaml")
    run([*FULL, "-o", "json"])
    assert capsys.readouterr().out == first


def test_sarif_has_rules_results_and_places(capsys: Any) -> None:
    assert run([*FULL, "-o", "sarif"]) == 4
    log = document(capsys)
    (ran,) = log["runs"]
    assert log["version"] == "2.1.0"
    rules = ran["tool"]["driver"]["rules"]
    assert len(rules) >= 32
    assert all(rule["helpUri"].startswith("https://") for rule in rules)
    prints = set()
    for result in ran["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        (location,) = result["locations"]
        assert location["logicalLocations"][0]["fullyQualifiedName"]
        prints.add(result["partialFingerprints"]["kubestow/v1"])
    assert len(prints) == len(ran["results"])
    checkout = next(r for r in ran["results"] if "checkout:4.7.0" in r["message"]["text"])
    place = checkout["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("14-checkout.yaml")
    assert place["region"] == {"startLine": 3}
    notes = ran["invocations"][0]["toolExecutionNotifications"]
    assert notes[0]["message"]["text"].startswith("not checked: ")


@pytest.mark.parametrize(
    ("fail_on", "code"), [("error", 0), ("warning", 4), ("info", 4), ("never", 0)]
)
def test_the_exit_code_is_by_the_least_severity_that_fails(
    fail_on: str, code: int, capsys: Any
) -> None:
    line = ["check", "-f", "a.yaml", "--nodepool", POOL, *REGION, "--fail-on", fail_on]
    assert run([*line, "-o", "json"]) == code
    assert document(capsys)["summary"]["errors"] == 0


def test_an_object_that_cannot_be_read_is_a_finding(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.yaml").write_text(DEPLOYMENT.replace("matchLabels", "matchLabel"))
    assert run(["check", "-f", "a.yaml", *REGION, "-o", "json"]) == 4
    finding = document(capsys)["findings"][0]
    assert finding["check"] == "invalid-object"
    assert finding["field"] == "spec.selector.matchLabel"
    assert finding["fix"] == "did you mean 'matchLabels'?"


def test_a_limit_below_its_request_is_said_once(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.yaml").write_text(
        DEPLOYMENT.replace("memory: 1Gi}", "memory: 1Gi}, limits: {memory: 512Mi}")
    )
    assert run(["check", "-f", "a.yaml", *REGION, "-o", "json"]) == 4
    errors = [f for f in document(capsys)["findings"] if f["severity"] == "error"]
    assert [f["check"] for f in errors] == ["limit-below-request"]


def test_a_file_that_cannot_be_read_is_wrong_input_and_the_rest_is_judged(
    tmp_path: Path, capsys: Any
) -> None:
    (tmp_path / "b.yaml").write_text("a: [")
    assert run(["check", "-f", "a.yaml", "-f", "b.yaml", *REGION]) == 1
    captured = capsys.readouterr()
    assert "error: b.yaml: not valid YAML" in captured.err
    assert "[crowd-in-one-zone]" in captured.out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["-f", "none.yaml"], "none.yaml: no such file or directory"),
        (["-f", "a.yaml", "--today", "soon"], "--today soon is not a date"),
        (["-f", "a.yaml", "--costs", "c.yaml"], "--costs has no effect on checks"),
        (["-f", "a.yaml", "--subnets", "none.json"], "none.json: no such file"),
        (["-f", "a.yaml", "--image-platforms", "a.yaml"], "expected kind ImagePlatforms"),
        (["-f", "a.yaml", "--oci-layout", "none"], "none: not an OCI layout"),
        (
            ["-f", "a.yaml", "--cluster-config", "a.yaml"],
            "expected eksctl.io/v1alpha5 ClusterConfig",
        ),
        (["-f", "a.yaml", "--fail-on", "errors"], "'errors' is not a valid value of --fail-on"),
    ],
)
def test_a_mistake_in_an_option_ends_in_a_hint(more: list[str], message: str, capsys: Any) -> None:
    assert run(["check", *more, "--region", "ap-northeast-2"]) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert "hint: " in captured.err
    assert captured.out == ""


def test_the_region_is_the_clusters_own_and_must_not_contradict_it(capsys: Any) -> None:
    assert run([*FULL, "--region", "us-east-1"]) == 1
    assert "the ClusterConfig is for ap-northeast-2, and --region is us-east-1" in (
        capsys.readouterr().err
    )


def test_a_cluster_config_among_the_manifests_counts_and_a_second_one_is_refused(
    capsys: Any,
) -> None:
    config = str(GIVEN / "eksctl.yaml")
    assert run(["check", "-f", SHOP, "-f", config, "--today", "2026-11-23", "-o", "json"]) == 4
    assert document(capsys)["findings"][0]["check"] == "type-not-in-zone"
    assert run(["check", "-f", config, "--cluster-config", config]) == 1
    assert "each holds a ClusterConfig" in capsys.readouterr().err


def test_an_oci_layout_tells_an_images_platforms(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.yaml").write_text(
        DEPLOYMENT.replace("[{name: web,", "[{name: web, image: 'web:1',")
    )
    directory = tmp_path / "layout"
    directory.mkdir()
    platform = {"os": "linux", "architecture": "arm64"}
    (directory / "index.json").write_text(json.dumps({"manifests": [{"platform": platform}]}))
    line = ["check", "-f", "a.yaml", "--nodepool", POOL, *REGION, "-o", "json"]
    assert run([*line, "--oci-layout", "web:1=layout"]) == 4
    assert document(capsys)["findings"][0]["reason"].startswith(
        "web:1 is built only for linux/arm64"
    )


def test_help_shows_its_examples(capsys: Any) -> None:
    assert run(["check", "--help"]) == 0
    text = capsys.readouterr().out
    assert text.count("kubestow check ") >= 4
    assert "--fail-on" in text


def test_a_nodepool_that_cannot_be_read_is_a_finding(
    capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bad = "kind: NodePool\nmetadata: {name: p}\nspec: {template: {spec: {requirements: 3}}}\n"
    Path("pool.yaml").write_text(bad)
    Path("pods.yaml").write_text("kind: Service\nmetadata: {name: s}\nspec: {}\n")
    assert run(["check", "-f", "pods.yaml", "--nodepool", "pool.yaml", *REGION]) == 4
    assert "NodePool p  spec.template.spec.requirements" in capsys.readouterr().out


def cluster_dump() -> str:
    """Write what 'kubestow snapshot' writes of a cluster with prefixes and an old version."""
    env = [{"name": "ENABLE_PREFIX_DELEGATION", "value": "true"}]
    template = {
        "metadata": {"labels": {"app": "aws-node"}},
        "spec": {"containers": [{"name": "aws-node", "image": "cni", "env": env}]},
    }
    aws_node = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "aws-node", "namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": {"app": "aws-node"}}, "template": template},
    }
    version = {
        "apiVersion": "kubestow.dev/v1alpha1",
        "kind": "KubernetesVersion",
        "gitVersion": "v1.30.4-eks-1",
    }
    Path("cluster.json").write_text(
        json.dumps({"apiVersion": "v1", "kind": "List", "items": [aws_node, version]})
    )
    return "cluster.json"


def test_the_version_and_the_vpc_cni_of_a_cluster_are_found_and_told(capsys: Any) -> None:
    arguments = ["check", "-f", cluster_dump(), *REGION, "-o", "json"]
    assert run(arguments) == 4
    out, err = capsys.readouterr()
    assert "note: API server kubernetes runs Kubernetes 1.30" in err
    assert "note: aws-node assigns address prefixes: checked with them" in err
    (finding,) = (f for f in json.loads(out)["findings"] if f["check"] == "kubernetes-version")
    assert (finding["severity"], finding["field"]) == ("error", "gitVersion")
    assert finding["file"] == "cluster.json"
    run([*arguments, "--no-prefix-delegation"])
    assert "prefixes" not in capsys.readouterr().err


def test_the_version_of_a_cluster_config_counts_more_than_that_of_the_cluster(capsys: Any) -> None:
    text = (
        "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\n"
        'metadata: {name: shop, region: ap-northeast-2, version: "1.34"}\n'
    )
    Path("eksctl.yaml").write_text(text)
    run(["check", "-f", cluster_dump(), *REGION, "--cluster-config", "eksctl.yaml", "-o", "json"])
    out, err = capsys.readouterr()
    assert "runs Kubernetes 1.30: checked for 1.34, as the ClusterConfig says" in err
    assert "kubernetes-version" not in [f["check"] for f in json.loads(out)["findings"]]
