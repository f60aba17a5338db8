"""Readers shared by the object readers: quantities, selectors, taints, node selectors.

Each returns a model value or raises FieldError with the full path of the field.
"""

from functools import lru_cache

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import wire
from kubestow.model.quantity import NANO_PER_UNIT, QuantityError, parse_quantity
from kubestow.model.resources import Amounts, amounts, rounded
from kubestow.model.selectors import LabelSelector, NodeSelectorTerm, SelectorRequirement
from kubestow.model.suggestion import did_you_mean
from kubestow.model.taints import Taint, Toleration

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_RESOURCES = ("cpu", "memory", "ephemeral-storage")
_SELECTOR_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
_NODE_OPERATORS = (*_SELECTOR_OPERATORS, "Gt", "Lt")


def nano(quantity: wire.Quantity, field: str, *, signed: bool = False) -> int:
    """Return a quantity in nano-units; raise FieldError for a negative one unless ``signed``."""
    text = quantity.strip() if isinstance(quantity, str) else repr(quantity)
    try:
        parsed = parse_quantity(text)
    except QuantityError as problem:
        raise FieldError(
            field, str(problem), "use a quantity such as 500m, 2, 128Mi or 1.5Gi"
        ) from problem
    if parsed < 0 and not signed:
        raise FieldError(field, f"{text} is negative", "use zero or more")
    return parsed


def nanos(
    quantities: wire.Quantities | None, field: str, *, signed: bool = False
) -> dict[str, int]:
    """Return quantities in nano-units by resource name; only ``signed`` ones may be negative."""
    return {
        name: 0 if text is None else nano(text, f"{field}.{name}", signed=signed)
        for name, text in (quantities or {}).items()
    }


@lru_cache(maxsize=1024)
def is_extended_resource(name: str) -> bool:
    """Return whether a resource is an extended one (IsExtendedResourceName)."""
    return "/" in name and "kubernetes.io/" not in name and not name.startswith("requests.")


@lru_cache(maxsize=1024)
def _is_resource(name: str) -> bool:
    return "/" in name or name in _RESOURCES or name.startswith("hugepages-")


def check_amounts(requested: dict[str, int], field: str) -> None:
    """Raise FieldError for an unknown resource, or a fraction of an extended one."""
    for name, nano_units in requested.items():
        if not _is_resource(name):
            raise FieldError(
                f"{field}.{name}",
                "is not a resource name",
                did_you_mean(name, _RESOURCES)
                or f"expected {', '.join(_RESOURCES)}, hugepages-* or a name with a domain",
            )
        if nano_units % NANO_PER_UNIT and is_extended_resource(name):
            raise FieldError(
                f"{field}.{name}",
                "an extended resource must be a whole number",
                "use a whole number; the API server rejects fractions",
            )


def rounded_amounts(quantities: wire.Quantities | None, field: str) -> Amounts:
    """Return quantities rounded to the scheduler's units."""
    return amounts({name: rounded(name, n) for name, n in nanos(quantities, field).items()})


def pairs(mapping: dict[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Return a label mapping as sorted pairs."""
    return tuple(sorted((mapping or {}).items()))


def label_selector(selector: wire.Selector | None, field: str) -> LabelSelector | None:
    """Return a label selector; None stays None, which matches nothing."""
    if selector is None:
        return None
    items = [SelectorRequirement(k, "In", (v,)) for k, v in (selector.match_labels or {}).items()]
    for index, expression in enumerate(selector.match_expressions or ()):
        if expression.operator not in _SELECTOR_OPERATORS:
            raise FieldError(
                f"{field}.matchExpressions[{index}].operator",
                f"unknown label selector operator {expression.operator!r}",
                f"expected one of {', '.join(_SELECTOR_OPERATORS)}",
            )
        values = tuple(sorted(set(expression.values or ())))
        if (expression.operator in ("In", "NotIn")) != bool(values):
            raise FieldError(
                f"{field}.matchExpressions[{index}].values",
                f"operator {expression.operator} is not valid with {len(values)} values",
                "In and NotIn need values; Exists and DoesNotExist take none",
            )
        items.append(SelectorRequirement(expression.key, expression.operator, values))
    return LabelSelector(tuple(sorted(set(items))))


def node_selector_terms(
    selector: wire.NodeSelector | None, field: str
) -> tuple[NodeSelectorTerm, ...] | None:
    """Return required node selector terms; None where there is no requirement."""
    if selector is None:
        return None
    return tuple(
        node_selector_term(term, f"{field}.nodeSelectorTerms[{index}]")
        for index, term in enumerate(selector.node_selector_terms or ())
    )


def node_selector_term(term: wire.SelectorTerm, field: str) -> NodeSelectorTerm:
    """Return one term of a node selector."""
    return NodeSelectorTerm(
        _expressions(term.match_expressions, f"{field}.matchExpressions"),
        _expressions(term.match_fields, f"{field}.matchFields"),
    )


def _expressions(
    items: list[wire.SelectorExpression] | None, field: str
) -> tuple[SelectorRequirement, ...]:
    for index, item in enumerate(items or ()):
        if item.operator not in _NODE_OPERATORS:
            raise FieldError(
                f"{field}[{index}].operator",
                f"unknown node selector operator {item.operator!r}",
                f"expected one of {', '.join(_NODE_OPERATORS)}",
            )
    return tuple(
        sorted(SelectorRequirement(e.key, e.operator, tuple(e.values or ())) for e in items or ())
    )


def taints(items: list[wire.TaintWire] | None, field: str) -> tuple[Taint, ...]:
    """Return taints in their order."""
    for index, item in enumerate(items or ()):
        if item.effect not in _EFFECTS:
            raise FieldError(
                f"{field}[{index}].effect",
                f"unknown taint effect {item.effect!r}",
                did_you_mean(item.effect, _EFFECTS) or f"expected one of {', '.join(_EFFECTS)}",
            )
    return tuple(Taint(item.key, item.value or "", item.effect) for item in items or ())


def tolerations(items: list[wire.TolerationWire] | None, field: str) -> tuple[Toleration, ...]:
    """Return tolerations in canonical order."""
    unique = set()
    for index, item in enumerate(items or ()):
        operator = item.operator or "Equal"
        if operator not in ("Equal", "Exists"):
            raise FieldError(
                f"{field}[{index}].operator",
                f"unknown toleration operator {operator!r}",
                "expected Equal or Exists",
            )
        if not item.key and operator != "Exists":
            raise FieldError(
                f"{field}[{index}].operator",
                "a toleration without a key must use operator Exists",
                "set operator: Exists, or name the key",
            )
        if item.value and operator == "Exists":
            raise FieldError(
                f"{field}[{index}].value",
                "a toleration with operator Exists takes no value",
                "remove the value, or set operator: Equal",
            )
        if item.effect and item.effect not in _EFFECTS:
            raise FieldError(
                f"{field}[{index}].effect",
                f"unknown taint effect {item.effect!r}",
                did_you_mean(item.effect, _EFFECTS) or f"expected one of {', '.join(_EFFECTS)}",
            )
        unique.add(Toleration(item.key or "", operator, item.value or "", item.effect or ""))
    return tuple(sorted(unique))
