import io
from pathlib import Path

import pytest

from kubestow.adapters.sources import Source, read_sources
from kubestow.model.input_error import InputProblem


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("b.yaml", "a.yml", "sub/c.json", "sub/deep/d.yaml", "notes.md", "bare/x.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("kind: A\n")
    return tmp_path


def read(*arguments: str) -> tuple[list[str], list[InputProblem]]:
    problems: list[InputProblem] = []
    return [source.name for source in read_sources(list(arguments), problems)], problems


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["b.yaml"], ["b.yaml"]),
        (["notes.md"], ["notes.md"]),
        (["b.yaml", "a.yml"], ["b.yaml", "a.yml"]),
        (["."], ["a.yml", "b.yaml", "sub/c.json", "sub/deep/d.yaml"]),
        (["sub"], ["sub/c.json", "sub/deep/d.yaml"]),
        (["*.y*ml"], ["a.yml", "b.yaml"]),
        (["**/*.json"], ["sub/c.json"]),
        (["su*"], ["sub/c.json", "sub/deep/d.yaml"]),
        (["sub/*"], ["sub/c.json"]),
    ],
)
def test_arguments_name_files_folders_and_globs(arguments: list[str], names: list[str]) -> None:
    assert read(*arguments) == (names, [])


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(b"kind: A\n")

    monkeypatch.setattr("sys.stdin", Stdin())
    assert read("-") == (["<stdin>"], [])


def test_a_file_whose_name_looks_like_a_glob_is_that_file(directory: Path) -> None:
    (directory / "a[1].yaml").write_text("kind: A\n")
    assert read("a[1].yaml") == (["a[1].yaml"], [])


@pytest.mark.parametrize(
    ("argument", "content", "message", "hint"),
    [
        ("missing.yaml", None, "no such file or directory", "expected a file"),
        ("*.none", None, "no such file or directory", "a quoted glob"),
        ("x" * 5000, None, "File name too long", "check the path"),
        ("bare", None, "contains no manifests", ".yaml, .yml, .json"),
        ("ba*", None, "contains no manifests", ".yaml, .yml, .json"),
        ("empty.yaml", b"", "is empty", "YAML or JSON"),
        ("blank.yaml", b" \n\t\n", "is empty", "YAML or JSON"),
        ("image.yaml", b"\x89PNG\r\n\0\0\0", "is binary", "YAML or JSON text"),
        ("powershell.yaml", "kind: A\n".encode("utf-16"), "is UTF-16", "UTF-8"),
    ],
)
def test_a_source_that_cannot_be_read_is_one_problem(
    directory: Path, argument: str, content: bytes | None, message: str, hint: str
) -> None:
    if content is not None:
        (directory / argument).write_bytes(content)
    names, problems = read(argument)
    assert names == []
    assert [(p.file, p.subject, p.field) for p in problems] == [(argument, "", "")]
    assert message in problems[0].message
    assert hint in problems[0].hint


def test_a_file_that_vanishes_is_reported_and_the_next_is_read(directory: Path) -> None:
    (directory / "dangling.yaml").symlink_to(directory / "gone.yaml")
    names, problems = read("dangling.yaml", "b.yaml")
    assert names == ["b.yaml"]
    assert len(problems) == 1


def test_what_was_read_already_is_taken_as_it_is() -> None:
    problems: list[InputProblem] = []
    given = Source("kustomize build shop", b"kind: Pod")
    assert list(read_sources([given, Source("empty", b" ")], problems)) == [given]
    assert [problem.message for problem in problems] == ["the file is empty"]


def test_a_url_is_not_downloaded_and_the_way_out_is_told() -> None:
    problems: list[InputProblem] = []
    assert list(read_sources(["https://example.com/a.yaml"], problems)) == []
    (problem,) = problems
    assert (problem.message, problem.is_fatal) == ("is a URL, not a file", True)
    assert "curl -fsSL https://example.com/a.yaml" in problem.hint


def test_a_helm_chart_is_named_as_one_and_the_rest_is_read(tmp_path: Path) -> None:
    root = tmp_path / "root"
    templates = root / "chart" / "templates"
    templates.mkdir(parents=True)
    (root / "chart" / "Chart.yaml").write_text("name: c")
    (templates / "web.yaml").write_text("{{ if .Values.x }}")
    problems: list[InputProblem] = []
    assert list(read_sources([str(root)], problems)) == []
    (problem,) = problems
    assert (problem.file, problem.is_fatal) == (str(root / "chart"), True)
    assert f"helm template NAME {root / 'chart'}" in problem.hint
    (root / "pod.yaml").write_text("kind: Pod")
    problems.clear()
    (source,) = read_sources([str(root)], problems)
    assert source.content == b"kind: Pod"
    assert not problems[0].is_fatal
