from kubestow.model import labels as names
from kubestow.model.pod import HostPort, Pod, SpreadConstraint
from kubestow.model.selectors import LabelSelector
from kubestow.model.snapshot import Cluster
from kubestow.scheduling.classes import classify
from kubestow.scheduling.node_rules import NodeRule, node_rules
from kubestow.scheduling.selection import ClassSelection
from kubestow.testing import affinity_term, pod, spread

ALONE = (affinity_term(names.HOSTNAME, app="a"),)


def rules(*pods: Pod) -> list[NodeRule]:
    classes = classify(Cluster(pods=pods))
    return node_rules(classes, ClassSelection([c.key for c in classes], {}))


def test_anti_affinity_to_oneself_allows_one_a_node() -> None:
    (rule,) = rules(pod("a", labels={"app": "a"}, anti_affinity=ALONE))
    assert (rule.cap, rule.counted, rule.owners) == (1, (0,), (0,))


def test_anti_affinity_to_others_allows_none_of_them() -> None:
    (rule,) = rules(pod("b", anti_affinity=ALONE), pod("a", "1", labels={"app": "a"}))
    assert (rule.cap, rule.counted, rule.owners) == (0, (1,), (0,))


def test_classes_with_the_same_rule_own_it_together() -> None:
    (rule,) = rules(
        pod("a", labels={"app": "a"}, anti_affinity=ALONE),
        pod("b", "1", labels={"app": "a"}, anti_affinity=ALONE),
    )
    assert (rule.cap, rule.counted, rule.owners) == (1, (0, 1), (0, 1))


def test_hostname_spread_allows_max_skew_a_node() -> None:
    (rule,) = rules(pod("a", labels={"app": "a"}, spread=(spread(names.HOSTNAME, 3, app="a"),)))
    assert (rule.cap, rule.counted) == (3, (0,))


def test_an_empty_spread_selector_counts_nothing_and_never_refuses() -> None:
    nothing = SpreadConstraint(names.HOSTNAME, 1, LabelSelector())
    absent = SpreadConstraint(names.HOSTNAME, 1, None)
    assert rules(pod("a", spread=(nothing, absent))) == []


def test_the_same_host_port_twice_is_one_too_many() -> None:
    port = HostPort("0.0.0.0", "TCP", 80)
    found = rules(pod("a", host_ports=(port,)), pod("b", "1", host_ports=(port,)), pod("c", "2"))
    assert {(rule.cap, rule.counted) for rule in found} == {(1, (0, 1))}


def test_zone_constraints_are_not_node_rules() -> None:
    assert rules(pod("a", labels={"app": "a"}, spread=(spread(names.ZONE, app="a"),))) == []
