"""What could be launched: every offering of every NodePool, as candidates with their labels.

A NodePool's requirements are compared, by Karpenter's rules, with the labels the node would have.
An offering without a known price is never planned with.
"""

import itertools
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kubestow.catalog.node_labels import (
    instance_type_labels,
    placed_labels,
    pool_labels,
    requirement_labels,
)
from kubestow.catalog.overhead import allocatable, runs
from kubestow.model import labels as names
from kubestow.model.instance_type import Catalog, Offering, Price
from kubestow.model.nodepool import Networking, NodePool
from kubestow.model.requirements import Requirement, Requirements, requirement
from kubestow.model.resources import Amounts
from kubestow.model.snapshot import Cluster
from kubestow.model.zones import NOT_IN_THE_CATALOG, special_zone
from kubestow.scheduling.candidate_node import CandidateNode

_DEFAULT_CATEGORIES = ("c", "m", "r", "t")
_VALUES_TRIED = 1_000
_KEPT = 8  # offerings of a NodePool, by those who plan again
_TENANCY = names.AWS_PREFIX + "instance-tenancy"
_OF_PLACE = (names.REGION, names.ZONE, names.ZONE_ID, names.CAPACITY_TYPE, _TENANCY)
_GENERATED = "kubestow"
"""The value kubestow gives a custom label that a NodePool only requires to exist."""


@dataclass(slots=True)
class PoolOfferings:
    """What a pool can launch, and why it cannot where it cannot."""

    pool: NodePool
    candidates: list[CandidateNode] = field(default_factory=list)
    considered: int = 0
    without_price: int = 0
    refused_by: dict[str, int] = field(default_factory=dict)
    inflexible: str = ""

    def keep_if_flexible(self) -> None:
        """Empty the pool if what it offers has fewer values of a key than minValues asks for."""
        for key, item in self.pool.requirements.by_key.items():
            values = {candidate.labels.get(key) for candidate in self.candidates}
            if item.min_values is not None and len(values) < item.min_values:
                self.inflexible = (
                    f"minValues {item.min_values} of {key}: only {len(values)} on offer"
                )
                self.candidates = []
                return

    def emptied_by(self) -> str:
        """Say which requirement leaves the pool without offerings."""
        if self.inflexible:
            return self.inflexible
        if self.without_price:
            return f"the catalog has no price for the {self.without_price} offerings left"
        zones = zones_required(self.pool)
        if zones and all(map(special_zone, zones)):
            return f"{', '.join(zones)}: {NOT_IN_THE_CATALOG}"
        alone = [text for text, count in self.refused_by.items() if count == self.considered]
        if alone:
            return f"requirement {alone[0]} excludes every instance type on offer"
        return f"requirements {'; '.join(self.refused_by)} together exclude every instance type"


def zones_required(pool: NodePool) -> list[str]:
    """Return the zones, by name or id, one of which a pool's nodes must be in; empty for any."""
    asked = (pool.requirements.get(key) for key in (names.ZONE, names.ZONE_ID))
    return sorted(z for item in asked if item and not item.complement for z in item.values)


def pools_of(cluster: Cluster) -> tuple[NodePool, ...]:
    """Return the pools new nodes may be launched from: the input's, or the built-in defaults."""
    return cluster.nodepools or default_pools()


def default_pools(*, spot: bool = False) -> tuple[NodePool, ...]:
    """Return the pools used where the input has none: current c, m, r and t, on-demand.

    arm64 has a pool of its own that takes only pods which constrain their architecture, because
    an image built for amd64 does not run there.
    """
    capacity = ["on-demand", "spot"] if spot else ["on-demand"]

    def pool(name: str, architecture: str, opt_in: tuple[str, ...]) -> NodePool:
        requirements = Requirements.of(
            [
                requirement(names.AWS_PREFIX + "instance-category", "In", _DEFAULT_CATEGORIES),
                requirement(names.ARCH, "In", [architecture]),
                requirement(names.OS, "In", ["linux"]),
                requirement(names.CAPACITY_TYPE, "In", capacity),
                requirement(names.AWS_PREFIX + "instance-hypervisor", "In", ["nitro"]),
                requirement(names.CURRENT_GENERATION, "In", ["true"]),
            ]
        )
        return NodePool(name, requirements, opt_in_keys=opt_in)

    return (pool("default", "amd64", ()), pool("default-arm64", "arm64", (names.ARCH,)))


