"""A running cluster as an input, read from a stand-in for its API server on loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from kubestow.adapters.documents import Document
from kubestow.adapters.files import documents_of, read_files
from kubestow.adapters.kubernetes.anonymous import anonymous
from kubestow.adapters.kubernetes.cluster import SHAPED, SHAPING
from kubestow.adapters.kubernetes.dump import dump
from kubestow.adapters.kubernetes.kinds import stranger
from kubestow.adapters.kubernetes_api import api_server
from kubestow.adapters.kubernetes_api.cluster_sources import LISTED, ClusterSources, cluster_sources
from kubestow.adapters.setup_files import read_setup_files
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputError
from kubestow.model.nodepool import Networking
from kubestow.model.reporter import SilentReporter

Object = dict[str, Any]
Answer = tuple[int, Object]
NODE = {
    "metadata": {"name": "node-a", "labels": {"topology.kubernetes.io/zone": "us-east-1a"}},
    "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "29"}},
}
DEPLOYMENT = {
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {
        "replicas": 7,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "resources": {"requests": {"cpu": "1"}}}]},
        },
    },
}


def pod(number: int) -> Object:
    return {
        "metadata": {"name": f"pod-{number}", "namespace": "shop"},
        "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "100m"}}}]},
    }


class StandIn:
    """Lists of objects by path, page by page; it remembers what was asked, and how."""

    def __init__(self, lists: dict[str, list[Object]]) -> None:
        self.lists, self.asked = lists, list[str]()
        self.answers: dict[str, Callable[[str], Answer | None]] = {}

    def answer(self, target: str) -> Answer:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        special = self.answers.get(parts.path)
        found = special(query.get("continue", "")) if special else None
        if found is not None:
            return found
        if parts.path not in self.lists:
            return 404, {"kind": "Status", "message": "not found"}
        begin, limit = int(query.get("continue") or 0), int(query["limit"])
        items = self.lists[parts.path]
        following = str(begin + limit) if begin + limit < len(items) else ""
        resource = parts.path.rpartition("/")[2]
        group = parts.path.removeprefix("/apis/").removeprefix("/api/").rpartition("/")[0]
        kind = next(k for k in (*SHAPING, *SHAPED, "Pod") if plural(k) == resource)
        return 200, {
            "kind": f"{kind}List",
            "apiVersion": group,
            "metadata": {"continue": following},
            "items": items[begin : begin + limit],
        }


def plural(kind: str) -> str:
    lower = kind.lower()
    return f"{lower}es" if lower.endswith(("class", "s")) else (
        f"{lower[:-1]}ies" if lower.endswith("y") else f"{lower}s"
    )  # fmt: skip


@contextmanager
def serving(stand_in: StandIn, folder: Path) -> Iterator[str]:
    """Serve on loopback for the length of a block; yield the kubeconfig."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stand_in.asked.append(self.path)
            code, body = stand_in.answer(self.path)
            content = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield str(kubeconfig(folder, f"http://127.0.0.1:{server.server_port}"))
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


def kubeconfig(folder: Path, url: str) -> Path:
    path = folder / "kubeconfig"
    path.write_text(
        json.dumps(
            {
                "clusters": [{"name": "c", "cluster": {"server": url}}],
                "users": [{"name": "u", "user": {"token": "secret"}}],
                "contexts": [{"name": "seoul", "context": {"cluster": "c", "user": "u"}}],
                "current-context": "seoul",
            }
        )
    )
    return path


def everything(**lists: list[Object]) -> StandIn:
    """Return a server with every built-in kind, most without objects."""
    built_in = [kind for kind in LISTED if not kind.is_custom]
    return StandIn({kind.path: lists.get(kind.resource, []) for kind in built_in})


def listed(stand_in: StandIn, folder: Path) -> ClusterSources:
    with serving(stand_in, folder) as path:
        return cluster_sources(None, path, SilentReporter())


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_server, "_PAUSE_SECONDS", 0.0)


def test_a_cluster_is_the_input_that_a_dump_of_it_is(tmp_path: Path) -> None:
    given = everything(pods=[pod(n) for n in range(3)], nodes=[NODE], deployments=[DEPLOYMENT])
    found = listed(given, tmp_path)
    assert found.notes == ()
    dump = tmp_path / "dump.json"
    items = [
        *({"apiVersion": "v1", "kind": "Pod", **pod(n)} for n in range(3)),
        {"apiVersion": "v1", "kind": "Node", **NODE},
        {"apiVersion": "apps/v1", "kind": "Deployment", **DEPLOYMENT},
    ]
    dump.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    live, filed = read_files(list(found.sources)), read_files([str(dump)])
    assert live.problems == filed.problems == ()
    assert live.cluster == filed.cluster
    assert len(live.cluster.pods) == 10


def test_the_version_is_asked_for_and_is_an_object_among_the_lists(tmp_path: Path) -> None:
    given = everything(pods=[pod(0)])
    given.answers["/version"] = lambda _: (200, {"major": "1", "gitVersion": "v1.34.4-eks-1"})
    found = listed(given, tmp_path)
    assert found.notes == ()
    setup = read_setup_files(list(found.sources))
    assert setup.problems == ()
    assert setup.version is not None
    assert (setup.version.minor, setup.version.subject.file) == (34, "seoul: version")
    assert all(item.subject.kind == "Pod" for item in setup.facts.objects)
    assert read_files(list(found.sources)).cluster.ignored == ()


