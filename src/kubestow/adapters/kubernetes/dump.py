"""Objects written as one file that -f reads, with what no plan depends on left out.

What programs run with (environments, commands, probes) is never in it, nor are Secrets and
ConfigMaps; kinds that are not read are left out.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from kubestow.adapters.documents import Document, plain_values
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.cluster import SHAPED, SHAPING
from kubestow.adapters.kubernetes.operators.reading import is_read
from kubestow.model.input_error import InputProblem

Object = dict[str, Any]
KINDS = frozenset({*SHAPING, *SHAPED, "Pod"})
_RUNTIME = frozenset({
    "args", "command", "env", "envFrom", "lifecycle", "livenessProbe", "managedFields",
    "readinessProbe", "startupProbe", "userData", "volumeDevices", "volumeMounts",
})  # fmt: skip
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


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

    ``rewritten`` may change them all.
    """
    kept: list[Object] = []
    left: Counter[str] = Counter()
    for document in documents:
        if not (document.kind in KINDS or is_read(document)):
            left[document.kind] += 1
            continue
        try:
            values = plain_values(document)
        except FieldError as error:
            problems.append(
                InputProblem(document.file, document.kind, error.field, error.message, error.hint)
            )
            continue
        head = {"apiVersion": document.api_version, "kind": document.kind}
        kept.append(head | without_runtime(values))
    items = kept if rewritten is None else rewritten(kept)
    whole = {"apiVersion": "v1", "kind": "List", "items": items}
    return Dump(msgspec.json.encode(whole) + b"\n", len(items), tuple(sorted(left.items())))


def without_runtime(value: Any) -> Any:
    """Return an object without what its programs run with."""
    if isinstance(value, list):
        return [without_runtime(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: without_runtime(item)
        for key, item in value.items()
        if key not in _RUNTIME and key != _APPLIED
    }
