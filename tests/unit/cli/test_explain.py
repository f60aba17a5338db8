"""The explain command as a user meets it: names, exit codes, messages, output."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kubestow.cli.main import run

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "explanation.v1alpha1.json").read_text())
REGION = ["--region", "ap-northeast-2"]
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      SPEC
      containers: [{name: web, resources: {requests: {cpu: 500m, memory: 1Gi}}}]
"""
PLAIN = DEPLOYMENT.replace("      SPEC\n", "")
HUGE = PLAIN.replace("500m", '"5000"')
BATCH = DEPLOYMENT.replace("SPEC", "nodeSelector: {team: batch}")
NODE = """---
apiVersion: v1
kind: Node
metadata:
  name: ip-10-0-0-1
  labels:
    team: batch
    topology.kubernetes.io/zone: ap-northeast-2a
    topology.kubernetes.io/region: ap-northeast-2
spec: {taints: [{key: team, value: batch, effect: NoSchedule}]}
status: {allocatable: {cpu: 8, memory: 32Gi, pods: 58}}
"""
POOL = """---
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: general}
spec:
  limits: {cpu: 1}
  template:
    spec:
      requirements:
        - {key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}
        - {key: kubernetes.io/arch, operator: In, values: [amd64]}
        - {key: karpenter.k8s.aws/instance-family, operator: In, values: [m5]}
"""


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def write(directory: Path, text: str) -> str:
    path = directory / "a.yaml"
    path.write_text(text)
    return str(path)


def explained(capsys: Any, *tokens: str, code: int) -> dict[str, Any]:
    assert run(["explain", *tokens, "-o", "json"]) == code
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    return document


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        (PLAIN, "Planned", 0),
        (HUGE, "Unschedulable", 2),
        (BATCH + NODE, "Unschedulable", 2),
        (PLAIN + POOL, "Unschedulable", 2),
        (DEPLOYMENT.replace("SPEC", "schedulingGates: [{name: a}]"), "Unschedulable", 2),
    ],
)
def test_the_json_has_the_documented_shape(
    tmp_path: Path, capsys: Any, text: str, status: str, code: int
) -> None:
    document = explained(capsys, "shop/web-0", "-f", write(tmp_path, text), *REGION, code=code)
    assert document["status"] == status
    assert document["pod"] == "shop/web-0"


def test_the_text_is_what_a_user_reads(tmp_path: Path, capsys: Any) -> None:
    assert run(["explain", "web", "-n", "shop", "-f", write(tmp_path, BATCH + NODE), *REGION]) == 2
    captured = capsys.readouterr()
    for line in (
        "shop/web-0 cannot run",
        "0/1 nodes are available: 1 node(s) had untolerated taint(s).",
        "1. tolerate the taint team=batch:NoSchedule",
        "no extra cost",
        "shop/web-0 then runs on the existing node ip-10-0-0-1",
        "this changes all 3 pods in its workload; the price covers all",
        "2. remove team=batch from the nodeSelector",
    ):
        assert line in captured.out
    assert "pod: shop/web-0, one of the 3 pods of web" in captured.err
    assert "\x1b" not in captured.out


def test_a_limit_is_raised_in_words_and_a_misfit_architecture_is_warned_of(
    tmp_path: Path, capsys: Any
) -> None:
    arm = DEPLOYMENT.replace("SPEC", "nodeSelector: {kubernetes.io/arch: arm64}")
    path = write(tmp_path, PLAIN + POOL)
    assert run(["explain", "shop/web-0", "-f", path, *REGION]) == 2
    assert "raise limits.cpu of NodePool general from 1 to 2" in capsys.readouterr().out
    pool = POOL.replace("cpu: 1}", "cpu: 64}").replace("values: [m5]", "values: [m5, m6g]")
    assert run(["explain", "shop/web-0", "-f", write(tmp_path, arm + pool), *REGION]) == 2
    text = capsys.readouterr().out
    assert "allow kubernetes.io/arch arm64 in NodePool general" in text
    assert "their images must support it" in text


