"""The controller of the chart: nothing unless it is asked for, and then with its own rights."""

import json

import pytest
import yaml
from tests.differential.control_plane import ControlPlane

from kubestow.cli.main import app

from .helm import NAMESPACE, Helm, HelmRefusalError, Rendered
from .test_install import PLACES, STRICT, cluster
from .variants import EXAMPLES, POOLS

__all__ = ["cluster"]

ACT: Rendered = {"controller": {"mode": "act", "eksCluster": "online-shop"}}
CONTROLLERS: dict[str, Rendered] = {
    "act": ACT,
    "dry run": {"controller": {"mode": "dry-run", "eksCluster": "online-shop"}},
    "with everything": {
        "region": "ap-northeast-2",
        "nodePools": POOLS,
        "costs": (EXAMPLES / "costs.yaml").read_text("utf-8"),
        "controller": {
            "mode": "act",
            "eksCluster": "online-shop",
            "replicas": 3,
            "interruptionQueue": "interruptions",
            "nodeGroups": ["web", "batch"],
            "limits": {"usdPerHour": 12.5, "launchesPerHour": "40", "evictionsPerHour": 0},
            "extraArgs": ["--policy", "optimal"],
            "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:role/run"}},
            "nodeSelector": {"eks.amazonaws.com/nodegroup": "system"},
            "tolerations": [{"operator": "Exists"}],
            "priorityClassName": "system-cluster-critical",
        },
    },
    "our ServiceAccount": {
        "controller": {
            "mode": "act", "eksCluster": "a", "serviceAccount": {"create": False, "name": "ours"},
        },
        "rbac": {"create": False},
        "networkPolicy": {"enabled": False},
    },
}  # fmt: skip
RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system"
WHERE = PLACES | {"Role": f"{RBAC}/roles", "RoleBinding": f"{RBAC}/rolebindings"}


def own(objects: list[Rendered], kind: str) -> list[Rendered]:
    """Return the objects of a kind that are the controller's."""
    return [
        item
        for item in objects
        if item["kind"] == kind
        and item["metadata"]["labels"]["app.kubernetes.io/name"] == "kubestow-controller"
    ]


