"""The pods of nodes that go: in open room as kube-scheduler chooses, or on what is launched."""

from kubestow.disruption.rehearsed_moves import RehearsedMoves, rehearse_moves
from kubestow.model.plan import Plan
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.quick_plan import quick_plan
from kubestow.testing import nodeclaim, nodepool, observed, owned, pod

POOL = nodepool()


def rehearsed(
    pods: list[Pod], drop: list[str], *, leaving: tuple[str, ...] = (), launches: bool = True
) -> RehearsedMoves | None:
    """Return what becomes of the pods on n0, n1 and n2, of which some go."""
    cache = PlanningCache()

    def plan(snapshot: Snapshot) -> Plan:
        return quick_plan(snapshot, (POOL,), cache, work_limit=100, seed=0)

    state = observed([nodeclaim(f"n{n}") for n in range(3)], pods)
    return rehearse_moves(state, drop, leaving, plan if launches else None, cache.pod_kinds)


def on(*cpus: str) -> list[Pod]:
    return [owned(pod(f"p{n}", cpu, "64Mi", node=f"n{n}")) for n, cpu in enumerate(cpus) if cpu]


def test_what_has_room_elsewhere_needs_nothing() -> None:
    found = rehearsed(on("900m", "900m", "1500m"), ["n0"])
    assert found == RehearsedMoves((), (("default/p0", "n1"),))


def test_a_node_is_launched_for_what_is_left_and_the_first_to_go_has_the_room() -> None:
    for drop, stays in ((["n0", "n1"], "p0"), (["n1", "n0"], "p1")):
        found = rehearsed(on("1000m", "1000m", "900m"), drop)
        assert found is not None
        assert found.moves[0] == (f"default/{stays}", "n2")
        assert [node.name for node in found.launch] == [node for _, node in found.moves[1:]]
        assert len(found.launch) == 1


def test_where_nothing_may_be_launched_a_pod_without_room_is_in_vain() -> None:
    assert rehearsed(on("1000m", "1000m", "900m"), ["n0", "n1"], launches=False) is None


def test_a_pod_that_no_node_could_take_is_in_vain() -> None:
    assert rehearsed([*on("100m"), owned(pod("huge", "900", "1Gi", node="n0"))], ["n0"]) is None


def test_nodes_that_leave_later_are_avoided() -> None:
    found = rehearsed(on("100m", "", "500m"), ["n0"], leaving=("n1",))
    assert found == RehearsedMoves((), (("default/p0", "n2"),))
