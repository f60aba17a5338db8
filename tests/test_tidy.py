"""What keeps the code habitable: limits of size, documentation, determinism, tidy text.

Every rule is a function over text that returns its violations. Two tests use it: one reads the
project, the other gives the rule a small snippet that violates it, so that no rule sleeps.
"""

import ast
import io
import os
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "kubestow"
CORE = (
    "model",
    "catalog",
    "scheduling",
    "provisioning",
    "disruption",
    "policies",
    "compute",
    "explanation",
    "preflight",
    "migration",
    "verify",
)
CORE_FILES = ("engine.py",)
UNTRACKED = {
    ".git", ".venv", ".cache", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis",
    ".import_linter_cache", "__pycache__", "_build", "build", "dist", "results",
}  # fmt: skip

FILE_LINES, CLASS_LINES, FUNCTION_LINES, LINE_CHARACTERS, POSITIONAL = 500, 300, 70, 100, 6

Rule = Callable[[str], list[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


# --- size -------------------------------------------------------------------------------------


def long_file(text: str) -> list[str]:
    """Find a file of too many lines."""
    lines = len(text.splitlines())
    return [f"1: {lines} lines"] if lines > FILE_LINES else []


def long_lines(text: str) -> list[str]:
    """Find lines of too many characters."""
    return [
        f"{number}: {len(line)} characters"
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) > LINE_CHARACTERS
    ]


def long_classes(text: str) -> list[str]:
    """Find classes of too many lines."""
    return [
        f"{node.lineno}: class {node.name} has {_lines(node)} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef) and _lines(node) > CLASS_LINES
    ]


def long_functions(text: str) -> list[str]:
    """Find functions of too many lines."""
    return [
        f"{node.lineno}: {node.name} has {_lines(node)} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, Function) and _lines(node) > FUNCTION_LINES
    ]


def crowded_signatures(text: str) -> list[str]:
    """Find functions that take too many parameters by position."""
    tree = ast.parse(text)
    methods = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for child in node.body
        if isinstance(child, Function) and "staticmethod" not in _decorators(child)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, Function | ast.Lambda):
            count = len(node.args.posonlyargs) + len(node.args.args) - (id(node) in methods)
            if count > POSITIONAL:
                found.append(f"{node.lineno}: {count} positional parameters")
    return found