def args_of(objects: list[Rendered]) -> list[str]:
    (deployment,) = own(objects, "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return list(container["args"])


def test_there_is_none_by_default(helm: Helm) -> None:
    objects = helm.template()
    assert not [item for kind in WHERE for item in own(objects, kind)]


@pytest.mark.parametrize("name", CONTROLLERS)
def test_lint_has_nothing_to_say(helm: Helm, name: str) -> None:
    assert "0 chart(s) failed" in helm.lint(CONTROLLERS[name])


@pytest.mark.parametrize("name", CONTROLLERS)
def test_the_options_are_those_that_the_program_has(helm: Helm, name: str) -> None:
    args = args_of(helm.template(CONTROLLERS[name]))
    assert args[:2] == ["run", "--cluster"]
    app.parse_args(args, exit_on_error=False, print_error=False)


def test_limits_are_those_of_the_values_and_zero_is_one(helm: Helm) -> None:
    args = args_of(helm.template(CONTROLLERS["with everything"]))
    limits = {name: args[args.index(name) + 1] for name in args if name.startswith("--max-")}
    assert limits == {
        "--max-usd-per-hour": "12.5",
        "--max-launches-per-hour": "40",
        "--max-evictions-per-hour": "0",
    }
    assert not [arg for arg in args_of(helm.template(ACT)) if arg.startswith("--max-")]


def test_its_rights_are_the_published_ones_and_the_view_has_none_of_them(helm: Helm) -> None:
    published = list(yaml.safe_load_all((EXAMPLES / "controller.yaml").read_text("utf-8")))
    objects = helm.template(ACT)
    rules = [own(objects, kind)[0]["rules"] for kind in ("ClusterRole", "Role")]
    assert rules == [role["rules"] for role in published]
    (account,) = own(objects, "ServiceAccount")
    bound = {}
    for kind in ("ClusterRoleBinding", "RoleBinding"):
        for item in (each for each in objects if each["kind"] == kind):
            (subject,) = item["subjects"]
            bound.setdefault(subject["name"], set()).add(item["roleRef"]["name"])
    assert bound == {
        "kubestow": {f"{NAMESPACE}-kubestow"},
        account["metadata"]["name"]: {
            f"{NAMESPACE}-kubestow", f"{NAMESPACE}-kubestow-controller",
        },
    }  # fmt: skip


def test_a_dry_run_may_change_nothing(helm: Helm) -> None:
    objects = helm.template(CONTROLLERS["dry run"])
    assert own(objects, "ClusterRole") == own(objects, "Role") == []
    (binding,) = own(objects, "ClusterRoleBinding")
    assert binding["roleRef"]["name"] == f"{NAMESPACE}-kubestow"


def test_the_service_and_the_policy_of_the_view_do_not_select_it(helm: Helm) -> None:
    objects = helm.template(ACT)
    (deployment,) = own(objects, "Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"].items()
    selectors = [
        item["spec"].get("selector") or item["spec"]["podSelector"]["matchLabels"]
        for item in objects
        if item["kind"] in ("Service", "NetworkPolicy")
    ]
    assert [selector.items() <= labels for selector in selectors].count(True) == 1
    (policy,) = own(objects, "NetworkPolicy")
    assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels
    assert policy["spec"]["ingress"][0]["ports"] == [{"port": "metrics", "protocol": "TCP"}]


def test_a_dry_run_is_one_pod_and_the_turn_under_way_may_be_finished(helm: Helm) -> None:
    (deployment,) = own(helm.template(CONTROLLERS["dry run"]), "Deployment")
    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 300
    (deployment,) = own(helm.template(CONTROLLERS["with everything"]), "Deployment")
    assert deployment["spec"]["replicas"] == 3


def test_its_probes_are_answered_where_it_listens(helm: Helm) -> None:
    objects = helm.template(ACT)
    args = args_of(objects)
    assert args[args.index("--listen") + 1] == "0.0.0.0:9465"
    (deployment,) = own(objects, "Deployment")
    assert deployment["spec"]["replicas"] == 2
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["ports"] == [{"name": "metrics", "containerPort": 9465, "protocol": "TCP"}]
    paths = {
        name: (probe["httpGet"]["path"], probe["httpGet"]["port"])
        for name, probe in container.items()
        if name.endswith("Probe")
    }
    assert paths == {
        "startupProbe": ("/healthz", "metrics"),
        "livenessProbe": ("/healthz", "metrics"),
        "readinessProbe": ("/readyz", "metrics"),
    }


def test_a_monitor_scrapes_it_too(helm: Helm) -> None:
    objects = helm.template(ACT | {"monitor": {"kind": "ServiceMonitor"}})
    (monitor,) = own(objects, "PodMonitor")
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("metrics", "/metrics")


@pytest.mark.parametrize("name", CONTROLLERS)
def test_every_object_is_accepted_and_the_pod_meets_the_restricted_standard(
    helm: Helm, cluster: ControlPlane, name: str
) -> None:
    objects = helm.template(CONTROLLERS[name])
    pods = [{**item["spec"]["template"], "kind": "Pod"} for item in own(objects, "Deployment")]
    for item in pods:
        item["metadata"] = {**item["metadata"], "name": "kubestow-controller-0"}
    for item in (*objects, *pods):
        place = WHERE | {"Pod": f"/api/v1/namespaces/{NAMESPACE}/pods"}
        status, answer = cluster.api.request("POST", place[item["kind"]] + STRICT, item)
        assert status == 201, (item["kind"], json.loads(answer)["message"])


@pytest.mark.parametrize(("values", "message"), [
    ({"controller": {"mode": "act"}}, "controller.eksCluster is required"),
    ({"controller": {"mode": "on"}}, "at '/controller/mode': value must be one of"),
    ({"controller": {"limits": {"usd": 1}}}, "additional properties 'usd' not allowed"),
    ({"controller": {"limits": {"usdPerHour": -1}}}, "at '/controller/limits/usdPerHour'"),
    ({"controller": {"limits": {"launchesPerHour": 1.5}}}, "/controller/limits/launchesPerHour"),
    ({"controller": {**ACT["controller"], "serviceAccount": {"create": False}}},
     "controller.serviceAccount.name is required"),
])  # fmt: skip
def test_a_wrong_value_is_refused_by_name(helm: Helm, values: Rendered, message: str) -> None:
    with pytest.raises(HelmRefusalError) as refusal:
        helm.template(values)
    assert message in str(refusal.value)
