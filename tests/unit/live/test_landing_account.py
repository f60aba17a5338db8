"""What is told of a landing: what was done, why pods are Pending, and what would be done."""

from dataclasses import replace

from kubestow.live.landing_account import NO_NODE, STOOD_IN, SURPLUS, account, foretold
from kubestow.model.handed_plan import HandedPlan
from kubestow.model.landing_report import NodeOutcome, PodOutcome
from kubestow.model.pod import Pod
from kubestow.testing import daemonset, owned, pod

from .handed import MINUTE, HandedStand, handed


def web(name: str, cpu: str = "500m") -> Pod:
    return owned(pod(name, cpu, "1Gi"), "web")


def stand_with(*pods: Pod) -> HandedStand:
    stand = HandedStand()
    stand.join("x")
    stand.add(*pods)
    return stand


def test_pending_pods_have_the_schedulers_reason_and_missing_nodes_are_told() -> None:
    stand = stand_with(web("web-p"), web("web-q", "8"))
    plan = handed(a=["web-0", "web-1"], b=["web-2"])
    lander = stand.lander(plan)
    sight = lander.run(MINUTE, stand.wait)
    told = account(plan, sight, timed_out=lander.timed_out, stood_in=("z",))
    by_outcome = {pod.outcome: pod for pod in told.pods}
    assert by_outcome[PodOutcome.AS_PLANNED].node == "x"
    assert by_outcome[PodOutcome.ABSENT].pod == ""
    assert by_outcome[PodOutcome.PENDING].reason == "0/1 nodes are available: 1 Insufficient cpu."
    assert [(node.name, node.outcome, node.reason) for node in told.nodes] == [
        ("x", NodeOutcome.OPENED, ""), ("", NodeOutcome.MISSING, NO_NODE),
    ]  # fmt: skip
    assert told.others == (("z", STOOD_IN),)
    assert (told.timed_out, told.is_whole) == (True, False)


def test_a_landing_is_foretold_without_a_change() -> None:
    stand = stand_with(web("web-p"), web("web-q", "1"))
    stand.join("y")
    plan = handed(a=["web-0", "web-1"])
    told = foretold(plan, stand.lander(plan).look())
    assert [(pod.outcome, pod.node) for pod in told.pods] == [(PodOutcome.AS_PLANNED, "x")] * 2
    assert told.nodes[0].outcome is NodeOutcome.HELD
    assert told.others == (("y", SURPLUS),)
    assert told.is_dry_run
    assert stand.asked == []


def test_daemonsets_pods_that_will_come_take_their_room_in_what_is_foretold() -> None:
    stand = stand_with(web("web-p", "1500m"))
    own = daemonset("agent", "800m")
    plan: HandedPlan = handed(a=["web-0"])
    with_agent = replace(plan.nodes[0], daemonsets=frozenset({own.key}))
    plan = replace(plan, nodes=(with_agent,))
    sight = stand.lander(plan).look()
    cluster = replace(sight.snapshot.cluster, daemonsets=(own,))
    sight = replace(sight, snapshot=replace(sight.snapshot, cluster=cluster))
    assert foretold(plan, sight).pods[0].outcome is PodOutcome.PENDING
