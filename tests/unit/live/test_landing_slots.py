"""Places of a plan: which pod takes which, and which places nobody comes to."""

from dataclasses import replace

import pytest

from kubestow.live.landing_slots import GATED, NOT_AWAITED, PodSlot, SlotState, slots
from kubestow.model.handed_plan import HandedNode, HandedPlan
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster
from kubestow.model.workload import Workload
from kubestow.testing import owned, pod

NODES = {"a": "ip-a", "b": "ip-b"}


def planned(
    a: list[str], b: list[str], elsewhere: tuple[str, ...] = (), kind: str = "Deployment"
) -> HandedPlan:
    """Return a plan with pods of web, by their names, on two nodes."""
    nodes = tuple(
        HandedNode(name, "pool", "m5.large", "zone-a", "on-demand", pods=tuple(map(key, pods)))
        for name, pods in (("a", a), ("b", b))
    )
    elsewhere = tuple(map(key, elsewhere))
    named = [*nodes[0].pods, *nodes[1].pods, *elsewhere]
    workloads = {name: (kind, "default", "web") for name in named if "web" in name}
    return HandedPlan("digest", "test-1", nodes, elsewhere, workloads)


def key(name: str) -> str:
    return f"default/{name}"


def web(name: str, on: str = "", kind: str = "Deployment", owner: str = "web") -> Pod:
    return owned(pod(name).on(on), owner, kind)


def dealt(plan: HandedPlan, *pods: Pod, replicas: int | None = None, **order: list[str]) -> str:
    """Return each place with what is known of it: planned name=state:pod."""
    workloads = () if replicas is None else (Workload("Deployment", "default", "web", replicas),)
    found = slots(plan, NODES, Cluster(pods=pods, workloads=workloads), **order)
    return " ".join(map(_shown, found))


def _shown(slot: PodSlot) -> str:
    name = slot.planned.removeprefix("default/")
    return f"{name}={slot.state.name}:{slot.pod.removeprefix('default/')}"


def test_pods_of_a_workload_take_its_places_whatever_their_names() -> None:
    plan = planned(["web-0", "web-1"], ["web-2"])
    found = dealt(plan, web("web-x"), web("web-y", "ip-b"), web("web-z"))
    assert found == "web-0=WAITING:web-x web-1=WAITING:web-z web-2=ON_NODE:web-y"


def test_a_pod_that_runs_elsewhere_leaves_a_place_that_nobody_comes_to() -> None:
    plan = planned(["web-0"], ["web-1"])
    found = dealt(plan, web("web-x", "other"), web("web-y"), replicas=2)
    assert found == "web-0=WAITING:web-y web-1=ELSEWHERE:web-x"


def test_places_on_existing_nodes_are_for_pods_that_run_elsewhere() -> None:
    plan = planned(["web-0"], ["web-1"], elsewhere=("web-2",))
    found = dealt(plan, web("web-x", "old"), web("web-y"), web("web-z"), replicas=3)
    assert found == "web-0=WAITING:web-y web-1=WAITING:web-z"


@pytest.mark.parametrize(
    ("replicas", "expected"),
    [(None, "ABSENT ABSENT"), (3, "ABSENT ABSENT"), (2, "ABSENT NOT_WANTED"),
     (1, "NOT_WANTED NOT_WANTED")],
)  # fmt: skip
def test_places_without_a_pod_wait_for_as_many_as_the_workload_has_to_make(
    replicas: int | None, expected: str
) -> None:
    found = dealt(planned(["web-0", "web-1"], ["web-2"]), web("web-x", "ip-a"), replicas=replicas)
    assert found == "web-0=ON_NODE:web-x web-1={}: web-2={}:".format(*expected.split())


def test_pods_of_a_statefulset_take_the_places_of_their_names_where_they_can() -> None:
    plan = planned(["web-0", "web-1"], ["web-2"], kind="StatefulSet")
    stateful = [web("web-2", kind="StatefulSet"), web("web-1", "ip-b", kind="StatefulSet")]
    found = dealt(plan, *stateful)
    assert found == "web-0=WAITING:web-2 web-1=ABSENT: web-2=ON_NODE:web-1"


def test_a_pod_without_a_workload_is_known_by_its_name() -> None:
    found = dealt(planned(["alone", "other"], []), pod("alone"), pod("stranger"))
    assert found == "alone=WAITING:alone other=ABSENT:"


def test_places_on_nodes_that_are_ready_are_taken_before_those_that_are_open() -> None:
    plan = planned(["web-0"], ["web-1"])
    assert dealt(plan, web("web-x"), first=["b"]) == "web-0=ABSENT: web-1=WAITING:web-x"
    assert dealt(plan, web("web-x"), last=["a"]) == "web-0=ABSENT: web-1=WAITING:web-x"


def test_pods_that_are_not_bound_here_are_left_to_the_scheduler() -> None:
    gated = web("web-x")
    gated = replace(gated, template=replace(gated.template, scheduling_gates=("wait",)))
    ending = replace(web("web-y"), terminating=True)
    found = slots(planned(["web-0"], ["web-1"]), NODES, Cluster(pods=(gated, ending)))
    assert [slot.state for slot in found] == [SlotState.LEFT, SlotState.ABSENT]
    assert found[0].reason == f"{GATED}: wait"


def test_jobs_that_are_not_there_are_waited_for_only_where_nothing_is() -> None:
    plan = planned(["web-0", "alone"], [], kind="Job")
    assert dealt(plan) == "web-0=ABSENT: alone=ABSENT:"
    assert dealt(plan, pod("alone")) == "web-0=NOT_WANTED: alone=WAITING:alone"
    assert slots(plan, NODES, Cluster(pods=(pod("alone"),)))[0].reason == NOT_AWAITED


def test_the_job_of_a_cronjob_is_known_by_its_name() -> None:
    plan = planned(["web-0"], [], kind="Job")
    run = web("web-29000-x", kind="Job", owner="web-29000")
    assert dealt(plan, run) == "web-0=WAITING:web-29000-x"
    assert dealt(plan, web("x", kind="Job", owner="web-old")) == "web-0=ABSENT:"
