"""Conflicts: the rules that a pod breaks beside what a node holds."""

from kubestow.provisioning.preparation.conflicts import Conflicts
from kubestow.scheduling.node_rules import NodeRule

WEB, AGENT, OTHER = 0, 1, 2
PORT = NodeRule("NodePorts", 1, (WEB, AGENT), (WEB, AGENT))
AWAY = NodeRule("InterPodAffinity", 0, (WEB,), (AGENT,))  # the agent wants no web beside it


def test_a_port_that_is_taken_is_broken_and_one_on_an_empty_node_is_not() -> None:
    conflicts = Conflicts([PORT])
    assert conflicts.broken(WEB, ((AGENT, 1),)) == (PORT,)
    assert conflicts.broken(WEB, ()) == conflicts.broken(WEB, ((OTHER, 3),)) == ()


def test_anti_affinity_of_what_is_there_keeps_a_pod_off_that_has_none_itself() -> None:
    conflicts = Conflicts([AWAY])
    assert conflicts.broken(WEB, ((AGENT, 1),)) == (AWAY,)
    assert conflicts.broken(AGENT, ((WEB, 2),)) == (AWAY,)
    assert conflicts.broken(AGENT, ((AGENT, 1),)) == ()


def test_only_classes_of_some_rule_are_concerned() -> None:
    conflicts = Conflicts([PORT])
    assert [conflicts.concern(index) for index in (WEB, AGENT, OTHER)] == [True, True, False]
