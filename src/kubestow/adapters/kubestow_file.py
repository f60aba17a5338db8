"""Files other than Kubernetes manifests, each read as one mapping from YAML or JSON.

An error is one InputError that names the file.
"""

import json
import re
from pathlib import Path
from typing import Any

from kubestow.adapters.documents import Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.decoding import decode
from kubestow.adapters.sources import read_sources
from kubestow.model.input_error import InputError, InputProblem
from kubestow.model.suggestion import did_you_mean

_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")


def read_mapping(option: str, argument: str, hint: str) -> dict[str, Any]:
    """Return the mapping in a file; raise InputError if it does not hold exactly one."""
    if argument != "-" and not Path(argument).is_file():
        raise InputError(f"{argument}: no such file", hint=f"{option} takes one file; {hint}")
    problems: list[InputProblem] = []
    sources = list(read_sources([argument], problems))
    if problems:
        raise InputError(problems[0].describe(), hint=hint)
    content = sources[0].content
    try:
        value = _parsed(content)
    except ValueError as problem:
        raise InputError(f"{argument}: not valid YAML or JSON: {problem}", hint=hint) from problem
    if not isinstance(value, dict):
        raise InputError(f"{argument}: expected one mapping", hint=hint)
    return value


def _parsed(content: bytes) -> Any:
    from kubestow.adapters.manifest_yaml import DuplicateKeys, YamlError, read_values

    if content.lstrip()[:1] == b"{":
        return json.loads(content)
    try:
        values = [value for value in read_values(content.decode()) if value is not None]
    except YamlError as problem:
        raise ValueError(str(problem)) from problem
    if len(values) != 1:
        raise ValueError(f"expected 1 document, found {len(values)}")
    if isinstance(values[0], DuplicateKeys):
        raise ValueError(str(values[0]))
    return values[0]


def decoded(argument: str, kind: str, value: dict[str, Any], shape: type[Any], hint: str) -> Any:
    """Return a mapping in its wire shape; raise InputError with file, field and hint."""
    try:
        document = Document(argument, kind, "", json.dumps(value, default=str).encode())
        return decode(document, shape)
    except FieldError as mistake:
        raise refused(argument, kind, mistake, hint) from mistake


def refused(argument: str, kind: str, mistake: FieldError, hint: str) -> InputError:
    """Return the error for an invalid field."""
    unknown = _UNKNOWN.fullmatch(mistake.message)
    message = f"unknown field {unknown[1]}" if unknown else mistake.message
    problem = InputProblem(argument, kind, mistake.field, message, "")
    own = hint if unknown or "kubectl" in mistake.hint else mistake.hint
    return InputError(problem.describe(), hint=own or hint)


def misspelt(
    argument: str, kind: str, path: str, value: dict[str, Any], known: frozenset[str]
) -> InputError | None:
    """Return the error for the first field that looks like a misspelt known one, else None.

    Other tools' files have fields that kubestow does not know: only a likely typo is an error.
    """
    for name in value:
        close = "" if name in known else did_you_mean(name, sorted(known))
        if close:
            where = f"{path}.{name}" if path else name
            return InputError(f"{argument}: {kind}: {where}: is not a field", hint=close)
    return None