def _lines(node: ast.ClassDef | Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _decorators(node: Function) -> set[str]:
    return {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}


# --- documentation ----------------------------------------------------------------------------


def undocumented(text: str) -> list[str]:
    """Find a module, and public classes, functions and methods, without a docstring."""
    tree = ast.parse(text)
    found = [] if ast.get_docstring(tree) else ["1: the module has no docstring"]
    return found + [
        f"{node.lineno}: {node.name} has no docstring"
        for node in _public(tree)
        if not ast.get_docstring(node) and not _documented_elsewhere(node)
    ]


def _public(parent: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | Function]:
    for node in parent.body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


def _documented_elsewhere(node: ast.ClassDef | Function) -> bool:
    elsewhere = {"overload", "override", "setter", "deleter"}
    return not isinstance(node, ast.ClassDef) and bool(_decorators(node) & elsewhere)


_WAIVER = re.compile(
    r"#\s*(?:type:\s*ignore(?:\[[^\]]*\])?"
    r"|(?:ruff:\s*)?noqa(?::\s*[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*)?)"
)


def waivers_without_reason(text: str) -> list[str]:
    """Find lint and type waivers that are followed by no reason."""
    found = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and (waivers := list(_WAIVER.finditer(token.string))):
            reason = token.string[waivers[-1].end() :]
            if not re.search(r"\w{2}", reason):
                found.append(f"{token.start[0]}: {token.string}")
    return found


# --- determinism ------------------------------------------------------------------------------

_FORBIDDEN_MODULES = {"random", "secrets", "time"}
_FORBIDDEN_NAMES = {
    "datetime.date.today", "datetime.datetime.now", "datetime.datetime.today",
    "datetime.datetime.utcnow", "os.urandom", "uuid.uuid1", "uuid.uuid4",
}  # fmt: skip
_SEEDED = {"numpy.random.default_rng", "numpy.random.Generator", "numpy.random.SeedSequence"}


def clocks_and_dice(text: str) -> list[str]:
    """Find reads of the clock and randomness without a seed."""
    tree = ast.parse(text)
    names = _imported(tree)
    found = [
        f"{line}: imports {name}"
        for name, line in _imports(tree)
        if name.split(".")[0] in _FORBIDDEN_MODULES
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            name = _full_name(node, names)
            if name in _FORBIDDEN_NAMES or _is_unseeded_attribute(name):
                found.append(f"{node.lineno}: {name}")
        if (
            isinstance(node, ast.Call)
            and _full_name(node.func, names) in _SEEDED
            and not (node.args or node.keywords)
        ):
            found.append(f"{node.lineno}: a generator without a seed")
    return found


def _is_unseeded_attribute(name: str) -> bool:
    return name.startswith("numpy.random.") and name not in _SEEDED


def builtins_that_vary(text: str) -> list[str]:
    """Find print, and hash and id, whose answers differ from process to process.

    A value's own __hash__ may call hash: what it returns is seen by dicts alone.
    """
    found = []
    tree = ast.parse(text)
    own = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "__hash__"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in own:
            continue
        if isinstance(node, ast.Call) and _name(node.func) in {"print", "hash", "id"}:
            found.append(f"{node.lineno}: {_name(node.func)}()")
        if isinstance(node, ast.keyword) and node.arg == "key" and _name(node.value) in {
            "hash", "id",
        }:  # fmt: skip
            found.append(f"{node.value.lineno}: key={_name(node.value)}")
    return found


_ORDERED_FROM = {"list", "tuple", "enumerate", "iter", "dict.fromkeys", "zip", "map", "filter"}
_ORDER_FREE = {"sorted", "set", "frozenset", "any", "all"}


def unordered_iteration(text: str) -> list[str]:
    """Find a set iterated over where the order can reach the result."""
    tree = ast.parse(text)
    free = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node.func) in _ORDER_FREE
        for argument in node.args
    }
    return [
        f"{getattr(node, 'lineno', 0)}: iterates over a set: sort it first"
        for node in ast.walk(tree)
        if id(node) not in free and any(_is_set(iterated) for iterated in _iterated(node))
    ]


def _iterated(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.For):
        return [node.iter]
    if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.DictComp):
        return [generator.iter for generator in node.generators]
    if isinstance(node, ast.List | ast.Tuple):
        return [item.value for item in node.elts if isinstance(item, ast.Starred)]
    if isinstance(node, ast.Call):
        joins = isinstance(node.func, ast.Attribute) and node.func.attr in {"join", "extend"}
        if joins or ast.unparse(node.func) in _ORDERED_FROM:
            return node.args
    return []


def _is_set(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        operators = ast.BitOr | ast.BitAnd | ast.BitXor | ast.Sub
        return isinstance(node.op, operators) and (_is_set(node.left) or _is_set(node.right))
    if isinstance(node, ast.Call):
        return _name(node.func) in {"set", "frozenset"}
    return isinstance(node, ast.Set | ast.SetComp)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _full_name(node: ast.expr, names: dict[str, str]) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_full_name(node.value, names)}.{node.attr}"
    return names.get(_name(node), "")


