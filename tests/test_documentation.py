"""The documentation fits the program: its links, its commands, and what is generated for it."""

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubestow.cli.main import app

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [
    *sorted(ROOT.glob("README*.md")),
    *sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts),
]
README_LINES = 200

_FENCE = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_INCLUDED = re.compile(r"^```\{include\} (\S+)", re.MULTILINE)


def commands(text: str) -> Iterator[list[str]]:
    """Yield the arguments of every kubestow command in the shell blocks of a page."""
    for language, block in _FENCE.findall(text):
        if language in ("sh", "console"):
            for line in block.replace("\\\n", " ").splitlines():
                yield from _commands_of(line.removeprefix("$ "))


def _commands_of(line: str) -> Iterator[list[str]]:
    tokens = shlex.shlex(line, posix=True, punctuation_chars="|;&<>")
    tokens.whitespace_split = True
    words: list[str] = []
    for token in [*tokens, ";"]:
        if token[0] in "|;&<>":
            if words[:1] == ["kubestow"]:
                yield words[1:]
            words = [">"] if token[0] in "<>" else []
        else:
            words.append(token)


def links(text: str) -> list[str]:
    """Return the files that a page links to or includes, outside of code."""
    prose = _FENCE.sub("", text)
    targets = [*_LINK.findall(prose), *_INCLUDED.findall(text)]
    files = (target.partition("#")[0] for target in targets if "://" not in target)
    return [file for file in files if file]


def name_of(path: Path) -> str:
    """Return the path as it stands in the project."""
    return path.relative_to(ROOT).as_posix()


@pytest.fixture
def reference(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the tests import what generates the reference."""
    monkeypatch.syspath_prepend(DOCS / "_ext")
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "reference"]:
        del sys.modules[name]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES


def test_every_command_has_a_guide() -> None:
    names = [name for name in app if not name.startswith("-")]
    assert "plan" in names
    assert [name for name in names if not (DOCS / "how-to" / f"{name}.md").is_file()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_file(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [link for link in links(text) if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_shown_can_be_parsed(page: Path) -> None:
    for tokens in commands(page.read_text(encoding="utf-8")):
        app.parse_args(tokens, exit_on_error=False, print_error=False)


def test_commands_are_found_and_a_wrong_one_is_an_error() -> None:
    text = """
```sh
helm template shop | kubestow plan -f - \\
    --gap 1% > plan.txt  # a comment
kubectl get nodes -o json > kubestow; kubestow catalog regions
```
"""
    assert list(commands(text)) == [["plan", "-f", "-", "--gap", "1%"], ["catalog", "regions"]]
    with pytest.raises(Exception, match="--gop"):
        app.parse_args(["plan", "-f", "-", "--gop"], exit_on_error=False, print_error=False)


def test_links_are_found_outside_of_code() -> None:
    text = "[a](b.md#c) [d](#e) [f](https://g)\n```sh\n[h](i)\n```\n```{include} ../J.md\n```\n"
    assert links(text) == ["b.md", "../J.md"]


@pytest.mark.usefixtures("reference")
def test_the_command_line_reference_has_every_command_and_option() -> None:
    from reference import command_line

    text = command_line.reference(app)
    for title in ("## kubestow plan", "## kubestow catalog", "### kubestow catalog list"):
        assert f"\n{title}\n" in f"\n{text}"
    assert "| 2 | " in text
    assert "\n`--output`, `-o` *CHOICE*\n: " in text
    assert "\n: \n" not in text, "an argument without a description"


@pytest.mark.usefixtures("reference")
def test_the_reference_of_formats_has_every_schema() -> None:
    from reference import json_formats

    text = json_formats.reference(DOCS / "schema")
    names = [file.name.partition(".")[0] for file in (DOCS / "schema").glob("*.json")]
    assert [name for name in names if f"\n({name})=\n## " not in f"\n{text}"] == []
    page = (DOCS / "reference" / "json-formats.md").read_text(encoding="utf-8")
    assert [name for name in names if f"](#{name})" not in page] == []
    for anchor in re.findall(r"\]\(#([^)]+)\)", text):
        assert f"({anchor})=\n" in text


@pytest.mark.usefixtures("reference")
def test_the_reference_of_checks_has_every_check() -> None:
    from kubestow.preflight.run import CHECKS
    from reference import checks

    text = checks.reference()
    assert [check.RULE.id for check in CHECKS if f"`{check.RULE.id}`" not in text] == []