class OfferingsCache:
    """The offerings of the last few NodePools and catalogs, for who asks for the same again.

    Each thread has its own.
    """

    def __init__(self) -> None:
        self._recent: deque[_Recent] = deque(maxlen=_KEPT)

    def of(
        self,
        pool: NodePool,
        catalog: Catalog,
        networking: Networking,
        wanted_labels: Mapping[str, tuple[str, ...]],
    ) -> PoolOfferings:
        """Return a pool's offerings, as ``pool_offerings`` does."""
        for recent in self._recent:
            if recent.is_for(pool, catalog, networking, wanted_labels):
                return recent.offerings
        offerings = pool_offerings(pool, catalog, networking, wanted_labels)
        recent = _Recent(pool, catalog, networking, dict(wanted_labels), offerings)
        self._recent.append(recent)
        return offerings

    def get_ready(
        self, pools: Sequence[NodePool], catalog: Catalog, networking: Networking
    ) -> None:
        """Find the offerings of a few pools for pods that ask for no labels of their own."""
        if len(pools) <= _KEPT // 2:  # others are for pods that do
            for pool in pools:
                self.of(pool, catalog, networking, {})


@dataclass(frozen=True, slots=True)
class _Recent:
    """Offerings with what they were made from, by identity where comparing would take long."""

    pool: NodePool
    catalog: Catalog
    networking: Networking
    wanted_labels: Mapping[str, tuple[str, ...]]
    offerings: PoolOfferings

    def is_for(
        self,
        pool: NodePool,
        catalog: Catalog,
        networking: Networking,
        wanted_labels: Mapping[str, tuple[str, ...]],
    ) -> bool:
        """Return whether these are the offerings for this."""
        return (
            self.catalog is catalog
            and self.pool is pool
            and self.networking == networking
            and self.wanted_labels == wanted_labels
        )


@dataclass(frozen=True, slots=True)
class _FixedRequirement:
    """A requirement on a label whose value the offering decides."""

    key: str
    requirement: Requirement
    text: str


def pool_offerings(
    pool: NodePool,
    catalog: Catalog,
    networking: Networking,
    wanted_labels: Mapping[str, tuple[str, ...]],
) -> PoolOfferings:
    """Return a pool's offerings; ``wanted_labels`` are label values pods ask for, by key."""
    result = PoolOfferings(pool)
    zone_ids = {zone.name: zone.zone_id for zone in catalog.zones}
    variants = list(_label_variants(pool, wanted_labels))
    fixed = [
        _FixedRequirement(key, item, item.describe())
        for key, item in pool.requirements.by_key.items()
        if _is_fixed(key)
    ]
    of_types: dict[str, list[str | None]] = {}
    of_places: dict[tuple[str, str], list[str | None]] = {}
    shapes: dict[str, tuple[dict[str, str], Amounts]] = {}
    for offering in catalog.offerings:
        instance_type = catalog.instance_types[offering.instance_type]
        if instance_type.macos:
            continue  # no Kubernetes node runs macOS
        result.considered += 1
        if offering.instance_type not in of_types:
            labels = requirement_labels(instance_type, pool.launched_by)
            labels[names.CURRENT_GENERATION] = str(instance_type.current_generation).lower()
            of_types[offering.instance_type] = _refusals(fixed, labels, of_place=False)
        place = (offering.zone, offering.capacity_type)
        if place not in of_places:
            where = {
                names.REGION: catalog.region,
                names.ZONE: offering.zone,
                names.ZONE_ID: zone_ids[offering.zone],
                names.CAPACITY_TYPE: offering.capacity_type,
                _TENANCY: "default",
            }
            of_places[place] = _refusals(fixed, where, of_place=True)
        refused = zip(of_types[offering.instance_type], of_places[place], strict=True)
        refusals = [text for pair in refused for text in pair if text is not None]
        if not runs(instance_type, pool.node_class):
            refusals.append(f"AMI family {pool.node_class.ami_family}")
        if refusals:
            for text in refusals:
                result.refused_by[text] = result.refused_by.get(text, 0) + 1
            continue
        if offering.price is None:
            result.without_price += 1
            continue
        if offering.instance_type not in shapes:
            shapes[offering.instance_type] = (
                instance_type_labels(instance_type, pool.launched_by),
                allocatable(instance_type, pool.node_class, networking),
            )
        type_labels, amounts = shapes[offering.instance_type]
        placed = placed_labels(
            type_labels,
            catalog.region,
            offering.zone,
            zone_ids[offering.zone],
            offering.capacity_type,
            pool.launched_by,
        )
        result.candidates += _candidates(pool, offering, offering.price, amounts, placed, variants)
    result.keep_if_flexible()
    return result


