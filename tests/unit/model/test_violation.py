from itertools import permutations

from kubestow.model.violation import Violation


def test_violations_are_sorted_by_rule_then_subject_then_detail() -> None:
    ordered = [
        Violation("NodeAffinity", "z", "z"),
        Violation("NodePorts", "a", "b"),
        Violation("NodePorts", "b", "a"),
    ]
    assert all(sorted(items) == ordered for items in permutations(ordered))