def _imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def _imported(tree: ast.Module) -> dict[str, str]:
    """Return the full name each imported local name stands for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


# --- threads ----------------------------------------------------------------------------------

_MUTABLE = {
    "Counter", "OrderedDict", "WeakKeyDictionary", "WeakSet", "WeakValueDictionary", "defaultdict",
    "deque", "dict", "list", "set",
}  # fmt: skip
_MUTATING = {
    "add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem",
    "popleft", "remove", "setdefault", "update",
}  # fmt: skip
_SHARED = {
    "parse_quantity": "a pure parser: bounded, and what it returns is an integer",
    "_LIKENESSES": "interns values that hold nothing; if two threads make two, both are right",
}
"""What several threads may share in the core, by name, and why."""


def shared_caches(text: str) -> list[str]:
    """Find what threads would share: cached functions, and module variables that change."""
    tree = ast.parse(text)
    found = [
        f"{node.lineno}: {node.name} is cached for the whole process"
        for node in ast.walk(tree)
        if isinstance(node, Function) and any(map(_is_cache, node.decorator_list))
        if node.name not in _SHARED
    ]
    holders: dict[str, int] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if isinstance(node.value, ast.Call) and _is_cache(node.value.func):
                found.append(f"{node.lineno}: caches for the whole process")
            if _is_mutable(node.value):
                holders |= {_name(target): node.lineno for target in targets}
    changed = {_name(target) for node in ast.walk(tree) for target in _changed(node)}
    return found + [
        f"{line}: {name} changes, and belongs to the whole process"
        for name, line in holders.items()
        if name in changed and name not in _SHARED
    ] + [
        f"{node.lineno}: global {', '.join(node.names)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Global)
    ]  # fmt: skip


def _is_cache(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(called).rpartition(".")[2] in {"cache", "lru_cache"}


def _is_mutable(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).rpartition(".")[2] in _MUTABLE
    displays = ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp | ast.SetComp
    return isinstance(node, displays)


def _changed(node: ast.AST) -> list[ast.expr]:
    """Return what a statement or call changes in place."""
    if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        return [node.value]
    if isinstance(node, ast.AugAssign):
        return [node.target]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return [node.func.value] if node.func.attr in _MUTATING else []
    return []


# --- text and places --------------------------------------------------------------------------


def imports_of_tests(text: str) -> list[str]:
    """Find imports of test code."""
    return [
        f"{line}: imports {name}"
        for name, line in _imports(ast.parse(text))
        if name.split(".")[0] in {"tests", "conftest"}
    ]


_MACHINE_PATH = re.compile(r"(?<![\w.}\-])/(?:work|root)/")


def machine_paths(text: str) -> list[str]:
    """Find absolute paths of somebody's machine."""
    return [
        f"{number}: {line.strip()}"
        for number, line in enumerate(text.splitlines(), 1)
        if _MACHINE_PATH.search(line)
    ]


def without_module(tests: Iterable[PurePosixPath], modules: Iterable[PurePosixPath]) -> list[str]:
    """Find unit tests, relative to tests/unit, that mirror no module or package of the source."""
    known = set(modules)
    packages = {path.parent for path in known if path.name == "__init__.py" and path.parent.name}
    known |= {path.with_suffix(".py") for path in packages}
    return [
        f"{test} mirrors no module"
        for test in tests
        if test.with_name(test.name.removeprefix("test_")) not in known
    ]


# --- the rules, held against the project ------------------------------------------------------