def test_money_is_shown_in_the_users_currency(tmp_path: Path, capsys: Any) -> None:
    money = ["--currency", "KRW", "--rate", "1000", "--hours-per-month", "720"]
    path = write(tmp_path, PLAIN + POOL)
    document = explained(capsys, "shop/web", "-f", path, *REGION, *money, code=2)
    remedy = document["remedies"][0]
    assert remedy["extraUsdPerMonth"] == pytest.approx(720 * remedy["extraUsdPerHour"])
    assert remedy["extraLocal"]["perMonth"] == pytest.approx(
        1000 * remedy["extraUsdPerMonth"], abs=1
    )


def test_a_pod_that_is_fine_is_told_its_share(tmp_path: Path, capsys: Any) -> None:
    assert run(["explain", "shop/web-0", "-f", write(tmp_path, PLAIN), *REGION]) == 0
    text = capsys.readouterr().out
    assert "no change is needed" in text
    assert "its share of the price is" in text


def test_a_bound_pod_runs_where_it_is(tmp_path: Path, capsys: Any) -> None:
    bound = """---
apiVersion: v1
kind: Pod
metadata: {name: there}
spec: {nodeName: ip-10-0-0-1, containers: [{name: a}]}
"""
    assert run(["explain", "there", "-f", write(tmp_path, NODE + bound)]) == 0
    assert "default/there runs on ip-10-0-0-1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (["shop/web-00", *REGION], "did you mean 'shop/web-0'?"),
        (["web-1", *REGION], "did you mean 'shop/web-1'?"),
        (["other/x", *REGION], "among the pods are: shop/web-0, shop/web-1"),
        (["a/b/c", *REGION], "namespace/name"),
        (["shop/", *REGION], "namespace/name"),
        (["shop/web-0", "--region", "ap-northeast-22"], "did you mean 'ap-northeast-2'"),
        (["shop/web-0", *REGION, "--currency", "KRW"], "needs a rate"),
        (["shop/web-0", *REGION, "--nodepool", "none.yaml"], "no such file"),
        (["shop/web-0", *REGION, "--seed", "-1"], "negative"),
    ],
)
def test_a_mistake_is_one_message_with_a_hint(
    tmp_path: Path, capsys: Any, tokens: list[str], expected: str
) -> None:
    assert run(["explain", *tokens, "-f", write(tmp_path, PLAIN)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [line.split(":")[0] for line in captured.err.splitlines()] == ["error", "hint"]
    assert expected in captured.err


def test_help_shows_three_examples(capsys: Any) -> None:
    assert run(["explain", "--help"]) == 0
    assert capsys.readouterr().out.count("kubestow explain ") >= 3


def test_costs_are_in_the_prices(tmp_path: Path, capsys: Any) -> None:
    costs = tmp_path / "costs.yaml"
    costs.write_text(
        "apiVersion: kubestow.dev/v1alpha1\nkind: Costs\nperNode: [{name: agent, usdPerHour: 7}]\n"
    )
    tokens = ["shop/web-0", "-f", write(tmp_path, PLAIN), *REGION]
    without = explained(capsys, *tokens, code=0)
    document = explained(capsys, *tokens, "--costs", str(costs), code=0)
    assert document["place"]["usdPerHour"] >= 7 > without["place"]["usdPerHour"]
    assert document["priceSources"][-1] == f"{costs} (agent)"


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("managedNodeGroups", "raise maxSize of managed node group ng from 1 to 3"),
        ("nodeGroups", "raise maxSize of self-managed node group ng from 1 to 3"),
    ],
)
def test_the_largest_size_of_a_node_group_is_what_is_raised(
    section: str, said: str, tmp_path: Path, capsys: Any
) -> None:
    (tmp_path / "groups.yaml").write_text(f"""apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {{name: shop, region: us-east-1}}
{section}:
- {{name: ng, instanceType: m7i.large, minSize: 0, desiredCapacity: 0, maxSize: 1}}
""")
    (tmp_path / "web.yaml").write_text("""apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: c, image: x, resources: {requests: {cpu: 1500m, memory: 1Gi}}}]
""")
    tokens = ["explain", "web-2", "-f", str(tmp_path / "web.yaml")]
    run([*tokens, "--cluster-config", str(tmp_path / "groups.yaml")])
    assert said in capsys.readouterr().out
