"""Settings: what allocatable and monthly prices depend on besides the instance type."""

from dataclasses import dataclass, field

from kubestow.model.currency import USD, Currency
from kubestow.model.nodepool import Networking, NodeClass


@dataclass(frozen=True, slots=True)
class Settings:
    """The node class, networking, currency and month length that a view is computed with."""

    node_class: NodeClass = field(default_factory=NodeClass)
    networking: Networking = field(default_factory=Networking)
    currency: Currency = field(default_factory=lambda: Currency(USD, 1.0))
    hours_per_month: float = 730.0
