"""An instance type that is not sold in a zone of its node group, or not in the region at all.

The catalog says what is sold where. A group with unknown zones is not checked.
"""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.instance_type import ON_DEMAND
from kubestow.model.suggestion import closest
from kubestow.model.zones import NOT_IN_THE_CATALOG, special_zone
from kubestow.preflight.capacity import Capacity
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EC2, listed

RULE = Rule(
    "type-not-in-zone",
    "error",
    "An instance type is not sold in a zone of its node group",
    EC2 + "instance-discovery.html",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare each group's instance types with what is sold in its zones."""
    catalog = context.setup.catalog
    sold: dict[str, set[str]] = {}
    for offering in catalog.offerings:
        if offering.capacity_type == ON_DEMAND:
            sold.setdefault(offering.instance_type, set()).add(offering.zone)
    if context.setup.config is None:
        yield RULE.not_judged("no --cluster-config given")
    unplaced = []
    for capacity in context.capacities:
        if NOT_IN_THE_CATALOG in capacity.unknown:
            yield RULE.not_judged(capacity.unknown)
        if capacity.group is not None:
            yield from _group(context, capacity, sold)
            if not capacity.zones:
                unplaced.append(capacity.subject.name)
        elif capacity.empty:
            yield RULE.finding(
                capacity.subject,
                "spec.template.spec.requirements",
                f"{capacity.empty}: it can launch nothing in {catalog.region}",
                "widen the requirements; 'kubestow catalog list' shows what is sold where",
            )
    if unplaced:
        yield RULE.not_judged(f"the zones of {listed(unplaced)} are unknown")


def _group(
    context: CheckContext, capacity: Capacity, sold: dict[str, set[str]]
) -> Iterator[Finding]:
    catalog, group = context.setup.catalog, capacity.group
    assert group is not None
    for name in group.instance_types:
        if name not in sold:
            close = closest(name, sorted(sold))
            yield RULE.finding(
                capacity.subject,
                f"{group.field}.instanceTypes",
                f"{name} is not sold in {catalog.region}",
                f"did you mean {close}?" if close else "choose a type from 'kubestow catalog list'",
            )
            continue
        lacking = [z for z in capacity.zones if z not in sold[name] and not special_zone(z)]
        if lacking:
            zones = listed(sorted(sold[name]))
            yield RULE.finding(
                capacity.subject,
                f"{group.field}.instanceTypes",
                f"{name} is not sold in {listed(lacking)}, only in {zones}: the group cannot "
                f"launch it in {len(lacking)} of its {len(capacity.zones)} zones and becomes "
                "degraded",
                f"set availabilityZones: [{', '.join(_zones_to_use(capacity, name, sold))}] for "
                "the group, or add a type that is sold in all its zones",
            )


def _zones_to_use(capacity: Capacity, name: str, sold: dict[str, set[str]]) -> list[str]:
    """Return zones that sell a type: of the group's own if any do, and with its other types too."""
    assert capacity.group is not None
    types = [other for other in capacity.group.instance_types if other in sold]
    by_all = set.intersection(*(sold[other] for other in types))
    own = set(capacity.zones)
    chosen = by_all & own or sold[name] & own or by_all or sold[name]
    return sorted(chosen)
