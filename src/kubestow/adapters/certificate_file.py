"""Certificate files: a BoundCertificate as JSON, written whole or not at all, read with care.

Law: shape only; whether a certificate proves anything is for kubestow.verify.bound. The shape is
docs/schema/certificate.v1alpha1.json.
"""

import re
from pathlib import Path

import msgspec

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
_PATH = re.compile(r"(.*) - at `\$\.?(.*)`", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")


class _Grid(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    cpu: int
    memory: int
    count_pods: bool


class _Bin(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    node_pool: str
    instance_type: str
    capacity_type: str
    prices: int
    grid: _Grid | None


class _Value(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    nano_usd_per_hour: int
    pods: tuple[str, ...]


class _Wire(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    api_version: str
    kind: str
    region: str
    problem: str
    rung: str
    bound_nano_usd_per_hour: int
    theta: tuple[int, int]
    values: tuple[_Value, ...]
    exclusive: tuple[tuple[str, ...], ...]
    prices: tuple[dict[str, int], ...]
    bins: tuple[_Bin, ...]


_SHAPES: dict[str, type[msgspec.Struct]] = {
    "": _Wire, "values": _Value, "bins": _Bin, "grid": _Grid,
}  # fmt: skip


def write_certificate(path: str | Path, certificate: Certificate) -> None:
    """Write a certificate; a file of that name stays as it was until the new one is whole."""
    write_whole(path, _encoded(certificate))


def _encoded(certificate: Certificate) -> bytes:
    wire = _Wire(
        API_VERSION,
        KIND,
        certificate.region,
        certificate.problem,
        certificate.rung,
        certificate.bound_nano_usd_per_hour,
        certificate.theta,
        tuple(_Value(value.nano_usd_per_hour, value.pods) for value in certificate.values),
        certificate.exclusive,
        tuple(dict(sorted(prices.items())) for prices in certificate.prices),
        tuple(
            _Bin(
                proof.node_pool,
                proof.instance_type,
                proof.capacity_type,
                proof.prices,
                None
                if proof.grid is None
                else _Grid(proof.grid.cpu, proof.grid.memory, proof.grid.count_pods),
            )
            for proof in certificate.bins
        ),
    )
    return msgspec.json.format(msgspec.json.encode(wire), indent=1) + b"\n"


def read_certificate(name: str) -> Certificate:
    """Read a certificate file; raise InputError for what is wrong with it."""
    try:
        content = Path(name).read_bytes()
    except OSError as problem:
        raise InputError(f"{name}: {problem.strerror or problem}", hint=_HINT) from problem
    try:
        wire = msgspec.json.decode(content, type=_Wire)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
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


def _proof(item: _Bin) -> BinProof:
    grid = (
        None
        if item.grid is None
        else CertificateGrid(item.grid.cpu, item.grid.memory, item.grid.count_pods)
    )
    return BinProof(item.node_pool, item.instance_type, item.capacity_type, item.prices, grid)


def _mistake(name: str, problem: Exception) -> InputError:
    """Say which field is wrong, and what was expected."""
    match = _PATH.fullmatch(str(problem))
    message, field = (match[1], match[2]) if match else (str(problem), "")
    unknown = _UNKNOWN.fullmatch(message)
    hint = _HINT
    if unknown is not None:
        level = re.sub(r"\[.*?\]", "", field).rpartition(".")[2]
        known = [item.encode_name for item in msgspec.structs.fields(_SHAPES[level])]
        hint = did_you_mean(unknown[1], known) or f"expected one of {', '.join(known)}"
        field, message = f"{field}.{unknown[1]}".strip("."), "is not a field of a certificate"
    return InputError(": ".join(part for part in (name, field, message) if part), hint=hint)
