"""The why command: journals of whole runs, also one that is being written, and mistakes."""

import json
import re
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
