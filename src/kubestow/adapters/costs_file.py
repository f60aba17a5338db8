"""The costs file: what a node costs beyond the catalog's prices, in YAML or JSON.

Nothing in the file is ignored: an unknown field or label is an error with a hint. The format is
docs/schema/costs.v1alpha1.json.
"""

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import msgspec

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.input_file import STDIN, opened
from kubestow.adapters.kubernetes.decoding import decode
from kubestow.adapters.sources import read_sources
from kubestow.model import labels as names
from kubestow.model.costs import ROOT_VOLUME, Costs, Extra, Match, Override, Reservation
from kubestow.model.input_error import InputError, InputProblem
from kubestow.model.instance_type import NANO_USD, ON_DEMAND
from kubestow.model.suggestion import did_you_mean

API_VERSION, KIND = "kubestow.dev/v1alpha1", "Costs"
HOURS_PER_MONTH = 730
_USD_PER_HOUR_MAX = 10_000
_HINT = "docs/schema/costs.v1alpha1.json and examples/costs.yaml show the format"
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_LABELS = (
    names.WELL_KNOWN
    - names.AUTO_MODE_LABELS
    - {names.HOSTNAME, names.NODEPOOL, names.NODE_CLASS, names.REGISTERED, names.INITIALIZED}
)
_PRICE_HINT = "set either usdPerHour or usdPerMonth (730 hours)"
_COUNT_MAX = 5_000
_NODE_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?", re.ASCII)

_Number = int | float


