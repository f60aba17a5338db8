"""What is on a candidate already and keeps the pods of a class off it, by the rules of one node.

Host ports, hostname anti-affinity, hostname spread and inline volumes; resources are counted
elsewhere. What is there stays, so a pod that breaks such a rule once can never go there.
"""

from collections.abc import Sequence

from kubestow.scheduling.node_rules import NodeRule

Content = tuple[tuple[int, int], ...]
"""What a candidate holds: (class, pods), ascending."""


class Conflicts:
    """The rules that a pod of a class would break beside what a candidate holds."""

    def __init__(self, rules: Sequence[NodeRule]) -> None:
        self._of_class: dict[int, list[NodeRule]] = {}
        for rule in rules:
            for index in dict.fromkeys((*rule.owners, *rule.counted)):
                self._of_class.setdefault(index, []).append(rule)
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
            found = self._known[key] = tuple(r for r in rules if _breaks(r, index, content))
        return found


def _breaks(rule: NodeRule, index: int, content: Content) -> bool:
    there = dict(content)
    pods = sum(there.get(counted, 0) for counted in rule.counted) + (index in rule.counted)
    owned = index in rule.owners or any(owner in there for owner in rule.owners)
    return owned and pods > rule.cap