def test_a_version_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    given = everything(pods=[pod(0)])
    given.answers["/version"] = lambda _: (403, {"kind": "Status", "message": "no"})
    (note,) = listed(given, tmp_path).notes
    assert note.startswith("seoul: /version may not be read")
    assert "system:public-info-viewer" in note


def test_a_dump_of_a_cluster_tells_its_version_and_how_pods_get_addresses(tmp_path: Path) -> None:
    given = everything(pods=[pod(0)], nodes=[NODE], daemonsets=[aws_node()])
    given.answers["/version"] = lambda _: (200, {"gitVersion": "v1.34.4-eks-1"})
    sources = list(listed(given, tmp_path).sources)
    live = read_setup_files(sources)
    assert live.cluster.vpc_cni.networking == Networking(prefix_delegation=True)
    for rewritten in (None, anonymous):
        made = dump(documents_of(sources, []), [], rewritten)
        filed = read_setup_files([Source("dump.json", made.content)])
        assert filed.problems == ()
        assert filed.cluster.vpc_cni == live.cluster.vpc_cni
        assert filed.version is not None
        assert filed.version.minor == 34
        assert b"hunter2" not in made.content
        if rewritten is None:
            assert filed.cluster == live.cluster


def aws_node() -> Object:
    env = [
        {"name": "PASSWORD", "value": "hunter2"},
        {"name": "ENABLE_PREFIX_DELEGATION", "value": "true"},
    ]
    labels = {"k8s-app": "aws-node"}
    return {
        "metadata": {"name": "aws-node", "namespace": "kube-system"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "aws-node", "image": "cni", "env": env}]},
            },
        },
    }


def test_long_lists_come_page_by_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_server, "_PAGE", 2)
    given = everything(pods=[pod(n) for n in range(5)])
    found = listed(given, tmp_path)
    pods = [pod.name for pod in read_files(list(found.sources)).cluster.pods]
    assert sorted(pods) == [f"pod-{n}" for n in range(5)]
    assert len([path for path in given.asked if path.startswith("/api/v1/pods?")]) == 3


def test_a_list_that_expires_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_server, "_PAGE", 2)
    given = everything(pods=[pod(n) for n in range(5)])
    gone = iter([(410, {"kind": "Status", "message": "expired"})])
    given.answers["/api/v1/pods"] = lambda begin: next(gone, None) if begin == "2" else None
    pods = read_files(list(listed(given, tmp_path).sources)).cluster.pods
    assert len(pods) == 5, "no pod twice, none missing"


def test_a_busy_server_is_asked_again(tmp_path: Path) -> None:
    given = everything(pods=[pod(0)])
    busy: Iterator[Answer] = iter([(429, {}), (503, {})])
    given.answers["/api/v1/pods"] = lambda _: next(busy, None)
    assert len(read_files(list(listed(given, tmp_path).sources)).cluster.pods) == 1


def test_what_may_not_be_listed_is_named_and_pods_and_nodes_are_needed(tmp_path: Path) -> None:
    given = everything(pods=[pod(0)])
    refused = (403, {"kind": "Status", "message": "no"})
    given.answers["/apis/policy/v1/poddisruptionbudgets"] = lambda _: refused
    (note,) = listed(given, tmp_path).notes
    assert "poddisruptionbudgets may not be listed" in note
    assert "ClusterRole" in note
    given.answers["/api/v1/nodes"] = lambda _: refused
    with pytest.raises(InputError, match="may not list nodes") as error:
        listed(given, tmp_path)
    assert error.value.hint.startswith("it needs a ClusterRole")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((401, {}), "does not accept the credentials"),
        ((400, {"message": "no such thing"}), "answered 400: no such thing"),
        ((503, {"message": "etcd is away"}), "answered 503: etcd is away"),
        ((410, {}), "changes too fast"),
    ],
)
def test_what_the_server_says_is_told(tmp_path: Path, answer: Answer, message: str) -> None:
    given = everything()
    given.answers["/api/v1/pods"] = lambda _: answer
    with pytest.raises(InputError, match=message) as error:
        listed(given, tmp_path)
    assert error.value.message.startswith("seoul: ")
    assert error.value.hint


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, "http://127.0.0.1:1")
    with pytest.raises(InputError, match="cannot be reached") as error:
        cluster_sources(None, str(path), SilentReporter())
    assert "kubectl --context seoul get nodes" in error.value.hint


def test_every_kind_that_is_read_and_served_is_listed() -> None:
    """Kinds of old releases have no list; operators' objects are there as the pods they made."""
    resources = {kind.resource: kind for kind in LISTED}
    for kind in (*SHAPING, *SHAPED, "Pod"):
        if kind not in ("AWSNodeTemplate", "Provisioner"):
            listed_kind = resources.pop(plural(kind))
            document = Document("x", kind, listed_kind.group, b"{}")
            assert not stranger(document), f"{kind} is of another group than {listed_kind.group}"
    assert not resources


LIVE = [
    ("", "events", "list"),
    ("", "events", "watch"),
    *(("metrics.k8s.io", name, verb) for name in ("nodes", "pods") for verb in ("list",)),
]
"""What only the live side reads: group, resource and verb."""


def test_the_published_role_allows_what_is_read_and_nothing_else() -> None:
    path = Path(__file__).parents[4] / "examples" / "read-only.yaml"
    role = yaml.safe_load(path.read_text())
    allowed = [
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    ]
    asked = [
        ("" if kind.group == "v1" else kind.group.partition("/")[0], kind.resource, verb)
        for kind in LISTED
        for verb in ("list", "watch")
    ]
    assert sorted(allowed) == sorted(asked + LIVE)
