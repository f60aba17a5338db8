"""Label selectors and node selector terms, with the semantics of Kubernetes.

Sources: apimachinery pkg/labels/selector.go,
component-helpers scheduling/corev1/nodeaffinity/nodeaffinity.go (Kubernetes 1.34).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kubestow.model.requirements import parse_int


@dataclass(frozen=True, slots=True, order=True)
class SelectorRequirement:
    """An expression of a label selector or a node selector term."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether labels satisfy the expression."""
        return self.matches_value(labels.get(self.key))

    def matches_value(self, value: str | None) -> bool:
        """Return whether a label value, or None for an absent label, satisfies the expression."""
        match self.operator:
            case "In":
                return value is not None and value in self.values
            case "NotIn":
                return value is None or value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None
            case _:
                return self._compares(value)

    def _compares(self, value: str | None) -> bool:
        if value is None or len(self.values) != 1:
            return False
        left, right = parse_int(value), parse_int(self.values[0])
        if left is None or right is None:
            return False
        return left > right if self.operator == "Gt" else left < right


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """matchLabels and matchExpressions, ANDed. Without requirements it matches everything."""

    requirements: tuple[SelectorRequirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether labels satisfy every requirement."""
        return all(item.matches(labels) for item in self.requirements)

    @property
    def is_empty(self) -> bool:
        """True for the selector ``{}``."""
        return not self.requirements


@dataclass(frozen=True, slots=True)
class NodeSelectorTerm:
    """One of the ORed terms of a required node affinity: expressions and fields, ANDed."""

    expressions: tuple[SelectorRequirement, ...] = ()
    fields: tuple[SelectorRequirement, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True for a term without expressions and fields, which matches nothing."""
        return not self.expressions and not self.fields

    @property
    def is_valid(self) -> bool:
        """True if kube-scheduler can parse the term; otherwise it matches nothing."""
        return all(_valid_expression(e) for e in self.expressions) and all(
            f.key == "metadata.name" and f.operator in ("In", "NotIn") and len(f.values) == 1
            for f in self.fields
        )

    def matches(self, name: str, labels: Mapping[str, str]) -> bool:
        """Return whether a node with this name and these labels satisfies the term."""
        if self.is_empty or not self.is_valid:
            return False
        return all(e.matches(labels) for e in self.expressions) and all(
            f.matches_value(name) for f in self.fields
        )


def _valid_expression(item: SelectorRequirement) -> bool:
    match item.operator:
        case "In" | "NotIn":
            return bool(item.values)
        case "Exists" | "DoesNotExist":
            return not item.values
        case "Gt" | "Lt":
            return len(item.values) == 1 and parse_int(item.values[0]) is not None
        case _:
            return False