EVERYWHERE: dict[str, Rule] = {
    "a file has at most 500 lines": long_file,
    "a line has at most 100 characters": long_lines,
    "a class has at most 300 lines": long_classes,
    "a function has at most 70 lines": long_functions,
    "a function takes at most 6 parameters by position": crowded_signatures,
    "every module and public name is documented": undocumented,
    "every waiver carries its reason": waivers_without_reason,
    "nothing imports from tests": imports_of_tests,
}
IN_THE_CORE: dict[str, Rule] = {
    "there is no clock and no dice": clocks_and_dice,
    "nothing prints, and nothing hangs on hash or id": builtins_that_vary,
    "no set is iterated over unsorted": unordered_iteration,
    "threads share no cache": shared_caches,
}
SNIPPETS: list[tuple[Rule, str]] = [
    (long_file, "x = 1\n" * 501),
    (long_lines, "x = '" + "y" * 100 + "'"),
    (long_classes, "class A:\n" + "    x = 1\n" * 300),
    (long_functions, "def f():\n" + "    x = 1\n" * 70),
    (crowded_signatures, "def f(a, b, c, d, e, f, g): ..."),
    (crowded_signatures, "class A:\n    def f(self, a, b, c, d, e, f, g): ..."),
    (crowded_signatures, "class A:\n    @staticmethod\n    def f(a, b, c, d, e, f, g): ..."),
    (undocumented, "x = 1"),
    (undocumented, "'A module.'\nclass A: ..."),
    (undocumented, "'A module.'\ndef f(): ..."),
    (undocumented, "'A module.'\nclass A:\n    'A class.'\n    def f(self): ..."),
    (waivers_without_reason, "x = 1  # noqa"),
    (waivers_without_reason, "x = 1  # noqa: E501, F401"),
    (waivers_without_reason, "x = 1  # type: ignore[assignment]"),
    (waivers_without_reason, "x = 1  # type: ignore[assignment]  # noqa: E501"),
    (clocks_and_dice, "import random"),
    (clocks_and_dice, "from time import time"),
    (clocks_and_dice, "import time as clock\nclock.time()"),
    (clocks_and_dice, "import datetime\ndatetime.datetime.now()"),
    (clocks_and_dice, "from datetime import UTC, datetime as dt\ndt.now(UTC)"),
    (clocks_and_dice, "import numpy as np\nnp.random.shuffle(x)"),
    (clocks_and_dice, "import numpy as np\nnp.random.default_rng()"),
    (builtins_that_vary, "print('x')"),
    (builtins_that_vary, "x = hash('x')"),
    (builtins_that_vary, "x = id(y)"),
    (builtins_that_vary, "x = sorted(y, key=id)"),
    (unordered_iteration, "for x in {1, 2}: ..."),
    (unordered_iteration, "for x in set(y): ..."),
    (unordered_iteration, "for x in set(y) | z: ..."),
    (unordered_iteration, "x = [y for y in frozenset(z)]"),
    (unordered_iteration, "x = {y: 1 for y in {z for z in a}}"),
    (unordered_iteration, "x = list({1, 2})"),
    (unordered_iteration, "x = tuple(set(y))"),
    (unordered_iteration, "x = [*set(y)]"),
    (unordered_iteration, "x = ', '.join({'a', 'b'})"),
    (shared_caches, "import functools\n@functools.cache\ndef f(x): ..."),
    (shared_caches, "from functools import lru_cache\n@lru_cache(maxsize=8)\ndef f(x): ..."),
    (shared_caches, "from functools import lru_cache\nf = lru_cache(maxsize=8)(g)"),
    (shared_caches, "from collections import deque\nx = deque(maxlen=8)\ndef f(y): x.append(y)"),
    (shared_caches, "x: dict[str, int] = {}\ndef f(y): x[y] = 1"),
    (shared_caches, "x = set()\ndef f(y): x.add(y)"),
    (shared_caches, "x = []\ndef f(y):\n    global x\n    x = [y]"),
    (imports_of_tests, "import tests.builders"),
    (imports_of_tests, "from tests import builders"),
    (machine_paths, "see " + "/".join(("", "work", "main"))),
    (machine_paths, "file://" + "/".join(("", "root", ".cache"))),
]
ALLOWED: list[tuple[Rule, str]] = [
    (long_functions, "def f():\n" + "    x = 1\n" * 69),
    (crowded_signatures, "class A:\n    def f(self, a, b, c, d, e, f, *, g, h): ..."),
    (undocumented, "'A module.'\ndef _f(): ...\nclass _A:\n    def f(self): ..."),
    (waivers_without_reason, "x = 1  # noqa: E501 # a table reads best as a table"),
    (waivers_without_reason, "x = 1  # type: ignore[assignment]  # the stub is wrong"),
    (clocks_and_dice, "import numpy as np\nnp.random.default_rng(seed)"),
    (clocks_and_dice, "def f(time, snapshot): return snapshot.at - time"),
    (builtins_that_vary, "x = y.id(z)"),
    (unordered_iteration, "x = [y for y in sorted({1, 2})]"),
    (unordered_iteration, "x = sorted(y for y in {1, 2})"),
    (unordered_iteration, "x = sorted(set(y)), 1 in {1, 2}"),
    (shared_caches, "@lru_cache(maxsize=9)\ndef parse_quantity(text): ..."),
    (shared_caches, "x = {'a': 1}\ndef f(y): return x[y]"),
    (
        shared_caches,
        "class A:\n    def __init__(self): self.x = {}\n    def f(self): self.x['a'] = 1",
    ),
    (machine_paths, "a deployment/" + "work" + "/load"),
]


def label(value: Rule | str) -> str:
    """Return a short name of a test's parameter."""
    return repr(value[:40]) if isinstance(value, str) else value.__name__


def python_files(*directories: Path) -> list[Path]:
    """Return the Python files under the directories, sorted."""
    return sorted(path for directory in directories for path in directory.rglob("*.py"))


def core_files() -> list[Path]:
    """Return the files of the functional core, sorted."""
    files = python_files(*(PACKAGE / name for name in CORE))
    return files + [PACKAGE / name for name in CORE_FILES if (PACKAGE / name).exists()]


