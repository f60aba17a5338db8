"""The files of the web view: nothing but what is here is loaded, and copies are what they say."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "src" / "kubestow" / "web" / "static"
VENDOR = STATIC / "vendor"
OWN = sorted(path for path in STATIC.iterdir() if path.is_file())
COPIES = {"preact.js", "preact-hooks.js", "htm.js", "uplot.js", "uplot.css"}


def test_the_libraries_are_those_that_the_readme_lists() -> None:
    rows = re.findall(
        r"^\| (\S+\.(?:js|css)) \| .* \| [0-9a-f]{64} \| ([0-9a-f]{64}) \|$",
        (VENDOR / "README.md").read_text("utf-8"),
        re.MULTILINE,
    )
    assert {name for name, _ in rows} == COPIES
    assert {path.name for path in VENDOR.iterdir()} == {*COPIES, "README.md", "LICENSES"}
    for name, listed in rows:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == listed, name


def test_every_library_has_its_licence_and_is_named_in_the_notice() -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8")
    for name, version in (("preact", "11.2.0"), ("htm", "3.1.1"), ("uPlot", "1.6.32")):
        assert (VENDOR / "LICENSES" / f"{name.lower()}.txt").stat().st_size > 1000
        assert f"{name} {version}" in notice


def test_a_copy_names_its_version_and_licence_in_its_head() -> None:
    for name in COPIES:
        head = (VENDOR / name).read_text("utf-8")[:200]
        assert re.search(r"\d+\.\d+\.\d+, (MIT licence|Apache License 2.0) \(LICENSES/", head), name


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_a_file_is_small_and_asks_no_other_server(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 500
    assert "//cdn" not in text
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text) == []


@pytest.mark.parametrize(
    "path", [path for path in OWN if path.suffix == ".js"], ids=lambda path: path.name
)
def test_a_module_makes_no_markup_of_texts_and_imports_what_is_there(path: Path) -> None:
    text = path.read_text("utf-8")
    for door in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                 "new Function", "dangerouslySetInnerHTML", "srcdoc"):  # fmt: skip
        assert door not in text
    assert text.startswith("// ")
    for target in re.findall(r"""from "([^"]+)";""", text):
        assert (STATIC / target).is_file(), target


def test_the_page_holds_no_script_and_no_style_of_its_own() -> None:
    text = (STATIC / "index.html").read_text("utf-8")
    assert re.findall(r"<script(?![^>]* src=)", text) == []
    assert "<style" not in text
    assert re.findall(r"\s(?:style|on\w+)=", text) == []
    for name in re.findall(r'(?:src|href)="/static/([^"]+)"', text):
        assert (STATIC / name).is_file(), name


def test_the_wheel_takes_the_whole_package_with_its_files() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        wheel = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel == {"packages": ["src/kubestow"]}
