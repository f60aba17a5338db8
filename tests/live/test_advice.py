"""Advice on clusters that the models of autoscalers left, as nodes and pods of an API server."""

import pytest

from kubestow.model.instance_type import Catalog

from .runs import advice_on
from .settling import CLUSTER_AUTOSCALER, KARPENTER


@pytest.mark.parametrize(("policy", "seed"), [(KARPENTER, 13), (CLUSTER_AUTOSCALER, 5)])
def test_its_saving_is_what_a_plan_from_scratch_finds_less_what_cannot_move(
    built: None, catalog: Catalog, policy: str, seed: int
) -> None:
    check = advice_on(catalog, policy, seed, workloads=3)
    assert not check.faults, check
    assert check.nodes > check.held_nodes > 0
