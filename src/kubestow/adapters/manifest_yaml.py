"""YAML read as kubectl reads it, safe for untrusted input.

Booleans are YAML 1.1's; timestamps, sexagesimal numbers and "=" stay text, as in go-yaml. A key
that is a number or a boolean becomes text, any other key is an error, and so are .nan and .inf,
which JSON cannot hold (sigs.k8s.io/yaml, convertToJSONableObject; encoding/json). The expansion of
aliases and the depth of nesting are limited: libyaml itself would crash. No message repeats a
value: it may be a password.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml

from kubestow.adapters.depth import DEPTH_MAX

_TOO_DEEP = "nesting depth"  # PyYAML's wording, since 6.0.4
_GROWTH_MAX = 20  # a document with its aliases expanded may be so many times the file's size
_GROWTH_FLOOR = 10_000_000  # characters that any file may expand to
_PREFIX = "tag:yaml.org,2002:"
_MERGE = _PREFIX + "merge"
_STR, _BOOL, _NUMBERS = _PREFIX + "str", _PREFIX + "bool", (_PREFIX + "int", _PREFIX + "float")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_./-]{0,99}", re.ASCII)
_QUOTED = re.compile(r"""\s*('(?:[^']{2,})'|"(?:[^"]{2,})")""")
_GRAMMAR = re.compile(r"<[a-z -]+>|---|\.\.\.")  # what a message quotes of YAML itself
_KEPT_PRIVATE = ("Secret", "ConfigMap")
_INT = re.compile(r"[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)\Z")
_FLOAT = re.compile(
    r"(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
)
_BRACKETS = re.compile(r"[\[\]{}]")
_LONG_LEAD = re.compile(r"^[ \-?:]{200}", re.MULTILINE)


class YamlError(Exception):
    """The text is not valid YAML; the message says where and why."""


class DuplicateKeys:
    """Stands for a document with duplicate keys, which kubectl rejects."""

    def __init__(self, value: object, repeated: list[tuple[int, str]]) -> None:
        value = value if isinstance(value, dict) else {}
        metadata = value.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        parts = map(metadata.get, ("namespace", "name"))
        name = "/".join(str(p) for p in parts if p and isinstance(p, str | int | float))
        kind = value.get("kind")
        self.subject = f"{kind if isinstance(kind, str) else ''} {name}".strip()
        self._is_private = kind in _KEPT_PRIVATE
        self._repeated = repeated

    def __str__(self) -> str:
        line, key = self._repeated[0]
        name = f" {key}" if _FIELD.fullmatch(key) and not self._is_private else ""
        more = f" (and {len(self._repeated) - 1} more)" if len(self._repeated) > 1 else ""
        return f"line {line}: duplicate key{name}{more}"


class UnfitDocument:
    """Stands for a document that is YAML, but that no JSON can be made of; its text says why."""

    def __init__(self, message: str) -> None:
        self._message = message

    def __str__(self) -> str:
        return self._message


def read_values(text: str) -> Iterator[Any]:
    """Yield every document's value, DuplicateKeys or UnfitDocument.

    Raise YamlError at the first syntax error, behind which no document can be found.
    """
    if _may_nest_deeply(text):
        _check_depth(text)
    aliased = "&" in text and "*" in text
    loader: Any = None
    try:
        loader = _loader()(text)
        loader.twice = []
        while loader.check_data():
            value = _constructed(loader, text)
            if isinstance(value, UnfitDocument):
                loader.twice = []
            elif loader.twice:
                value, loader.twice = DuplicateKeys(value, loader.twice), []
            if aliased and not isinstance(value, DuplicateKeys | UnfitDocument):
                _check_expansion(value, max(_GROWTH_FLOOR, _GROWTH_MAX * len(text)))
            yield value
    except yaml.YAMLError as problem:
        raise YamlError(_message(problem, text)) from problem
    except RecursionError as problem:
        raise YamlError("nested too deeply, or it contains itself") from problem
    finally:
        if loader is not None:
            loader.dispose()


def _constructed(loader: Any, text: str) -> Any:
    """Return the next document's value; where a value cannot be made, the next can be read."""
    try:
        return loader.get_data()
    except yaml.constructor.ConstructorError as problem:
        message = _message(problem, text)
    except (ValueError, LookupError, AttributeError, TypeError, OverflowError):
        # PyYAML's constructors raise these for a malformed tagged value or a very long one.
        message = "a value does not fit its type"
    loader.constructed_objects, loader.recursive_objects = {}, {}
    loader.state_generators, loader.deep_construct = [], False
    return UnfitDocument(message)


