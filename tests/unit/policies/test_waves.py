"""Nodes that are replaced together and go as budgets let them."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.model.decision import UNDERUTILIZED, Action, Cordon, Drain, Uncordon
from kubestow.model.memory import Memory, PendingDisruption
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import Disruption, NodeBudget, NodePool
from kubestow.model.pod import Pod
from kubestow.model.policy_memory import ForeseenMoves
from kubestow.model.snapshot import DisruptionBudget
from kubestow.policies.hindrances import Hindrances
from kubestow.policies.lifecycle import Progress, progress
from kubestow.policies.waves import BudgetWaves
from kubestow.testing import nodeclaim, nodepool, observed, owned, pod, selector

OLD = ("n0", "n1", "n2", "n3")
SWAP = PendingDisruption(OLD, ("new",), UNDERUTILIZED, 0, in_waves=True)
NEW = nodeclaim("new", phase=Phase.HELD)


def pool(most: int | str = 2, after: int | None = 0) -> NodePool:
    return nodepool(disruption=Disruption(budgets=(NodeBudget(most),), consolidate_after=after))


def old(**phases: Phase) -> list[NodeClaim]:
    made = (nodeclaim(name, phase=phases.get(name, Phase.READY)) for name in OLD)
    return [replace(claim, reason=UNDERUTILIZED) for claim in made]


def after(
    *claims: NodeClaim,
    swap: PendingDisruption = SWAP,
    own: NodePool | None = None,
    pods: tuple[Pod, ...] = (),
    taken: tuple[str, ...] = (),
    foreseen: ForeseenMoves | None = None,
    put_off: dict[tuple[str, str], int] | None = None,
    **cluster: Any,
) -> Progress:
    """Return how a disruption goes on."""
    state = observed(claims, pods, **cluster)
    hindrances = Hindrances(put_off or {}, 0)
    waves = BudgetWaves(state, {"pool": own or pool()}, taken, foreseen, hindrances)
    return progress(state, Memory(disruptions=(swap,)), (), waves.next)


def short(found: Progress) -> tuple[list[str], list[str], list[tuple[str, ...]]]:
    """Return the nodes that are drained, those that are opened, and those that are to go."""

    def of(kind: type[Action]) -> list[str]:
        return [action.node for action in found.actions if isinstance(action, kind)]  # type: ignore[union-attr] # both have one

    return of(Drain), of(Uncordon), [item.nodes for item in found.disruptions]


def test_as_many_go_as_budgets_let_and_the_others_follow() -> None:
    found = after(*old(), NEW)
    assert short(found) == (["n0", "n1"], [], [OLD])
    assert not found.in_vain
    going = old(n0=Phase.DRAINING, n1=Phase.DRAINING)
    assert short(after(*going, NEW)) == ([], [], [("n2", "n3")])
    assert short(after(*going[1:], NEW)) == (["n2"], [], [("n2", "n3")])
    last = old(**dict.fromkeys(OLD, Phase.DRAINING))
    assert short(after(*last, NEW)) == ([], [], [])
    assert short(after(*old(), NEW, own=pool(9)))[0] == list(OLD)


def test_what_was_drained_and_is_not_seen_to_go_is_drained_again_and_counts() -> None:
    rest = after(*old(), NEW).disruptions[0]
    assert short(after(*old(), NEW, swap=rest)) == (["n0", "n1"], [], [OLD])


def test_one_that_becomes_ready_meanwhile_does_not_go_before_what_was_drained() -> None:
    newer = nodeclaim("newer", phase=Phase.LAUNCHED)
    options: dict[str, Any] = {"foreseen": SECOND, "pods": PODS, "own": pool(1)}
    first = after(*old(), NEW, newer, swap=PAIR, **options)
    assert short(first)[0] == ["n1"]
    both = after(*old(), NEW, replace(NEW, name="newer"), swap=first.disruptions[0], **options)
    assert short(both)[0] == ["n1"]


def test_a_node_that_is_not_cordoned_yet_is_so_again() -> None:
    n0, n1, *others = old()
    found = after(n0, n1, replace(others[0], reason=""), others[1], NEW)
    assert [action for action in found.actions if isinstance(action, Cordon)] == [
        Cordon("n2", UNDERUTILIZED)
    ]


def test_others_that_go_in_the_same_decision_count() -> None:
    assert short(after(*old(), nodeclaim("late"), NEW, taken=("late",)))[0] == ["n0"]


MOVES = ForeseenMoves(
    OLD, (("default/p0", "web", "new"), ("default/p1", "web", "newer"), ("default/p2", "web", "x"))
)
PAIR = replace(SWAP, replacements=("new", "newer"))
SECOND = ForeseenMoves(OLD, (("default/p0", "web", "newer"), ("default/p1", "web", "new")))
PODS = tuple(owned(pod(f"p{n}", "100m", node=f"n{n}")) for n in range(4))


@pytest.mark.parametrize("foreseen", [None, MOVES])
def test_a_node_goes_when_what_its_pods_count_on_is_there(foreseen: ForeseenMoves | None) -> None:
    coming = nodeclaim("newer", phase=Phase.LAUNCHED)
    found = after(*old(), NEW, coming, swap=PAIR, foreseen=foreseen, pods=PODS, own=pool(9))
    last_one = (["n0", "n2", "n3"], [], [("n0", "n2", "n3", "n1")])
    assert short(found) == (last_one if foreseen else ([], [], [OLD]))
    assert not found.in_vain


INTERRUPTED = replace(nodeclaim("newer", phase=Phase.HELD), notice_at=1)


@pytest.mark.parametrize("lost", [[], [nodeclaim("newer", phase=Phase.GONE)], [INTERRUPTED]])
def test_a_node_stays_if_what_its_pods_count_on_does_not_come(lost: list[NodeClaim]) -> None:
    found = after(*old(), NEW, *lost, swap=PAIR, foreseen=MOVES, pods=PODS, own=pool(9))
    assert short(found) == (["n0", "n2", "n3"], ["n1"], [("n0", "n2", "n3")])
    assert found.in_vain


@pytest.mark.parametrize("lost", [[], [nodeclaim("newer", phase=Phase.GONE)], [INTERRUPTED]])
def test_what_does_not_come_holds_up_none_whose_pods_go_elsewhere(lost: list[NodeClaim]) -> None:
    left = replace(PAIR, nodes=("n2", "n3"))
    found = after(*old()[2:], NEW, *lost, swap=left, foreseen=MOVES, pods=PODS, own=pool(9))
    assert short(found) == (["n2", "n3"], [], [("n2", "n3")])


@pytest.mark.parametrize("foreseen", [None, ForeseenMoves(OLD, (("default/gone", "web", "new"),))])
def test_all_stay_where_something_does_not_come_and_it_is_not_known_for_whom(
    foreseen: ForeseenMoves | None,
) -> None:
    found = after(*old(), NEW, swap=PAIR, foreseen=foreseen, pods=PODS, own=pool(9))
    assert short(found) == ([], list(OLD), [])
    assert found.in_vain


def test_the_others_stay_once_what_was_launched_is_open() -> None:
    found = after(*old(n0=Phase.DRAINING), nodeclaim("new"))
    assert short(found) == ([], ["n1", "n2", "n3"], [])
    assert found.in_vain
    one_is_open = after(*old(), nodeclaim("new"), replace(NEW, name="newer"), swap=PAIR,
                        foreseen=MOVES, pods=PODS, own=pool(9))  # fmt: skip
    assert short(one_is_open)[:2] == (["n1", "n2", "n3"], ["n0"])


def test_one_that_must_not_go_any_more_stays() -> None:
    kept = owned(pod("kept", "100m", node="n1"), do_not_disrupt=True)
    assert short(after(*old(), NEW, pods=(kept,)))[:2] == (["n0", "n2"], ["n1"])
    assert short(after(*old(), NEW, own=pool(after=None)))[:2] == ([], list(OLD))
    stays = {(UNDERUTILIZED, "n0"): 0}
    assert short(after(*old(), NEW, put_off=stays))[:2] == (["n1", "n2"], ["n0"])


@pytest.mark.parametrize("kept", [(), (owned(pod("x", node="n1"), do_not_disrupt=True),)])
def test_a_disruption_budget_keeps_none_for_good_but_what_it_hides_does(
    kept: tuple[Pod, ...],
) -> None:
    web = owned(pod("web", "100m", labels={"app": "web"}, node="n1"))
    budget = DisruptionBudget("default", "web", selector(app="web"), min_available=1)
    found = after(*old(), NEW, pods=(web, *kept), disruption_budgets=(budget,))
    assert short(found)[:2] == ((["n0", "n2"], ["n1"]) if kept else (["n0", "n1"], []))
