"""The import contracts hold, cover every module, and each of them can fail."""

import configparser
import graphlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Set
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
CONTRACTS = ROOT / ".importlinter"
PACKAGE = ROOT / "src" / "kubestow"

SHELL = {
    "__main__", "adapters", "cli", "controller", "data", "live", "loop", "ports", "report",
    "simulation", "terminal", "testing", "usecases", "views", "web",
}  # fmt: skip
"""Top-level modules that may do I/O; whatever else exists is core."""
JUDGE = "verify"
KNOWN_TO_THE_JUDGE = {"model", "catalog", "preflight", "migration", "engine", JUDGE}
"""Core modules that the judge contract need not name: shared nouns and facts, and the judge's
neighbours, which the layers already keep from it."""

VIOLATIONS = {
    "Dependencies point inwards": ("model/trespass.py", "import kubestow.catalog"),
    "The rooms of provisioning build on each other": (
        "provisioning/programs/trespass.py", "import kubestow.provisioning.proof",
    ),
    "Scheduling is built from the filters up": (
        "scheduling/filters/trespass.py", "import kubestow.scheduling.cycle",
    ),
    "The core does no I/O, reads no clock and rolls no dice": ("model/trespass.py", "import time"),
    "The judge shares no code with the accused": ("verify.py", "import kubestow.scheduling"),
    "Adapters and reports translate, they do not decide": (
        "report/trespass.py", "import kubestow.provisioning",
    ),
    "Views are made from the model and the catalog alone": (
        "views/trespass.py", "import kubestow.ports",
    ),
    "Front ends call use cases": ("cli/trespass.py", "import kubestow.provisioning"),
    "Use cases read nothing and show nothing": (
        "usecases/trespass.py", "import kubestow.report",
    ),
    "Only provisioning.programs.solver knows the solver": ("cli/trespass.py", "import highspy"),
    "Only adapters.kubernetes_api asks an API server": ("cli/trespass.py", "import lightkube"),
    "Wire objects end in the shell": ("scheduling/trespass.py", "import msgspec"),
}  # fmt: skip
"""A contract's name, and an import that breaks it: in which file, and the line."""


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package under ``root``, without its cache."""
    return subprocess.run(
        [
            sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()",
            "--no-cache", "--no-logo", "--config", str(root / ".importlinter"),
        ],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


def contracts() -> configparser.ConfigParser:
    """Read the contracts file."""
    parser = configparser.ConfigParser()
    parser.read_string(CONTRACTS.read_text(encoding="utf-8"))
    return parser


def named_in(contract: str, option: str) -> set[str]:
    """Return the top-level modules a contract's option names."""
    lines = contracts()[f"importlinter:contract:{contract}"][option].split()
    return {line.removeprefix("kubestow.") for line in lines}


def core_modules(package: Path) -> set[str]:
    """Return the top-level modules of the package that are no part of the shell."""
    files = {path.stem for path in package.glob("*.py") if path.name != "__init__.py"}
    return (files | {path.parent.name for path in package.glob("*/__init__.py")}) - SHELL


def test_every_import_contract_holds() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_contract_has_a_violation_that_proves_it_can_fail() -> None:
    sections = [contracts()[name] for name in contracts().sections() if ":contract:" in name]
    assert {section["name"] for section in sections} == set(VIOLATIONS)


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_violating_import_breaks_the_contract(contract: str, tmp_path: Path) -> None:
    copied = tmp_path / "src" / "kubestow"
    shutil.copytree(PACKAGE, copied, ignore=shutil.ignore_patterns("*.gz", "__pycache__"))
    shutil.copy(CONTRACTS, tmp_path)
    name, line = VIOLATIONS[contract]
    with (copied / name).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    result = lint_imports(tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{contract} BROKEN" in result.stdout


def test_every_core_module_is_held_to_purity() -> None:
    assert core_modules(PACKAGE) <= named_in("pure", "source_modules")


def test_every_module_that_decides_is_closed_to_the_judge() -> None:
    deciding = core_modules(PACKAGE) - KNOWN_TO_THE_JUDGE
    assert deciding <= named_in("judge", "forbidden_modules")


def test_views_are_closed_to_everything_but_the_model_and_the_catalog() -> None:
    others = core_modules(PACKAGE) | {
        "adapters",
        "cli",
        "live",
        "loop",
        "ports",
        "report",
        "simulation",
    }
    assert others - {"model", "catalog"} <= named_in("views", "forbidden_modules")


def test_a_new_core_package_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "disruption").mkdir()
    (tmp_path / "disruption" / "__init__.py").touch()
    (tmp_path / "engine.py").touch()
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "__init__.py").touch()
    assert core_modules(tmp_path) == {"disruption", "engine"}


def circle_in(imports: Mapping[str, Set[str]]) -> list[str]:
    """Return the modules of a circle of imports, or an empty list."""
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as problem:
        return list(problem.args[1])
    return []


def test_no_module_imports_itself_through_others_even_when_it_imports_late() -> None:
    graph = grimp.build_graph("kubestow", cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    assert any("kubestow.provisioning" in name for name in imports["kubestow.engine"])
    assert circle_in(imports) == []


def test_a_circle_of_imports_is_noticed() -> None:
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}})
