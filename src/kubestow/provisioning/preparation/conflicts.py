"""What is on a candidate already and keeps the pods of a class off it, by the rules of one node.

Host ports, hostname anti-affinity, hostname spread and inline volumes; resources are counted
elsewhere. What is there stays, so a pod that breaks such a rule once can never go there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kubestow.scheduling.node_rules import NodeRule

Content = tuple[tuple[int, int], ...]
"""What a candidate holds: (class, pods), ascending."""


@dataclass(frozen=True, slots=True)
class _RuleClasses:
    """A rule and its classes, for looking up what is held."""

    rule: NodeRule
    counted: frozenset[int]
    owners: frozenset[int]

    def broken_by(self, index: int, content: Content) -> bool:
        """Return whether one pod of a class would break the rule beside some content."""
        pods = sum(held for there, held in content if there in self.counted)
        owned = index in self.owners or any(there in self.owners for there, _ in content)
        return owned and pods + (index in self.counted) > self.rule.cap


class Conflicts:
    """The rules that a pod of a class would break beside what a candidate holds."""

    def __init__(self, rules: Sequence[NodeRule]) -> None:
        self._of_class: dict[int, list[_RuleClasses]] = {}
        for rule in rules:
            classes = _RuleClasses(rule, frozenset(rule.counted), frozenset(rule.owners))
            for index in dict.fromkeys((*rule.owners, *rule.counted)):
                self._of_class.setdefault(index, []).append(classes)
        self._known: dict[tuple[int, Content], tuple[NodeRule, ...]] = {}

    def concern(self, index: int) -> bool:
        """Return whether any rule concerns a class."""
        return index in self._of_class

    def broken(self, index: int, content: Content) -> tuple[NodeRule, ...]:
        """Return the rules that one pod of a class would break beside some content."""
        key = (index, content)
        found = self._known.get(key)
        if found is None:
            rules = self._of_class.get(index, ())
            found = tuple(r.rule for r in rules if r.broken_by(index, content))
            self._known[key] = found
        return found