def text_files(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the text files of the project, in order, without what git is told to ignore."""
    for directory, directories, files in os.walk(root):
        directories[:] = sorted(name for name in directories if name not in UNTRACKED)
        for name in sorted(files):
            path = Path(directory) / name
            data = path.read_bytes()
            try:
                text = data.decode()
            except UnicodeDecodeError:
                continue
            if "\0" not in text:
                yield path, text


def violations(rule: Rule, paths: Iterable[Path]) -> list[str]:
    """Return what a rule finds in the files, each with its place."""
    return [
        f"{path.relative_to(ROOT)}:{found}"
        for path in paths
        for found in rule(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("rule", EVERYWHERE.values(), ids=EVERYWHERE.keys())
def test_every_module_keeps_the_rule(rule: Rule) -> None:
    files = python_files(PACKAGE)
    assert files
    assert violations(rule, files) == []


@pytest.mark.parametrize("rule", IN_THE_CORE.values(), ids=IN_THE_CORE.keys())
def test_every_core_module_keeps_the_rule(rule: Rule) -> None:
    files = core_files()
    assert files
    assert violations(rule, files) == []


def test_waivers_outside_the_package_carry_their_reason_too() -> None:
    files = python_files(*(ROOT / name for name in ("tests", "tools", "benchmarks")))
    assert violations(waivers_without_reason, files) == []


def test_no_text_file_names_a_path_of_somebodys_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path, text in text_files(ROOT)
        for line in machine_paths(text)
    ]
    assert found == []


def test_a_machine_path_is_found_in_any_folder_but_the_ignored_ones(tmp_path: Path) -> None:
    for name in ("docs/designs", ".ci", ".venv"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").write_text("x", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\x00")
    found = [path.relative_to(tmp_path).as_posix() for path, _ in text_files(tmp_path)]
    assert found == [".ci/file", "docs/designs/file"]


def test_every_unit_test_mirrors_a_module() -> None:
    unit = ROOT / "tests" / "unit"
    tests = [PurePosixPath(path.relative_to(unit)) for path in sorted(unit.rglob("test_*.py"))]
    modules = [PurePosixPath(path.relative_to(PACKAGE)) for path in python_files(PACKAGE)]
    assert without_module(tests, modules) == []


def test_a_unit_test_without_its_module_is_found() -> None:
    modules = [PurePosixPath(name) for name in ("model/pod.py", "scheduling/filters/__init__.py")]
    mirrored = [PurePosixPath("model/test_pod.py"), PurePosixPath("scheduling/test_filters.py")]
    stray = PurePosixPath("scheduling/test_pod.py")
    assert without_module(mirrored, modules) == []
    assert without_module([*mirrored, stray], modules) == [f"{stray} mirrors no module"]


@pytest.mark.parametrize(("rule", "snippet"), SNIPPETS, ids=label)
def test_the_rule_catches_a_violation(rule: Rule, snippet: str) -> None:
    assert rule(snippet)


@pytest.mark.parametrize(("rule", "snippet"), ALLOWED, ids=label)
def test_the_rule_allows_what_is_meant_to_be_allowed(rule: Rule, snippet: str) -> None:
    assert rule(snippet) == []


def test_every_rule_is_shown_to_catch_something() -> None:
    used = {*EVERYWHERE.values(), *IN_THE_CORE.values(), machine_paths}
    assert used == {rule for rule, _ in SNIPPETS}


# --- names ------------------------------------------------------------------------------------


def repeated_classes(texts: Mapping[str, str]) -> list[str]:
    """Find public classes of one name in several modules, given their texts by module."""
    where: dict[str, list[str]] = {}
    for module, text in texts.items():
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where.setdefault(node.name, []).append(module)
    return [f"{name}: {', '.join(found)}" for name, found in where.items() if len(found) > 1]


def test_a_public_class_name_exists_once() -> None:
    files = python_files(PACKAGE)
    assert repeated_classes({str(f.relative_to(ROOT)): f.read_text("utf-8") for f in files}) == []


def test_a_class_name_that_exists_twice_is_noticed() -> None:
    texts = {"a": "class Pod: ...\nclass _Own: ...", "b": "class Pod: ...\nclass _Own: ..."}
    assert repeated_classes(texts) == ["Pod: a, b"]
