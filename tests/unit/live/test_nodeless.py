"""An instance of a group without a Node counts as launched when that was missed."""

from dataclasses import replace
from typing import Any

from kubestow.adapters.aws.fleets import OwnInstance
from kubestow.live.nodeless import Nodeless

GROUPED = OwnInstance("i-1", "i-1", "web", "t", "z", "on-demand", "running", 50, is_grouped=True)
OTHER = replace(GROUPED, instance_id="i-2", is_grouped=False)


def test_those_of_groups_count_since_their_node_was_missed() -> None:
    nodeless, node = Nodeless(), dict[str, Any]({"i-1": None})

    def launched(at: int, nodes: dict[str, Any]) -> list[int]:
        return [item.launched_at for item in nodeless.of([GROUPED, OTHER], nodes, at)]

    assert launched(1_000, {}) == [1_000, 50]
    assert launched(1_100, {}) == [1_000, 50]
    assert launched(1_200, node) == [50, 50]
    assert launched(1_300, {}) == [1_300, 50]
