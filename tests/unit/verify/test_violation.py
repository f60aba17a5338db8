from typing import Any

from kubestow.verify import Violation


def test_violations_come_sorted_by_rule_subject_and_detail(scene: Any) -> None:
    scene.bound_nano = -1
    scene.pod("b")
    scene.pod("a")
    found = scene.found()
    assert found == tuple(sorted(found))
    assert [item.subject for item in found] == ["default/a", "default/b", "plan"]
    assert found[0] == Violation("Accounting", "default/a", "it appears 0 times in the plan")
