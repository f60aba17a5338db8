"""Bytes split into Kubernetes objects, of which only apiVersion and kind are decoded.

Every object becomes JSON bytes, whether it comes from YAML (kubestow.adapters.manifest_yaml) or
JSON, from one document or a stream. Lists are flattened.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, TypeVar

import msgspec

from kubestow.adapters.depth import is_deep
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.shapes import decoded
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem

_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_JSON_START = re.compile(rb'\s*(\{\s*["}]|\[\s*[{\[])')
_CHUNK = 2**20
CHART, VALUES = "Chart.yaml", "values.yaml"
EKS_CLUSTER = "EKS cluster"
"""The kind of the answer of 'aws eks describe-cluster', which names none."""
_KUSTOMIZATION = "Kustomization"
_VALUES_FILE = re.compile(r"values([-_.].*)?\.ya?ml")
_OBJECT_HINT = "expected a mapping with apiVersion and kind"
_TWICE_HINT = "remove one of them: only one would take effect"
_DEEP_HINT = "no Kubernetes object is nested this deeply: check how the file was generated"
_HINTS = {
    "YAML": "YAML is indented with spaces: check this line and the one before",
    "JSON": "check the brackets and commas, and that the file is complete",
    "UTF-8": "save the file as UTF-8",
}


Answer = TypeVar("Answer")
_UNASKED: Any = object()


class _Header(msgspec.Struct, rename="camel", gc=False):
    kind: str | None = None
    api_version: str | None = None


class _EksCluster(msgspec.Struct, rename="camel", gc=False):
    arn: str | None = None
    name: str | None = None
    kube_scheduler_config: Any = None


class _EksAnswer(msgspec.Struct, gc=False):
    cluster: _EksCluster


class _Listing(msgspec.Struct, rename="camel"):
    items: list[msgspec.Raw] | msgspec.UnsetType | None = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class Document:
    """One object: its kind and its JSON."""

    file: str
    kind: str
    api_version: str
    json: msgspec.Raw | bytes

    def once(self, ask: Callable[["Document"], Answer]) -> Answer:
        """Return what a function says of the document alone."""
        return ask(self)

    def recalled(self, subject: object) -> Any:
        """Return what was noted on a subject; None if nothing was."""
        return None

    def note(self, subject: object, text: object) -> None:
        """Note something on a subject, for who reads the document again."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptDocument(Document):
    """A document that is read again and again: what is said of it is remembered with it."""

    notes: dict[object, Any] = field(default_factory=dict, repr=False)

    def once(self, ask: Callable[[Document], Answer]) -> Answer:
        """Return what a function says of the document alone; it is asked once."""
        answer: Answer = self.notes.get(ask, _UNASKED)
        if answer is _UNASKED:
            answer = self.notes[ask] = ask(self)
        return answer

    def recalled(self, subject: object) -> Any:
        """Return what was noted on a subject; None if nothing was."""
        return self.notes.get(subject)

    def note(self, subject: object, text: object) -> None:
        """Note something on a subject."""
        self.notes[subject] = text


def plain_values(document: Document) -> Any:
    """Return a document as plain values; raise FieldError for a number that no value can hold.

    A decoder that knows the fields passes over the numbers of others; this one reads them all.
    """
    try:
        return msgspec.json.decode(document.json)
    except msgspec.DecodeError as problem:
        hint = "look for a number of hundreds of digits, or with an exponent such as e999"
        raise FieldError("", "a number is out of range", hint) from problem
    except RecursionError as problem:
        raise FieldError("", "nested too deeply", _DEEP_HINT) from problem


def read_documents(source: Source, problems: list[InputProblem]) -> Iterator[Document]:
    """Yield the objects of a source up to the first syntax error, which is reported."""
    content = source.content.removeprefix(codecs.BOM_UTF8)
    undecodable = _undecodable(content)
    if undecodable is not None:
        line = content.count(b"\n", 0, undecodable) + 1
        problems.append(_syntax(source, "UTF-8", f"line {line}, byte {undecodable}"))
        return
    try:
        yield from _parsed(source, content, problems)
    except RecursionError:
        problems.append(InputProblem(source.name, "", "", "nested too deeply", _DEEP_HINT))


