"""The chart on the real API server: every object is valid, and the token outlives an upgrade."""

import json

import pytest
from tests.differential.control_plane import ControlPlane

from .helm import NAMESPACE, Helm, HelmRefusalError, Rendered, only
from .variants import VARIANTS

PLACES = {
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "ConfigMap": f"/api/v1/namespaces/{NAMESPACE}/configmaps",
    "Deployment": f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments",
    "NetworkPolicy": f"/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/networkpolicies",
    "PersistentVolumeClaim": f"/api/v1/namespaces/{NAMESPACE}/persistentvolumeclaims",
    "Secret": f"/api/v1/namespaces/{NAMESPACE}/secrets",
    "Service": f"/api/v1/namespaces/{NAMESPACE}/services",
    "ServiceAccount": f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts",
}
STRICT = "?dryRun=All&fieldValidation=Strict"
TOKEN = f"{PLACES['Secret']}/kubestow-token"


@pytest.fixture(scope="module")
def cluster(plane: ControlPlane) -> ControlPlane:
    """Return a cluster whose namespace for kubestow admits restricted pods only."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    namespace = {"metadata": {"name": NAMESPACE, "labels": labels}}
    status, answer = plane.api.request("POST", "/api/v1/namespaces", namespace)
    assert status == 201, answer
    return plane


def created(cluster: ControlPlane, place: str, item: Rendered) -> str:
    """Return why an object is refused in a dry run, or nothing."""
    status, answer = cluster.api.request("POST", place + STRICT, item)
    return "" if status == 201 else str(json.loads(answer)["message"])


@pytest.mark.parametrize("name", VARIANTS)
def test_every_object_is_accepted(helm: Helm, cluster: ControlPlane, name: str) -> None:
    for item in helm.template(VARIANTS[name]):
        assert created(cluster, PLACES[item["kind"]], item) == "", item["kind"]


@pytest.mark.parametrize("name", VARIANTS)
def test_the_pod_meets_the_restricted_standard(
    helm: Helm, cluster: ControlPlane, name: str
) -> None:
    template = only(helm.template(VARIANTS[name]), "Deployment")["spec"]["template"]
    pod = {**template, "metadata": {**template["metadata"], "name": "kubestow-0"}}
    assert created(cluster, f"/api/v1/namespaces/{NAMESPACE}/pods", pod) == ""


def test_a_pod_that_may_gain_privileges_is_refused_here(helm: Helm, cluster: ControlPlane) -> None:
    template = only(helm.template(), "Deployment")["spec"]["template"]
    template["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    pod = {**template, "metadata": {"name": "kubestow-0"}}
    message = created(cluster, f"/api/v1/namespaces/{NAMESPACE}/pods", pod)
    assert "violates PodSecurity" in message


def token(cluster: ControlPlane) -> str | None:
    status, answer = cluster.api.request("GET", TOKEN)
    return json.loads(answer)["data"]["token"] if status == 200 else None


def left(cluster: ControlPlane) -> list[str]:
    """Return the kinds of which the release's objects are still there."""
    selector = "?labelSelector=app.kubernetes.io/instance%3Dkubestow"
    return [
        kind
        for kind, place in PLACES.items()
        if json.loads(cluster.api.request("GET", place + selector)[1])["items"]
    ]


def test_it_is_installed_upgraded_removed_and_installed_again(
    helm: Helm, cluster: ControlPlane
) -> None:
    kubeconfig, persistent = cluster.kubeconfig_of("test"), {"history": {"persistent": True}}
    told = helm.install(kubeconfig, persistent)
    first = token(cluster)
    assert first
    for line in (
        f"kubectl -n {NAMESPACE} port-forward service/kubestow 8080:8080",
        f"kubectl -n {NAMESPACE} get secret kubestow-token -o "
        "go-template='{{ index .data \"token\" | base64decode }}'",
    ):
        assert line in told
    helm.install(kubeconfig, persistent | {"nodePools": {"general": "kind: NodePool"}})
    assert token(cluster) == first, "an upgrade keeps the token"
    assert cluster.api.request("DELETE", TOKEN)[0] == 200
    helm.install(kubeconfig, persistent)
    assert token(cluster) not in (None, first), "a token that was deleted is replaced"
    helm.uninstall(kubeconfig)
    assert left(cluster) == ["PersistentVolumeClaim"], "the history stays until it is deleted"
    helm.install(kubeconfig, persistent)
    assert {"PersistentVolumeClaim", "Deployment"} <= {*left(cluster)}
    helm.uninstall(kubeconfig)


def test_notes_say_what_follows_from_the_values(helm: Helm, cluster: ControlPlane) -> None:
    def notes(values: Rendered) -> str:
        told = helm.install(cluster.kubeconfig_of("test"), values, dry_run=True)
        return told.partition("NOTES:")[2]

    assert "The history is lost when the pod is replaced" in notes({})
    assert "sets X-Forwarded-User" in notes(VARIANTS["trusted header"])
    assert "get secret our-token" in notes(VARIANTS["existing secret"])
    assert "ConfigMap" not in notes({})
    assert "in the ConfigMap kubestow-dashboard of" in notes(VARIANTS["dashboard"])


def test_alerts_need_the_operator(helm: Helm, cluster: ControlPlane) -> None:
    with pytest.raises(HelmRefusalError, match="PrometheusRule"):
        helm.install(cluster.kubeconfig_of("test"), {"alerts": {"enabled": True}})


def test_a_monitor_needs_its_operator(helm: Helm, cluster: ControlPlane) -> None:
    with pytest.raises(HelmRefusalError, match="PodMonitor"):
        helm.install(cluster.kubeconfig_of("test"), {"monitor": {"kind": "PodMonitor"}})
