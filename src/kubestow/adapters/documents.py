"""Bytes turned into Kubernetes objects, still undecoded but for their kind.

Law: YAML follows kubectl's parser (YAML 1.1 booleans, timestamps stay text); every object ends up
as JSON bytes, so that YAML and JSON take the same way from here. Lists are unfolded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from kubestow.adapters.errors import Problem
from kubestow.adapters.sources import Source


class _Header(msgspec.Struct, rename="camel", gc=False):
    kind: str = ""
    api_version: str = ""


class _Listing(msgspec.Struct, rename="camel"):
    items: list[msgspec.Raw] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One object: its kind and its JSON."""

    file: str
    kind: str
    api_version: str
    json: msgspec.Raw | bytes


def read_documents(source: Source, problems: list[Problem]) -> Iterator[Document]:
    """Yield the objects of a source; report what cannot be parsed and keep what came before."""
    head = source.content.lstrip()[:1]
    if head in (b"{", b"["):
        try:
            yield from _objects(source.name, source.content, "", "", problems)
            return
        except msgspec.DecodeError as problem:
            if b"\n" not in source.content.strip() or source.name.endswith(".json"):
                problems.append(_syntax(source.name, "JSON", str(problem)))
                return
    yield from _yaml_objects(source, problems)


def _yaml_objects(source: Source, problems: list[Problem]) -> Iterator[Document]:
    import yaml  # imported here: JSON input does not pay for it

    try:
        text = source.content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        problems.append(_syntax(source.name, "UTF-8", f"at byte {problem.start}"))
        return
    loader = _loader()(text)
    try:
        while loader.check_data():
            value = loader.get_data()
            if value is not None:
                encoded = msgspec.json.encode(value)
                yield from _objects(source.name, encoded, "", "", problems)
    except yaml.YAMLError as problem:
        problems.append(_syntax(source.name, "YAML", _yaml_message(problem, text)))
    except (TypeError, msgspec.DecodeError) as problem:
        problems.append(_syntax(source.name, "YAML", str(problem)))
    finally:
        loader.dispose()


def _loader() -> Any:
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
        for first, rules in base.yaml_implicit_resolvers.items()
    }
    return type("ManifestLoader", (base,), {"yaml_implicit_resolvers": resolvers})


def _yaml_message(problem: Any, text: str) -> str:
    mark = getattr(problem, "problem_mark", None)
    if mark is None:
        return str(problem)
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    tab = (
        " (the line is indented with a tab)"
        if "\t" in line[: len(line) - len(line.lstrip())]
        else ""
    )
    what = getattr(problem, "problem", None) or "cannot be parsed"
    return f"line {mark.line + 1}, column {mark.column + 1}: {what}{tab}"


def _syntax(name: str, language: str, message: str) -> Problem:
    hint = {
        "YAML": "YAML is indented with spaces; check the line before as well",
        "JSON": "check the brackets and commas, or that the file was written to its end",
        "UTF-8": "save the file as UTF-8",
    }[language]
    return Problem(name, "", "", f"not valid {language}: {message}", hint)


def _objects(
    name: str, json: msgspec.Raw | bytes, kind: str, api_version: str, problems: list[Problem]
) -> Iterator[Document]:
    """Yield one object or, for a list, its items; items of a typed list inherit its kind."""
    try:
        header = msgspec.json.decode(json, type=_Header)
    except msgspec.ValidationError as problem:
        if bytes(json).lstrip()[:1] == b"[":
            for item in msgspec.json.decode(json, type=list[msgspec.Raw]):
                yield from _objects(name, item, "", "", problems)
            return
        problems.append(Problem(name, "", "", f"not a Kubernetes object: {problem}",
                                "expected a mapping with apiVersion and kind"))  # fmt: skip
        return
    kind, api_version = header.kind or kind, header.api_version or api_version
    if not kind:
        problems.append(Problem(name, "", "kind", "an object has no kind",
                                "every Kubernetes object starts with apiVersion and kind"))  # fmt: skip
        return
    if not kind.endswith("List"):
        yield Document(name, kind, api_version, json)
        return
    try:
        items = msgspec.json.decode(json, type=_Listing).items or []
    except msgspec.ValidationError as problem:
        problems.append(Problem(name, kind, "items", str(problem), "expected a list of objects"))
        return
    for item in items:
        yield from _objects(name, item, kind.removesuffix("List"), api_version, problems)
