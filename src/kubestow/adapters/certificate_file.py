"""Certificate files: a BoundCertificate as JSON.

The wire types here are the source of docs/schema/certificate.v1alpha1.json. kubestow.verify.bound
checks the constraints that only the schema states, and whether a certificate is a proof.
"""

import re
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from kubestow.adapters.input_file import TABLE_BYTES_MAX, decoded_json, read_file
from kubestow.adapters.whole_file import write_whole
from kubestow.model.certificate import (
    BinProof,
    Certificate,
    CertificateGrid,
    PodValue,
)
from kubestow.model.input_error import InputError
from kubestow.model.suggestion import did_you_mean

API_VERSION, KIND = "kubestow.dev/v1alpha1", "BoundCertificate"
_HINT = (
    "docs/schema/certificate.v1alpha1.json shows the format; 'kubestow plan --certificate FILE' \
writes one"
)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")


_OneOrMore = Annotated[int, Meta(extra_json_schema={"minimum": 1})]
_ZeroOrMore = Annotated[int, Meta(extra_json_schema={"minimum": 0})]
_PodKey = Annotated[str, Meta(description="namespace/name")]


class GridWire(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The cells that loads are counted in."""

    cpu: Annotated[_OneOrMore, Meta(description="Millicpu a cell.")]
    memory: Annotated[_OneOrMore, Meta(description="Bytes a cell.")]
    count_pods: Annotated[
        bool, Meta(description="Whether pods are counted one by one instead of being priced.")
    ]


class BinProofWire(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """How to see that an offering carries no more than its price allows."""

    node_pool: str
    instance_type: str
    capacity_type: str
    prices: Annotated[_ZeroOrMore, Meta(description="An index into prices.")]
    grid: Annotated[
        GridWire | None, Meta(description="Cells of cpu and memory; null where prices are enough.")
    ]


class PodValueWire(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """How much each of some pods counts in the bound."""

    nano_usd_per_hour: _ZeroOrMore
    pods: tuple[_PodKey, ...]


class BoundCertificateWire(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What 'kubestow plan --certificate FILE' writes and 'kubestow verify-bound FILE' checks.

    It is a lower bound on the hourly cost of any fleet that carries the pods listed, with hints how
    to see it. docs/designs/0004-certificate.md says why it is a proof.
    """

    api_version: Annotated[str, Meta(extra_json_schema={"const": API_VERSION})]
    kind: Annotated[str, Meta(extra_json_schema={"const": KIND})]
    region: Annotated[str, Meta(description="The AWS region.")]
    problem: Annotated[
        str,
        Meta(
            description="The digest of the input: pods, nodes, NodePools, DaemonSets, volumes, and "
            "the catalog's types and prices.",
            extra_json_schema={"pattern": "^sha256:[0-9a-f]{64}$"},
        ),
    ]
    rung: Annotated[
        str,
        Meta(
            description="How the bound was found.",
            extra_json_schema={"enum": ["L1", "L2", "L4"]},
        ),
    ]
    bound_nano_usd_per_hour: Annotated[
        int, Meta(description="The bound in billionths of a USD an hour.")
    ]
    theta: Annotated[
        tuple[_OneOrMore, _OneOrMore],
        Meta(
            description="Numerator and denominator of a fraction of at least 1: no offering "
            "carries pods worth more than theta times its price."
        ),
    ]
    values: Annotated[
        tuple[PodValueWire, ...],
        Meta(description="How much pods count in the bound; each pod is listed at most once."),
    ]
    exclusive: Annotated[
        tuple[tuple[_PodKey, ...], ...],
        Meta(description="Lists of pods of which a node runs at most one."),
    ]
    prices: Annotated[
        tuple[dict[str, _ZeroOrMore], ...],
        Meta(
            description="Prices of resources: nano-USD an hour times 2^40 for a millicpu, a byte, "
            "a pod, a unit or an EBS volume. exclusive/<index> prices a list as a resource of "
            "which each node has one and each member requests one. A resource that is not listed "
            "costs nothing."
        ),
    ]
    bins: Annotated[
        tuple[BinProofWire, ...],
        Meta(
            description="Hints: which prices show that an offering carries no more than its price "
            "allows, and which cells where prices alone do not."
        ),
    ]


_SHAPES: dict[str, type[msgspec.Struct]] = {
    "": BoundCertificateWire, "values": PodValueWire, "bins": BinProofWire, "grid": GridWire,
}  # fmt: skip


def write_certificate(path: str | Path, certificate: Certificate) -> None:
    """Write a certificate atomically: an existing file stays until the new one is complete."""
    write_whole(path, _encoded(certificate))


def _encoded(certificate: Certificate) -> bytes:
    wire = BoundCertificateWire(
        API_VERSION,
        KIND,
        certificate.region,
        certificate.problem,
        certificate.rung,
        certificate.bound_nano_usd_per_hour,
        certificate.theta,
        tuple(PodValueWire(value.nano_usd_per_hour, value.pods) for value in certificate.values),
        certificate.exclusive,
        tuple(dict(sorted(prices.items())) for prices in certificate.prices),
        tuple(
            BinProofWire(
                proof.node_pool,
                proof.instance_type,
                proof.capacity_type,
                proof.prices,
                None
                if proof.grid is None
                else GridWire(proof.grid.cpu, proof.grid.memory, proof.grid.count_pods),
            )
            for proof in certificate.bins
        ),
    )
    return msgspec.json.format(msgspec.json.encode(wire), indent=1) + b"\n"


def read_certificate(name: str) -> Certificate:
    """Read a certificate file; raise InputError if it is invalid."""
    content = read_file(name, limit=TABLE_BYTES_MAX, hint=_HINT)
    try:
        wire: BoundCertificateWire = decoded_json(name, content, BoundCertificateWire, hint=_HINT)
    except InputError as problem:
        raise _mistake(name, problem) from problem
    if (wire.api_version, wire.kind) != (API_VERSION, KIND):
        raise InputError(
            f"{name}: expected {API_VERSION} {KIND}, found {wire.api_version} {wire.kind}",
            hint=_HINT,
        )
    return Certificate(
        wire.region,
        wire.problem,
        wire.rung,
        wire.bound_nano_usd_per_hour,
        wire.theta,
        tuple(PodValue(value.nano_usd_per_hour, value.pods) for value in wire.values),
        wire.exclusive,
        wire.prices,
        tuple(_proof(item) for item in wire.bins),
    )


def _proof(item: BinProofWire) -> BinProof:
    grid = (
        None
        if item.grid is None
        else CertificateGrid(item.grid.cpu, item.grid.memory, item.grid.count_pods)
    )
    return BinProof(item.node_pool, item.instance_type, item.capacity_type, item.prices, grid)


def _mistake(name: str, problem: InputError) -> InputError:
    """Return the error with the names of the fields where one is not known."""
    field, _, message = problem.message.removeprefix(f"{name}: ").rpartition(": ")
    unknown = _UNKNOWN.fullmatch(message)
    if unknown is None:
        return problem
    level = re.sub(r"\[.*?\]", "", field).rpartition(".")[2]
    names = [item.encode_name for item in msgspec.structs.fields(_SHAPES[level])]
    hint = did_you_mean(unknown[1], names) or f"expected one of {', '.join(names)}"
    field = f"{field}.{unknown[1]}".strip(".")
    return InputError(f"{name}: {field}: unknown field", hint=hint)
