"""The one reader of ClusterConfig files: what they say, with eksctl's own defaults filled in.

A field of a node group that eksctl does not know is a mistake, as it is to eksctl: it might change
the group's nodes. A section of the file that is not known cannot: only a likely slip is refused.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from kubestow.adapters import kubestow_file
from kubestow.adapters.documents import Document, plain_values, read_documents
from kubestow.adapters.eksctl.fargate_profiles import fargate_profiles
from kubestow.adapters.eksctl.node_group import EksctlNodeGroup, node_groups
from kubestow.adapters.eksctl.vpc_cni import networking
from kubestow.adapters.eksctl.wire import (
    API_VERSION,
    CONFIG_FIELDS,
    KIND,
    MANAGED_FIELDS,
    SELF_MANAGED_FIELDS,
    ConfigShape,
)
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.decoding import decode
from kubestow.adapters.kubernetes.known_fields import Findings, findings
from kubestow.adapters.kubernetes.remarks import Remarks
from kubestow.adapters.sources import read_sources
from kubestow.model.fargate_profile import FargateProfile
from kubestow.model.input_error import InputError, InputProblem
from kubestow.model.nodepool import Networking
from kubestow.model.suggestion import did_you_mean

HINT = "'eksctl utils schema' prints the fields of a ClusterConfig"
_HEAD_HINT = (
    f"write apiVersion: {API_VERSION} and kind: {KIND}; manifests go to -f, NodePools to --nodepool"
)


@dataclass(frozen=True, slots=True)
class EksctlConfig:
    """A ClusterConfig: ``shape`` as it is written, the rest as eksctl reads it."""

    file: str
    shape: ConfigShape
    groups: tuple[EksctlNodeGroup, ...]
    profiles: tuple[FargateProfile, ...]
    networking: Networking
    remarks: tuple[str, ...] = ()
    """The fields that are set and not modelled, each with what is planned instead."""


def is_config(document: Document) -> bool:
    """Return whether a document is a ClusterConfig, of whatever version."""
    return document.kind == KIND and document.api_version.startswith("eksctl.io/")


def read_configs(arguments: list[str]) -> tuple[EksctlConfig, ...]:
    """Read every ClusterConfig of the files; raise InputError for the first mistake in them."""
    problems: list[InputProblem] = []
    documents = [d for s in read_sources(arguments, problems) for d in read_documents(s, problems)]
    if problems:
        raise InputError(problems[0].describe(), hint=problems[0].hint)
    if not documents:
        raise InputError(f"{', '.join(arguments)}: no {KIND} in it", hint=_HEAD_HINT)
    return tuple(read_config(document) for document in documents)


def read_config(document: Document) -> EksctlConfig:
    """Return what a document says; raise InputError for the first mistake in it."""
    if (document.api_version, document.kind) != (API_VERSION, KIND):
        head = f"{document.api_version or 'no apiVersion'} {document.kind}"
        raise InputError(
            f"{document.file}: expected {API_VERSION} {KIND}, found {head}", hint=_HEAD_HINT
        )
    try:
        _check_names(document)
        shape: ConfigShape = decode(document, ConfigShape)
        return EksctlConfig(
            document.file,
            shape,
            node_groups(shape),
            fargate_profiles(shape.fargate_profiles),
            networking(shape.addons),
            tuple(_remarks(document)),
        )
    except FieldError as mistake:
        raise kubestow_file.refused(document.file, KIND, mistake, HINT) from mistake


def _remarks(document: Document) -> Iterator[str]:
    remarks = Remarks()
    found = findings(document)
    remarks.add(KIND, Findings(not_modelled=found.not_modelled))
    yield from remarks.lines()


def only(files: Iterable[str]) -> None:
    """Raise InputError where there is more than one ClusterConfig."""
    named = list(files)
    if len(named) > 1:
        raise InputError(
            f"{len(named)} {KIND}s: {', '.join(named)}", hint="check clusters one by one"
        )


def _check_names(document: Document) -> None:
    value: dict[str, Any] = plain_values(document)
    slip = kubestow_file.misspelt(document.file, KIND, "", value, CONFIG_FIELDS)
    if slip is not None:
        raise slip
    for section, allowed, noun in (
        ("managedNodeGroups", MANAGED_FIELDS, "managed node group"),
        ("nodeGroups", SELF_MANAGED_FIELDS, "self-managed node group"),
    ):
        groups = value.get(section)
        for number, group in enumerate(groups if isinstance(groups, list) else ()):
            for name in group if isinstance(group, dict) else ():
                if name not in allowed:
                    raise FieldError(
                        f"{section}[{number}].{name}",
                        f"is not a field of a {noun}",
                        did_you_mean(name, sorted(allowed)) or HINT,
                    )
