"""The chart as the real helm renders it: what is in it, what is allowed, what is refused."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubestow import __version__
from kubestow.adapters.files import read_files
from kubestow.cli.main import app

from .helm import CHART, Helm, HelmRefusalError, Rendered, only
from .variants import ALERTS, ELSEWHERE, EXAMPLES, MONITORS, VARIANTS

ALL = VARIANTS | MONITORS | ALERTS | {"elsewhere": ELSEWHERE}


def pod(objects: list[Rendered]) -> Rendered:
    template: Rendered = only(objects, "Deployment")["spec"]["template"]
    return template


def container(objects: list[Rendered]) -> Rendered:
    (found,) = pod(objects)["spec"]["containers"]
    return dict(found)


def kinds(objects: list[Rendered]) -> set[str]:
    return {item["kind"] for item in objects}


@pytest.mark.parametrize("name", ALL)
def test_lint_has_nothing_to_say(helm: Helm, name: str) -> None:
    assert "0 chart(s) failed" in helm.lint(ALL[name])


def test_the_chart_has_the_version_of_the_program() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert chart["appVersion"] == __version__


def test_every_value_is_explained() -> None:
    lines = (CHART / "values.yaml").read_text("utf-8").splitlines()
    bare = [
        line
        for before, line in pairwise(lines)
        if re.match(r" *\w+: ", line) and not before.lstrip().startswith("#")
    ]
    assert bare == []


def test_the_role_is_the_published_one(helm: Helm) -> None:
    published = yaml.safe_load((EXAMPLES / "read-only.yaml").read_text("utf-8"))
    role = only(helm.template(), "ClusterRole")
    assert role["rules"] == published["rules"]


def test_the_role_changes_nothing_and_reads_no_secrets(helm: Helm) -> None:
    for rule in only(helm.template(), "ClusterRole")["rules"]:
        assert {*rule} == {"apiGroups", "resources", "verbs"}
        assert {*rule["verbs"]} <= {"get", "list", "watch"}
        assert not {"secrets", "configmaps", "*"} & {*rule["resources"], *rule["apiGroups"]}


def test_the_role_is_bound_to_the_account_of_the_pod(helm: Helm) -> None:
    objects = helm.template()
    binding, account = only(objects, "ClusterRoleBinding"), only(objects, "ServiceAccount")
    assert binding["roleRef"]["name"] == only(objects, "ClusterRole")["metadata"]["name"]
    (subject,) = binding["subjects"]
    assert subject["name"] == account["metadata"]["name"]
    assert subject["namespace"] == account["metadata"]["namespace"]
    assert pod(objects)["spec"]["serviceAccountName"] == account["metadata"]["name"]


@pytest.mark.parametrize("name", ALL)
def test_the_pod_may_do_as_little_as_possible(helm: Helm, name: str) -> None:
    objects = helm.template(ALL[name])
    spec, security = pod(objects)["spec"], container(objects)["securityContext"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert security == {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & {*spec}
    assert all("hostPath" not in volume for volume in spec["volumes"])


@pytest.mark.parametrize("name", ALL)
def test_what_is_mounted_is_there(helm: Helm, name: str) -> None:
    objects = helm.template(ALL[name])
    spec, mounts = pod(objects)["spec"], container(objects)["volumeMounts"]
    assert sorted(m["name"] for m in mounts) == sorted(v["name"] for v in spec["volumes"])
    writable = {mount["mountPath"] for mount in mounts if not mount.get("readOnly")}
    assert writable == {"/tmp", "/var/lib/kubestow"}


@pytest.mark.parametrize("name", ALL)
def test_what_the_service_and_the_policy_select_is_the_pod(helm: Helm, name: str) -> None:
    objects = helm.template(ALL[name])
    labels = pod(objects)["metadata"]["labels"].items()
    assert only(objects, "Service")["spec"]["selector"].items() <= labels
    for policy in (item for item in objects if item["kind"] == "NetworkPolicy"):
        assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels


def test_there_is_one_pod_at_a_time(helm: Helm) -> None:
    spec = only(helm.template(), "Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_the_probes_ask_for_life_and_for_readiness(helm: Helm) -> None:
    found = container(helm.template())
    paths = {name: found[name]["httpGet"]["path"] for name in found if name.endswith("Probe")}
    assert paths == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }


@pytest.mark.parametrize("name", VARIANTS)
def test_the_options_are_those_that_the_program_has(helm: Helm, name: str) -> None:
    args: list[str] = container(helm.template(VARIANTS[name]))["args"]
    assert args[0] == "serve"
    app.parse_args(args, exit_on_error=False, print_error=False)


def test_the_files_are_those_of_the_values(helm: Helm, tmp_path: Path) -> None:
    objects = helm.template(VARIANTS["NodePools and costs"])
    args = container(objects)["args"]
    files = only(objects, "ConfigMap")["data"]
    assert {arg for arg in args if arg.startswith("/etc/kubestow/")} == {
        f"/etc/kubestow/{name}" for name in ("token", *files)
    }
    assert files["costs.yaml"] == VARIANTS["NodePools and costs"]["costs"]
    for name in ("nodepool-general.yaml", "nodepool-spot.yaml"):
        (tmp_path / name).write_text(files[name], "utf-8")
    assert len(read_files([str(tmp_path)]).cluster.nodepools) == 2


def test_the_pod_is_replaced_when_a_file_changes_and_not_otherwise(helm: Helm) -> None:
    def annotations(values: Rendered) -> Any:
        return pod(helm.template(values))["metadata"]["annotations"]

    assert annotations({}) == annotations({})
    assert annotations({}) != annotations({"costs": "kind: Costs"})
    assert annotations({"costs": "kind: Costs"}) != annotations({"costs": "kind: Cost"})


def test_a_token_is_generated_and_is_long(helm: Helm) -> None:
    first, second = (only(helm.template(), "Secret")["data"]["token"] for _ in range(2))
    assert first != second
    assert len(first) >= 52


@pytest.mark.parametrize("name", ["existing secret", "trusted header"])
def test_no_secret_is_made_where_it_is_not_used(helm: Helm, name: str) -> None:
    assert "Secret" not in kinds(helm.template(VARIANTS[name]))


def test_a_trusted_header_replaces_the_token(helm: Helm) -> None:
    args = container(helm.template(VARIANTS["trusted header"]))["args"]
    assert args[args.index("--trusted-header") + 1] == "X-Forwarded-User"
    assert "--token-file" not in args


def test_the_existing_secret_is_mounted_as_the_token(helm: Helm) -> None:
    volumes = {
        v["name"]: v for v in pod(helm.template(VARIANTS["existing secret"]))["spec"]["volumes"]
    }
    (source,) = volumes["configuration"]["projected"]["sources"]
    assert source == {"secret": {"name": "our-token", "items": [{"key": "value", "path": "token"}]}}


@pytest.mark.parametrize(
    ("name", "volume"),
    [
        ("defaults", {"emptyDir": {"sizeLimit": "1Gi"}}),
        ("history in a claim", {"persistentVolumeClaim": {"claimName": "kubestow-history"}}),
        ("history in our claim", {"persistentVolumeClaim": {"claimName": "our-claim"}}),
    ],
)
def test_the_history_is_where_the_values_say(helm: Helm, name: str, volume: Rendered) -> None:
    objects = helm.template(VARIANTS[name])
    volumes = {v.pop("name"): v for v in pod(objects)["spec"]["volumes"]}
    assert volumes["history"] == volume
    assert ("PersistentVolumeClaim" in kinds(objects)) == (name == "history in a claim")


def test_only_the_port_is_open_and_only_to_the_peers(helm: Helm) -> None:
    policy = only(helm.template(VARIANTS["prometheus may connect"]), "NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    (rule,) = policy["ingress"]
    assert rule["ports"] == [{"port": "http", "protocol": "TCP"}]
    assert rule["from"] == VARIANTS["prometheus may connect"]["networkPolicy"]["ingressFrom"]
    ports = [port["port"] for out in policy["egress"] for port in out["ports"]]
    assert ports == [53, 53, 443, 6443, 80]


def test_an_empty_list_of_peers_admits_nobody(helm: Helm) -> None:
    policy = only(helm.template(VARIANTS["nobody may connect"]), "NetworkPolicy")["spec"]
    assert policy["ingress"] == []


def test_there_is_no_policy_if_it_is_off(helm: Helm) -> None:
    assert "NetworkPolicy" not in kinds(helm.template(VARIANTS["no network policy"]))


@pytest.mark.parametrize(
    ("kind", "field"), [("PodMonitor", "podMetricsEndpoints"), ("ServiceMonitor", "endpoints")]
)
def test_a_monitor_scrapes_the_metrics_with_the_token(helm: Helm, kind: str, field: str) -> None:
    assert kind not in kinds(helm.template())
    objects = helm.template(MONITORS[kind])
    monitor = only(objects, kind)
    (endpoint,) = monitor["spec"][field]
    assert (endpoint["path"], endpoint["port"], endpoint["interval"]) == ("/metrics", "http", "1m")
    credentials = endpoint["authorization"]["credentials"]
    secret = only(objects, "Secret")
    assert credentials["name"] == secret["metadata"]["name"]
    assert credentials["key"] in secret["data"]
    assert monitor["metadata"]["labels"]["release"] == "prometheus"


def test_a_monitor_without_the_token_is_refused(helm: Helm) -> None:
    values = MONITORS["PodMonitor"] | VARIANTS["trusted header"]
    with pytest.raises(HelmRefusalError, match="needs the token"):
        helm.template(values)


REFUSED: list[tuple[Rendered, str]] = [
    ({"regoin": "us-east-1"}, "additional properties 'regoin' not allowed"),
    ({"region": "Seoul"}, "at '/region': 'Seoul' does not match pattern"),
    ({"currency": "won", "rate": 1391.5}, "at '/currency': 'won' does not match pattern"),
    ({"currency": "KRW"}, "currency and rate are set together"),
    ({"rate": 1391.5}, "currency and rate are set together"),
    ({"currency": "KRW", "rate": -1}, "at '/rate': exclusiveMinimum"),
    ({"userId": 0}, "at '/userId': minimum: got 0, want 1"),
    ({"image": {"pullPolicy": "Sometimes"}}, "at '/image/pullPolicy': value must be one of"),
    ({"image": {"digest": "sha256:1"}}, "at '/image/digest'"),
    ({"image": {"repository": ""}}, "at '/image/repository': minLength"),
    ({"monitor": {"kind": "Prometheus"}}, "at '/monitor/kind': value must be one of"),
    ({"grafana": {"enabled": True}}, "additional properties 'enabled' not allowed"),
    ({"grafana": {"dashboard": {"labels": {"a": 1}}}}, "at '/grafana/dashboard/labels/a'"),
    ({"alerts": {"gapRatio": "25%"}}, "at '/alerts/gapRatio': got string, want number"),
    ({"alerts": {"gapRatio": -0.1}}, "at '/alerts/gapRatio': minimum"),
    ({"alerts": {"pendingFor": "30"}}, "at '/alerts/pendingFor': '30' does not match pattern"),
    ({"alerts": {"selector": '{job="a"}'}}, "at '/alerts/selector'"),
    ({"service": {"port": "http"}}, "at '/service/port': got string, want integer"),
    ({"history": {"size": "much"}}, "at '/history/size': 'much' does not match pattern"),
    ({"history": {"existingClaim": "ours"}}, "history.persistent is false"),
    (
        {"nodePools": {"general.yaml": "x"}},
        "at '/nodePools': additional properties 'general.yaml' not",
    ),
    ({"nodePools": {"general": {"kind": "NodePool"}}}, "at '/nodePools/general': got object"),
    ({"networkPolicy": {"ingressFrom": [{}]}}, "at '/networkPolicy/ingressFrom/0'"),
    ({"networkPolicy": {"ingressFrom": [{"pods": {}}]}}, "'pods' not allowed"),
    ({"access": {"token": {"value": "secret"}}}, "additional properties 'value' not allowed"),
    ({"access": {"trustedHeader": "X Y"}}, "at '/access/trustedHeader'"),
    (
        {"access": {"trustedHeader": "X-User", "token": {"existingSecret": "ours"}}},
        "trustedHeader and token.existingSecret exclude each other",
    ),
    ({"serviceAccount": {"create": False}}, "serviceAccount.name is required"),
]


@pytest.mark.parametrize(("values", "message"), REFUSED, ids=[text for _, text in REFUSED])
def test_a_wrong_value_is_refused_by_name(helm: Helm, values: Rendered, message: str) -> None:
    with pytest.raises(HelmRefusalError) as refusal:
        helm.template(values)
    assert message in str(refusal.value)


def test_a_rate_may_be_a_text_since_set_makes_texts_of_fractions(helm: Helm) -> None:
    args = container(helm.template({"currency": "KRW", "rate": "1391.5"}))["args"]
    assert args[args.index("--rate") + 1] == "1391.5"
