import numpy as np

from kubestow.scheduling.counts import DomainCounts, domain_counts

CODES = np.array([0, 1, 0, -1], dtype=np.int32)
"""Nodes 0 and 2 share a domain, node 1 has its own, node 3 lacks the key."""
ALL_BUT_ONE = np.array([True, False, True, True])


def counts(*placed: dict[int, int], counted: bool = False) -> DomainCounts:
    return domain_counts(CODES, 2, ALL_BUT_ONE if counted else None, placed)


def test_pods_are_counted_by_the_domain_of_their_node() -> None:
    found = counts({0: 1, 1: 2}, {2: 3})
    assert found.at_nodes().tolist() == [4, 2, 4, 0]
    assert found.total == 6


def test_a_node_without_the_key_has_no_domain_and_its_pods_count_nowhere() -> None:
    found = counts({3: 5})
    assert found.at_nodes().tolist() == [0, 0, 0, 0]
    assert found.total == 0


def test_only_the_nodes_that_are_looked_at_are_counted() -> None:
    found = counts({0: 1, 1: 2}, counted=True)
    assert found.at_nodes().tolist() == [1, 0, 1, 0]
    assert found.total == 1


def test_pods_that_come_and_go_are_counted_as_those_that_were_there() -> None:
    found = counts({0: 1, 1: 2})
    found.add(2, 3)
    found.add(0, -1)
    found.add(3, 1)
    again = counts({1: 2, 2: 3, 3: 1})
    assert found.at_nodes().tolist() == again.at_nodes().tolist() == [3, 2, 3, 0]
    assert found.total == again.total == 5
