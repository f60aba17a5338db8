"""A cluster on the real API server as an input: it is planned like the files that made it."""

import time
from typing import Any

import pytest
import yaml

from kubestow.adapters.files import read_files
from kubestow.adapters.kubernetes_api import api_server
from kubestow.adapters.kubernetes_api.cluster_sources import LISTED, cluster_sources
from kubestow.model.input_error import InputError
from kubestow.model.pod import Pod
from kubestow.model.reporter import SilentReporter

from .control_plane import ControlPlane
from .shop import SHOP, apply

OF_JOBS = ("controller-uid", "job-name")


@pytest.fixture(scope="module")
def shop(plane: ControlPlane) -> str:
    """Return the kubeconfig of a user who may only read a cluster that has the shop's objects."""
    apply(plane.api)
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


def test_the_published_role_suffices_and_none_of_its_rules_is_superfluous(
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
        for resource in rule["resources"]:
            rest = [name for name in rule["resources"] if name != resource]
            fewer = [*role["rules"]]
            fewer[number : number + 1] = [rule | {"resources": rest}] if rest else []
            status, answer = plane.api.request("PUT", where, role | {"rules": fewer})
            assert status == 200, answer
            assert heard(path, {resource}) == {resource}