def _candidates(
    pool: NodePool,
    offering: Offering,
    price: Price,
    amounts: Amounts,
    placed: dict[str, str],
    variants: list[dict[str, str]],
) -> Iterator[CandidateNode]:
    """Yield an offering's candidates: one for each set of labels the pool may give it."""
    kind, zone, capacity_type = offering.instance_type, offering.zone, offering.capacity_type
    for number, variant in enumerate(variants):
        yield CandidateNode(
            "/".join((pool.name, kind, zone, capacity_type, str(number))),
            placed | variant,
            pool.taints,
            amounts,
            pool.name,
            kind,
            zone,
            capacity_type,
            price,
            opt_in_keys=pool.opt_in_keys,
        )


def _refusals(
    fixed: list[_FixedRequirement], labels: Mapping[str, str], *, of_place: bool
) -> list[str | None]:
    """Return, for each requirement, its text if a type's labels or a place's break it."""
    return [
        None
        if (of.key in _OF_PLACE) != of_place or _satisfied(of.requirement, labels.get(of.key))
        else of.text
        for of in fixed
    ]


def _generated(item: Requirement) -> Iterator[str]:
    """Yield values a requirement allows, for labels that only have to exist."""
    if item.gte is not None or item.lte is not None:
        low = item.gte if item.gte is not None else (item.lte or 0) - _VALUES_TRIED
        numbers = range(low, low + _VALUES_TRIED + 1)
        return (str(n) for n in numbers if item.has(str(n)))
    names_tried = (f"{_GENERATED}-{n}" if n else _GENERATED for n in range(_VALUES_TRIED))
    return (name for name in names_tried if item.has(name))


def _is_fixed(key: str) -> bool:
    return key in names.WELL_KNOWN or key == names.CURRENT_GENERATION


def _satisfied(item: Requirement, label: str | None) -> bool:
    return item.allows_absence if label is None else item.has(label)


def _label_variants(
    pool: NodePool, wanted: Mapping[str, tuple[str, ...]]
) -> Iterator[dict[str, str]]:
    """Yield the label sets the pool's custom labels allow: one for each value worth having."""
    base = dict(pool.labels) | pool_labels(pool)
    choices: list[list[tuple[str, str]]] = []
    for key, item in sorted(pool.requirements.by_key.items()):
        if _is_fixed(key) or item.is_does_not_exist:
            continue
        if not item.complement:
            values = sorted(item.values)
        else:
            # Any allowed value will do for pods that name none: one nobody names is generated.
            named = {value for value in wanted.get(key, ()) if item.has(value)}
            free = next((v for v in _generated(item) if v not in wanted.get(key, ())), "")
            values = sorted(named | ({free} if free else set()))
        choices.append([(key, value) for value in values])
    for combination in itertools.product(*choices):
        yield base | dict(combination)
