"""The catalog command's options, and the values they become.

A value out of range is an InputError that says what is allowed; nothing is read or written here.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from cyclopts import Parameter, Token

from kubestow.model.currency import CurrencyError, currency
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import SPOT, Catalog, InstanceType
from kubestow.model.nodepool import MIB, Networking, NodeClass
from kubestow.model.quantity import QuantityError, parse_quantity, value
from kubestow.model.suggestion import did_you_mean
from kubestow.views.catalog_view import TypeOffers
from kubestow.views.instance_type_view import ListedInstanceTypeView
from kubestow.views.settings import Settings

_HOURS_MAX = 8784  # a leap year's
_BOTTLEROCKET_BLOCK_DEVICES = 2  # the root volume and the data volume


def choice(annotation: Any, tokens: Sequence[Token]) -> str:
    """Return the one allowed word a token means; raise InputError with the closest one."""
    token = tokens[0]
    known = [word for word in _literals(annotation) if isinstance(word, str)]
    for word in known:
        if word.lower() == token.value.strip().lower():
            return word
    name = token.keyword or "the argument"
    raise InputError(
        f"{token.value!r} is not a valid value of {name}",
        hint=did_you_mean(token.value, known) or f"choose from: {', '.join(known)}",
    )


def _literals(annotation: Any) -> Iterator[Any]:
    for inner in get_args(annotation):
        yield from _literals(inner) if get_args(inner) else (inner,)


Architecture = Annotated[Literal["amd64", "arm64"], Parameter(converter=choice)]
CapacityType = Annotated[Literal["on-demand", "spot"], Parameter(converter=choice)]
AmiFamily = Annotated[Literal["AL2023", "AL2", "Bottlerocket"], Parameter(converter=choice)]
SortKey = Annotated[
    Literal["price", "vcpu", "memory", "name", "pods", "price-per-vcpu"],
    Parameter(converter=choice),
]
Output = Annotated[Literal["table", "json"], Parameter(name=["--output", "-o"], converter=choice)]
PageOutput = Annotated[
    Literal["table", "json", "html"], Parameter(name=["--output", "-o"], converter=choice)
]
Flag = Annotated[bool, Parameter(negative=())]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class NodeOptions:
    """How nodes are configured, as far as it decides what fits on them.

    Parameters
    ----------
    ami_family
        The AMI family, which decides what is reserved for the system.
    prefix_delegation
        The VPC CNI assigns address prefixes to interfaces.
    custom_networking
        The VPC CNI reserves the first network interface for the node.
    max_pods
        The largest number of pods a node runs, instead of what its network interfaces allow.
    """

    ami_family: AmiFamily = "AL2023"
    prefix_delegation: Flag = False
    custom_networking: Flag = False
    max_pods: int | None = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class MoneyOptions:
    """How money is shown.

    Parameters
    ----------
    currency
        An ISO 4217 currency in which to show monthly prices beside USD. Needs --rate.
    rate
        The price of one USD in that currency.
    hours_per_month
        The number of hours in a month.
    """

    currency: str = "USD"
    rate: float | None = None
    hours_per_month: float = 730.0


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """Which instance types are listed.

    Parameters
    ----------
    arch
        The processor architecture.
    min_vcpu
        The fewest vCPUs.
    max_vcpu
        The most vCPUs.
    min_memory
        The least memory, as a Kubernetes quantity: 16Gi.
    max_memory
        The most memory, as a Kubernetes quantity: 64Gi.
    family
        A family, for example m7i. May be repeated.
    zone
        Sold in this zone, given by name or id.
    capacity_type
        Sold under this capacity type; its prices are shown.
    gpu
        With a GPU.
    current_generation
        Of the current generation.
    """

    arch: Architecture | None = None
    min_vcpu: int | None = None
    max_vcpu: int | None = None
    min_memory: str | None = None
    max_memory: str | None = None
    family: Annotated[list[str] | None, Parameter(negative=())] = None
    zone: str | None = None
    capacity_type: CapacityType = "on-demand"
    gpu: Flag = False
    current_generation: Flag = False


def settings_of(node: NodeOptions, money: MoneyOptions) -> Settings:
    """Return what the options mean; raise InputError for what they cannot."""
    if node.max_pods is not None and node.max_pods < 1:
        raise InputError(
            f"--max-pods {node.max_pods} leaves no room for a pod",
            hint="use 1 or more",
        )
    if not 0 < money.hours_per_month <= _HOURS_MAX:
        raise InputError(
            f"--hours-per-month {money.hours_per_month:g} is out of range",
            hint=f"use a number above 0, at most {_HOURS_MAX}; an average month has 730",
        )
    try:
        chosen = currency(money.currency, money.rate)
    except CurrencyError as problem:
        raise InputError(problem.message, hint=problem.hint) from problem
    bottlerocket = node.ami_family == "Bottlerocket"
    return Settings(
        node_class=NodeClass(
            ami_family=node.ami_family,
            max_pods=node.max_pods,
            block_devices=_BOTTLEROCKET_BLOCK_DEVICES if bottlerocket else 1,
        ),
        networking=Networking(
            prefix_delegation=node.prefix_delegation,
            custom_networking=node.custom_networking,
        ),
        currency=chosen,
        hours_per_month=money.hours_per_month,
    )


def zone_named(catalog: Catalog, text: str | None) -> str | None:
    """Return the name of the zone a name or an id means."""
    if text is None:
        return None
    names = {zone.zone_id: zone.name for zone in catalog.zones}
    names |= {zone.name: zone.name for zone in catalog.zones}
    if text not in names:
        raise InputError(
            f"zone {text!r} is not in {catalog.region}",
            hint=did_you_mean(text, names)
            or f"zones of {catalog.region}: {', '.join(sorted(set(names.values())))}",
        )
    return names[text]


def wanted_types(
    catalog: Catalog, offers: dict[str, TypeOffers], filters: Filters, zone: str | None
) -> list[str]:
    """Return the names of the instance types that pass every filter, sorted.

    Macs are never among them: no Kubernetes node runs on one.
    """
    tests = _shape_tests(catalog, filters)

    def sold(offered: TypeOffers) -> bool:
        spot_zones = tuple(name for name, _ in offered.spot)
        zones = spot_zones if filters.capacity_type == SPOT else offered.zones
        return bool(zones) if zone is None else zone in zones

    return sorted(
        name
        for name, found in catalog.instance_types.items()
        if not found.macos and sold(offers[name]) and all(test(found) for test in tests)
    )


def _shape_tests(catalog: Catalog, filters: Filters) -> list[Callable[[InstanceType], bool]]:
    families = {found.family for found in catalog.instance_types.values()}
    for family in filters.family or ():
        if family not in families:
            raise InputError(
                f"family {family!r} is not sold in {catalog.region}",
                hint=did_you_mean(family, sorted(families))
                or "a family is the part of a type's name before the dot, such as m7i",
            )
    chosen_families = set(filters.family or families)
    least_vcpu, most_vcpu = _bounds("vcpu", filters.min_vcpu, filters.max_vcpu)
    least_memory, most_memory = _bounds(
        "memory",
        _memory("--min-memory", filters.min_memory),
        _memory("--max-memory", filters.max_memory),
    )
    tests: list[Callable[[InstanceType], bool]] = [
        lambda found: found.family in chosen_families,
        lambda found: least_vcpu <= found.vcpu <= most_vcpu,
        lambda found: least_memory <= found.memory_mib * MIB <= most_memory,
    ]
    if filters.arch is not None:
        tests.append(lambda found: found.architecture == filters.arch)
    if filters.gpu:
        tests.append(lambda found: found.gpu is not None)
    if filters.current_generation:
        tests.append(lambda found: found.current_generation)
    return tests


def _bounds(name: str, least: int | None, most: int | None) -> tuple[int, float]:
    for option, bound in ((f"--min-{name}", least), (f"--max-{name}", most)):
        if bound is not None and bound < 0:
            raise InputError(f"{option} is negative", hint="use 0 or more")
    low, high = least or 0, math.inf if most is None else most
    if low > high:
        raise InputError(
            f"--min-{name} is above --max-{name}: nothing can match", hint="swap the two"
        )
    return low, high


def _memory(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        count = value(parse_quantity(text.strip()))
    except QuantityError as problem:
        raise InputError(f"{option}: {problem}", hint="for example 16Gi") from problem
    if 0 < count < MIB:
        raise InputError(f"{option} {text} means {count} bytes", hint=f"add a unit: {text}Gi")
    return count


def sort_key(sort: str) -> Callable[[ListedInstanceTypeView], tuple[float | str, ...]]:
    """Return the key a list is sorted by: ties by price, then by name; unknown prices last."""

    def price(item: ListedInstanceTypeView) -> float:
        return math.inf if item.price is None else item.price.nano_usd_per_hour

    keys: dict[str, Callable[[ListedInstanceTypeView], tuple[float | str, ...]]] = {
        "price": lambda item: (price(item),),
        "vcpu": lambda item: (item.vcpu,),
        "memory": lambda item: (item.memory_mib,),
        "name": lambda item: (item.family, item.vcpu, item.memory_mib),
        "pods": lambda item: (item.max_pods,),
        "price-per-vcpu": lambda item: (price(item) / item.vcpu,),
    }
    return lambda item: (*keys[sort](item), price(item), item.name)
