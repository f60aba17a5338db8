"""A cluster on the real API server as an input: it is planned like the files that made it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubestow.adapters.files import read_files
from kubestow.adapters.kubernetes_api import api_server
from kubestow.adapters.kubernetes_api.api_server import (
    ApiServer,
    ForbiddenError,
    NotServedError,
)
from kubestow.adapters.kubernetes_api.cluster_cache import WATCHED, ClusterCache
from kubestow.adapters.kubernetes_api.cluster_sources import (
    LISTED,
    ListedKind,
    cluster_sources,
)
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


def kubestow(*arguments: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "kubestow", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_the_plan_of_a_cluster_is_that_of_its_dump_byte_for_byte(shop: str, tmp_path: Path) -> None:
    live = ("--kubeconfig", shop)
    dumped = tmp_path / "cluster.json"
    dumped.write_bytes(kubestow("snapshot", *live))
    asked = ("--region", "ap-northeast-2", "--effort", "100", "--no-rehearsal", "--no-timing",
             "-o", "json")  # fmt: skip
    from_cluster = kubestow("plan", *live, *asked)
    assert from_cluster == kubestow("plan", "-f", str(dumped), *asked)
    assert len(json.loads(from_cluster)["nodes"]) > 1


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
_TRIED = 3  # seconds, with one cache


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


def test_the_version_needs_no_rule_of_the_role(plane: ControlPlane) -> None:
    with ApiServer.of("local", plane.kubeconfig_of("reader")) as server:
        assert server.version().startswith("v1.34.")


def test_a_cluster_that_is_watched_is_the_one_that_is_listed(shop: str) -> None:
    with ClusterCache(ApiServer.of("local", shop)) as cache:
        cache.wait_until_listed(SETTLED)
        watched = cache.sources()
    listed = cluster_sources("local", shop, SilentReporter())
    assert watched.notes == listed.notes
    assert read_files(list(watched.sources)) == read_files(list(listed.sources))


CUSTOM = tuple(kind for kind in WATCHED if kind.is_custom)
METRICS = {"apiGroups": ["metrics.k8s.io"], "resources": ["nodes", "pods"]}


def definition(kind: ListedKind) -> dict[str, Any]:
    group, _, version = kind.group.partition("/")
    names = {"plural": kind.resource, "singular": kind.kind.lower(), "kind": kind.kind}
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    served = {
        "name": version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{kind.resource}.{group}",
            "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"},
        },
        "spec": {"group": group, "names": names, "scope": "Cluster", "versions": [served]},
    }


@pytest.fixture
def definitions(plane: ControlPlane) -> Iterator[None]:
    """The custom kinds that are watched, as long as a test runs."""
    where = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    made = [definition(kind) for kind in CUSTOM]
    for item in made:
        status, answer = plane.api.request("POST", where, item)
        assert status == 201, answer
    deadline = time.monotonic() + SETTLED
    for kind in CUSTOM:
        while plane.api.request("GET", kind.path)[0] != 200:
            assert time.monotonic() < deadline, kind
            time.sleep(0.05)
    yield
    for item in made:
        plane.api.request("DELETE", f"{where}/{item['metadata']['name']}")


def unheard(path: str, kinds: tuple[ListedKind, ...], expected: set[str]) -> set[str]:
    """Return what may not be watched, as soon as that is what is expected.

    One that began to watch before the server knew of a change of the role is not refused any more.
    """
    deadline = time.monotonic() + SETTLED
    while True:
        with ClusterCache(ApiServer.of("local", path), kinds) as cache:
            until = min(deadline, time.monotonic() + _TRIED)
            while time.monotonic() < until and len(cache.refused()) < len(expected):
                time.sleep(0.02)
            if not expected:
                time.sleep(0.3)
            found = set(cache.refused())
        if found == expected or time.monotonic() > deadline:
            return found


def test_every_verb_of_the_role_is_needed_to_watch(plane: ControlPlane, definitions: None) -> None:
    path = plane.kubeconfig_of("reader")
    role = yaml.safe_load((SHOP.parent / "read-only.yaml").read_text())
    where = f"{RBAC}/clusterroles/kubestow-read"
    for place_of, item in (("clusterroles", role), ("clusterrolebindings", BINDING)):
        plane.api.request("POST", f"{RBAC}/{place_of}", item)  # or it is there already
    assert plane.api.request("PUT", where, role)[0] == 200
    assert unheard(path, WATCHED, set()) == set()
    watching = [rule for rule in role["rules"] if "watch" in rule["verbs"]]
    assert sum(len(rule["resources"]) for rule in watching) == len(WATCHED)
    for rule in watching:
        for verb in ("list", "watch"):
            fewer = [
                each | {"verbs": [v for v in each["verbs"] if v != verb]} if each is rule else each
                for each in role["rules"]
            ]
            assert plane.api.request("PUT", where, role | {"rules": fewer})[0] == 200
            kinds = tuple(
                kind
                for kind in WATCHED
                if kind.resource in rule["resources"]
                and ("" if kind.group == "v1" else kind.group.partition("/")[0])
                in rule["apiGroups"]
            )
            assert len(kinds) == len(rule["resources"])
            assert unheard(path, kinds, set(rule["resources"])) == set(rule["resources"])


def test_usage_needs_its_rule(plane: ControlPlane) -> None:
    role = yaml.safe_load((SHOP.parent / "read-only.yaml").read_text())
    where = f"{RBAC}/clusterroles/kubestow-read"
    for place_of, item in (("clusterroles", role), ("clusterrolebindings", BINDING)):
        plane.api.request("POST", f"{RBAC}/{place_of}", item)
    ours = [rule for rule in role["rules"] if rule["apiGroups"] == METRICS["apiGroups"]]
    assert [rule["resources"] for rule in ours] == [METRICS["resources"]]
    assert [rule["verbs"] for rule in ours] == [["list"]]
    for rules, expected in ((role["rules"], NotServedError), (
        [rule for rule in role["rules"] if rule not in ours], ForbiddenError
    )):  # fmt: skip
        assert plane.api.request("PUT", where, role | {"rules": rules})[0] == 200
        for name in METRICS["resources"]:
            assert told_of_metrics(plane.kubeconfig_of("reader"), name, expected)


def told_of_metrics(path: str, name: str, expected: type[Exception]) -> bool:
    deadline = time.monotonic() + SETTLED
    with ApiServer.of("local", path) as server:
        while time.monotonic() < deadline:
            try:
                server.listed(f"/apis/metrics.k8s.io/v1beta1/{name}")
            except expected:
                return True
            except (NotServedError, ForbiddenError):
                time.sleep(0.05)
    return False
