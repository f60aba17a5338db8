"""The why command: journals of whole runs, also one that is being written, and mistakes."""

import json
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kubestow.adapters.journal_file import read_journal
from kubestow.cli.main import run

from .inputs import REGION

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "schema" / "why.v1alpha1.json"
RUN = ["--workload", "generated:40", "--days", "0.1", "--shape", "bursts", "--seed", "3"]


@pytest.fixture(scope="module")
def journals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a simulation's journal."""
    folder = tmp_path_factory.mktemp("journals")
    assert run(["simulate", *RUN, *REGION, "--policy", "optimal", "--out", str(folder)]) in (0, 2)
    return folder


def names(folder: Path) -> tuple[list[str], list[str]]:
    """Return the names of nodes and of pods, in the order in which they come."""
    nodes: dict[str, None] = {}
    pods: dict[str, None] = {}
    for entry in read_journal(folder / "optimal.journal.gz")[1]:
        nodes |= dict.fromkeys(claim.name for claim in entry.snapshot.nodeclaims)
        pods |= dict.fromkeys(pod.key for pod in entry.snapshot.cluster.pods)
    return list(nodes), list(pods)


def told(capsys: Any, *given: str) -> str:
    capsys.readouterr()
    assert run(["why", *given]) == 0
    return str(capsys.readouterr().out)


def test_nodes_and_pods_are_told_from_a_file_and_from_its_directory(
    journals: Path, capsys: Any
) -> None:
    nodes, pods = names(journals)
    for place in (journals, journals / "optimal.journal.gz"):
        text = told(capsys, "node", nodes[0], "--journal", str(place))
        assert text.startswith(f"node {nodes[0]}: ")
        assert re.search(r"^  \d\d:\d\d:\d\d  launch decided for \d+ pods", text, re.MULTILINE)
        assert "opened for kube-scheduler" in text
    first = next(key for key in pods if not key.startswith("kube-system/"))
    namespace, name = first.split("/")
    text = told(capsys, "pod", first, "--journal", str(journals))
    assert "by kubestow, as planned" in text
    assert told(capsys, "pod", name, "-n", namespace, "--journal", str(journals)) == text


def test_the_json_keeps_its_schema(journals: Path, capsys: Any) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    nodes, pods = names(journals)
    for about, name in (("node", nodes[0]), ("node", nodes[-1]), ("pod", pods[0])):
        document = json.loads(told(capsys, about, name, "--journal", str(journals), "-o", "json"))
        jsonschema.validate(document, schema)
        assert document["occurrences"]


def test_a_journal_whose_last_line_is_cut_off_is_told_up_to_it(
    journals: Path, tmp_path: Path, capsys: Any
) -> None:
    whole = (journals / "optimal.journal.gz").read_bytes()
    cut = tmp_path / "optimal.journal.gz"
    cut.write_bytes(whole[:-60])
    nodes, _ = names(journals)
    counts = [
        json.loads(told(capsys, "node", nodes[0], "--journal", str(path), "-o", "json"))[
            "decisions"
        ]
        for path in (journals, cut)
    ]
    assert 0 < counts[1] < counts[0]


@pytest.mark.parametrize(
    ("given", "error", "hint"),
    [
        (["node", "x"], "the option --journal is required", "--cluster"),
        (["pod", "a/b/c", "--journal", "."], "is not the name of a pod", "namespace/name"),
        (["pod", "/", "--journal", "."], "is not the name of a pod", "namespace/name"),
        (["node", "x", "--journal", "EMPTY"], "no journal in this directory", "*.journal.gz"),
        (["node", "x", "--journal", "absent.gz"], "absent.gz", ""),
    ],
)
def test_mistakes_are_told(
    given: list[str], error: str, hint: str, tmp_path: Path, capsys: Any
) -> None:
    given = [str(tmp_path) if word == "EMPTY" else word for word in given]
    assert run(["why", *given]) == 1
    said = capsys.readouterr().err
    assert error in said.splitlines()[0]
    assert said.splitlines()[1].startswith("hint: ")
    assert hint in said


def test_a_name_that_is_not_there_is_told_with_one_that_is_near(
    journals: Path, capsys: Any
) -> None:
    nodes, pods = names(journals)
    for about, name in (("node", nodes[0]), ("pod", pods[0])):
        assert run(["why", about, f"{name}z", "--journal", str(journals)]) == 1
        said = capsys.readouterr().err
        assert f"no {about} '{name}z'" in said
        assert "hint: did you mean " in said


