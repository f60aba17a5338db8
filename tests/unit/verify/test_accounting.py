from typing import Any

from kubestow.model.violation import Violation


def test_every_pod_placed_or_declared_unschedulable_is_legal(scene: Any) -> None:
    scene.old("old")
    scene.new("new")
    scene.pod("runs", "old", bound=True)
    scene.pod("comes", "new")
    scene.pod("cannot")
    scene.unschedulable = ["default/cannot"]
    assert scene.found() == ()


def test_a_forgotten_pod_is_found(scene: Any) -> None:
    scene.pod("forgotten")
    assert scene.rules() == ["Accounting"]
    assert scene.subjects() == ["default/forgotten"]


def test_a_pod_on_two_nodes_is_found(scene: Any) -> None:
    scene.new("one")
    scene.new("two")
    scene.pod("twice", "one")
    scene.put("default/twice", "two")
    assert scene.rules() == ["Accounting"]


def test_a_pod_both_placed_and_unschedulable_is_found(scene: Any) -> None:
    scene.new("one")
    scene.pod("both", "one")
    scene.unschedulable = ["default/both"]
    assert scene.rules() == ["Accounting"]


def test_an_invented_pod_is_found(scene: Any) -> None:
    scene.new("one")
    scene.put("default/ghost", "one")
    assert scene.subjects() == ["default/ghost"]


def test_an_invented_unschedulable_pod_is_found(scene: Any) -> None:
    scene.unschedulable = ["default/ghost"]
    assert scene.rules() == ["Accounting"]


def test_a_bound_pod_that_moves_is_found(scene: Any) -> None:
    scene.old("old")
    scene.new("new")
    scene.pod("runs", "old", bound=True)
    scene.change("old", pods=())
    scene.put("default/runs", "new")
    assert scene.rules() == ["Accounting"]


def test_a_bound_pod_that_is_left_out_is_found(scene: Any) -> None:
    scene.old("old")
    scene.pod("runs", "old", bound=True)
    scene.change("old", pods=())
    assert scene.rules() == ["Accounting"]


def test_pods_that_share_a_name_are_counted_together(scene: Any) -> None:
    scene.new("one")
    scene.pod("same", "one")
    scene.pod("same", "one")
    assert scene.found() == ()
    scene.pod("same")
    assert scene.rules() == ["Accounting"]


def test_a_pod_that_admission_rejects_must_not_be_placed(scene: Any) -> None:
    scene.new("one")
    scene.pod("refused", "one", rejected="over quota")
    assert scene.rules() == ["Admission"]


def test_a_gated_pod_must_not_be_placed(scene: Any) -> None:
    scene.new("one")
    scene.pod("gated", "one", scheduling_gates=("wait",))
    assert scene.rules() == ["SchedulingGates"]


def test_a_pod_that_cannot_be_judged_must_not_be_placed(scene: Any) -> None:
    scene.new("one")
    scene.pod("odd", "one", unsupported=("resourceClaims",))
    assert scene.rules() == ["Unsupported"]


def test_pods_that_cannot_run_may_be_declared_unschedulable(scene: Any) -> None:
    scene.pod("refused", rejected="over quota")
    scene.pod("gated", scheduling_gates=("wait",))
    scene.pod("odd", unsupported=("resourceClaims",))
    scene.unschedulable = ["default/refused", "default/gated", "default/odd"]
    assert scene.found() == ()


def test_violations_come_sorted_by_rule_subject_and_detail(scene: Any) -> None:
    scene.bound_nano = -1
    scene.pod("b")
    scene.pod("a")
    found = scene.found()
    assert found == tuple(sorted(found))
    assert [item.subject for item in found] == ["default/a", "default/b", "plan"]
    assert found[0] == Violation("Accounting", "default/a", "it appears 0 times in the plan")
