"""Files other than Kubernetes manifests, each read as one mapping from YAML or JSON.

An error is one InputError that names the file.
"""

import codecs
import re
from typing import Any

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.input_file import DOCUMENT_BYTES_MAX, decoded_json, read_text_file
from kubestow.adapters.kubernetes.decoding import decode
from kubestow.adapters.sources import Source, refused_content
from kubestow.model.input_error import InputError, InputProblem
from kubestow.model.suggestion import did_you_mean

_NOT_VALID = "not valid YAML or JSON"
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")


def read_mapping(option: str, argument: str, hint: str) -> dict[str, Any]:
    """Return the mapping in a file; raise InputError if it does not hold exactly one."""
    own = f"{option} takes one file; {hint}"
    content = read_text_file(argument, limit=DOCUMENT_BYTES_MAX, hint=own)
    problem = refused_content(Source(argument, content))
    if problem is not None:
        raise InputError(problem.describe(), hint=hint)
    content = content.removeprefix(codecs.BOM_UTF8)
    value = (
        decoded_json(argument, content, Any, what=_NOT_VALID, hint=hint)
        if content.lstrip()[:1] == b"{"
        else _of_yaml(argument, content, hint)
    )
    if not isinstance(value, dict):
        raise InputError(f"{argument}: expected one mapping", hint=hint)
    return value


def _of_yaml(argument: str, content: bytes, hint: str) -> Any:
    from kubestow.adapters.manifest_yaml import DuplicateKeys, UnfitDocument, YamlError, read_values

    values: list[Any] = []
    reason = ""
    try:
        values += (value for value in read_values(content.decode()) if value is not None)
    except UnicodeDecodeError:
        reason = "is not UTF-8"
    except YamlError as problem:
        reason = str(problem)
    if not reason and len(values) != 1:
        reason = f"expected 1 document, found {len(values)}"
    elif not reason and isinstance(values[0], DuplicateKeys | UnfitDocument):
        reason = str(values[0])
    if reason:
        raise InputError(f"{argument}: {_NOT_VALID}: {reason}", hint=hint)
    return values[0]


def decoded(argument: str, kind: str, value: dict[str, Any], shape: type[Any], hint: str) -> Any:
    """Return a mapping in its wire shape; raise InputError with file, field and hint."""
    try:
        document = Document(argument, kind, "", msgspec.json.encode(value))
        return decode(document, shape)
    except (UnicodeEncodeError, TypeError, OverflowError) as problem:
        raise InputError(f"{argument}: {kind}: {_NOT_VALID}: {problem}", hint=hint) from problem
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
