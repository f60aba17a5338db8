"""Warm start files: the result of one solve as the start of the next, as JSON.

Only the format is checked here. A missing file is not an error; any other content is.
"""

import os
from pathlib import Path

import msgspec

from kubestow.adapters.input_file import TABLE_BYTES_MAX, decoded_json, read_file
from kubestow.adapters.whole_file import write_whole
from kubestow.model.input_error import InputError
from kubestow.model.warm_start import WarmLoad, WarmStart

API_VERSION, KIND = "kubestow.dev/v1alpha1", "WarmStart"
_VALUE_MAX = 10**15  # a million USD per hour for one pod


class _Load(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    node_pool: str
    instance_type: str
    capacity_type: str
    zone: str
    pods: dict[str, int]
    nodes: int


class _Wire(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    api_version: str
    kind: str
    values: dict[str, int]
    loads: tuple[_Load, ...]


def write_warm_start(path: str | Path, start: WarmStart) -> None:
    """Write a warm start atomically."""
    loads = tuple(
        _Load(
            load.node_pool,
            load.instance_type,
            load.capacity_type,
            load.zone,
            dict(load.pods),
            load.nodes,
        )
        for load in start.loads
    )
    wire = _Wire(API_VERSION, KIND, dict(start.values), loads)
    write_whole(path, msgspec.json.encode(wire) + b"\n")


def read_warm_start(name: str) -> WarmStart | None:
    """Read a warm start; return None if the file does not exist.

    Raise InputError if write_warm_start did not write it.
    """
    hint = "pass the file of an earlier 'kubestow plan --warm-start FILE', or a new file name"
    if not os.path.exists(name):
        return None
    content = read_file(name, limit=TABLE_BYTES_MAX, hint=hint)
    wire: _Wire = decoded_json(name, content, _Wire, what="not a warm start", hint=hint)
    if (wire.api_version, wire.kind) != (API_VERSION, KIND):
        actual = f"{wire.api_version} {wire.kind}"
        raise InputError(f"{name}: expected {API_VERSION} {KIND}, found {actual}", hint=hint)
    pods = [count for load in wire.loads for count in load.pods.values()]
    nodes = [load.nodes for load in wire.loads]
    values = list(wire.values.values())
    for numbers, least, most in ((values, 0, _VALUE_MAX), (pods, 1, 2**31), (nodes, 0, 2**31)):
        if not all(least <= number <= most for number in numbers):
            raise InputError(f"{name}: not a warm start: a number is out of range", hint=hint)
    if not all(load.pods for load in wire.loads):
        raise InputError(f"{name}: not a warm start: a load has no pods", hint=hint)
    return WarmStart(
        tuple(sorted(wire.values.items())),
        tuple(
            WarmLoad(
                load.node_pool,
                load.instance_type,
                load.capacity_type,
                load.zone,
                tuple(sorted(load.pods.items())),
                load.nodes,
            )
            for load in wire.loads
        ),
    )
