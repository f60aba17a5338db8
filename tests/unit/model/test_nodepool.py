from dataclasses import replace

import pytest

from kubestow.model import labels as names
from kubestow.model.nodepool import NodePool
from kubestow.model.requirements import Requirements, requirement
from kubestow.testing import nodepool

TYPES = requirement(names.INSTANCE_TYPE, "In", ["m5.large", "m5.xlarge"])


@pytest.mark.parametrize(
    ("pool", "answer"),
    [
        (nodepool(), False),
        (nodepool("pool", (names.ARCH, "In", ["amd64"])), False),
        (nodepool(spot_types=1), False),
        (nodepool(spot_types=2), True),
    ],
)
def test_a_pool_wants_a_choice_of_types_for_its_spot_nodes(pool: NodePool, answer: bool) -> None:
    assert pool.wants_choice is answer


@pytest.mark.parametrize(("minimum", "answer"), [(None, False), (2, True)])
def test_a_pool_wants_the_choice_that_its_min_values_ask_for(
    minimum: int | None, answer: bool
) -> None:
    pool = NodePool("pool", Requirements.of([replace(TYPES, min_values=minimum)]))
    assert pool.wants_choice is answer