@lru_cache(maxsize=1)
def _loader() -> Any:
    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    replaced = {_PREFIX + "int": _INT, _PREFIX + "float": _FLOAT}
    dropped = (_PREFIX + "timestamp", _PREFIX + "value")
    resolvers = {
        first: [(tag, replaced.get(tag, pattern)) for tag, pattern in rules if tag not in dropped]
        for first, rules in base.yaml_implicit_resolvers.items()
    }

    def flatten_mapping(self: Any, node: Any) -> None:
        """Resolve merge keys, drop pairs that later ones override, and record duplicate keys."""
        keys = [k for k, _ in node.value if isinstance(k, yaml.ScalarNode) and k.tag != _MERGE]
        for key, _ in node.value:
            if key.tag not in (_STR, _MERGE):
                _make_text(self, key)
        if len({(key.tag, key.value) for key in keys}) != len(keys):
            self.twice += _repeated(keys)
        base.flatten_mapping(self, node)
        latest = {
            (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else id(key): (key, value)
            for key, value in node.value
        }
        node.value = list(latest.values())

    loader = type(
        "ManifestLoader",
        (base,),
        {"yaml_implicit_resolvers": resolvers, "flatten_mapping": flatten_mapping},
    )
    loader.add_constructor(_PREFIX + "float", _finite)  # type: ignore[attr-defined]  # it is made
    return loader


def _finite(loader: Any, node: Any) -> float:
    """Return a float; .nan and .inf are errors, as where kubectl makes JSON of them."""
    number: float = loader.construct_yaml_float(node)
    if not math.isfinite(number):
        what = ".nan and .inf are not numbers of JSON"
        raise yaml.constructor.ConstructorError(None, None, what, node.start_mark)
    return number


def _make_text(loader: Any, key: Any) -> None:
    """Make a key that is a number or a boolean text, as sigs.k8s.io/yaml does; refuse others."""
    if isinstance(key, yaml.ScalarNode) and key.tag in (_BOOL, *_NUMBERS):
        value = loader.construct_object(key)
        loader.constructed_objects.pop(key)
        key.tag, key.value = _STR, str(value).lower() if value in (True, False) else str(value)
    else:
        what = "the key of a mapping is not text"
        raise yaml.constructor.ConstructorError(None, None, what, key.start_mark)


def _repeated(keys: list[Any]) -> Iterator[tuple[int, str]]:
    seen = set()
    for key in keys:
        if (key.tag, key.value) in seen:
            yield key.start_mark.line + 1, key.value
        seen.add((key.tag, key.value))


def _may_nest_deeply(text: str) -> bool:
    """Tell cheaply whether nesting could be deep; brackets in text cause a false alarm at most."""
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth = depth + 1 if match[0] in "[{" else max(0, depth - 1)
        if depth > DEPTH_MAX // 2:
            return True
    return _LONG_LEAD.search(text) is not None


def _check_depth(text: str) -> None:
    depth = 0
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > DEPTH_MAX:
                    where = f"line {event.start_mark.line + 1}: " if event.start_mark else ""
                    raise YamlError(f"{where}nested more than {DEPTH_MAX} levels deep")
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError as problem:
        if _TOO_DEEP in str(problem):  # the parser reads ahead and has its own limit
            raise YamlError(f"nested more than {DEPTH_MAX} levels deep") from problem
        raise YamlError(_message(problem, text)) from problem


def _check_expansion(value: object, limit: int) -> None:
    if _weight(value, {}) > limit:
        raise YamlError(f"its aliases expand to more than {limit:,} characters")


def _weight(value: object, weights: dict[int, int]) -> int:
    """Return roughly how many characters a value has once its aliases are expanded."""
    if isinstance(value, str | bytes):
        return len(value) + 3
    if not isinstance(value, dict | list | tuple | set):
        return 4
    if id(value) not in weights:
        weights[id(value)] = 0
        items = [*value.keys(), *value.values()] if isinstance(value, dict) else value
        weights[id(value)] = 2 + sum(_weight(item, weights) for item in items)
    elif weights[id(value)] == 0:
        raise YamlError("an alias refers to a value that contains it")
    return weights[id(value)]


def _message(problem: yaml.YAMLError, text: str) -> str:
    mark = getattr(problem, "problem_mark", None)
    if mark is None:
        return _without_values(str(problem).splitlines()[0])
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    tab = " (the line is indented with a tab)" if "\t" in indent else ""
    what = _without_values(getattr(problem, "problem", None) or "cannot be parsed")
    return f"line {mark.line + 1}, column {mark.column + 1}: {what}{tab}"


def _without_values(message: str) -> str:
    """Return a message of the parser without what it quotes of the file, but for punctuation."""
    return _QUOTED.sub(lambda m: m[0] if _GRAMMAR.fullmatch(m[1][1:-1]) else "", message)
