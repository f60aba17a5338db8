"""The one reader of ClusterConfig files: what they say, with eksctl's own defaults filled in.

A likely slip in a name is a mistake, and so is a field of the other kind of group. Any other field
of a node group that is not known, which a newer eksctl may have, might change the group's nodes:
the group says so (EksctlNodeGroup.unknown). A section of the file that is not known cannot.
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
        unknown = _unknown_names(document)
        shape: ConfigShape = decode(document, ConfigShape)
        return EksctlConfig(
            document.file,
            shape,
            node_groups(shape, unknown),
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


def _unknown_names(document: Document) -> dict[str, tuple[str, ...]]:
    """Return the fields that no node group has, by group; raise FieldError for a likely slip."""
    value: dict[str, Any] = plain_values(document)
    slip = kubestow_file.misspelt(document.file, KIND, "", value, CONFIG_FIELDS)
    if slip is not None:
        raise slip
    unknown = {}
    for section, allowed, others, noun in (
        ("managedNodeGroups", MANAGED_FIELDS, SELF_MANAGED_FIELDS, "managed node group"),
        ("nodeGroups", SELF_MANAGED_FIELDS, MANAGED_FIELDS, "self-managed node group"),
    ):
        groups = value.get(section)
        for number, group in enumerate(groups if isinstance(groups, list) else ()):
            names = [n for n in group if n not in allowed] if isinstance(group, dict) else []
            for name in names:
                meant = did_you_mean(name, sorted(allowed))
                if meant or name in others:
                    field = f"{section}[{number}].{name}"
                    raise FieldError(field, f"is not a field of a {noun}", meant or HINT)
            unknown[f"{section}[{number}]"] = tuple(names)
    return unknown
