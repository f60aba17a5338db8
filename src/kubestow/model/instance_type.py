"""InstanceType, Offering and Catalog: what EC2 sells. Money is integer nano-USD."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from kubestow.model.costs import Costs
from kubestow.model.cpu_credits import SURPLUS

ON_DEMAND = "on-demand"
SPOT = "spot"
NANO_USD = 10**9


@dataclass(frozen=True, slots=True)
class Device:
    """Accelerators of one model on an instance."""

    name: str
    manufacturer: str
    count: int
    memory_mib: int = 0
    cores: int = 0


@dataclass(frozen=True, slots=True)
class InstanceType:
    """The shape of an EC2 instance type, as in DescribeInstanceTypes."""

    name: str
    vcpu: int
    memory_mib: int
    architecture: str  # amd64 or arm64, as in kubernetes.io/arch
    cpu_manufacturer: str = ""
    cpu_sustained_mhz: int = 0
    current_generation: bool = True
    hypervisor: str = ""
    bare_metal: bool = False
    burstable: bool = False
    macos: bool = False
    spot_supported: bool = True
    encryption_in_transit: bool = False
    network_mbps: int = 0  # as in Karpenter's label; 0 if none is published
    ebs_mbps: int = 0  # 0 if the type is not EBS-optimized by default
    nvme_gb: int = 0
    gpu: Device | None = None
    accelerator: Device | None = None
    efa_interfaces: int = 0
    network_interfaces: int = 0  # on the default network card
    ipv4_per_interface: int = 0
    ebs_attachments: int = 0
    ebs_attachments_shared: bool = True  # network interfaces count against the same limit
    nitro: bool = True

    @property
    def family(self) -> str:
        """The name before the dot: m7i-flex of m7i-flex.large."""
        return self.name.split(".", 1)[0]


@dataclass(frozen=True, slots=True)
class Price:
    """An hourly price and its source.

    ``extras`` are its parts beside the instance, by name, in nano-USD per hour; ``override`` names
    what replaced the instance's list price, ``listed`` (nano-USD; None if there is none).
    """

    nano_usd_per_hour: int
    source: str
    is_estimate: bool = False
    extras: tuple[tuple[str, int], ...] = ()
    override: str = ""
    listed: int | None = None

    @property
    def list_nano_usd_per_hour(self) -> int:
        """The instance's list price, or the price paid if there is none."""
        return self.instance_nano_usd_per_hour if self.listed is None else self.listed

    @property
    def instance_nano_usd_per_hour(self) -> int:
        """The instance's part of the price."""
        return self.nano_usd_per_hour - sum(nano for _, nano in self.extras)

    @property
    def surplus_nano_usd_per_hour(self) -> int:
        """The part that a node's load costs in surplus CPU credits."""
        return dict(self.extras).get(SURPLUS, 0)

    @property
    def usd_per_hour(self) -> float:
        """The price in USD, for output."""
        return self.nano_usd_per_hour / NANO_USD


@dataclass(frozen=True, slots=True)
class Offering:
    """An instance type for sale in one zone under one capacity type; price None if unknown."""

    instance_type: str
    zone: str
    capacity_type: str
    price: Price | None


@dataclass(frozen=True, slots=True)
class Zone:
    """An availability zone: its name in the account and its fixed id."""

    name: str
    zone_id: str


@dataclass(frozen=True, slots=True)
class ServicePrice:
    """A price of something other than an instance: Fargate, the EKS control plane, EBS."""

    item: str
    usd: float
    unit: str
    source: str


class _Priced:
    """A cache of prices by offering; not a field, so not in copies, files or digests."""

    __slots__ = ("_prices",)
    _prices: dict[tuple[str, str, str], int]


@dataclass(frozen=True, slots=True)
class Catalog(_Priced):
    """Everything for sale in one region; ``listed`` is what it was before it was narrowed."""

    region: str
    zones: tuple[Zone, ...]
    instance_types: dict[str, InstanceType]
    offerings: tuple[Offering, ...]
    service_prices: tuple[ServicePrice, ...] = ()
    sources: tuple[str, ...] = ()
    interruption: dict[str, str] = field(default_factory=dict)  # spot interruption band by type
    costs: Costs | None = None  # the costs that the prices contain
    listed: tuple[Offering, ...] = ()

    def narrowed(self, keep: Callable[[Offering], bool]) -> "Catalog":
        """Return the catalog with fewer offerings; prices() still knows all of them."""
        kept = tuple(offering for offering in self.offerings if keep(offering))
        return replace(self, offerings=kept, listed=self.listed or self.offerings)

    def prices(self) -> Mapping[tuple[str, str, str], int]:
        """Return every known price by type, zone and capacity type, in nano-USD per hour."""
        try:
            return self._prices
        except AttributeError:
            prices = {
                (item.instance_type, item.zone, item.capacity_type): item.price.nano_usd_per_hour
                for item in self.listed or self.offerings
                if item.price is not None
            }
            object.__setattr__(self, "_prices", prices)
            return prices
