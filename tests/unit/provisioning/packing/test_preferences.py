"""In which order preferences are given up."""

import numpy as np

from kubestow.provisioning.packing.preferences import ItemPreferences, PreferredTopology


def topology(kind: str, name: str) -> PreferredTopology:
    return PreferredTopology(kind, name, frozenset({0}))  # type: ignore[arg-type] # one of the kinds


def test_affinity_goes_first_then_anti_affinity_nodes_spread_and_taints_at_last() -> None:
    nodes = (np.array([True, False]), np.array([False, True]))
    avoided = np.array([True, True])
    item = ItemPreferences(
        (topology("affinity", "a1"), topology("affinity", "a2")),
        (topology("anti-affinity", "b"),),
        nodes,
        (topology("spread", "s1"), topology("spread", "s2"), topology("spread", "s3")),
        avoided,
    )
    steps = [
        ([t.key for t in step.topologies], step.preferred, step.avoided is not None)
        for step in item.attempts()
    ]
    assert [keys for keys, _, _ in steps] == [
        ["a1", "a2", "b", "s1", "s2", "s3"],
        ["a2", "b", "s1", "s2", "s3"],
        ["b", "s1", "s2", "s3"],
        ["s1", "s2", "s3"],
        ["s1", "s2", "s3"],
        ["s1", "s2", "s3"],
        ["s3", "s2"],
        ["s2"],
        [],
        [],
    ]
    assert [preferred is nodes[0] for _, preferred, _ in steps[:4]] == [True] * 4
    assert steps[4][1] is nodes[1]
    assert [preferred for _, preferred, _ in steps[5:]] == [None] * 5
    assert [avoids for _, _, avoids in steps] == [True] * 9 + [False]


def test_what_prefers_nothing_is_tried_once() -> None:
    assert len(list(ItemPreferences().attempts())) == 1
