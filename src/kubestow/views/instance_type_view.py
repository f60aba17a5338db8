"""InstanceTypeView and InstanceTypeListView: what the catalog commands write."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from kubestow.views.shared import CurrencyCode, Rate
from kubestow.views.view import (
    API_VERSION,
    ApiVersion,
    Count,
    CountFromOne,
    NonNegative,
    Positive,
    View,
    one_of,
)

_NAME = r"^[a-z0-9-]+\.[a-z0-9-]+$"
Sources = Annotated[tuple[str, ...], Meta(description="The sources of the region's catalog.")]


class CatalogSettingsView(View, frozen=True):
    """What allocatable and monthly prices depend on besides the instance type."""

    ami_family: Annotated[
        str,
        one_of("AL2023", "AL2", "Bottlerocket"),
        Meta(description="The AMI family that allocatable is computed for."),
    ]
    max_pods: Annotated[
        CountFromOne | None,
        Meta(description="The maxPods override; null if the network interfaces decide."),
    ]
    prefix_delegation: Annotated[
        bool, Meta(description="Whether the VPC CNI assigns address prefixes.")
    ]
    custom_networking: Annotated[
        bool,
        Meta(description="Whether the VPC CNI keeps the first network interface for the node."),
    ]
    currency: Annotated[CurrencyCode, Meta(description="The ISO 4217 code of currencyPerMonth.")]
    currency_per_usd: Annotated[
        Rate, Meta(description="Units of the currency that one USD buys; 1 for USD.")
    ]
    hours_per_month: Annotated[Positive, Meta(description="The hours in a monthly price.")]


class PriceView(View, frozen=True):
    """An hourly price and its source."""

    nano_usd_per_hour: Annotated[
        Count, Meta(description="The exact price in billionths of a USD per hour.")
    ]
    usd_per_hour: Annotated[NonNegative, Meta(description="The price in USD per hour.")]
    usd_per_month: Annotated[
        NonNegative,
        Meta(description="The price of settings.hoursPerMonth hours in USD, not rounded."),
    ]
    source: Annotated[str, Meta(description="Where the price comes from.")]
    date: Annotated[
        str | None,
        Meta(description="The date in the source, YYYY-MM-DD or YYYY-MM; null if it has none."),
    ]
    is_estimate: Annotated[
        bool,
        Meta(
            description="Whether the price is derived or an average, not quoted for this type and "
            "zone."
        ),
    ]
    currency_per_month: Annotated[
        NonNegative | UnsetType,
        Meta(
            description="The monthly price in settings.currency, rounded to its minor unit; absent "
            "for USD."
        ),
    ] = UNSET


KnownPrice = Annotated[PriceView | None, Meta(description="Null if no price is known.")]


class SpotPriceView(View, frozen=True):
    """The spot price in one zone."""

    zone: Annotated[str, Meta(description="The zone's name.")]
    price: KnownPrice


class PricesView(View, frozen=True):
    """On-demand and spot prices."""

    on_demand: KnownPrice
    spot: tuple[SpotPriceView, ...]


class NetworkView(View, frozen=True):
    """The network interfaces."""

    interfaces: Annotated[Count, Meta(description="Network interfaces of the default card.")]
    ipv4_per_interface: Annotated[Count, Meta(description="IPv4 addresses of each interface.")]
    mbps: Annotated[
        CountFromOne | None, Meta(description="Published bandwidth; null if there is none.")
    ]
    efa_interfaces: Annotated[Count, Meta(description="EFA interfaces.")]


class EbsView(View, frozen=True):
    """The connection to EBS."""

    volume_slots: Annotated[
        CountFromOne,
        Meta(
            description="Persistent volumes that the EBS CSI driver can attach in the worst case."
        ),
    ]
    mbps: Annotated[
        CountFromOne | None,
        Meta(description="Bandwidth; null if the type is not EBS-optimised by default."),
    ]


class DeviceView(View, frozen=True):
    """Accelerators of one kind."""

    kind: Annotated[str, one_of("gpu", "accelerator"), Meta(description="The kind of device.")]
    name: Annotated[str, Meta(description="Its name, as in node labels.")]
    manufacturer: Annotated[str, Meta(description="Its manufacturer, in lower case.")]
    count: Annotated[
        Count, Meta(description="How many the instance has; 0 if it has a fraction of one.")
    ]
    memory_mib: Annotated[
        CountFromOne | None, Meta(description="Memory of each, in MiB; null if unknown.")
    ]
    cores: Annotated[CountFromOne | None, Meta(description="Cores of each; null if not counted.")]


class ZoneView(View, frozen=True):
    """An availability zone."""

    name: Annotated[str, Meta(description="The zone's name in the account.")]
    id: Annotated[str, Meta(description="The zone's ID, the same in every account.")]


class InstanceTypeFacts(View, frozen=True, kw_only=True):
    """An instance type, as in instance-type.v1alpha1.json."""

    name: Annotated[str, Meta(description="The instance type.", pattern=_NAME)]
    family: Annotated[str, Meta(description="The part of the name before the dot.")]
    architecture: Annotated[
        str, one_of("amd64", "arm64"), Meta(description="The value of kubernetes.io/arch.")
    ]
    current_generation: Annotated[
        bool, Meta(description="Whether EC2 lists it as current generation.")
    ]
    bare_metal: Annotated[bool, Meta(description="Whether it has no hypervisor.")]
    burstable: Annotated[bool, Meta(description="Whether its CPU runs on credits.")]
    hypervisor: Annotated[str | None, Meta(description="nitro or xen; null for bare metal.")]
    vcpu: Annotated[CountFromOne, Meta(description="Virtual CPUs.")]
    memory_mib: Annotated[CountFromOne, Meta(description="The memory that EC2 sells, in MiB.")]
    cpu_manufacturer: Annotated[str | None, Meta(description="intel, amd or aws; null if unknown.")]
    cpu_sustained_mhz: Annotated[
        CountFromOne | None, Meta(description="Sustained clock speed; null if unknown.")
    ]
    allocatable: Annotated[
        dict[str, str],
        Meta(
            description="The resources available to pods, as in a node's status.allocatable: "
            "Kubernetes quantities by resource.",
            extra_json_schema={"required": ["cpu", "memory", "ephemeral-storage", "pods"]},
        ),
    ]
    max_pods: Annotated[Count, Meta(description="The maximum number of pods on a node.")]
    max_pods_formula: Annotated[
        str, Meta(description="How maxPods follows from the network interfaces.")
    ]
    network: NetworkView
    ebs: EbsView
    nvme_gb: Annotated[Count, Meta(description="Instance store in GB.")]
    devices: tuple[DeviceView, ...]
    labels: Annotated[
        dict[str, str], Meta(description="Labels of a node that follow from its type alone.")
    ]
    zones: Annotated[
        tuple[ZoneView, ...], Meta(description="The zones of the region that offer it.")
    ]
    prices: PricesView
    interruption: Annotated[
        str | None,
        Meta(
            description="The share of spot instances interrupted per month, such as <5%; null if "
            "unknown."
        ),
    ]


class InstanceTypeView(InstanceTypeFacts, frozen=True):
    """What 'kubestow catalog show TYPE --output json' writes.

    Its own fields precede the inherited ones, which are keyword-only.
    """

    api_version: ApiVersion
    kind: Literal["InstanceType"]
    region: Annotated[str, Meta(description="The AWS region.")]
    sources: Sources
    settings: CatalogSettingsView


class ListedInstanceTypeView(InstanceTypeFacts, frozen=True, kw_only=True):
    """An instance type, as in instance-type.v1alpha1.json, with the price that the list shows."""

    price: KnownPrice


class InstanceTypeListView(View, frozen=True, kw_only=True):
    """What 'kubestow catalog list --output json' writes."""

    api_version: ApiVersion = API_VERSION
    kind: Literal["InstanceTypeList"] = "InstanceTypeList"
    region: Annotated[str, Meta(description="The AWS region.")]
    sources: Sources
    settings: CatalogSettingsView
    capacity_type: Annotated[
        str,
        one_of("on-demand", "spot"),
        Meta(description="The capacity type of the price of each item."),
    ]
    zone: Annotated[str | None, Meta(description="The only zone listed; null for all.")]
    items: tuple[ListedInstanceTypeView, ...]
