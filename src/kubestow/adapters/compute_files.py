"""The files of 'compare': Fargate profiles, and your own machines.

Profiles are the fargateProfiles of an eksctl ClusterConfig, whose other fields are ignored. Nothing
in a Machines file is ignored: an unknown field is an error.
"""

import msgspec

from kubestow.adapters import kubestow_file
from kubestow.adapters.eksctl.fargate_profiles import fargate_profiles
from kubestow.adapters.eksctl.wire import KIND, ProfileShape
from kubestow.adapters.field_error import FieldError
from kubestow.model.fargate_profile import FargateProfile
from kubestow.model.instance_type import NANO_USD
from kubestow.model.machine import Machine
from kubestow.model.quantity import QuantityError, parse_quantity, value

API_VERSION = "kubestow.dev/v1alpha1"
_MACHINES_HINT = "docs/schema/machines.v1alpha1.json and examples/machines.yaml show the format"
_PROFILES_HINT = (
    "write fargateProfiles: [{name: web, selectors: [{namespace: shop, labels: {app: web}}]}], "
    "as in an eksctl ClusterConfig"
)
_COUNT_MAX = 100_000


class _Profiles(msgspec.Struct, rename="camel"):
    fargate_profiles: list[ProfileShape] | None = None


class _Machine(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    name: str | None = None
    vcpu: int | None = None
    memory: str | None = None
    count: int = 1
    pods: int = 110
    architecture: str = "amd64"
    zone: str = ""
    labels: dict[str, str] | None = None
    usd_per_hour: int | float = 0
    source: str = ""


class _Machines(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    api_version: str
    kind: str
    machines: list[_Machine]


def read_profiles(name: str) -> tuple[FargateProfile, ...]:
    """Read Fargate profiles; raise InputError for the first error in them."""
    hint = _PROFILES_HINT
    value = kubestow_file.read_mapping("--fargate-profiles", name, hint)
    wire: _Profiles = kubestow_file.decoded(name, KIND, value, _Profiles, hint)
    try:
        if not wire.fargate_profiles:
            raise FieldError("fargateProfiles", "is missing or empty", hint)
        return fargate_profiles(wire.fargate_profiles)
    except FieldError as mistake:
        raise kubestow_file.refused(name, KIND, mistake, hint) from mistake


def read_machines(name: str) -> tuple[Machine, ...]:
    """Read machines; raise InputError for the first error in them."""
    kind, hint = "Machines", _MACHINES_HINT
    value = kubestow_file.read_mapping("--machines", name, hint)
    wire: _Machines = kubestow_file.decoded(name, kind, value, _Machines, hint)
    try:
        if (wire.api_version, wire.kind) != (API_VERSION, kind):
            actual = f"{wire.api_version} {wire.kind}"
            raise FieldError("kind", f"expected {API_VERSION} {kind}, found {actual}", hint)
        if not wire.machines:
            raise FieldError("machines", "is empty", hint)
        machines = tuple(_machine(item, i) for i, item in enumerate(wire.machines))
        names = [machine.name for machine in machines]
        for i, machine in enumerate(machines):
            if machine.name in names[:i]:
                raise FieldError(f"machines[{i}].name", f"duplicate name {machine.name!r}",
                                 "use a unique name for each")  # fmt: skip
        return machines
    except FieldError as mistake:
        raise kubestow_file.refused(name, kind, mistake, hint) from mistake


def _machine(item: _Machine, index: int) -> Machine:
    path = f"machines[{index}]"
    if not item.name:
        raise FieldError(f"{path}.name", "is missing", _MACHINES_HINT)
    for field, number in (("vcpu", item.vcpu), ("count", item.count), ("pods", item.pods)):
        if number is None or not 1 <= number <= _COUNT_MAX:
            raise FieldError(f"{path}.{field}", f"{number} is not a whole number from 1 to "
                             f"{_COUNT_MAX}", _MACHINES_HINT)  # fmt: skip
    if item.architecture not in ("amd64", "arm64"):
        raise FieldError(f"{path}.architecture", f"unknown architecture {item.architecture!r}",
                         "expected amd64 or arm64")  # fmt: skip
    if not 0 <= item.usd_per_hour <= 10_000:
        raise FieldError(f"{path}.usdPerHour", f"{item.usd_per_hour} is out of range",
                         "use USD per hour, from 0 to 10000")  # fmt: skip
    try:
        memory = value(parse_quantity(item.memory or ""))
    except QuantityError as problem:
        raise FieldError(f"{path}.memory", str(problem), "use a quantity such as 64Gi") from problem
    assert item.vcpu is not None
    return Machine(
        item.name,
        item.vcpu,
        memory,
        item.count,
        item.pods,
        item.architecture,
        item.zone,
        tuple(sorted((item.labels or {}).items())),
        round(item.usd_per_hour * NANO_USD),
        item.source,
    )
