"""Files that say what 'compare' compares with: Fargate profiles, and machines of one's own.

Law: profiles stand where eksctl has them (fargateProfiles of a ClusterConfig, whose other fields
are not looked at); everything a Machines file says either counts or is a mistake.
"""

from pathlib import Path

import msgspec

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.errors import FieldError, InputError, Problem
from kubestow.adapters.kubernetes.decoding import decode
from kubestow.adapters.sources import read_sources
from kubestow.model.fargate_profile import Profile
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


class _Selector(msgspec.Struct):
    namespace: str | None = None
    labels: dict[str, str] | None = None


class _Profile(msgspec.Struct):
    name: str | None = None
    selectors: list[_Selector] | None = None


class _Profiles(msgspec.Struct, rename="camel"):
    fargate_profiles: list[_Profile] | None = None


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


def read_profiles(name: str) -> tuple[Profile, ...]:
    """Read Fargate profiles; raise InputError for what is wrong with them."""
    document = _only(name, "--fargate-profiles", _PROFILES_HINT)
    try:
        wire: _Profiles = decode(document, _Profiles)
        if not wire.fargate_profiles:
            raise FieldError("fargateProfiles", "is missing or empty", _PROFILES_HINT)
        return tuple(_profile(item, i) for i, item in enumerate(wire.fargate_profiles))
    except FieldError as mistake:
        raise _mistake(document, "ClusterConfig", mistake) from mistake


def read_machines(name: str) -> tuple[Machine, ...]:
    """Read machines; raise InputError for what is wrong with them."""
    document = _only(name, "--machines", _MACHINES_HINT)
    try:
        wire: _Machines = decode(document, _Machines)
        if (wire.api_version, wire.kind) != (API_VERSION, "Machines"):
            found = f"{wire.api_version} {wire.kind}"
            raise FieldError("kind", f"expected {API_VERSION} Machines, found {found}",
                             _MACHINES_HINT)  # fmt: skip
        if not wire.machines:
            raise FieldError("machines", "is empty", _MACHINES_HINT)
        found_machines = tuple(_machine(item, i) for i, item in enumerate(wire.machines))
        names = [machine.name for machine in found_machines]
        for i, machine in enumerate(found_machines):
            if machine.name in names[:i]:
                raise FieldError(f"machines[{i}].name", f"{machine.name} is there twice",
                                 "give every kind of machine a name of its own")  # fmt: skip
        return found_machines
    except FieldError as mistake:
        raise _mistake(document, "Machines", mistake) from mistake


def _only(name: str, option: str, hint: str) -> Document:
    if Path(name).is_dir() or not Path(name).exists():
        raise InputError(f"{name or option}: no such file", hint=f"{option} takes one file; {hint}")
    problems: list[Problem] = []
    documents = [d for s in read_sources([name], problems) for d in read_documents(s, problems)]
    if problems:
        raise InputError(problems[0].describe(), hint=hint)
    if len(documents) != 1:
        raise InputError(f"{name}: expected one object, found {len(documents)}", hint=hint)
    return documents[0]


def _mistake(document: Document, kind: str, mistake: FieldError) -> InputError:
    problem = Problem(document.file, kind, mistake.field, mistake.message, mistake.hint)
    return InputError(problem.describe(), hint=problem.hint)


def _profile(item: _Profile, index: int) -> Profile:
    path = f"fargateProfiles[{index}]"
    if not item.name:
        raise FieldError(f"{path}.name", "is missing", _PROFILES_HINT)
    if not item.selectors:
        raise FieldError(f"{path}.selectors", "is missing or empty", _PROFILES_HINT)
    selectors = []
    for i, selector in enumerate(item.selectors):
        if not selector.namespace:
            raise FieldError(f"{path}.selectors[{i}].namespace", "is missing", _PROFILES_HINT)
        selectors.append((selector.namespace, tuple(sorted((selector.labels or {}).items()))))
    return Profile(item.name, tuple(selectors))


def _machine(item: _Machine, index: int) -> Machine:
    path = f"machines[{index}]"
    if not item.name:
        raise FieldError(f"{path}.name", "is missing", _MACHINES_HINT)
    for field, number in (("vcpu", item.vcpu), ("count", item.count), ("pods", item.pods)):
        if number is None or not 1 <= number <= _COUNT_MAX:
            raise FieldError(f"{path}.{field}", f"{number} is not a whole number from 1 to "
                             f"{_COUNT_MAX}", _MACHINES_HINT)  # fmt: skip
    if item.architecture not in ("amd64", "arm64"):
        raise FieldError(f"{path}.architecture", f"{item.architecture!r} is not known",
                         "choose from amd64, arm64")  # fmt: skip
    if not 0 <= item.usd_per_hour <= 10_000:
        raise FieldError(f"{path}.usdPerHour", f"{item.usd_per_hour} is not a price",
                         "give USD an hour, zero or more")  # fmt: skip
    try:
        memory = value(parse_quantity(item.memory or ""))
    except QuantityError as problem:
        raise FieldError(f"{path}.memory", str(problem), "write it like 64Gi") from problem
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
