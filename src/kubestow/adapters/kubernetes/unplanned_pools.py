"""NodePools that kubestow cannot plan with: their nodes are not known.

Such a NodePool is left out of a plan, by name; the others are planned with. Sources: Karpenter's
pkg/apis/crds/karpenter.sh_nodepools.yaml (nodeClassRef) and documentation, concepts/nodepools and
concepts/nodeclasses (capacity reservations, placement groups, tenancy).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import karpenter_wire as wire
from kubestow.adapters.kubernetes.wire import SelectorExpression
from kubestow.model import labels as names
from kubestow.model.nodepool import Launcher, NodePool

KARPENTER_GROUP, AUTO_MODE_GROUP = "karpenter.k8s.aws", "eks.amazonaws.com"
RESERVED = "reserved"
_GROUPS = ("", KARPENTER_GROUP, AUTO_MODE_GROUP)
_NEEDS = {
    names.AWS_PREFIX + "capacity-reservation-": "capacity reservations are not in the input",
    names.AWS_PREFIX + "placement-group-": "placement groups are not in the input",
}
_TENANCY = names.AWS_PREFIX + "instance-tenancy"


def why_unplanned(
    requirements: Iterable[SelectorExpression],
    reference: wire.NodeClassReference | None,
) -> str:
    """Return why the nodes of a NodePool are not known; empty where they are.

    Raises FieldError for a group that is none.
    """
    group = (reference.group if reference else None) or ""
    if "/" in group:
        raise FieldError(
            "spec.template.spec.nodeClassRef.group",
            f"{group!r} is not an API group",
            f"write {group.partition('/')[0]}, without the version",
        )
    if group not in _GROUPS:
        return f"its node class is of {group}: kubestow plans nodes of AWS"
    return next(filter(None, map(_why_requirement, requirements)), "")


def _why_requirement(item: SelectorExpression) -> str:
    values, is_in = set(item.values or ()), item.operator == "In"
    key = names.normalised(item.key)
    if key == names.OS and is_in and "linux" not in values:
        return f"it launches {', '.join(sorted(values))}: kubestow plans Linux nodes"
    if key == names.CAPACITY_TYPE and is_in and values == {RESERVED}:
        return (
            "it launches from capacity reservations only, and their instance types, zones and "
            "counts are not in the input; allow on-demand beside reserved, and list them in a "
            "Costs file (--costs)"
        )
    if key == _TENANCY and not _may_be_default(item):
        return f"it requires {key}, and dedicated instances and hosts are not in the catalog"
    needed = next((reason for prefix, reason in _NEEDS.items() if key.startswith(prefix)), "")
    return needed and f"it requires {key}, and {needed}"


def _may_be_default(item: SelectorExpression) -> bool:
    values = item.values or ()
    allowed = {"In": "default" in values, "NotIn": "default" not in values, "Exists": True}
    return allowed.get(item.operator, False)


def pool_notes(name: str, requirements: Iterable[SelectorExpression]) -> Iterator[str]:
    """Yield what of a NodePool is not modelled."""
    for item in requirements:
        if item.key == names.CAPACITY_TYPE and RESERVED in (item.values or ()):
            yield (
                f"NodePool {name} may launch from capacity reservations: they are not in the "
                "input; list them in a Costs file (--costs) to plan with them"
            )


def launched(
    kind: str, item: Any
) -> tuple[Sequence[SelectorExpression], wire.NodeClassReference | None]:
    """Return the requirements and the node class of a NodePool or Provisioner."""
    spec = item.spec
    if kind == "NodePool":
        spec = spec.template.spec if spec and spec.template else None
        return (spec.requirements or (), spec.node_class_ref) if spec else ((), None)
    return (spec.requirements or (), None) if spec else ((), None)


def missing_classes(
    pools: Iterable[NodePool], classes: Collection[tuple[str, str]]
) -> Iterator[str]:
    """Yield a note for each NodePool whose node class, by API group and name, is not there."""
    for pool in pools:
        name = pool.node_class.name
        if pool.launched_by is Launcher.AUTO_MODE:
            if (AUTO_MODE_GROUP, name) not in classes and name != "default":
                yield (
                    f"NodeClass {name} of NodePool {pool.name} is not in the input: treated as "
                    "EKS Auto Mode's default, with 80Gi of ephemeral storage"
                )
        elif (KARPENTER_GROUP, name) not in classes:
            yield (
                f"EC2NodeClass {name} of NodePool {pool.name} is not in the input: "
                "treated as AL2023 with a 20Gi root volume"
            )