def test_journals_of_two_policies_are_not_one_story(
    journals: Path, tmp_path: Path, capsys: Any
) -> None:
    given = ["simulate", *RUN, *REGION, "--policy", "karpenter", "--out", str(tmp_path)]
    assert run(given) in (0, 2)
    both = ["--journal", str(journals), "--journal", str(tmp_path)]
    assert run(["why", "node", "x", *both]) == 1
    assert "several policies: karpenter, optimal" in capsys.readouterr().err


def test_a_journal_that_is_given_twice_is_told_once(
    journals: Path, tmp_path: Path, capsys: Any
) -> None:
    file = journals / "optimal.journal.gz"
    copy = tmp_path / "copy.journal.gz"
    shutil.copy(file, copy)
    nodes, _ = names(journals)
    once = json.loads(told(capsys, "node", nodes[0], "--journal", str(file), "-o", "json"))
    for second in (journals, journals / ".." / journals.name / file.name, copy):
        both = ["--journal", str(file), "--journal", str(second)]
        twice = json.loads(told(capsys, "node", nodes[0], *both, "-o", "json"))
        (note,) = twice.pop("notes")
        assert note.endswith(f" has the same content as {file}: it is told once")
        assert twice == {key: value for key, value in once.items() if key != "notes"}


def test_journals_of_two_clusters_are_noted_and_a_claim_of_both_is_one(
    journals: Path, tmp_path: Path, capsys: Any
) -> None:
    other = [word if word != "3" else "4" for word in RUN]
    given = ["simulate", *other, *REGION, "--policy", "optimal", "--out", str(tmp_path)]
    assert run(given) in (0, 2)
    mine, others = names(journals)[0], names(tmp_path)[0]
    name = next(node for node in mine if node in others)
    both = ["--journal", str(journals), "--journal", str(tmp_path)]
    document = json.loads(told(capsys, "node", name, *both, "-o", "json"))
    assert "they are of two clusters" in document["notes"][0]
    assert document["earlierClaims"] == []
    assert document["occurrences"][0]["what"] == "LaunchDecided"


@pytest.fixture
def dead() -> str:
    """Return the address of a server that is not there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def forbidding() -> Iterator[str]:
    """Return the address of a server that forbids everything."""

    class Forbids(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(403)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *given: object) -> None:
            """Be silent."""

    server = HTTPServer(("127.0.0.1", 0), Forbids)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def kubeconfig(folder: Path, server: str) -> str:
    """Write the kubeconfig of a server; return its path."""
    path = folder / "kubeconfig"
    content = {
        "current-context": "shop",
        "contexts": [{"name": "shop", "context": {"cluster": "shop"}}],
        "clusters": [{"name": "shop", "cluster": {"server": server}}],
    }
    path.write_text(json.dumps(content), "utf-8")
    return str(path)


def test_a_cluster_that_cannot_be_asked_is_a_note_of_the_story(
    journals: Path, tmp_path: Path, dead: str, capsys: Any
) -> None:
    nodes, pods = names(journals)
    file = kubeconfig(tmp_path, dead)
    for about, name in (("node", nodes[0]), ("pod", pods[0])):
        given = [about, name, "--journal", str(journals)]
        alone = json.loads(told(capsys, *given, "-o", "json"))
        document = json.loads(told(capsys, *given, "--kubeconfig", file, "-o", "json"))
        assert document["occurrences"] == alone["occurrences"]
        assert document["live"] is None
        (note,) = document["notes"]
        assert note.startswith("shop: GET /api/v1/")
        assert note.endswith(f"'kubectl --kubeconfig {file} --context shop get nodes' asks the "
                             "same server")  # fmt: skip
        assert "right" not in note


def test_a_cluster_that_forbids_is_a_note_of_the_rights_that_it_takes(
    journals: Path, tmp_path: Path, forbidding: str, capsys: Any
) -> None:
    nodes, _ = names(journals)
    given = ["node", nodes[0], "--journal", str(journals)]
    said = told(capsys, *given, "--kubeconfig", kubeconfig(tmp_path, forbidding))
    text = " ".join(said.split())
    assert "launch decided for" in text
    assert "note: shop: GET /api/v1/nodes" in text
    assert "it takes the right to list nodes, pods and events" in text


def test_what_no_journal_has_is_an_error_where_the_cluster_cannot_be_asked(
    journals: Path, tmp_path: Path, dead: str, capsys: Any
) -> None:
    file = kubeconfig(tmp_path, dead)
    assert run(["why", "node", "x", "--journal", str(journals), "--kubeconfig", file]) == 1
    said = capsys.readouterr().err.splitlines()
    assert "no node 'x'; shop: GET /api/v1/nodes" in said[0]
    assert said[1].startswith("hint: 'kubectl ")
    assert run(["why", "node", "x", "--kubeconfig", file]) == 1
    assert capsys.readouterr().err.startswith("error: shop: GET /api/v1/nodes")
