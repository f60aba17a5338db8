"""A cluster on the real API server as an input: it is planned like the files that made it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubestow.adapters.files import read_files
from kubestow.adapters.kubernetes_api import api_server
from kubestow.adapters.kubernetes_api.api_server import ApiServer
from kubestow.adapters.kubernetes_api.cluster_cache import ClusterCache
from kubestow.adapters.kubernetes_api.cluster_sources import LISTED, cluster_sources
from kubestow.model.input_error import InputError
from kubestow.model.pod import Pod
from kubestow.model.reporter import SilentReporter

from .control_plane import ControlPlane

SHOP = Path(__file__).parents[2] / "examples" / "online-shop"
RESOURCES = {
    "ConfigMap": ("v1", "configmaps"),
    "CronJob": ("batch/v1", "cronjobs"),
    "DaemonSet": ("apps/v1", "daemonsets"),
    "Deployment": ("apps/v1", "deployments"),
    "HorizontalPodAutoscaler": ("autoscaling/v2", "horizontalpodautoscalers"),
    "Job": ("batch/v1", "jobs"),
    "LimitRange": ("v1", "limitranges"),
    "Namespace": ("v1", "namespaces"),
    "PodDisruptionBudget": ("policy/v1", "poddisruptionbudgets"),
    "PriorityClass": ("scheduling.k8s.io/v1", "priorityclasses"),
    "Service": ("v1", "services"),
    "StatefulSet": ("apps/v1", "statefulsets"),
    "StorageClass": ("storage.k8s.io/v1", "storageclasses"),
}
OF_JOBS = ("controller-uid", "job-name")
FIRST = ("Namespace", "PriorityClass", "StorageClass", "LimitRange")


def documents() -> list[dict[str, Any]]:
    found = [
        document
        for path in sorted(SHOP.glob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text())
        if document
    ]
    return sorted(found, key=lambda item: item["kind"] not in FIRST)


def place(item: dict[str, Any]) -> str:
    group, plural = RESOURCES[item["kind"]]
    root = "/api" if group == "v1" else "/apis"
    namespace = item["metadata"].get("namespace")
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"{root}/{group}{inside}/{plural}"


@pytest.fixture(scope="module")
def shop(plane: ControlPlane) -> str:
    """Return the kubeconfig of a user who may only read a cluster that has the shop's objects."""
    for item in documents():
        status, answer = plane.api.request("POST", place(item), item)
        assert status == 201, answer
    return plane.kubeconfig_of("observer")


def told(pods: tuple[Pod, ...]) -> list[Any]:
    """Return pods without the labels that the API server gives those of Jobs."""
    return sorted(
        (
            pod.key,
            [each for each in pod.labels if each[0].rpartition("/")[2] not in OF_JOBS],
            repr(pod.template),
        )
        for pod in pods
    )


def test_the_shop_on_a_cluster_is_the_shop_in_its_files(shop: str) -> None:
    listed = cluster_sources("local", shop, SilentReporter())
    assert all("may not be listed" not in note for note in listed.notes)
    live, filed = read_files(list(listed.sources)), read_files([str(SHOP)])
    assert live.problems == ()
    assert told(live.cluster.pods) == told(filed.cluster.pods)
    assert [d.key for d in live.cluster.daemonsets] == [d.key for d in filed.cluster.daemonsets]
    assert len(live.cluster.disruption_budgets) == len(filed.cluster.disruption_budgets) > 0


def test_pages_of_the_real_server_are_one_list(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_files(list(cluster_sources("local", shop, SilentReporter()).sources)).cluster
    monkeypatch.setattr(api_server, "_PAGE", 2)
    paged = read_files(list(cluster_sources("local", shop, SilentReporter()).sources)).cluster
    assert paged == whole


def test_the_real_server_serves_every_built_in_kind_that_is_listed(plane: ControlPlane) -> None:
    for kind in LISTED:
        if not kind.is_custom:
            assert plane.api.request("GET", f"{kind.path}?limit=1")[0] == 200, kind.path


RBAC = "/apis/rbac.authorization.k8s.io/v1"
BINDING = {
    "metadata": {"name": "kubestow-read"},
    "roleRef": {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": "kubestow-read",
    },
    "subjects": [{"kind": "User", "name": "reader", "apiGroup": "rbac.authorization.k8s.io"}],
}
SETTLED = 30  # seconds until the authorizer has heard of a change


def refused(path: str) -> set[str]:
    """Return the resources that the reader may not list."""
    found: set[str] = set()
    try:
        notes = cluster_sources("local", path, SilentReporter()).notes
    except InputError as error:
        return {error.message.partition(" may not list ")[2] or error.message}
    for note in notes:
        assert "may not be listed" in note, note
        found.add(note.partition(": ")[2].partition(" ")[0])
    return found


def heard(path: str, expected: set[str]) -> set[str]:
    """Return what the reader may not list, as soon as that is what is expected."""
    deadline = time.monotonic() + SETTLED
    while (found := refused(path)) != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def is_listed(rule: dict[str, Any]) -> Callable[[str], bool]:
    """Return what says whether a resource of a rule is read for every input, live or not."""
    groups = {group or "v1" for group in rule["apiGroups"]}
    listed = {kind.resource for kind in LISTED if kind.group.partition("/")[0] in groups}
    return listed.__contains__


def test_the_published_role_suffices_and_what_it_lists_is_needed(
    plane: ControlPlane,
) -> None:
    path = plane.kubeconfig_of("reader")
    role = yaml.safe_load((SHOP.parent / "read-only.yaml").read_text())
    assert refused(path) == {"pods"}, "the reader may do nothing yet"
    for place_of, item in (("clusterroles", role), ("clusterrolebindings", BINDING)):
        status, answer = plane.api.request("POST", f"{RBAC}/{place_of}", item)
        assert status == 201, answer
    assert heard(path, set()) == set()
    where = f"{RBAC}/clusterroles/kubestow-read"
    for number, rule in enumerate(role["rules"]):
        for resource in filter(is_listed(rule), rule["resources"]):
            rest = [name for name in rule["resources"] if name != resource]
            fewer = [*role["rules"]]
            fewer[number : number + 1] = [rule | {"resources": rest}] if rest else []
            status, answer = plane.api.request("PUT", where, role | {"rules": fewer})
            assert status == 200, answer
            assert heard(path, {resource}) == {resource}


def test_a_cluster_that_is_watched_is_the_one_that_is_listed(shop: str) -> None:
    with ClusterCache(ApiServer.of("local", shop)) as cache:
        cache.wait_until_listed(SETTLED)
        watched = cache.sources()
    listed = cluster_sources("local", shop, SilentReporter())
    assert watched.notes == listed.notes
    assert read_files(list(watched.sources)) == read_files(list(listed.sources))
