"""Files are read, files are written and the terminal is written to in one place each.

The next kind of file is then safe without anybody thinking of pipes, bombs, depth or encodings.
"""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "kubestow"
READING = {"read_bytes", "read_text", "decompress"}
WRITING = {"write_bytes", "write_text", "mkstemp"}
STREAMS = {"stdin", "stdout", "stderr"}
DOORS: dict[str, str] = {
    "adapters/input_file.py": "the door of what is read",
    "adapters/whole_file.py": "the door of what is written",
    "cli/console.py": "the door to the terminal",
    "cli/streams.py": "makes the streams usable",
    "cli/main.py": "flushes standard output, and gives it up",
    "__main__.py": "says that it was interrupted before anything is loaded",
    "adapters/catalog_files.py": "reads the embedded catalog, which is part of the package",
    "adapters/kubernetes/published.py": "reads the published fields, which are part of the package",
    "report/html/page.py": "reads the style and script, which are part of the package",
    "adapters/journal_file.py": "writes a journal line by line, to a file that whole_file allows",
    "adapters/bounded_program.py": "reads what a program prints, within limits",
    "cli/catalog.py": "asks whether stderr is a terminal, and gives it to a progress bar",
}
"""The modules that may open, decode or write by themselves, and why."""


def past_the_doors(text: str) -> list[str]:
    """Find what opens, unzips, decodes or writes files, and what uses the streams."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            owner = ast.unparse(called.value) if isinstance(called, ast.Attribute) else ""
            is_open = name in ("open", "fdopen") and owner in ("", "os", "io", "gzip", "codecs")
            mode = node.args[0] if node.args else None
            is_open |= name == "open" and isinstance(getattr(mode, "value", None), str)
            is_json = name in ("load", "loads") and owner in ("json", "pickle", "yaml")
            if is_open or name in READING | WRITING or (is_json and owner != "pickle"):
                found.append(f"{node.lineno}: {ast.unparse(called)}")
        elif isinstance(node, ast.Attribute) and node.attr in STREAMS:
            if ast.unparse(node.value) == "sys":
                found.append(f"{node.lineno}: sys.{node.attr}")
        elif isinstance(node, ast.Name) and node.id == "print":
            found.append(f"{node.lineno}: print")
    return found


def test_nothing_goes_past_the_doors() -> None:
    found = {
        str(path.relative_to(PACKAGE)): past_the_doors(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }
    elsewhere = {
        name: [use.partition(": ")[2] for use in uses]
        for name, uses in found.items()
        if uses and name not in DOORS
    }
    assert elsewhere == ELSEWHERE
    assert [name for name in DOORS if not found[name]] == [], "a door that is none any more"


ELSEWHERE = {
    "adapters/aws/pricing.py": ["json.loads"],  # what AWS answers, inside aws_failures
    "adapters/folder_lock.py": ["os.open"],  # a folder, to be locked
    "views/schema.py": ["json.loads"],  # what the line before it encoded
}


@pytest.mark.parametrize(
    "text",
    ["open('x')", "Path('x').read_text()", "gzip.open('x')", "json.loads(x)", "print('x')",
     "sys.stdout.write('x')", "path.write_bytes(x)", "gzip.decompress(x)", "os.open('x', 0)"],
)  # fmt: skip
def test_a_way_past_the_doors_is_noticed(text: str) -> None:
    assert past_the_doors(text)


@pytest.mark.parametrize("text", ["opened('x')", "msgspec.json.decode(x)", "nodes.open(1)"])
def test_what_is_no_way_past_them_is_not(text: str) -> None:
    assert past_the_doors(text) == []
