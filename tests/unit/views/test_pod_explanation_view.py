from msgspec import UNSET

from kubestow.model.placements import KUBE_SCHEDULER, placements_of
from kubestow.model.plan import Reason, Unschedulable
from kubestow.testing import pod, snapshot
from kubestow.views.plan_view import plan_view
from kubestow.views.pod_explanation_view import pod_explanation_view
from kubestow.views.settings import Settings

from .plans import plan, planned

LEFT = (Unschedulable("default/huge", (Reason("NodeResourcesFit", 1),)),)
PLAN = plan(planned("a"), planned("b", ["default/web"]), unschedulable=LEFT)
VIEW = plan_view(
    PLAN,
    snapshot([pod("web"), pod("huge")]),
    Settings(),
    placements=placements_of(PLAN, None, KUBE_SCHEDULER),
)


def test_a_pod_that_runs_has_its_node() -> None:
    found = pod_explanation_view(VIEW, "default/web")
    assert found.schedulable
    assert found.node
    assert found.node.name == "b"
    assert found.reasons is UNSET


def test_a_pod_that_cannot_run_has_its_reasons() -> None:
    found = pod_explanation_view(VIEW, "default/huge")
    assert not found.schedulable
    assert found.node is UNSET
    assert found.reasons
    assert found.reasons[0].constraint == "NodeResourcesFit"
