"""Observers: what EC2 tells becomes what nodes are."""

import pytest
from tests.unit.live.objects import M5_XLARGE, node, observed, pod

from kubestow.live.observers import with_instances
from kubestow.model.instance_type import NANO_USD
from kubestow.model.observed import Observed, RunningInstance
from kubestow.usecases.survey import survey


def test_what_ec2_tells_takes_precedence_over_labels() -> None:
    seen = observed(node("a"), node("b"), pod("web", "a"))
    told = RunningInstance("m5.large", "us-east-1a", "on-demand", "running")
    found = survey(Observed("test", with_instances(seen.snapshot, {"a": told}), seen.nodes))
    assert found.cost == round(1.5 * M5_XLARGE * NANO_USD)
    assert [item.instance_type for item in found.nodes] == ["m5.large", "m5.xlarge"]


@pytest.mark.parametrize("group", ["workers", ""])
def test_a_spot_instance_is_one_for_whoever_reads_its_labels(group: str) -> None:
    own = node("a")
    if not group:
        del own["metadata"]["labels"]["eks.amazonaws.com/nodegroup"]
    seen = observed(own, pod("web", "a"))
    told = RunningInstance("m5.xlarge", "us-east-1a", "spot", "running")
    found = survey(Observed("test", with_instances(seen.snapshot, {"a": told}), seen.nodes))
    assert found.nodes[0].capacity_type == "spot"
    assert found.cost < M5_XLARGE * NANO_USD
