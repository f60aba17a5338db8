"""Replacements of drifted nodes that were in vain are not repeated for ever."""

from dataclasses import replace

from kubestow.disruption.candidate import candidates
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.nodepool import Disruption
from kubestow.model.policy_memory import Replaced
from kubestow.policies.drifting import IN_VAIN, Drifting
from kubestow.testing import nodeclaim, nodepool, observed

POOLS = {"pool": nodepool(disruption=Disruption(budgets=()))}
GROUPS = "security groups sg-2"
MINUTE, DAY = 60, 86_400


def old(name: str = "old", drifted_from: str = GROUPS) -> NodeClaim:
    return replace(nodeclaim(name), outdated=drifted_from, created_at=0)


def young(at: int, drifted_from: str = GROUPS) -> NodeClaim:
    return replace(nodeclaim(f"young-{at}"), outdated=drifted_from, created_at=at)


def found(at: int, *claims: NodeClaim, replaced: tuple[Replaced, ...] = ()) -> Drifting:
    able = candidates(observed(claims, []), POOLS).able
    return Drifting.of(able, claims, POOLS, replaced, at)


def due(drifting: Drifting) -> list[str]:
    return [item.name for item in drifting.due]


def test_nodes_that_drifted_are_due_and_others_are_not() -> None:
    drifting = found(100, old("a"), nodeclaim("b"), old("c", "image ami-2"))
    assert due(drifting) == ["a", "c"]
    assert (drifting.left_alone, drifting.until) == ((), None)


def test_while_replacing_helps_it_goes_on() -> None:
    first = found(100, old("a"), old("b"))
    replaced = first.begun(first.due[0])
    assert replaced == (Replaced("pool", GROUPS, 100),)
    second = found(160, old("b"), replace(nodeclaim("new"), created_at=110), replaced=replaced)
    assert due(second) == ["b"]
    assert second.begun(second.due[0]) == replaced, "it is one try for ten minutes"
    third = found(700, old("b"), replaced=replaced)
    assert third.begun(third.due[0]) == (Replaced("pool", GROUPS, 700),)


def test_drift_that_is_seen_after_the_next_node_was_replaced_counts_as_well() -> None:
    replaced = (Replaced("pool", GROUPS, 100),)
    later = found(200, old("b"), replaced=replaced)
    replaced = later.begun(later.due[0])
    assert due(found(300, old("c"), young(110), replaced=replaced)) == []


def test_what_was_in_vain_rests_for_ten_minutes_then_for_twenty() -> None:
    replaced = (Replaced("pool", GROUPS, 100),)
    rests = found(160, old(), young(105), old("c", "image ami-2"), replaced=replaced)
    assert due(rests) == ["c"], "of another difference nothing is known"
    assert [(kept.node, kept.reason, kept.subject) for kept in rests.left_alone] == [
        ("old", IN_VAIN, GROUPS),
        ("young-105", IN_VAIN, GROUPS),
    ]
    assert rests.until == 100 + 10 * MINUTE
    again = found(700, old(), young(105), replaced=replaced)
    assert due(again) == ["old", "young-105"]
    replaced = again.begun(again.due[0])
    assert replaced == (Replaced("pool", GROUPS, 700, 1),)
    assert found(710, old(), young(105), replaced=replaced).until is None, "not known yet"
    assert found(760, old(), young(705), replaced=replaced).until == 700 + 20 * MINUTE


def test_once_a_try_has_helped_it_goes_on_as_at_first() -> None:
    cured = nodeclaim("cured", created_at=705)
    drifting = found(760, old(), young(105), cured, replaced=(Replaced("pool", GROUPS, 700, 3),))
    assert due(drifting) == ["old", "young-105"]
    assert drifting.begun(drifting.due[0]) == (Replaced("pool", GROUPS, 700, 3),)
    later = found(1_400, old(), young(105), cured, replaced=drifting.replaced)
    assert later.begun(later.due[0]) == (Replaced("pool", GROUPS, 1_400),)


def test_nodes_that_may_not_go_now_tell_what_was_in_vain_as_well() -> None:
    claims, replaced = (old(), young(105)), (Replaced("pool", GROUPS, 100),)
    drifting = Drifting.of([], claims, POOLS, replaced, 9_000)
    assert (drifting.replaced, drifting.vain) == (replaced, {("pool", GROUPS)})


def test_it_is_tried_once_a_day_however_often_it_was_in_vain() -> None:
    replaced = (Replaced("pool", GROUPS, 1_000, 5_000),)
    assert found(2_000, young(1_005), replaced=replaced).until == 1_000 + DAY


def test_a_pool_is_not_judged_by_the_nodes_of_another() -> None:
    elsewhere = (Replaced("other", GROUPS, 100),)
    assert due(found(160, young(105), replaced=elsewhere)) == ["young-105"]


def test_what_no_node_has_drifted_from_any_more_is_forgotten_after_its_rest() -> None:
    replaced = (Replaced("pool", GROUPS, 100),)
    assert found(699, nodeclaim("a"), replaced=replaced).replaced == replaced
    assert found(700, nodeclaim("a"), replaced=replaced).replaced == ()
    assert found(9_000, old(), replaced=replaced).replaced == replaced