class _Entry(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    name: str | None = None
    usd_per_hour: _Number | None = None
    usd_per_month: _Number | None = None
    match: dict[str, list[str]] | None = None
    source: str | None = None
    estimate: bool = False


class _Price(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    name: str | None = None
    usd_per_hour: _Number | None = None
    discount: _Number | None = None
    match: dict[str, list[str]] | None = None
    source: str | None = None
    estimate: bool = False


class _Volume(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    gib: _Number | None = None
    usd_per_gib_month: _Number | None = None
    source: str | None = None
    estimate: bool = False


class _Address(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    usd_per_hour: _Number | None = None
    source: str | None = None
    estimate: bool = False


class _Reservation(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    name: str | None = None
    instance_type: str | None = None
    zone: str | None = None
    count: int | None = None
    usd_per_hour: _Number | None = None
    node_pool: str | None = None
    source: str | None = None


class _Wire(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    api_version: str
    kind: str
    per_node: list[_Entry] | None = None
    per_vcpu: list[_Entry] | None = None
    root_volume: _Volume | None = None
    public_ipv4: _Address | None = None
    prices: list[_Price] | None = None
    reservations: list[_Reservation] | None = None


_SHAPES: dict[str, type[msgspec.Struct]] = {
    "": _Wire, "perNode": _Entry, "perVcpu": _Entry, "rootVolume": _Volume,
    "publicIpv4": _Address, "prices": _Price, "reservations": _Reservation,
}  # fmt: skip


def read_costs(argument: str) -> Costs:
    """Read a costs file; raise InputError for the first error in it."""
    if argument != STDIN:
        opened(argument or "--costs", hint=f"--costs takes one file; {_HINT}").close()
    problems: list[InputProblem] = []
    documents = [d for s in read_sources([argument], problems) for d in read_documents(s, problems)]
    if problems:
        hint = problems[0].hint.replace("Kubernetes objects", f"one object of kind {KIND}")
        raise InputError(problems[0].describe(), hint=hint)
    if [(d.api_version, d.kind) for d in documents] != [(API_VERSION, KIND)]:
        kinds = ", ".join(f"{d.api_version or '?'} {d.kind}" for d in documents) or "nothing"
        raise InputError(
            f"{argument}: expected one object of kind {KIND}, found {kinds}",
            hint=f"the file starts with apiVersion: {API_VERSION} and kind: {KIND}; {_HINT}",
        )
    (document,) = documents
    try:
        return _costs(_decoded(document), document.file)
    except FieldError as mistake:
        problem = InputProblem(document.file, KIND, mistake.field, mistake.message, mistake.hint)
        raise InputError(problem.describe(), hint=problem.hint) from mistake


def _decoded(document: Document) -> _Wire:
    try:
        wire: _Wire = decode(document, _Wire)
    except FieldError as mistake:
        unknown = _UNKNOWN.fullmatch(mistake.message)
        if unknown is None:
            hint = _HINT if "kubectl" in mistake.hint else mistake.hint
            raise FieldError(mistake.field, mistake.message, hint) from mistake
        name, level = unknown[1], mistake.field.partition("[")[0]
        fields = [field.encode_name for field in msgspec.structs.fields(_SHAPES[level])]
        raise FieldError(
            f"{mistake.field}.{name}" if mistake.field else name,
            f"is not a field of {level or KIND}",
            did_you_mean(name, fields) or f"expected one of {', '.join(fields)}",
        ) from mistake
    return wire


def _costs(wire: _Wire, file: str) -> Costs:
    costs = Costs(
        file,
        extras=(
            *(_extra(e, f"perNode[{i}]", file) for i, e in enumerate(wire.per_node or ())),
            *(
                _extra(e, f"perVcpu[{i}]", file, per_vcpu=True)
                for i, e in enumerate(wire.per_vcpu or ())
            ),
            *_of_every_node(wire, file),
        ),
        overrides=tuple(
            _override(e, f"prices[{i}]", file) for i, e in enumerate(wire.prices or ())
        ),
        reservations=tuple(
            _reservation(e, f"reservations[{i}]", file)
            for i, e in enumerate(wire.reservations or ())
        ),
    )
    named = (*costs.entries, *costs.reservations)
    for name, times in Counter(entry.name for entry in named).items():
        if times > 1:
            raise FieldError(
                "", f"{times} entries are named {name!r}", "use a unique name for each"
            )
    return costs


def _extra(entry: _Entry, field: str, file: str, *, per_vcpu: bool = False) -> Extra:
    hourly, monthly = entry.usd_per_hour, entry.usd_per_month
    name = _name(entry.name, field)
    if (hourly is None) == (monthly is None):
        raise FieldError(field, f"{name} needs exactly one price", _PRICE_HINT)
    if hourly is not None:
        usd = _amount(hourly, f"{field}.usdPerHour")
    else:
        usd = _amount(monthly, f"{field}.usdPerMonth") / HOURS_PER_MONTH
    return Extra(
        name,
        _nano(usd, field),
        entry.source or file,
        _match(entry.match, f"{field}.match"),
        per_vcpu=per_vcpu,
        is_estimate=entry.estimate,
    )


def _of_every_node(wire: _Wire, file: str) -> Iterator[Extra]:
    volume, address = wire.root_volume, wire.public_ipv4
    if volume is not None:
        gib = _amount(volume.gib, "rootVolume.gib")
        usd = gib * _amount(volume.usd_per_gib_month, "rootVolume.usdPerGibMonth")
        nano = _nano(usd / HOURS_PER_MONTH, "rootVolume")
        yield Extra(ROOT_VOLUME, nano, volume.source or file, is_estimate=volume.estimate)
    if address is not None:
        nano = _nano(_amount(address.usd_per_hour, "publicIpv4.usdPerHour"), "publicIpv4")
        yield Extra("publicIpv4", nano, address.source or file, is_estimate=address.estimate)


def _override(entry: _Price, field: str, file: str) -> Override:
    """Read a price; it applies to on-demand unless its match names the capacity type."""
    name, price, discount = _name(entry.name, field), entry.usd_per_hour, entry.discount
    if (price is None) == (discount is None):
        raise FieldError(
            field, f"{name} needs exactly one price", "set either usdPerHour or discount"
        )
    match = _match(entry.match, f"{field}.match")
    if names.CAPACITY_TYPE not in dict(match):
        match = (*match, (names.CAPACITY_TYPE, (ON_DEMAND,)))
    nano, billionths = None, 0
    if price is not None:
        nano = _nano(_amount(price, f"{field}.usdPerHour"), field)
        if not nano:
            raise FieldError(
                f"{field}.usdPerHour",
                "must be greater than 0",
                "set the instance's price; list reserved instances under reservations",
            )
    else:
        billionths = round(_amount(discount, f"{field}.discount") * 10**9)
        if billionths >= 10**9:
            raise FieldError(
                f"{field}.discount",
                f"{discount} is not below 1",
                "use a fraction of the price: 0.28 for 28 %",
            )
    return Override(name, nano, entry.source or file, match, billionths, entry.estimate)


def _reservation(entry: _Reservation, field: str, file: str) -> Reservation:
    name, price = _name(entry.name, field), entry.usd_per_hour
    if not _NODE_NAME.fullmatch(name):
        raise FieldError(
            f"{field}.name",
            f"{name!r} cannot be part of a node name",
            "use at most 40 lowercase letters, digits and dashes, such as m6i-2025",
        )
    if not entry.instance_type:
        raise FieldError(f"{field}.instanceType", "is missing", "set one type, such as m6i.4xlarge")
    if entry.count is None or not 1 <= entry.count <= _COUNT_MAX:
        wrong = "is missing" if entry.count is None else f"{entry.count} is out of range"
        raise FieldError(f"{field}.count", wrong, f"use a whole number from 1 to {_COUNT_MAX}")
    where = f"{field}.usdPerHour"
    return Reservation(
        name,
        entry.instance_type,
        entry.count,
        None if price is None else _nano(_amount(price, where), where),
        entry.source or file,
        entry.zone or "",
        entry.node_pool or "",
    )


def _name(name: str | None, field: str) -> str:
    if not name or not name.strip():
        raise FieldError(
            f"{field}.name", "is missing", "name the entry; the plan lists its cost by name"
        )
    return name.strip()


def _amount(number: _Number | None, field: str) -> Fraction:
    if number is None:
        raise FieldError(field, "is missing", _HINT)
    if number < 0:
        raise FieldError(field, f"{number} is negative", "use zero or more")
    return Fraction(repr(number))


def _nano(usd_per_hour: Fraction, field: str) -> int:
    if usd_per_hour > _USD_PER_HOUR_MAX:
        raise FieldError(
            field,
            f"{float(usd_per_hour):g} USD/h is higher than the price of any node",
            f"use at most {_USD_PER_HOUR_MAX} USD/h; prices are in USD, not in cents",
        )
    return round(usd_per_hour * NANO_USD)


def _match(match: dict[str, list[str]] | None, field: str) -> Match:
    labels = []
    for key, values in (match or {}).items():
        name, where = names.normalised(key), f"{field}.{key}"
        if name not in _LABELS:
            raise FieldError(
                where,
                "is not a label of instance types",
                did_you_mean(key, sorted(_LABELS))
                or f"use a label such as {names.INSTANCE_TYPE}, {names.ARCH}, "
                f"{names.CAPACITY_TYPE} or {names.AWS_PREFIX}instance-family",
            )
        if not values:
            raise FieldError(where, "has no values", "list at least one value, or omit the label")
        labels.append((name, tuple(values)))
    return tuple(labels)
