"""The requirements of NodePools: sets of label values and their intersection.

The semantics are Karpenter's (kubernetes-sigs/karpenter pkg/scheduling/requirement.go and
requirements.go, v1.14), because NodePools are written for it. Node selectors and affinity of pods
follow kube-scheduler and are in kubestow.model.selectors.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from kubestow.model.labels import WELL_KNOWN, normalised

OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte")
_INT64_MAX = 2**63 - 1
_INT64_DIGITS = 19
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)


class RequirementError(ValueError):
    """The operator and values do not form a requirement."""


def parse_int(text: str) -> int | None:
    """Parse an int64 as Go's strconv.ParseInt does; None if that fails."""
    if _INTEGER.fullmatch(text) is None:
        return None
    digits = text.lstrip("+-").lstrip("0")
    if len(digits) > _INT64_DIGITS:
        return None
    number = int(digits or "0") * (-1 if text[0] == "-" else 1)
    return number if -_INT64_MAX - 1 <= number <= _INT64_MAX else None


@dataclass(frozen=True, slots=True)
class Requirement:
    """A set of allowed values for one label key.

    If ``complement`` is False, exactly ``values``; otherwise everything except ``values``, within
    the inclusive integer limits ``gte`` and ``lte``. An empty non-complement set is DoesNotExist.
    """

    key: str
    complement: bool
    values: frozenset[str] = frozenset()
    gte: int | None = None
    lte: int | None = None
    min_values: int | None = None

    def has(self, value: str) -> bool:
        """Return whether one label value is allowed."""
        return (value in self.values) != self.complement and self._within(value)

    def _within(self, value: str) -> bool:
        if self.gte is None and self.lte is None:
            return True
        number = parse_int(value)
        if number is None:
            return False
        return (self.gte is None or number >= self.gte) and (self.lte is None or number <= self.lte)

    @property
    def is_does_not_exist(self) -> bool:
        """True if no value is allowed: the label must be absent."""
        return not self.complement and not self.values

    @property
    def allows_absence(self) -> bool:
        """True for NotIn and DoesNotExist, which hold for a node without the label."""
        if self.complement:
            return bool(self.values)
        return not self.values

    def intersection(self, other: "Requirement") -> "Requirement":
        """Return what both allow (requirement.go Intersection)."""
        gte = _tighter(self.gte, other.gte, max)
        lte = _tighter(self.lte, other.lte, min)
        min_values = _tighter(self.min_values, other.min_values, max)
        if gte is not None and lte is not None and gte > lte:
            return Requirement(self.key, False, min_values=min_values)
        complement = self.complement and other.complement
        if complement:
            values = self.values | other.values
        elif self.complement:
            values = other.values - self.values
        elif other.complement:
            values = self.values - other.values
        else:
            values = self.values & other.values
        bounded = Requirement(self.key, True, frozenset(), gte, lte)
        values = frozenset(v for v in values if bounded.has(v))
        if not complement:
            gte = lte = None
        return Requirement(self.key, complement, values, gte, lte, min_values)

    def intersects(self, other: "Requirement") -> bool:
        """Return whether some value is allowed by both (requirement.go HasIntersection)."""
        both = self.intersection(other)
        return both.complement or bool(both.values)

    def describe(self) -> str:
        """Return the requirement as readable text."""
        if self.is_does_not_exist:
            return f"{self.key} DoesNotExist"
        if not self.complement:
            return f"{self.key} In [{', '.join(sorted(self.values))}]"
        parts = []
        if self.values:
            parts.append(f"{self.key} NotIn [{', '.join(sorted(self.values))}]")
        if self.gte is not None:
            parts.append(f"{self.key} >= {self.gte}")
        if self.lte is not None:
            parts.append(f"{self.key} <= {self.lte}")
        return " and ".join(parts) or f"{self.key} Exists"


def _tighter(left: int | None, right: int | None, pick: Callable[[int, int], int]) -> int | None:
    if left is None or right is None:
        return right if left is None else left
    return pick(left, right)


def requirement(
    key: str, operator: str, values: Iterable[str] = (), min_values: int | None = None
) -> Requirement:
    """Build a Requirement from an operator and values; raise RequirementError if malformed."""
    key = normalised(key)
    items = tuple(values)
    if operator == "In":
        if not items:
            raise RequirementError("operator In needs at least one value")
        return Requirement(key, False, frozenset(items), min_values=min_values)
    if operator == "NotIn":
        return Requirement(key, True, frozenset(items), min_values=min_values)
    if operator in ("Exists", "DoesNotExist"):
        if items:
            raise RequirementError(f"operator {operator} takes no values")
        return Requirement(key, operator == "Exists", min_values=min_values)
    if operator in ("Gt", "Lt", "Gte", "Lte"):
        number = parse_int(items[0]) if len(items) == 1 else None
        if number is None:
            raise RequirementError(f"operator {operator} needs exactly one integer value")
        return _bound(key, operator, number, min_values)
    raise RequirementError(f"operator {operator!r} is not one of {', '.join(OPERATORS)}")


def _bound(key: str, operator: str, number: int, min_values: int | None) -> Requirement:
    if operator in ("Gt", "Gte"):
        if operator == "Gt" and number == _INT64_MAX:
            return Requirement(key, False, min_values=min_values)
        return Requirement(key, True, gte=number + (operator == "Gt"), min_values=min_values)
    if operator == "Lt" and number == -_INT64_MAX - 1:
        return Requirement(key, False, min_values=min_values)
    return Requirement(key, True, lte=number - (operator == "Lt"), min_values=min_values)


@dataclass(frozen=True, slots=True)
class Requirements:
    """At most one Requirement per key: the intersection of all that apply to it."""

    by_key: Mapping[str, Requirement] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[Requirement]) -> "Requirements":
        """Intersect all items, key by key."""
        merged: dict[str, Requirement] = {}
        for item in items:
            earlier = merged.get(item.key)
            merged[item.key] = item if earlier is None else earlier.intersection(item)
        return cls(merged)

    def get(self, key: str) -> Requirement | None:
        """Return the requirement for a key, or None."""
        return self.by_key.get(normalised(key))

    def merged(self, items: Iterable[Requirement]) -> "Requirements":
        """Return these requirements intersected with others."""
        return Requirements.of([*self.by_key.values(), *items])

    def compatible(self, other: "Requirements") -> bool:
        """Return whether a node can satisfy both (requirements.go Compatible).

        Every key of ``other`` must be well-known, defined here, or allow absence; then every
        common key must share a value, unless both sides merely allow absence.
        """
        for key, theirs in other.by_key.items():
            ours = self.by_key.get(key)
            if ours is None:
                if key not in WELL_KNOWN and not theirs.allows_absence:
                    return False
                continue
            if not ours.intersects(theirs) and not (ours.allows_absence and theirs.allows_absence):
                return False
        return True

    def first_refusal(self, labels: Mapping[str, str]) -> Requirement | None:
        """Return the first requirement (by key) that a node with these labels breaks."""
        for key in sorted(self.by_key):
            item = self.by_key[key]
            value = labels.get(key)
            if not (item.allows_absence if value is None else item.has(value)):
                return item
        return None
