"""The explain use case: the pod that a name means, and an explanation of a judged plan."""

import pytest

from kubestow.model.bug import RefusedPlanError
from kubestow.model.explanation import PLANNED, UNSCHEDULABLE
from kubestow.model.input_error import InputError
from kubestow.model.kinds import KindsWish
from kubestow.model.reporter import SilentReporter
from kubestow.model.violation import Violation
from kubestow.testing import pod, replicas, snapshot
from kubestow.usecases.explain import ExplainRequest, explain, named_pods
from kubestow.usecases.plan import PlanRequest, plan

LIVE = (
    pod("web-6d4f8c7b9d-x2x4z", labels={"app": "web", "pod-template-hash": "6d4f8c7b9d"}),
    pod("web-6d4f8c7b9d-zq7fl", labels={"app": "web", "pod-template-hash": "6d4f8c7b9d"}),
    pod("web-admin", labels={"app": "admin"}),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("default/web-admin", (2,)),
        ("web-admin", (2,)),
        ("web", (0, 1)),
        ("web-6d4f8c7b9d", (0, 1)),
    ],
)
def test_a_name_means_one_pod_or_the_pods_of_one_workload(
    text: str, expected: tuple[int, ...]
) -> None:
    assert named_pods(text, "default", LIVE) == expected


def test_a_name_that_means_two_workloads_is_refused() -> None:
    pods = (*replicas(2, "web", labels={"app": "a"}), pod("web-5", labels={"app": "b"}))
    with pytest.raises(InputError, match="several workloads") as caught:
        named_pods("web", "default", pods)
    assert "default/web-5" in caught.value.hint


def test_of_a_workload_the_first_pod_that_cannot_run_is_explained() -> None:
    pods = (pod("web-0", cpu="1"), pod("web-1", cpu="1", node_selector=(("disk", "none"),)))
    request = ExplainRequest(snapshot=snapshot(pods), pod="web-1")
    answer = explain(request, SilentReporter())
    assert (answer.explanation.pod, answer.explanation.status) == ("default/web-1", UNSCHEDULABLE)
    assert answer.pods_named == 1


def test_a_pod_that_runs_is_explained_by_its_place() -> None:
    request = ExplainRequest(snapshot=snapshot(replicas(3, "web", cpu="1")), pod="web")
    answer = explain(request, SilentReporter())
    assert (answer.explanation.pod, answer.explanation.status) == ("default/web-0", PLANNED)
    assert answer.pods_named == 3


def test_nothing_is_explained_of_a_plan_that_the_judge_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = Violation("Money", "plan", "it costs too little")
    monkeypatch.setattr("kubestow.usecases.judged.judge", lambda *_: (broken,))
    with pytest.raises(RefusedPlanError, match="it costs too little"):
        explain(ExplainRequest(snapshot=snapshot([pod("web-0")]), pod="web-0"), SilentReporter())


def test_a_pod_is_explained_on_the_plan_that_is_shown() -> None:
    pods = (*replicas(4, "lean", "1700m", "1Gi"), *replicas(4, "rich", "300m", "12Gi"))
    given, wish = snapshot(pods), KindsWish(most=1)
    shown = plan(PlanRequest(snapshot=given, kinds=wish), SilentReporter())
    (kind,) = {node.instance_type for node in shown.plan.nodes}
    for name in ("lean-0", "rich-0"):
        request = ExplainRequest(snapshot=given, pod=name, kinds=wish)
        place = explain(request, SilentReporter()).explanation.place
        assert place is not None
        assert place.instance_type == kind
