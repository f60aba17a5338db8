"""The migrate use case: targets by name, or new nodes of a judged plan."""

import pytest

from kubestow.model.bug import RefusedPlanError
from kubestow.model.input_error import InputError
from kubestow.model.reporter import SilentReporter
from kubestow.model.violation import Violation
from kubestow.testing import node, replicas, snapshot
from kubestow.usecases.migrate import MigrateRequest, migrate

NODES = (node("old", cpu="4", memory="16Gi"), node("new", cpu="4", memory="16Gi"))
GIVEN = snapshot([item.on("old") for item in replicas(2, "web", cpu="500m")], nodes=NODES)


def test_to_nodes_that_exist_no_plan_is_made() -> None:
    answer = migrate(
        MigrateRequest(snapshot=GIVEN, sources=("old",), targets=("new",), force=True),
        SilentReporter(),
    )
    assert answer.plan is None
    assert answer.request.sources == ("old",)
    assert answer.request.spares_max == 0


def test_a_surge_allows_copies_of_the_targets() -> None:
    answer = migrate(
        MigrateRequest(snapshot=GIVEN, sources=("old",), targets=("new",), surge=2, force=True),
        SilentReporter(),
    )
    assert answer.request.spares_max == 2
    assert len(answer.request.spares) == 1


def test_the_plan_of_new_nodes_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = MigrateRequest(snapshot=GIVEN, sources=("old", "new"), force=True)
    assert migrate(asked, SilentReporter()).plan is not None
    broken = Violation("Money", "plan", "it costs too little")
    monkeypatch.setattr("kubestow.usecases.judged.judge", lambda *_: (broken,))
    with pytest.raises(RefusedPlanError):
        migrate(asked, SilentReporter())


def test_an_input_without_pods_on_nodes_has_nothing_to_move() -> None:
    pending = snapshot(replicas(2, "web", cpu="500m"), nodes=NODES)
    for sources, said in ((("old",), "node old"), (("old", "new"), "any of the 2 nodes")):
        with pytest.raises(InputError) as raised:
            migrate(MigrateRequest(snapshot=pending, sources=sources), SilentReporter())
        assert raised.value.message == (
            f"there is nothing to move: no pod of the input is on {said}"
        )
        assert "kubectl get nodes,pods" in raised.value.hint


def test_nodes_that_are_empty_while_others_have_pods_can_be_left() -> None:
    asked = MigrateRequest(snapshot=GIVEN, sources=("new",), targets=("old",))
    assert migrate(asked, SilentReporter()).migration.ends
