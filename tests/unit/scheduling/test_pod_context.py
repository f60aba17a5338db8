"""The context of a kind of pod: what is computed once for it."""

from tests.verdicts import context_of

from kubestow.model.taints import Taint
from kubestow.scheduling.contents import Contents
from kubestow.testing import node, pod


def test_what_is_computed_once_is_not_computed_again() -> None:
    context = context_of(pod("p"), (node("a"),), ())
    calls: list[str] = []
    for _ in range(2):
        assert context.once("answer", lambda _: calls.append("asked") or 42) == 42
    assert calls == ["asked"]


def test_it_knows_the_template_the_nodes_and_where_taints_are_tolerated() -> None:
    nodes = (node("a"), node("b", taints=[Taint("t", "", "NoSchedule")]))
    context = context_of(pod("p", priority=7), nodes, ())
    assert context.template.priority == 7
    assert len(context.index) == 2
    assert context.tolerated.tolist() == [True, False]


def test_what_no_node_decides_is_computed_once_for_all_fleets() -> None:
    calls: list[str] = []
    known = Contents()
    for nodes in ((node("a"),), (node("a"), node("b"))):
        context = context_of(pod("p"), nodes, ())
        context.cache.tell_apart(known)
        assert context.on_any_nodes("answer", lambda _: calls.append("asked") or 42) == 42
    assert calls == ["asked"]