def _undecodable(content: bytes) -> int | None:
    """Return the offset of the first byte that is not UTF-8, without copying the content."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(content), _CHUNK):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(content[start : start + _CHUNK], start + _CHUNK >= len(content))
        except UnicodeDecodeError as problem:
            return start - pending + problem.start
    return None


def _parsed(source: Source, content: bytes, problems: list[InputProblem]) -> Iterator[Document]:
    fault = ""
    if content.lstrip()[:1] in (b"{", b"["):
        if is_deep(content):
            raise RecursionError
        try:
            values = _json_values(content)
        except msgspec.DecodeError as problem:
            fault = str(problem).removeprefix("JSON is malformed: ")
            if source.name.endswith(".json"):
                problems.append(_syntax(source, "JSON", fault))
                return
        else:
            for value in values:
                yield from _objects(source.name, value, "", "", problems)
            return
    yield from _yaml_objects(source, content, fault, problems)


def _json_values(content: bytes) -> list[bytes]:
    """Return the JSON values that follow each other in the content."""
    values: list[bytes] = []
    rest = content
    while rest.strip():
        try:
            decoded(rest, dict[str, msgspec.Raw] | list[msgspec.Raw])
        except msgspec.DecodeError as problem:
            end = _TRAILING.search(str(problem))
            if end is None or int(end[1]) < 2:
                raise
            values.append(rest[: int(end[1]) - 1])
            rest = rest[int(end[1]) - 1 :]
        else:
            values.append(rest)
            break
    return values


def _yaml_objects(
    source: Source, content: bytes, json_fault: str, problems: list[InputProblem]
) -> Iterator[Document]:
    # Imported here, so that JSON input does not pay for it.
    from kubestow.adapters.manifest_yaml import DuplicateKeys, UnfitDocument, YamlError, read_values

    try:
        for value in read_values(content.decode()):
            if value is None:
                continue
            if isinstance(value, DuplicateKeys):
                problems.append(
                    InputProblem(source.name, value.subject, "", str(value), _TWICE_HINT)
                )
                continue
            if isinstance(value, UnfitDocument):
                problems.append(_syntax(source, "YAML", str(value)))
                continue
            other = _other_file(source.name, value)
            if other:
                yield Document(source.name, *other, b"{}")
                continue
            try:
                encoded = msgspec.json.encode(value)
            except (TypeError, ValueError) as problem:
                problems.append(_syntax(source, "YAML", str(problem)))
                continue
            yield from _objects(source.name, encoded, "", "", problems)
    except YamlError as problem:
        if json_fault and _JSON_START.match(content):
            problems.append(_syntax(source, "JSON", json_fault))
        else:
            problems.append(_syntax(source, "YAML", str(problem)))


def _other_file(name: str, value: object) -> tuple[str, str] | None:
    """Return kind and apiVersion of a Kustomize or Helm file, which holds no objects."""
    base = PurePath(name).name
    kind = value.get("kind") if isinstance(value, dict) else None
    if base in ("kustomization.yaml", "kustomization.yml") and kind in (None, _KUSTOMIZATION):
        return _KUSTOMIZATION, "kustomize.config.k8s.io/v1beta1"
    if base in (CHART, "Chart.yml") and kind is None:
        return CHART, ""
    is_object = isinstance(value, dict) and kind is not None and "apiVersion" in value
    if _VALUES_FILE.fullmatch(base) and isinstance(value, dict) and not is_object:
        return VALUES, ""
    return None


def _syntax(source: Source, language: str, message: str) -> InputProblem:
    hint = _HINTS[language]
    if language == "YAML" and b"{{" in source.content:
        hint = "this looks like a template: render it first, for example with 'helm template'"
    return InputProblem(source.name, "", "", f"not valid {language}: {message}", hint)


def _objects(
    name: str, json: msgspec.Raw | bytes, kind: str, api_version: str, problems: list[InputProblem]
) -> Iterator[Document]:
    """Yield one object or, for a list, its items; items of a typed list inherit its kind."""
    if _first(json) == b"[":
        yield from _items(name, decoded(json, list[msgspec.Raw]), "", "", problems)
        return
    try:
        header = decoded(json, _Header)
    except msgspec.ValidationError as problem:
        problems.append(
            InputProblem(name, "", "", f"not a Kubernetes object: {problem}", _OBJECT_HINT)
        )
        return
    kind, api_version = header.kind or kind, header.api_version or api_version
    cluster = None if kind or api_version else _eks_cluster(json)
    if cluster is not None:
        yield Document(name, EKS_CLUSTER, "", cluster)
        return
    if not kind:
        problems.append(InputProblem(name, "", "kind", "the object has no kind",
                                "every Kubernetes object has apiVersion and kind"))  # fmt: skip
        return
    if not kind.endswith("List"):
        yield Document(name, kind, api_version, json)
        return
    try:
        items = decoded(json, _Listing).items
    except msgspec.ValidationError as problem:
        problems.append(
            InputProblem(name, kind, "items", str(problem), "expected a list of objects")
        )
        return
    if items is msgspec.UNSET and kind != "List":
        yield Document(name, kind, api_version, json)  # a kind that ends in List, such as AllowList
    elif items:
        yield from _items(name, items, kind.removesuffix("List"), api_version, problems)


def _eks_cluster(json: msgspec.Raw | bytes) -> bytes | None:
    """Return the answer of 'aws eks describe-cluster' with its name as an object's; else None."""
    try:
        cluster = decoded(json, _EksAnswer).cluster
        answer = msgspec.json.decode(json)
    except (msgspec.DecodeError, RecursionError):
        return None
    if not (cluster.arn or cluster.name or cluster.kube_scheduler_config):
        return None
    return msgspec.json.encode({"metadata": {"name": cluster.name}, **answer})


def _items(
    name: str,
    items: Iterable[msgspec.Raw],
    kind: str,
    api_version: str,
    problems: list[InputProblem],
) -> Iterator[Document]:
    """Yield the objects of a list; report its other items in one InputProblem."""
    strangers = []
    for index, item in enumerate(items):
        if _first(item) in (b"{", b"["):
            yield from _objects(name, item, kind, api_version, problems)
        else:
            strangers.append(index)
    if strangers:
        more = f" (and {len(strangers) - 1} more)" if len(strangers) > 1 else ""
        problems.append(
            InputProblem(name, "", f"[{strangers[0]}]",
                    f"item {strangers[0]} of a list{more} is not a Kubernetes object", _OBJECT_HINT)
        )  # fmt: skip


def _first(json: msgspec.Raw | bytes) -> bytes:
    return bytes(memoryview(json)[:64]).lstrip()[:1]
