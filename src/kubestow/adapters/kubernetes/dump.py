"""Objects written as one file that -f reads, with what no plan depends on left out.

What programs run with (environments, commands, probes) is never in it but the settings of the VPC
CNI that are read, nor are Secrets and ConfigMaps; kinds that are not read are left out.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from kubestow.adapters.documents import Document, plain_values
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import wire
from kubestow.adapters.kubernetes.cluster import SHAPED, SHAPING
from kubestow.adapters.kubernetes.cluster_version import (
    git_version_of,
    is_version,
    version_object,
)
from kubestow.adapters.kubernetes.decoding import decode
from kubestow.adapters.kubernetes.operators.reading import is_read
from kubestow.adapters.kubernetes.vpc_cni import Settings, settings_of, with_settings
from kubestow.model.input_error import InputProblem
from kubestow.model.labels import LAST_APPLIED

Object = dict[str, Any]
SHAPES: Mapping[str, type[Any]] = {**SHAPING, **SHAPED, "Pod": wire.PodWire}
_RUNTIME = frozenset({
    "args", "command", "env", "envFrom", "lifecycle", "livenessProbe", "managedFields",
    "readinessProbe", "startupProbe", "userData", "volumeDevices", "volumeMounts",
})  # fmt: skip
_USERS = ("annotations", "labels", "selector", "tags")
"""How the names of maps end whose keys are the users' own: matchLabels, nodeSelector and so on."""
_PASSWORD = re.compile(r"://[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class Dump:
    """The content of a file, how many objects it has, and those left out by kind."""

    content: bytes
    objects: int
    left_out: tuple[tuple[str, int], ...]


def dump(
    documents: Iterable[Document],
    problems: list[InputProblem],
    rewritten: Callable[[list[Object]], list[Object]] | None = None,
) -> Dump:
    """Return the objects of an input as one List; add those that cannot be read to ``problems``.

    ``rewritten`` may change each of them: it is given the fields that are read and no others, and
    no objects of operators.
    """
    kept: list[Object] = []
    settings: dict[int, Settings] = {}
    left: Counter[str] = Counter()
    for document in documents:
        if is_version(document):
            kept.append(version_object(git_version_of(document.json)))
            continue
        shape = SHAPES.get(document.kind)
        if shape is None and (rewritten is not None or not is_read(document)):
            left[document.kind] += 1
            continue
        try:
            if rewritten is None or shape is None:
                values = without_runtime(plain_values(document))
            else:
                values = _present(msgspec.to_builtins(decode(document, shape)))
        except FieldError as error:
            problems.append(
                InputProblem(document.file, document.kind, error.field, error.message, error.hint)
            )
            continue
        head = {"apiVersion": document.api_version, "kind": document.kind}
        if document.kind == "DaemonSet":
            settings[len(kept)] = settings_of(document.json)
        kept.append(head | values)
    items = kept if rewritten is None else rewritten(kept)
    for number, own in settings.items():
        with_settings(items[number], own)
    whole = {"apiVersion": "v1", "kind": "List", "items": items}
    return Dump(msgspec.json.encode(whole) + b"\n", len(items), tuple(sorted(left.items())))


def _present(value: Any) -> Any:
    """Return a value without what is absent from it."""
    if isinstance(value, list):
        return [_present(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _present(item) for key, item in value.items() if item is not None}


def without_runtime(value: Any) -> Any:
    """Return an object without what its programs run with, and without passwords in addresses.

    Labels, annotations and the like keep every key: those are the users' own.
    """
    return _without_runtime(value, is_users=False)


def _without_runtime(value: Any, *, is_users: bool) -> Any:
    if isinstance(value, str):
        return _PASSWORD.sub("://", value)
    if isinstance(value, list):
        return [_without_runtime(item, is_users=False) for item in value]
    if not isinstance(value, dict):
        return value
    keeps_all = is_users and all(isinstance(item, str) for item in value.values())
    return {
        key: _without_runtime(item, is_users=str(key).lower().endswith(_USERS))
        for key, item in value.items()
        if (keeps_all or key not in _RUNTIME) and key != LAST_APPLIED
    }
