"""YAML read as kubectl reads it, safe for untrusted input.

Booleans are YAML 1.1's; timestamps, sexagesimal numbers and "=" stay text, as in go-yaml. The
expansion of aliases and the depth of nesting are limited: libyaml itself would crash.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml

DEPTH_MAX = 500
_TOO_DEEP = "nesting depth"  # PyYAML's wording, since 6.0.4
_GROWTH_MAX = 20  # a document with its aliases expanded may be so many times the file's size
_GROWTH_FLOOR = 10_000_000  # characters that any file may expand to
_PREFIX = "tag:yaml.org,2002:"
_MERGE = _PREFIX + "merge"
_SHOWN_MAX = 100
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

    def __init__(self, value: object, repeated: list[str]) -> None:
        value = value if isinstance(value, dict) else {}
        metadata = value.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        name = "/".join(str(p) for p in map(metadata.get, ("namespace", "name")) if p)
        self.subject = f"{value.get('kind') or ''} {name}".strip()
        self._repeated = repeated

    def __str__(self) -> str:
        more = f" (and {len(self._repeated) - 1} more)" if len(self._repeated) > 1 else ""
        return self._repeated[0] + more


def read_values(text: str) -> Iterator[Any]:
    """Yield every document's value, or DuplicateKeys; raise YamlError at the first syntax error."""
    if _may_nest_deeply(text):
        _check_depth(text)
    aliased = "&" in text and "*" in text
    loader: Any = None
    try:
        loader = _loader()(text)
        loader.twice = []
        while loader.check_data():
            value = loader.get_data()
            if loader.twice:
                value, loader.twice = DuplicateKeys(value, loader.twice), []
            if aliased and not isinstance(value, DuplicateKeys):
                _check_expansion(value, max(_GROWTH_FLOOR, _GROWTH_MAX * len(text)))
            yield value
    except yaml.YAMLError as problem:
        raise YamlError(_message(problem, text)) from problem
    except RecursionError as problem:
        raise YamlError("nested too deeply, or it contains itself") from problem
    except (ValueError, LookupError, AttributeError, TypeError, OverflowError) as problem:
        # PyYAML's constructors raise these for a malformed tagged value or a very long one.
        why = f": {problem}" if type(problem) is ValueError else ""
        raise YamlError(f"a value does not fit its type{why}") from problem
    finally:
        if loader is not None:
            loader.dispose()


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
        if len({(key.tag, key.value) for key in keys}) != len(keys):
            self.twice += _repeated(keys)
        base.flatten_mapping(self, node)
        latest = {
            (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else id(key): (key, value)
            for key, value in node.value
        }
        node.value = list(latest.values())

    return type(
        "ManifestLoader",
        (base,),
        {"yaml_implicit_resolvers": resolvers, "flatten_mapping": flatten_mapping},
    )


def _repeated(keys: list[Any]) -> Iterator[str]:
    seen = set()
    for key in keys:
        if (key.tag, key.value) in seen:
            shown = key.value if len(key.value) <= _SHOWN_MAX else "with a long name"
            yield f"line {key.start_mark.line + 1}: duplicate key {shown}"
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
        return str(problem).splitlines()[0]
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    tab = " (the line is indented with a tab)" if "\t" in indent else ""
    what = getattr(problem, "problem", None) or "cannot be parsed"
    return f"line {mark.line + 1}, column {mark.column + 1}: {what}{tab}"
